"""What an operator does on DEAD goes into the chain of the service that gave the message up."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from services.commands import operator as operator_commands
from shared.audit import Deed
from shared.audit.store import Chain
from shared.bus import Bus
from shared.documents import SYSTEM, Client, Database
from shared.settings import Settings
from tests.faults.test_dead import SUBJECT, Operator


@pytest.fixture
def operator(
    bus: Bus, nats_url: str, tmp_path: Path, mongo_url: str, database: Database, capsys: pytest.CaptureFixture[str]
) -> Operator:
    where = Settings(nats_url=nats_url, data_dir=tmp_path, mongo_url=SecretStr(mongo_url), mongo_prefix=database.name)
    return Operator(bus, where, capsys)


async def test_what_is_played_again_or_dropped_is_on_record_with_who_and_why(
    operator: Operator, bus: Bus, mongo_url: str, database: Database
) -> None:
    for number in (1, 2):
        await bus.publish_raw(f"dead.prober.{SUBJECT}", b"{}", f"dead:FACTS:{number}:prober_directory")
    assert await operator.types("replay 1") == 0
    assert await operator.types("drop 2 --reason superseded") == 0
    client = Client(mongo_url)
    chain = Chain(client.database(f"{database.name}_prober"), "prober")
    dropped, replayed = await chain.find(SYSTEM, {})
    assert (replayed.object, dropped.object) == ("FACTS:1", "FACTS:2")
    assert (replayed.deed, dropped.deed, dropped.reason) == (Deed.DEAD_REPLAYED, Deed.DEAD_DROPPED, "superseded")
    assert {one.actor for one in (replayed, dropped)} == {operator_commands.operator()}
    assert (await chain.check()).fault is None
    await client.drop(f"{database.name}_prober")
    client.close()
