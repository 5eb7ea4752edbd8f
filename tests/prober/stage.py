"""The prober on real servers: its own user of the bus, its own database, and websites on loopback."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from pwdlib.hashers.argon2 import Argon2Hasher

from services.prober.app import Prober
from services.prober.plan import Pace, key
from services.prober.service import SERVICE, build
from shared.bus import Bus, Heard, Listener
from shared.bus.consumers import consumer_config
from shared.bus.users import Keys, service_user
from shared.documents import SYSTEM, UNAVAILABLE, Client
from shared.egress import Egress
from shared.embedded import Nats
from shared.events import Event, Fact, parse, probe, registry
from shared.events.registry import NewMedia, Outlet, OutletState, Particulars, UnitRef, Website
from shared.events.work import VisitDue
from shared.identity import Grant, Identity, Passwords, Role
from shared.outbox import Relay, say
from shared.runtime import Base
from shared.settings import Settings
from shared.web import create_app
from tests.security.loopback import LOOPBACK

ZHENGZHOU, KAIFENG = "41.01.05.0", "41.02.02.0"
UNIT = UnitRef(id="u-1", name="金水区人民政府办公室")
PATIENCE = 15.0
HERE = "http://127.0.0.1"
HOME = (
    "<html><head><title>金水区人民政府</title></head><body>" + "政务公开 " * 200 + "<footer>网站标识码:4101050001 "
    "豫ICP备05000000号</footer></body></html>"
)


def website(url: str, number: int = 1, region: str = ZHENGZHOU, **changes: Any) -> Outlet:
    """A running website at ``url``."""
    filed = Website(code=f"41010500{number:02}", name=f"第{number}号网站", url=url)
    return outlet(filed, f"w-{number}", region, **changes)


def account(source: str, **changes: Any) -> Outlet:
    """A running account read from ``source``."""
    return outlet(NewMedia(platform="weibo", account="zzwj", name="郑州网警", source=source), "a-weibo-zzwj", **changes)


def outlet(
    filed: Particulars,
    id_: str,
    region: str = ZHENGZHOU,
    *,
    state: OutletState = OutletState.RUNNING,
    revision: int = 1,
    unit: UnitRef = UNIT,
) -> Outlet:
    """An outlet in force."""
    since = datetime(2026, 11, 1, tzinfo=UTC)
    return Outlet(id=id_, region=region, unit=unit, state=state, revision=revision, since=since, filed=filed)


@dataclass
class Stage:
    """A prober that is made, and listens while ``working`` is entered."""

    app: Prober
    bus: Bus
    admin: Bus
    url: str
    seed: str

    async def open(self, *outlets: Outlet, scheduled: bool = False) -> None:
        """Let the registry say that these are in force, and wait until the prober knows.

        Unless ``scheduled``, their schedules are taken off again: nothing is visited but what the test asks for.
        """
        for one in outlets:
            fact: Fact = registry.Opened(outlet=one, filing="f-1")
            if one.revision > 1:
                fact = registry.Changed(outlet=one, filing=f"f-{one.revision}")
            await self.say(fact, one.id, one.region)
        for one in outlets:
            await self.until(lambda one=one: self._knows(one))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            if not scheduled:
                for pace in Pace:
                    await self.admin.unplan(VisitDue.type, key(one.id, pace))

    async def say(self, fact: Fact, subject: str, region: str | None = ZHENGZHOU) -> Event[Any]:
        """Put a fact of somebody else on its stream."""
        event = say(fact, subject=subject, region=region, actor="service:test", reason="test")
        await self.admin.publish(event)
        return event

    async def visit(self, id_: str, *probes: str, purpose: probe.Purpose = probe.Purpose.RECHECK) -> None:
        """Have the outlet visited now, and wait until that is remembered."""
        before = await self.remembered(id_)
        due = VisitDue(outlet=id_, probes=probes, purpose=purpose)
        await self.say(due, f"again-{id_}-{uuid4().hex[:8]}", None)
        await self.until(lambda: self._more(id_, before))

    async def remembered(self, id_: str) -> int:
        """How many visits are remembered of an outlet."""
        found = await self.app.store.recents.find(SYSTEM, {"_id": id_})
        return len(found[0].visits) if found else 0

    async def said(self, stream: str, kind: str = "probe") -> list[Event[Any]]:
        """What the prober said on a stream, in order."""
        state = (await self.admin.stream(stream)).state
        found = []
        for number in range(max(1, state.first_seq), state.last_seq + 1):
            event = parse((await self.admin.js.get_msg(stream, number)).data or b"")
            found += [event] if event.type.startswith(kind) else []
        return found

    async def until(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """What ``ask`` gives once that is true; fails when it takes too long."""
        async with asyncio.timeout(PATIENCE):
            while True:
                found = await ask()
                if found:
                    return found
                await asyncio.sleep(0.02)

    def heard(self, due: VisitDue, at: datetime) -> Heard[VisitDue]:
        """A message as the handler gets it, stored at ``at``."""
        event = say(due, subject=due.outlet, region=None, actor="service:prober", reason="test")
        return Heard(event, at, 1)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Let it listen, and its outboxes be sent."""
        relay = asyncio.create_task(Relay(self.app.base.database, self.bus).run())
        listener = Listener(self.bus, self.url, self.seed, patient_with=UNAVAILABLE)
        for line in SERVICE.hears:
            listener.add(line, self.app)
        await listener.start()
        try:
            yield
        finally:
            await listener.stop()
            relay.cancel()
            await asyncio.wait([relay])

    @asynccontextmanager
    async def reader(self, region: str = "", *, unit: str = "") -> AsyncIterator[httpx.AsyncClient]:
        """Somebody with a token who may see a region (a prefix), or one unit."""
        identity = self.app.base.identity
        role = Role.UNIT_ADMINISTRATOR if unit else Role.INSPECTOR
        grant = Grant(role=role, unit=unit) if unit else Grant(role=role, region=region)
        login = f"reader{uuid4().hex[:8]}"
        await identity.create_person(
            login=login, name="某人", email="", password="correct horse battery", grants=[grant]
        )
        token = await identity.issue_token(login, days=1)
        web = create_app(SERVICE, self.app.base, self.app.routers)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(web), base_url=HERE, headers=headers) as client:
            yield client

    async def _knows(self, one: Outlet) -> bool:
        known = await self.app.directory.outlet(one.id, SYSTEM)
        watch = await self.app.store.watches.get(one.id, SYSTEM)
        planned = await self.admin.planned(VisitDue.type)
        wanted = (
            {key(one.id, Pace(pace)) for pace in watch.others} | ({one.id} if watch.cron else set()) if watch else set()
        )
        return (
            known is not None
            and known.revision >= one.revision
            and watch is not None
            and planned & {key(one.id, pace) for pace in Pace} == wanted
        )

    async def _more(self, id_: str, before: int) -> bool:
        return await self.remembered(id_) > before


