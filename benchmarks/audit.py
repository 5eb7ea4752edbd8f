"""What being on record costs: filings a second with and without it, side by side in one run; and checking a long chain.

Rounds alternate on one mongod and one nats-server of their own, sixteen clients file at once, outbox and recorder run;
a round ends when everything is published (and on record). CPU is that of this process and of mongod together, which
says more than the clock where others work, too. ``python benchmarks/audit.py [--rounds 3] [--filings 2000]
[--records 100000]``
"""

import argparse
import asyncio
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import structlog

from services.registry.desk import public
from services.registry.filing import Filing, FilingState, Step
from services.registry.records import FilingDocument
from services.registry.store import Store
from shared.audit import Deed, Entry, Thing, noted
from shared.audit.relay import Recorder
from shared.audit.store import Chain
from shared.bus import Bus
from shared.bus.streams import apply
from shared.bus.users import ADMIN, Keys
from shared.documents import Client
from shared.embedded import Mongo, Nats, free_port
from shared.events import registry
from shared.events.registry import FilingKind, UnitRef, Website
from shared.outbox import Relay, say

CLIENTS = 16
AT_A_TIME = 1000
TICKS = os.sysconf("SC_CLK_TCK")
REGION = "41.01.05.0"


class Round(NamedTuple):
    """Filings a second until all were accepted, until all were published, and milliseconds of CPU for each."""

    filed: float
    published: float
    cpu: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--filings", type=int, default=2000)
    parser.add_argument("--records", type=int, default=100_000)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(_measure(Path(directory), parser.parse_args()))


async def _measure(directory: Path, asked: argparse.Namespace) -> None:
    mongo, keys = Mongo(directory / "mongo", free_port()), Keys(directory / "keys")
    nats = Nats(directory / "nats", free_port(), keys)
    nats.allow([])
    await asyncio.gather(mongo.start(), nats.start())
    bus = await Bus.connect(nats.url, ADMIN, keys.seed(ADMIN))
    await apply(bus.js, replicas=1, highest={})
    try:
        await _filings(mongo, bus, asked.rounds, asked.filings)
        await _long_chain(mongo, asked.records)
    finally:
        await bus.close()
        await asyncio.gather(mongo.stop(), nats.stop())


async def _filings(mongo: Mongo, bus: Bus, rounds: int, filings: int) -> None:
    results: dict[bool, list[Round]] = {False: [], True: []}
    for number in range(2 * rounds):
        on_record = bool(number % 2)
        results[on_record].append(await _round(mongo, bus, filings, on_record=on_record))
    for on_record, found in results.items():
        filed, published, cpu = (statistics.median(column) for column in zip(*found, strict=True))
        print(
            f"{'on record' if on_record else 'unrecorded'}: {filed:.0f} filings/s accepted, {published:.0f}/s "
            f"published, {cpu:.2f} ms CPU each (median of {rounds})"
        )


async def _round(mongo: Mongo, bus: Bus, filings: int, *, on_record: bool) -> Round:
    client = Client(mongo.url)
    database = client.database(f"b{uuid4().hex[:8]}")
    store = Store(database)
    await database.prepare()
    background = [asyncio.create_task(Relay(database, bus).run())]
    if on_record:
        background.append(asyncio.create_task(Recorder(store.audit, database).run()))
    numbers, cpu, start = iter(range(filings)), _cpu(mongo), time.monotonic()

    async def clients() -> None:
        for number in numbers:
            document = _filing(number)
            fact = registry.FilingSubmitted(filing=public(document))
            event = say(fact, subject=document.id, region=REGION, actor="person:p-1", reason="submit")
            await store.filings.create(document, [event], None if on_record else ())

    await asyncio.gather(*(clients() for _ in range(CLIENTS)))
    filed = time.monotonic() - start
    await _until_none(lambda: store.filings.waiting(1))
    published = time.monotonic() - start
    await _until_none(lambda: store.filings.unrecorded(1))
    used = _cpu(mongo) - cpu
    for task in background:
        task.cancel()
    await asyncio.wait(background)
    await client.drop(database.name)
    client.close()
    return Round(filings / filed, filings / published, used / filings * 1000)


async def _long_chain(mongo: Mongo, number: int) -> None:
    client = Client(mongo.url)
    chain = Chain(client.database("long"), "registry")
    for first in range(0, number, AT_A_TIME):
        await chain.append(*_deeds(first, min(AT_A_TIME, number - first)))
    cpu, start = time.process_time(), time.monotonic()
    checked = await chain.check()
    seconds, used = time.monotonic() - start, time.process_time() - cpu
    assert (checked.fault, checked.sequence) == (None, number)
    print(f"{number} records checked in {seconds:.1f} s ({used:.1f} s CPU)")
    client.close()


def _deeds(first: int, number: int) -> Iterator[Entry]:
    details = {"number": "备〔2026〕12号", "filing": "open", "outlet": "w-4101050001"}
    for at in range(first, first + number):
        thing = Thing("filing", f"f-{at}", REGION, "u-1")
        yield noted(Deed.FILING_SUBMITTED, thing, actor="person:p-1", reason="submit", details=details)


def _filing(number: int) -> FilingDocument:
    now = datetime.now(UTC)
    filed = Website(code=f"41{number:08}", name="示范区政府网站", url="https://www.example.gov.cn/")
    filing = Filing(
        number=f"备〔2026〕{number}号",
        kind=FilingKind.OPEN,
        outlet=f"w-{number}",
        unit=UnitRef(id="u-1", name="示范区政府办公室"),
        filed=filed,
        state=FilingState.SUBMITTED,
        steps=(Step(at=now, actor="person:p-1", name="李伟", act="submit", reason=""),),
    )
    return FilingDocument(id=f"f-{number}", region=REGION, unit="u-1", version=1, filing=filing, asked_at=now)


def _cpu(mongo: Mongo) -> float:
    """Seconds of CPU of this process and of mongod so far."""
    fields = Path(f"/proc/{mongo.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / TICKS


async def _until_none(look: Callable[[], Awaitable[object]]) -> None:
    while await look():  # noqa: ASYNC110 - what is waited for happens in the store
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    main()
