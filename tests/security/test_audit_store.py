"""A chain on a real mongod: nothing noted is lost or doubled, many may append at once, whatever is changed is found."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from shared.audit import Deed, Entry, Kind, Thing, noted
from shared.audit.relay import Recorder
from shared.audit.store import Chain, RecordDocument
from shared.documents import SYSTEM, Client, Database, Document
from shared.events import registry
from shared.outbox import say
from tests.security.tampering import SERVICE, WAYS, anchors, entries
from tests.world import seed, until

ROOT = Path(__file__).resolve().parents[2]
REGION = "41.01.05.0"


class Paper(Document):
    """Something people change."""

    text: str = ""


def deed(number: int) -> Entry:
    """Something done."""
    return noted(Deed.OFFICE_CHANGED, Thing("office", f"o-{number}", REGION), actor="person:p", reason="test")


def told(name: str) -> Any:
    """An event that is a deed."""
    unit = registry.Unit(id=name, name=name, region=REGION, revision=1)
    return say(registry.UnitChanged(unit=unit), subject=name, region=REGION, actor="operator:test", reason="test")


async def whole(chain: Chain) -> list[str]:
    """The entries of a chain that is sound, in order."""
    checked = await chain.check()
    assert checked.fault is None
    records = list(reversed(await chain.find(SYSTEM, {}, limit=0)))
    assert [record.sequence for record in records] == list(range(1, checked.sequence + 1))
    return [record.id for record in records]


async def test_an_entry_is_saved_with_its_change_or_neither_is(database: Database) -> None:
    papers, chain = database.documents("papers", Paper), Chain(database, SERVICE)
    await database.prepare()
    event = told("u-1")
    first, second, late = deed(1), deed(2), deed(3)
    assert await papers.create(Paper(id="a", region=REGION, unit="u-1"), [event], None)
    assert not await papers.create(Paper(id="a", region=REGION), audit=[late])
    paper = await papers.get("a", SYSTEM)
    assert paper is not None
    changed = await papers.change(paper.model_copy(update={"text": "x"}), audit=[first])
    with pytest.raises(Exception, match="no longer at version"):
        await papers.change(paper, audit=[late])
    await papers.change(changed, audit=[second])
    recorder = Recorder(chain, database)
    assert await recorder.once() == 3
    assert await recorder.once() == 0
    assert await whole(chain) == [event.id, first.id, second.id]
    [told_of, *_] = await chain.find(SYSTEM, {"record.object": "u-1"})
    assert (told_of.deed, told_of.actor, told_of.unit) == (Deed.UNIT_CHANGED, "operator:test", "u-1")


async def test_dying_between_the_chain_and_the_document_records_no_second_time(database: Database) -> None:
    papers, chain = database.documents("papers", Paper), Chain(database, SERVICE)
    await database.prepare()
    entry, other = deed(1), deed(2)
    await papers.create(Paper(id="a", region=REGION), audit=[entry])
    await Chain(database, SERVICE).append(entry)
    await papers.create(Paper(id="b", region=REGION), audit=[other])
    assert await Recorder(chain, database).once() == 2
    assert sorted(await whole(chain)) == sorted([entry.id, other.id])


async def test_what_the_chain_did_not_take_stays_in_its_document(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers, chain = database.documents("papers", Paper), Chain(database, SERVICE)
    await database.prepare()
    entry = deed(1)
    await papers.create(Paper(id="a", region=REGION), audit=[entry])

    async def refuses(*_entries: Entry) -> None:
        raise TimeoutError

    with monkeypatch.context() as patched:
        patched.setattr(chain, "append", refuses)
        with pytest.raises(TimeoutError):
            await Recorder(chain, database).once()
    assert [id_ for id_, _ in await papers.unrecorded(10)] == ["a"]
    await Recorder(chain, database).sweep()
    assert await whole(chain) == [entry.id]


async def test_many_who_append_at_once_make_one_chain_without_holes(mongo_url: str, database: Database) -> None:
    clients = [Client(mongo_url) for _ in range(4)]
    chains = [Chain(client.database(database.name), SERVICE) for client in clients]
    done = [deed(number) for number in range(120)]
    await asyncio.gather(
        *(chain.append(*done[at : at + 3]) for number, chain in enumerate(chains) for at in range(number * 3, 120, 12))
    )
    assert sorted(await whole(chains[0])) == sorted(entry.id for entry in done)
    for client in clients:
        client.close()


async def test_two_recorders_at_once_record_everything_once(mongo_url: str, database: Database) -> None:
    papers = database.documents("papers", Paper)
    await database.prepare()
    done = [deed(number) for number in range(60)]
    for number, entry in enumerate(done):
        await papers.create(Paper(id=f"p{number}", region=REGION), audit=[entry])
    other = Client(mongo_url)
    elsewhere = other.database(database.name)
    elsewhere.documents("papers", Paper)
    here, there = Chain(database, SERVICE), Chain(elsewhere, SERVICE)
    await asyncio.gather(Recorder(here, database).sweep(), Recorder(there, elsewhere).sweep())
    assert sorted(await whole(here)) == sorted(entry.id for entry in done)
    assert await papers.unrecorded(10) == []
    other.close()


WRITER = """
import asyncio, sys
from shared.audit.relay import Recorder
from shared.audit.store import Chain
from shared.documents import Client
from tests.security.test_audit_store import Paper, REGION, deed

