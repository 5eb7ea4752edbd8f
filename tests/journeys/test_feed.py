"""An office gets the events of its own city through a consumer of its own, and nothing of another."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from demo.city import Office
from services.commands.register import give_feed
from shared.bus.consumers import OFFICE_FACTS, office_name
from shared.events import Event, covers, parse
from tests.journeys.town import Town
from tests.world import until

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(180)]


async def test_an_office_receives_its_city_in_order_each_event_once_and_goes_on_where_it_was(town: Town) -> None:
    ours, theirs = town.world.script.offices
    ended = await town.world.govwatch("office", ours.id, "--feed")
    assert (ended.err, ended.code) == ("", 0)
    credential = Path(ended.out.strip())
    assert _mode(credential) == 0o600

    await _something_happens(town, 0)
    before = await _fetched(town, ours, credential, last=(await _wanted(town, ours))[-1])
    await _something_happens(town, 1)
    after = await _fetched(town, ours, credential, last=(await _wanted(town, ours))[-1])

    got = [*before, *after]
    assert [event.id for event in got] == [event.id for event in await _wanted(town, ours)][: len(got)]
    assert {"registry.opened", "registry.filing_approved", "registry.office_changed"} <= {one.type for one in before}
    assert "registry.opened" in {one.type for one in after}
    assert await _wanted(town, theirs), "nothing happened in the other city, so nothing was kept from anybody"


async def test_its_credential_opens_nothing_else(town: Town) -> None:
    ours, theirs = town.world.script.offices
    credential = await give_feed(town.world.settings, ours.id, ours.looks_after)
    await give_feed(town.world.settings, theirs.id, theirs.looks_after)
    other = office_name(theirs.id)
    async with _signed_in(town, ours, credential) as connection:
        for subject in (
            f"$JS.API.CONSUMER.MSG.NEXT.FACTS.{other}",
            f"$JS.API.CONSUMER.INFO.FACTS.{other}",
            "$JS.API.STREAM.MSG.GET.FACTS",
            "$JS.API.STREAM.INFO.OBSERVATIONS",
        ):
            with pytest.raises((NatsError, TimeoutError)):
                await connection.request(subject, b"{}", timeout=0.5)


async def _something_happens(town: Town, number: int) -> None:
    """An outlet is filed, approved and in force in each of the two cities."""
    for target in (town.accounts[number], town.accounts[number + len(town.accounts) // 2]):
        await town.opened(target)


async def _wanted(town: Town, office: Office) -> list[Event[Any]]:
    """What an office should have got by now, in order."""
    types = {fact.removesuffix(".*") for fact in OFFICE_FACTS}
    return [
        event
        for event in await town.world.events()
        if event.region
        and covers(office.looks_after, event.region)
        and (event.type in types or event.type.partition(".")[0] in types)
    ]


async def _fetched(town: Town, office: Office, credential: Path, last: Event[Any]) -> list[Event[Any]]:
    """Sign in, take what there is until ``last`` was among it, acknowledge it, leave."""
    name = office_name(office.id)
    got: list[Event[Any]] = []
    async with _signed_in(town, office, credential) as connection:
        inbox = f"_INBOX.{name}.".encode()
        feed = await connection.jetstream().pull_subscribe_bind(name, "FACTS", inbox_prefix=inbox)
        while last.id not in {event.id for event in got}:
            for message in await feed.fetch(10, timeout=10):
                got.append(parse(message.data))
                await message.ack_sync(timeout=5)
    return got


@asynccontextmanager
async def _signed_in(town: Town, office: Office, credential: Path) -> AsyncIterator[Client]:
    """A program of the office, once the server has learnt of it."""
    name, seed, connections = office_name(office.id), _read(credential), list[Client]()

    async def quiet(_error: Exception) -> None:
        return None

    async def let_in() -> bool:
        try:
            connection = await nats.connect(
                town.world.nats.url,
                nkeys_seed_str=seed,
                inbox_prefix=f"_INBOX.{name}".encode(),
                error_cb=quiet,
                allow_reconnect=False,
            )
        except (NatsError, OSError):
            return False
        connections.append(connection)
        return True

    await until(f"the server lets {name} in", let_in, patience=10)
    try:
        yield connections[0]
    finally:
        await connections[0].close()


def _mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


def _read(file: Path) -> str:
    return file.read_text(encoding="ascii")
