"""A bus with everybody on it: the four services, two offices, and something on every stream."""

import asyncio
import gc
import json
import warnings
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import nats as nats_py
from nats.aio.client import Client
from nats.errors import Error

from services.catalog import SERVICES
from services.commands import streams
from shared.bus import STREAMS, Bus
from shared.bus.consumers import consumer_config, consumer_name, office_config, office_name
from shared.bus.users import Keys, User
from shared.embedded import Nats
from shared.events import registry, work
from shared.outbox import say

ZHENGZHOU, KAIFENG = "41.01.05.0", "41.02.02.0"
OFFICES = {"zhengzhou": "41.01", "kaifeng": "41.02"}
USERS: Mapping[str, User] = {user.name: user for user in streams.users(OFFICES)}
CONSUMERS: Mapping[str, str] = {
    **{consumer_name(service.name, line): line.stream for service in SERVICES.values() for line in service.hears},
    **{office_name(office): "FACTS" for office in OFFICES},
}


def told(region: str) -> Any:
    """An event of ``region``."""
    unit = registry.Unit(id="u", name="u", region=region, revision=1)
    return say(registry.UnitChanged(unit=unit), subject=region, region=region, actor="service:test", reason="test")


async def quiet(_error: Exception) -> None:
    """Say nothing of a refusal."""


async def inhabited(nats: Nats, bus: Bus) -> None:
    """Let everybody in, make their consumers, and put something on every stream."""
    nats.allow(USERS.values())
    await restarted(nats, bus)
    for office, looks_after in OFFICES.items():
        await bus.js.add_consumer("FACTS", office_config(office, looks_after))
    for service in SERVICES.values():
        for line in service.hears:
            await bus.js.add_consumer(line.stream, consumer_config(service.name, line))
    for region in (ZHENGZHOU, KAIFENG):
        await bus.publish(told(region))
        await bus.publish_raw(f"probe.completed.{region}", b"{}", f"o{region}")
        await bus.publish_raw(f"dead.scorer.probe.completed.{region}", b"{}", f"d{region}")
    for fact, key in ((work.VisitDue(outlet="w-1"), "w-1"), (work.NotifierDue(notice="n-1"), "n-1")):
        due = say(fact, subject=key, region=None, actor="service:test", reason="test")
        await bus.plan(due, "0 0 0 1 1 *")
        await bus.publish(due)


async def restarted(nats: Nats, bus: Bus) -> None:
    """The server is another process than before, and answers the administrator."""
    old = nats.pid
    for _ in range(200):
        if nats.pid not in (0, old) and bus.connection.is_connected:
            break
        await asyncio.sleep(0.05)
    await bus.until_ready()


async def picture(bus: Bus, *, but: str = "") -> dict[str, Any]:
    """Everything that is kept: streams with their contents, and consumers with what they were given.

    Of the consumers of the user ``but`` only how they are made: what it takes is its own.
    """
    seen: dict[str, Any] = {"streams": sorted(info.config.name or "" for info in await bus.js.streams_info())}
    for stream in STREAMS:
        info = await bus.js.stream_info(stream, subjects_filter=">")
        seen[stream] = (info.config.as_dict(), info.state.messages, info.state.last_seq, info.state.subjects)
        for consumer in await bus.js.consumers_info(stream):
            given = (consumer.delivered, consumer.ack_floor, consumer.num_ack_pending)
            mine = (but == consumer.name) or consumer.name.startswith(f"{but}_")
            seen[f"{stream} {consumer.name}"] = (consumer.config.as_dict(), None if mine else str(given))
    return json.loads(json.dumps(seen, default=str))  # type: ignore[no-any-return]  # JSON of a dict


@asynccontextmanager
async def signed_in(url: str, keys: Keys, user: str) -> AsyncIterator[Client]:
    """A raw connection of ``user``, once the server has learned of it."""
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


class Ear:
    """What comes to one of its own inboxes, or to whatever it was let subscribe to."""

    def __init__(self, connection: Client, user: User) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self._connection = connection
        self._user = user

    async def listen(self, subject: str, queue: str = "") -> None:
        """Subscribe; the server may refuse without telling."""

        async def hear(message: Any) -> None:
            self.heard.append((message.subject, message.data))

        await self._connection.subscribe(subject, queue=queue, cb=hear)

    async def settled(self) -> None:
        """Return when the server has done all that was asked before: it answers one more, allowed question."""
        allowed = next(subject for subject in self._user.may_publish if ".CONSUMER.MSG.NEXT." in subject)
        inbox = f"_INBOX.{self._user.name}.last"
        answered = asyncio.Event()

        async def hear(_message: Any) -> None:
            answered.set()

        await self._connection.subscribe(inbox, cb=hear)
        for _ in range(2):
            answered.clear()
            await self._connection.publish(self._user.local(allowed), b'{"batch":1,"no_wait":true}', reply=inbox)
            async with asyncio.timeout(5):
                await answered.wait()
        await self._connection.flush()


def sweep() -> Iterator[None]:
    """nats-py leaves the socket of a connection that was refused to the garbage collector: let it come now."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