@asynccontextmanager
async def staged(
    mongo_url: str, nats: Nats, keys: Keys, admin: Bus, settings: Settings, allow: Sequence[str] = LOOPBACK
) -> AsyncIterator[Stage]:
    """A prober with a database and a user of the bus of its own, and a gate open to ``allow``."""
    url, seed = f"nats://127.0.0.1:{nats.port}", keys.seed("prober")
    for line in SERVICE.hears:
        await admin.js.add_consumer(line.stream, consumer_config("prober", line))
    nats.allow([service_user("prober", SERVICE.hears, SERVICE.says)])
    bus = await _connect(url, seed)
    client = Client(mongo_url)
    database = client.database(f"test_{uuid4().hex[:12]}")
    people = client.database(f"{database.name}_identity")
    quick = Passwords(Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1))
    identity = Identity(people, settings, now=utc_now, passwords=quick)
    egress = Egress(allow, ceiling=1.0)
    app = await build(Base("prober", settings, database, bus, identity, egress, utc_now))
    await database.prepare()
    await identity.prepare()
    try:
        yield Stage(app, bus, admin, url, seed)
    finally:
        await egress.aclose()
        await bus.close()
        await client.drop(database.name)
        await client.drop(people.name)
        client.close()


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def ago(**passed: float) -> datetime:
    """Some time before now."""
    return utc_now() - timedelta(**passed)


async def _connect(url: str, seed: str) -> Bus:
    """Connect as the prober, as soon as the server has read its new configuration."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await Bus.connect(url, "prober", seed, patience=1.0)
            except TimeoutError:
                continue