async def main(url: str, name: str, copy: str) -> None:
    database = Client(url).database(name)
    papers, chain = database.documents("papers", Paper), Chain(database, "registry")
    await database.prepare()
    recording = asyncio.create_task(Recorder(chain, database).run())
    for number in range(100_000):
        entry = deed(number)
        await papers.create(Paper(id=f"{copy}-{number}", region=REGION, text=entry.id), audit=[entry])
        print(entry.id, flush=True)
    await recording

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_writer_killed_at_any_moment_loses_nothing_and_leaves_no_hole(
    mongo_url: str, database: Database
) -> None:
    """Two processes save and record; each is killed several times at a moment drawn at random."""
    draw = Random(seed())
    acknowledged: list[str] = []
    for _ in range(2):
        acknowledged += await _killed(mongo_url, database.name, draw)
    papers, chain = database.documents("papers", Paper), Chain(database, SERVICE)
    waiting = sum(len(noted_) for _, noted_ in await papers.unrecorded(10_000))
    await Recorder(chain, database).sweep()
    recorded = await whole(chain)
    saved = {paper.text for paper in await papers.find(SYSTEM)}
    assert len(recorded) == len(set(recorded))
    assert set(acknowledged) <= saved == set(recorded)
    assert len(recorded) > waiting, "the writers recorded nothing themselves, so nothing was tried"


async def _killed(mongo_url: str, name: str, draw: Random) -> list[str]:
    """Two writers at work for a while, then killed: the entries they acknowledged."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    writers = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", WRITER, mongo_url, name, uuid4().hex[:6]), env=environment, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    lines: list[str] = []

    async def read(writer: asyncio.subprocess.Process) -> None:
        assert writer.stdout is not None
        enough = draw.randrange(15, 40)
        async for line in writer.stdout:
            lines.append(line.decode().strip())
            if len(lines) >= enough:
                await asyncio.sleep(draw.random() / 2)
                writer.send_signal(signal.SIGKILL)
                break
        await writer.wait()

    await asyncio.gather(*map(read, writers))
    return [line for line in lines if len(line) == 32]


async def test_whatever_is_done_to_the_stored_chain_is_found(database: Database) -> None:
    draw = Random(seed())
    chain, raw = Chain(database, SERVICE), database._raw["audit"]
    await chain.append(*entries(draw, 40))
    sound = list(reversed(await chain.find(SYSTEM, {}, limit=0)))
    known = anchors(sound, 10)
    await raw.drop_index("record.sequence_1")
    for way in WAYS:
        left, first = way(draw, sound)
        await raw.delete_many({})
        rows = {one.id if left.index(one) == at else f"copy of {one.id}": one for at, one in enumerate(left)}
        if rows:
            await raw.insert_many([{"_id": id_, **RecordDocument.of(one).to_bson()} for id_, one in rows.items()])
        fault = (await chain.check(known)).fault
        assert fault is not None, (way.__name__, first)


@pytest.mark.parametrize(
    "update",
    [
        {"$set": {"region": "41.02.00.0"}},
        {"$set": {"unit": "u-2"}},
        {"$set": {"record.sequence": "3"}},
        {"$set": {"record.sequence": 3.0}},
        {"$set": {"record.more": "x"}},
        {"$set": {"record.details": []}},
        {"$set": {"record.deed": "nothing"}},
        {"$set": {"record.at": "2026-11-22T08:00:00Z"}},
        {"$set": {"record.hash": None}},
        {"$unset": {"record.actor": ""}},
        {"$unset": {"record": ""}},
        {"$unset": {"region": ""}},
    ],
    ids=str,
)
async def test_what_is_no_record_any_more_is_named_too(database: Database, update: dict[str, Any]) -> None:
    chain = Chain(database, SERVICE)
    await chain.append(*(deed(number) for number in range(5)))
    await database._raw["audit"].update_one({"record.sequence": 3}, update)
    fault = (await chain.check()).fault
    assert fault is not None
    assert fault.sequence in (1, 3)
    assert fault.kind in (Kind.ALTERED, Kind.MISSING)


async def test_the_recorder_notices_what_others_left(database: Database) -> None:
    papers, chain = database.documents("papers", Paper), Chain(database, SERVICE)
    await database.prepare()
    recording = asyncio.create_task(Recorder(chain, database).run())
    entry = deed(1)
    await papers.create(Paper(id="a", region=REGION), audit=[entry])

    async def recorded() -> bool:
        return bool(await chain.find(SYSTEM, {"_id": entry.id}))

    await until("the entry is on record", recorded, patience=20)
    recording.cancel()
    await asyncio.wait([recording])
