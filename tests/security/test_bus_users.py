"""Nobody on the bus where they don't belong: tried with raw nats-py against a real server."""

import asyncio
import contextlib
import gc
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import nats as nats_py
import pytest
from nats.aio.client import Client
from nats.errors import Error
from nats.js.errors import APIError

from shared.bus import Bus, Hears
from shared.bus.consumers import consumer_config, office_config, office_name
from shared.bus.streams import STREAMS
from shared.bus.users import Keys, office_user, service_user
from shared.embedded import Nats
from shared.events import registry
from shared.outbox import say

ZHENGZHOU, KAIFENG = "41.01.05.0", "41.02.02.0"
QUICK = 0.4


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """nats-py leaves the socket of a connection that was refused to the garbage collector: let it come now."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


async def _unused(_app: None, heard: Any) -> None:
    del heard


LINE = Hears("units", (registry.UnitChanged,), _unused)


def told(region: str) -> Any:
    """An event of ``region``."""
    unit = registry.Unit(id="u", name="u", region=region, revision=1)
    return say(registry.UnitChanged(unit=unit), subject=region, region=region, actor="service:test", reason="test")


@pytest.fixture
async def town(nats: Nats, bus: Bus) -> None:
    """Two offices with a feed each, one service, and an event of each city."""
    nats.allow([office_user("zhengzhou"), office_user("kaifeng"), service_user("t", [LINE], [registry.OfficeChanged])])
    await restarted(nats, bus)
    await bus.js.add_consumer("FACTS", office_config("zhengzhou", "41.01"))
    await bus.js.add_consumer("FACTS", office_config("kaifeng", "41.02"))
    await bus.js.add_consumer("FACTS", consumer_config("t", LINE))
    await bus.publish(told(ZHENGZHOU))
    await bus.publish(told(KAIFENG))


async def restarted(nats: Nats, bus: Bus) -> None:
    """The server is another process than before, and answers the administrator."""
    old = nats.pid
    for _ in range(200):
        if nats.pid not in (0, old) and bus.connection.is_connected:
            break
        await asyncio.sleep(0.05)
    await bus.until_ready()


@asynccontextmanager
async def signed_in(url: str, keys: Keys, user: str) -> AsyncIterator[Client]:
    """A raw connection of ``user``, once the server has learned of it."""

    async def quiet(_error: Exception) -> None:
        return None

    for attempt in range(50):
        try:
            connection = await nats_py.connect(
                url,
                nkeys_seed_str=keys.seed(user),
                inbox_prefix=f"_INBOX.{user}".encode(),
                error_cb=quiet,
                allow_reconnect=False,
            )
            break
        except (Error, OSError):
            assert attempt < 49, "the server never let this user in"
            await asyncio.sleep(0.1)
    try:
        yield connection
    finally:
        await connection.close()


async def refused(attempt: Any) -> bool:
    """Whether the server gave no good answer."""
    try:
        await asyncio.wait_for(attempt, QUICK)
    except (Error, APIError, TimeoutError):
        return True
    return False


async def silent(connection: Client, subject: str, bus: Bus) -> bool:
    """Whether subscribing to ``subject`` brings nothing while things happen."""
    got: list[Any] = []

    async def hear(message: Any) -> None:
        got.append(message)

    await connection.subscribe(subject, cb=hear)
    await connection.flush()
    await bus.publish(told(KAIFENG).model_copy(update={"id": subject}))
    await bus.publish(told(ZHENGZHOU).model_copy(update={"id": subject + "z"}))
    await connection.flush()
    return not got


async def test_an_office_gets_its_own_city_and_nothing_of_another(
    town: None, nats_url: str, keys: Keys, bus: Bus
) -> None:
    async with signed_in(nats_url, keys, office_name("zhengzhou")) as connection:
        js = connection.jetstream()
        feed = await js.pull_subscribe_bind(
            office_name("zhengzhou"), "FACTS", inbox_prefix=f"_INBOX.{office_name('zhengzhou')}.".encode()
        )
        [message] = await feed.fetch(1, timeout=5)
        assert message.subject == f"registry.unit_changed.{ZHENGZHOU}"
        await message.ack_sync(timeout=2)
        with pytest.raises(TimeoutError):
            await feed.fetch(1, timeout=QUICK)


async def test_an_office_can_do_nothing_else(town: None, nats_url: str, keys: Keys, bus: Bus) -> None:
    api = [
        "$JS.API.INFO",
        "$JS.API.STREAM.LIST",
        "$JS.API.STREAM.NAMES",
        "$JS.API.STREAM.INFO.FACTS",
        "$JS.API.STREAM.PURGE.FACTS",
        "$JS.API.STREAM.DELETE.FACTS",
        "$JS.API.STREAM.UPDATE.FACTS",
        "$JS.API.STREAM.MSG.GET.FACTS",
        "$JS.API.STREAM.MSG.DELETE.FACTS",
        "$JS.API.STREAM.SNAPSHOT.FACTS",
        "$JS.API.DIRECT.GET.FACTS",
        f"$JS.API.DIRECT.GET.FACTS.registry.unit_changed.{KAIFENG}",
        "$JS.API.CONSUMER.LIST.FACTS",
        "$JS.API.CONSUMER.CREATE.FACTS.mine",
        f"$JS.API.CONSUMER.CREATE.FACTS.{office_name('zhengzhou')}",
        "$JS.API.CONSUMER.DURABLE.CREATE.FACTS.mine",
        f"$JS.API.CONSUMER.DELETE.FACTS.{office_name('kaifeng')}",
        f"$JS.API.CONSUMER.INFO.FACTS.{office_name('kaifeng')}",
        f"$JS.API.CONSUMER.MSG.NEXT.FACTS.{office_name('kaifeng')}",
        "$JS.API.CONSUMER.MSG.NEXT.FACTS.t_units",
        f"registry.unit_changed.{ZHENGZHOU}",
        "work.prober.due.x",
        "dead.t.x",
    ]
    async with signed_in(nats_url, keys, office_name("zhengzhou")) as connection:
        answers = await asyncio.gather(*(refused(connection.request(subject, b"{}", timeout=QUICK)) for subject in api))
        assert [subject for subject, no in zip(api, answers, strict=True) if not no] == []
    async with signed_in(nats_url, keys, office_name("zhengzhou")) as connection:
        for subject in (">", "registry.>", f"registry.*.{KAIFENG}", "$JS.>", "_INBOX.>", "$JS.EVENT.>"):
            assert await silent(connection, subject, bus), subject
    assert (await bus.stream("FACTS")).state.first_seq == 1


async def test_a_reply_subject_of_its_choosing_brings_an_office_nothing(
    town: None, nats_url: str, keys: Keys, bus: Bus
) -> None:
    """The server answers to the reply subject with the rights of the account: an office has one of its own."""
    before = {name: (await bus.stream(name)).state.messages for name in STREAMS}
    ask = f"$JS.API.CONSUMER.MSG.NEXT.FACTS.{office_name('zhengzhou')}"
    async with signed_in(nats_url, keys, office_name("zhengzhou")) as connection:
        for reply in (
            "$JS.API.STREAM.PURGE.FACTS",
            "$JS.API.STREAM.DELETE.DEAD",
            f"registry.closed.{KAIFENG}",
            "work.notifier.due.evil",
            "dead.x.y",
        ):
            await connection.publish(ask, b'{"batch":50,"no_wait":true}', reply=reply)
        await connection.flush()
        js = connection.jetstream()
        feed = await js.pull_subscribe_bind(
            office_name("zhengzhou"), "FACTS", inbox_prefix=f"_INBOX.{office_name('zhengzhou')}.".encode()
        )
        with contextlib.suppress(TimeoutError):
            await feed.fetch(1, timeout=1)
    assert {name: (await bus.stream(name)).state.messages for name in STREAMS} == before


async def test_a_service_says_only_what_its_table_says(town: None, nats_url: str, keys: Keys) -> None:
    async with signed_in(nats_url, keys, "t") as connection:
        js = connection.jetstream(timeout=QUICK)
        await js.publish(f"registry.office_changed.{ZHENGZHOU}", b"x", stream="FACTS")
        assert await refused(js.publish(f"registry.unit_changed.{ZHENGZHOU}", b"x", stream="FACTS"))
        assert await refused(js.publish("work.notifier.due.x", b"x", stream="WORK_notifier"))
        assert await refused(js.purge_stream("FACTS"))
        assert await refused(js.delete_consumer("FACTS", "t_units"))


async def test_there_is_no_anonymous_user(town: None, nats_url: str) -> None:
    async def quiet(_error: Exception) -> None:
        return None

    with pytest.raises((Error, OSError)):
        await nats_py.connect(nats_url, allow_reconnect=False, error_cb=quiet, connect_timeout=2)
