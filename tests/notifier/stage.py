"""The whole notifier on real servers: NATS with its own permissions, MongoDB, a mail relay; and a clock to set."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from httpx import ASGITransport, AsyncClient
from pydantic import SecretStr

from services.notifier.app import Notifier
from services.notifier.service import HEARS, SAYS, SERVICE, build
from services.notifier.store import DeliveryDocument, NoticeDocument
from shared.bus import Bus, Heard, Listener
from shared.bus.consumers import consumer_config
from shared.bus.users import Keys, service_user
from shared.documents import SYSTEM, UNAVAILABLE, Client
from shared.egress import Egress
from shared.embedded import Nats
from shared.events import Event, Fact, parse
from shared.identity import Grant, Identity, Person, Role
from shared.outbox import Relay as Outbox
from shared.outbox import say
from shared.runtime import Base
from shared.web import create_app
from tests.notifier.made import REGION, UNIT
from tests.notifier.relay import Relay

PASSWORD = "correct horse battery"
PATIENCE = 20.0
HERE = "http://jianguan.zz.example"


class Clock:
    """Real time until it is set."""

    def __init__(self) -> None:
        self.stopped: datetime | None = None

    def __call__(self) -> datetime:
        return self.stopped or datetime.now(UTC)


@dataclass
class Stage:
    """A notifier that is made but does not listen before ``working`` is entered."""

    app: Notifier
    clock: Clock
    bus: Bus
    admin: Bus
    relay: Relay
    url: str
    seed: str

    @property
    def identity(self) -> Identity:
        """Who people are."""
        return self.app.base.identity

    async def person(self, login: str, role: Role, *, email: str | None = None, where: str = "") -> Person:
        """Somebody with one grant over ``where``: a unit (``UNIT``) for a unit administrator, else a region prefix."""
        if role is Role.UNIT_ADMINISTRATOR:
            grant = Grant(role=role, unit=where or UNIT.id)
        else:
            grant = Grant(role=role, region=where or REGION)
        address = f"{login}@zz.example" if email is None else email
        return await self.identity.create_person(
            login=login, name=f"{login}的名字", email=address, password=PASSWORD, grants=[grant]
        )

    async def say(self, fact: Fact, *, times: int = 1) -> None:
        """Put ``fact`` on its stream, ``times`` times over, as redeliveries after the window of deduplication are."""
        event = say(fact, subject="test", region=REGION, actor="service:test", reason="test")
        for _ in range(times):
            await self.admin.publish_raw(event.address, event.encode(), uuid4().hex)

    async def hear(self, handler: Callable[[Notifier, Any], Awaitable[None]], fact: Fact) -> None:
        """Give ``fact`` to a handler directly."""
        event = say(fact, subject="test", region=REGION, actor="service:test", reason="test")
        await handler(self.app, Heard(event, datetime.now(UTC), 1))

    async def notices(self) -> list[NoticeDocument]:
        """Every notice."""
        return await self.app.store.notices.find(SYSTEM, sort=[("_id", 1)])

    async def deliveries(self) -> list[DeliveryDocument]:
        """Every delivery."""
        return await self.app.store.deliveries.find(SYSTEM, sort=[("_id", 1)])

    async def said(self) -> list[Event[Any]]:
        """What the notifier said on FACTS, in order."""
        state = (await self.admin.stream("FACTS")).state
        found = []
        for number in range(state.first_seq, state.last_seq + 1):
            event = parse((await self.admin.js.get_msg("FACTS", number)).data or b"")
            found += [event] if event.type.startswith("notice.") else []
        return found

    @asynccontextmanager
    async def browsing(self, login: str) -> AsyncIterator[AsyncClient]:
        """A browser somebody signed in with."""
        web = create_app(SERVICE, self.app.base, self.app.routers)
        cookies = {"govwatch": await self.identity.sign_in(login, PASSWORD)}
        async with AsyncClient(transport=ASGITransport(web), base_url=HERE, cookies=cookies) as browser:
            browser.headers["origin"] = HERE
            yield browser

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Let it listen, and its outbox be sent."""
        outbox = asyncio.create_task(Outbox(self.app.base.database, self.bus).run())
        listener = Listener(self.bus, self.url, self.seed, patient_with=UNAVAILABLE)
        for line in HEARS:
            listener.add(line, self.app)
        await listener.start()
        try:
            yield
        finally:
            await listener.stop()
            outbox.cancel()
            await asyncio.wait([outbox])


@asynccontextmanager
async def staged(
    mongo_url: str,
    nats: Nats,
    keys: Keys,
    admin: Bus,
    relay: Relay,
    *,
    extranets: Sequence[str] = (),
    egress: Egress | None = None,
) -> AsyncIterator[Stage]:
    """A notifier with a database, a user of the bus and a relay of its own; ``egress`` is its gate, if not its own."""
    url, seed = f"nats://127.0.0.1:{nats.port}", keys.seed("notifier")
    for line in HEARS:
        await admin.js.add_consumer(line.stream, consumer_config("notifier", line))
    nats.allow([service_user("notifier", HEARS, SAYS)])
    bus = await _connect(url, seed)
    client = Client(mongo_url)
    prefix = f"test_{uuid4().hex[:12]}"
    own = {
        "mongo_url": SecretStr(mongo_url),
        "mongo_prefix": prefix,
        "nats_url": url,
        "egress_extranets": list(extranets),
    }
    settings, clock = relay.settings().model_copy(update=own), Clock()
    database, people = (client.database(f"{prefix}_{name}") for name in ("notifier", "identity"))
    identity = Identity(people, settings, now=clock)
    egress = egress or Egress.from_settings(settings)
    base = Base("notifier", settings, database, bus, identity, egress, clock)
    app = await build(base)
    await database.prepare()
    await identity.prepare()
    try:
        yield Stage(app, clock, bus, admin, relay, url, seed)
    finally:
        await egress.aclose()
        await bus.close()
        for name in ("notifier", "identity", "registry"):
            await client.drop(f"{prefix}_{name}")
        client.close()


async def eventually(ask: Callable[[], Awaitable[bool]]) -> None:
    """Return as soon as ``ask`` says yes; fails when that takes too long."""
    async with asyncio.timeout(PATIENCE):
        while not await ask():  # noqa: ASYNC110 - what is asked lives in other processes
            await asyncio.sleep(0.02)


async def _connect(url: str, seed: str) -> Bus:
    """Connect as the notifier, as soon as the server has read its new configuration."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await Bus.connect(url, "notifier", seed, patience=1.0)
            except TimeoutError:
                continue
