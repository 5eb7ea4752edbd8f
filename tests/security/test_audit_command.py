"""``govwatch audit``: verify names the first fault, by its exit code too, and asks what the bus remembers."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.commands import audit as command
from services.commands import operator as operator_commands
from shared.audit import Deed, Thing, noted, witnessed
from shared.audit.store import Chain
from shared.bus import Bus
from shared.documents import SYSTEM, Client, Database
from shared.embedded import free_port
from shared.events import audit
from shared.outbox import Relay, say
from shared.settings import Settings


class Auditor:
    """Types ``govwatch audit`` beside an installation whose registry and scorer have chains."""

    def __init__(self, settings: Settings, client: Client, capsys: pytest.CaptureFixture[str]) -> None:
        self.settings = settings
        self.databases = {
            name: client.database(f"{settings.mongo_prefix}_{name}") for name in ("registry", "scorer", "notifier")
        }
        self.chains = {name: Chain(database, name) for name, database in self.databases.items()}
        self._capsys = capsys

    async def types(self, words: str) -> int:
        parser = argparse.ArgumentParser()
        command.add(parser.add_subparsers())
        parsed = parser.parse_args(["audit", *words.split()])
        code: int = await parsed.run(parsed, self.settings)
        return code

    def sees(self) -> str:
        seen = self._capsys.readouterr()
        return seen.out + seen.err

    async def happens(self, service: str, number: int) -> None:
        deeds = (
            noted(Deed.UNIT_CHANGED, Thing("unit", f"u-{at}", "41.01.05.0"), actor="operator:test", reason="imported")
            for at in range(number)
        )
        await self.chains[service].append(*deeds)


@pytest.fixture
async def auditor(
    tmp_path: Path, bus: Bus, nats_url: str, mongo_url: str, database: Database, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Auditor]:
    mongo = SecretStr(mongo_url)
    settings = Settings(nats_url=nats_url, data_dir=tmp_path, mongo_url=mongo, mongo_prefix=database.name)
    client = Client(mongo_url)
    auditor = Auditor(settings, client, capsys)
    yield auditor
    for name in ("registry", "prober", "scorer", "notifier"):
        await client.drop(f"{database.name}_{name}")
    client.close()


async def test_sound_chains_are_said_to_be_sound(auditor: Auditor) -> None:
    await auditor.happens("registry", 5)
    assert await auditor.types("verify") == 0
    last = await auditor.chains["registry"].last()
    assert last is not None
    said = auditor.sees()
    assert f"registry: 5 records are sound, no anchor to compare with; the last is {last.hash}" in said
    assert "prober: 0 records are sound" in said


async def test_the_first_fault_is_named_and_only_the_chain_that_was_asked_about(auditor: Auditor) -> None:
    await auditor.happens("registry", 9)
    await auditor.happens("scorer", 3)
    raw = auditor.databases["registry"]._raw["audit"]
    await raw.update_one({"record.sequence": 7}, {"$set": {"record.reason": "nothing"}})
    await raw.delete_one({"record.sequence": 4})
    assert await auditor.types("verify") == 1
    assert "registry: record 4 missing: 1 record is gone" in auditor.sees()
    assert await auditor.types("verify --service scorer") == 0


async def test_a_chain_cut_off_is_known_to_the_bus_and_to_those_who_witnessed(auditor: Auditor, bus: Bus) -> None:
    await auditor.happens("registry", 6)
    assert await auditor.types("anchor") == 0
    assert "scorer: nothing to anchor" in auditor.sees()
    await Relay(auditor.databases["registry"], bus).once()
    assert await auditor.types("verify") == 0
    assert "registry: 6 records are sound, 1 anchors fit" in auditor.sees()

    await auditor.databases["registry"]._raw["audit"].delete_many({"record.sequence": {"$gt": 4}})
    assert await auditor.types("verify --without-bus") == 0
    assert await auditor.types("verify") == 1
    assert "record 5 to 6 truncated: the end is cut off: message 1 of FACTS remembers record 6" in auditor.sees()

    last = await auditor.chains["registry"].last()
    assert last is not None
    fact = audit.Anchored(service="registry", sequence=6, hash="ab" * 32, at=datetime.now(UTC))
    event = say(fact, subject="registry", region="00.00.00.0", actor="service:registry", reason="daily")
    entry = witnessed(event, by="notifier")
    assert entry is not None
    await auditor.chains["notifier"].append(entry)
    assert await auditor.types("verify --without-bus") == 1
    assert "record 1 of the notifier remembers record 6" in auditor.sees()


async def test_a_chain_hashed_anew_is_known_by_its_anchor(auditor: Auditor, bus: Bus) -> None:
    await auditor.happens("registry", 6)
    await auditor.types("anchor")
    await Relay(auditor.databases["registry"], bus).once()
    await auditor.databases["registry"]._raw["audit"].delete_many({})
    auditor.chains["registry"] = Chain(auditor.databases["registry"], "registry")
    await auditor.happens("registry", 8)
    auditor.sees()
    assert await auditor.types("verify") == 1
    assert "registry: record 1 to 6 forged: records up to 6 were altered and hashed anew" in auditor.sees()


@pytest.mark.parametrize("away", ["nats_url", "mongo_url"])
async def test_what_cannot_be_looked_at_is_neither_sound_nor_at_fault(
    auditor: Auditor, monkeypatch: pytest.MonkeyPatch, away: str
) -> None:
    monkeypatch.setattr(operator_commands, "PATIENCE", 0.5)
    nowhere = f"127.0.0.1:{free_port()}"
    value = (
        f"nats://{nowhere}" if away == "nats_url" else SecretStr(f"mongodb://{nowhere}/?serverSelectionTimeoutMS=50")
    )
    auditor.settings = auditor.settings.model_copy(update={away: value})
    assert await auditor.types("verify") == 2
    assert "nothing was looked at" in auditor.sees()


async def test_records_are_shown_newest_first_and_cannot_play_tricks_on_a_terminal(auditor: Auditor) -> None:
    await auditor.happens("registry", 3)
    hostile = noted(Deed.OFFICE_CHANGED, Thing("office", "o-1"), actor="operator:test", reason="a\tb\n\x1b[2Jc")
    await auditor.chains["registry"].append(hostile)
    assert await auditor.types("show --service registry --limit 2") == 0
    head, first, second, count = auditor.sees().splitlines()
    assert (head.split("\t")[0], first.split("\t")[0], second.split("\t")[0], count) == ("RECORD", "4", "3", "2 shown")
    assert "\x1b" not in first
    assert await auditor.types("show --service registry --deed office_changed --actor operator:test") == 0
    assert auditor.sees().splitlines()[-1] == "1 shown"


async def test_replicas_that_anchor_at_once_say_it_once(auditor: Auditor) -> None:
    await auditor.happens("registry", 2)
    chain, now = auditor.chains["registry"], datetime.now(UTC)
    for _ in ("the first time", "a day later"):
        said = await asyncio.gather(*(chain.anchor(now) for _ in range(5)))
        assert any(said)
    [(_, waiting)] = await chain._anchors.waiting(10)
    versions = [document.version for document in [await chain._anchors.get("registry", SYSTEM)] if document]
    assert [len(waiting)] == versions
