"""The four services in one process, as web applications on a real MongoDB, with one person of each kind."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any, cast
from uuid import uuid4

import httpx
from fastapi import FastAPI
from pwdlib.hashers.argon2 import Argon2Hasher

from services.catalog import SERVICES
from services.notifier.app import Notifier
from services.prober.app import Prober
from services.registry.app import Registry
from services.scorer.app import Scorer
from shared.bus import Bus
from shared.documents import Client
from shared.egress import Egress
from shared.identity import ALWAYS, Grant, Identity, Passwords
from shared.runtime import Base
from shared.settings import Settings
from shared.telemetry import health_router
from shared.web import create_app
from shared.web.audit import audit_router
from shared.web.forgery import page_token
from tests.security.matrix import Line
from tests.security.matrix_rules import HELD, Persona
from tests.security.places import Places
from tests.security.places_registry import Made

ORIGIN = "http://x.gov.cn"
PASSWORD = "correct horse battery"
REQUESTS = count(1)
NOBODYS = "a-cookie-that-is-no-session"
DATES = {
    Persona.ENDED: {"until": datetime(2026, 11, 1, tzinfo=UTC)},
    Persona.TO_COME: {"since": datetime(2099, 1, 1, tzinfo=UTC)},
}


@dataclass(frozen=True, slots=True)
class Somebody:
    """A browser and a program of one person: their session's cookie, their token. Nobody has neither."""

    apps: dict[str, FastAPI]
    cookie: str = NOBODYS
    token: str = ""

    async def asks(self, line: Line, made: Made) -> httpx.Response:
        """The answer to the request of ``line`` about an object."""
        path = made.fill(line.path) + (f"?{made.fill(line.query)}" if line.query else "")
        sent = made.fill(line.sends) if line.method == "POST" else None
        return await self.send(line.method, path, sent)

    async def send(self, method: str, path: str, sent: dict[str, Any] | None = None) -> httpx.Response:
        """Ask as a program under ``…/api/``, else as a browser; ``sent`` goes as JSON or as a form with its token.

        Bytes by the name ``body`` are all a program sends.
        """
        service = path.split("/")[1]
        program = f"/{service}/api/" in path
        app = self.apps[service if service in self.apps else "registry"]
        number = next(REQUESTS)  # each from an address of its own: what is limited by address is tried elsewhere
        transport = httpx.ASGITransport(app, client=(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 1))
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, trust_env=False) as client:
            if program:
                # without any token a change looks like a forged page; too many wrong ones are limited
                token = self.token or ("nobodys" if method == "POST" else "")
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                if isinstance(body := (sent or {}).get("body"), bytes):
                    return await client.request(method, path, headers=headers, content=body)
                return await client.request(method, path, headers=headers, json=sent)
            client.cookies.set("govwatch", self.cookie)
            form = None if sent is None else {**sent, "page_token": page_token(self.cookie)}
            files = {name: form.pop(name) for name in list(form or ()) if form and isinstance(form[name], bytes)}
            headers = {"Sec-Fetch-Site": "same-origin"}
            return await client.request(method, path, headers=headers, data=form, files=files or None)


@dataclass(frozen=True, slots=True)
class Installation:
    """The applications by service, who comes along, and what there is to see."""

    apps: dict[str, FastAPI]
    identity: Identity
    places: Places
    people: dict[Persona, Somebody]

    async def person(self, login: str, *grants: Grant) -> Somebody:
        """One more person."""
        await self.identity.create_person(login=login, name=login, email="", password=PASSWORD, grants=grants)
        token = await self.identity.issue_token(login, days=1)
        return Somebody(self.apps, await self.identity.sign_in(login, PASSWORD), token)

    def routes(self) -> set[tuple[str, str]]:
        """Every route of every application, (method, path); what is no plain route has the method ``?``."""
        return {found for app in self.apps.values() for found in _routes(app.routes)}


def grant_of(persona: Persona) -> Grant:
    """What a persona holds."""
    role, over = HELD[persona]
    dates = DATES.get(persona, {"since": ALWAYS})
    return Grant(role=role, unit=over, **dates) if over.startswith("u-") else Grant(role=role, region=over, **dates)


@asynccontextmanager
async def installed(mongo_url: str, **chosen: Any) -> AsyncIterator[Installation]:
    """All of it, in databases of its own, with settings ``chosen``.

    No request of a person needs the bus: what is said waits in the outboxes.
    """
    bus = cast("Bus", None)
    settings = Settings(_env_file=None, egress_extranets=["10.0.0.0/8"], **chosen)
    client = Client(mongo_url)
    prefix = f"test_{uuid4().hex[:12]}"
    cheap = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    identity = Identity(client.database(f"{prefix}_identity"), settings, passwords=cheap)
    await identity.prepare()
    async with AsyncExitStack() as stack:
        stack.callback(client.close)
        stack.push_async_callback(client.drop, f"{prefix}_identity")
        made: dict[str, Any] = {}
        apps: dict[str, FastAPI] = {}
        for name, service in SERVICES.items():
            database, egress = client.database(f"{prefix}_{name}"), Egress.from_settings(settings)
            stack.push_async_callback(client.drop, database.name)
            stack.push_async_callback(egress.aclose)
            base = Base(name, settings, database, bus, identity, egress, lambda: datetime.now(UTC))
            made[name] = await service.build(base)
            await database.prepare()
            audit = audit_router(name, made[name].store.audit)
            apps[name] = create_app(service, base, [health_router({}), audit, *made[name].routers])
        places = Places(
            identity,
            cast("Registry", made["registry"]),
            cast("Prober", made["prober"]),
            cast("Scorer", made["scorer"]),
            cast("Notifier", made["notifier"]),
        )
        installation = Installation(apps, identity, places, {Persona.NOBODY: Somebody(apps)})
        for persona in HELD:
            installation.people[persona] = await installation.person(persona, grant_of(persona))
        await places.furnish()
        yield installation


def _routes(routes: Sequence[Any]) -> Iterator[tuple[str, str]]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            assert route.include_context.prefix == "", "a router brings its own prefix"
            yield from _routes(inner.routes)
        else:
            yield from ((method, route.path) for method in (getattr(route, "methods", None) or {"?"}) - {"HEAD"})
