"""The anatomy every service shares: a HEARS and a SAYS table, and a ``build`` that makes its application."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from fastapi import APIRouter, FastAPI

from shared.audit.relay import Recorder
from shared.audit.store import Chain
from shared.bus import Bus, Hears, Listener
from shared.bus.users import Keys
from shared.documents import UNAVAILABLE, Client, Database
from shared.egress import Egress
from shared.events import Fact
from shared.identity import Identity
from shared.localities import HEARD, RELOAD_EVERY, Localities
from shared.losses import reconcile
from shared.outbox import Relay
from shared.runtime.renewal import keep_signed_in
from shared.runtime.stack import Steps
from shared.settings import Settings
from shared.telemetry import health_router, logger
from shared.web import create_app
from shared.web.audit import audit_router
from shared.web.host import Tabs, no_tabs

RECONCILE_EVERY = 30.0
ANCHOR_LOOK_EVERY = 600.0
ANCHOR_EVERY = timedelta(days=1)
SERVER_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Duty:
    """Something a service does by itself, every ``every`` seconds, and once soon after its start."""

    name: str
    every: float
    run: Callable[[], Awaitable[None]]


class Kept(Protocol):
    """The store of a service."""

    @property
    def audit(self) -> Chain:
        """Its audit chain."""
        ...


class Application(Protocol):
    """What ``build`` gives back."""

    @property
    def store(self) -> Kept:
        """What it keeps."""
        ...

    @property
    def routers(self) -> Sequence[APIRouter]:
        """Its API and pages, each with the service's own prefix."""
        ...

    @property
    def duties(self) -> Sequence[Duty]:
        """What it does by itself."""
        ...


@dataclass(frozen=True, slots=True)
class Base:
    """What a service is given."""

    name: str
    settings: Settings
    database: Database
    bus: Bus
    identity: Identity
    egress: Egress
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Service:
    """One of the four. ``hears`` and ``says`` are also what its permissions on the bus are made from.

    ``tabs`` are its parts as far as a person has to do with them, shown above each page.
    """

    name: str
    hears: tuple[Hears, ...]
    says: tuple[type[Fact], ...]
    build: Callable[[Base], Awaitable[Application]]
    templates: Path | None = None
    tabs: Tabs = no_tabs


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


def seed_of(service: str, settings: Settings) -> str:
    """The nkey seed a service signs in with now: of its file, its setting, or the one this installation generated."""
    if settings.nats_seed_file:
        return settings.nats_seed_file.read_text().strip()
    return settings.nats_seed.get_secret_value() or Keys(settings.data_dir / "keys").seed(service)


@asynccontextmanager
async def running(service: Service, settings: Settings) -> AsyncIterator[tuple[FastAPI, Steps]]:
    """The service at work: gives its web application (still to be served) and its steps.

    Raises when MongoDB or NATS cannot be reached in a minute.
    """
    log = logger(service.name)
    async with Steps(service.name) as steps:
        client = Client(settings.mongo_url.get_secret_value())
        steps.on_stop("MongoDB connection", _sync(client.close))
        await _patiently("MongoDB", client.ping)
        seed = seed_of(service.name, settings)
        bus = await Bus.connect(settings.nats_url, service.name, seed, patience=SERVER_PATIENCE, ca=settings.nats_ca)
        steps.on_stop("bus connection", bus.close)
        database = client.database(f"{settings.mongo_prefix}_{service.name}")
        identity = Identity(client.database(f"{settings.mongo_prefix}_identity"), settings)
        egress = Egress.from_settings(settings)
        steps.on_stop("egress", egress.aclose)
        base = Base(service.name, settings, database, bus, identity, egress, utc_now)
        localities = Localities(database)
        app = await service.build(base)
        await database.prepare()
        await identity.prepare()

        relay = Relay(database, bus)
        steps.run("outbox relay", relay.run())
        steps.run("reconciler", _forever(Duty("reconcile", RECONCILE_EVERY, _reconciling(database, bus.name)), log))
        chain = app.store.audit
        steps.run("audit", Recorder(chain, database).run())
        steps.run("anchor", _forever(Duty("anchor", ANCHOR_LOOK_EVERY, _anchoring(chain)), log))
        for duty in (Duty("local regions", RELOAD_EVERY, localities.load), *app.duties):
            steps.run(duty.name, _forever(duty, log))
        listener = Listener(bus, settings.nats_url, seed, patient_with=UNAVAILABLE)
        for line in service.hears:
            listener.add(line, localities if line is HEARD else app)
        await listener.start()
        steps.on_stop("listening", listener.stop)
        steps.run("key", keep_signed_in(bus, listener, partial(seed_of, service.name, settings)))

        checks = {"mongo": client.ping, "bus": bus.check, "listening": listener.check}
        routers = [health_router(checks), audit_router(service.name, chain), *app.routers]
        web = create_app(service, base, routers, localities.names)
        log.info("at work")
        yield web, steps
        log.info("stopping")


def _reconciling(database: Database, name: str) -> Callable[[], Awaitable[None]]:
    async def look() -> None:
        if again := await reconcile(database, utc_now()):
            logger(name).warning("a stream lost events, sent again", events=again)

    return look


def _anchoring(chain: Chain) -> Callable[[], Awaitable[None]]:
    async def look() -> None:
        latest = await chain.anchored_at()
        if latest is None or utc_now() - latest >= ANCHOR_EVERY:
            await chain.anchor(utc_now())

    return look


async def _forever(duty: Duty, log: Any) -> None:
    while True:
        try:
            await duty.run()
        except Exception as error:  # noqa: BLE001 - a duty that fails is told and done again next time
            log.warning("a duty failed, will be done again", duty=duty.name, error=repr(error))
        await asyncio.sleep(duty.every)


async def _patiently(what: str, ask: Callable[[], Awaitable[None]]) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + SERVER_PATIENCE
    while True:
        try:
            await ask()
        except UNAVAILABLE as error:
            if loop.time() > end:
                raise TimeoutError(f"{what} did not answer in {SERVER_PATIENCE:g} seconds: {error}") from error
            await asyncio.sleep(0.5)
        else:
            return


def _sync(stop: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    async def stopping() -> None:
        stop()

    return stopping
