"""The four services with their pages and API in the test's process, on a real MongoDB, and people to use them.

There is no bus: what their desks say waits in the outboxes, where a test may read it.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import uuid4

import httpx
from fastapi import FastAPI
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr

from services.catalog import SERVICES
from shared.bus import Bus
from shared.documents import Client
from shared.egress import Egress
from shared.identity import Grant, Identity, Passwords, Role
from shared.runtime import Base, utc_now
from shared.settings import Settings
from shared.web import create_app
from shared.web.forgery import FIELD, page_token

PASSWORD = "correct horse battery"
HERE = "http://jianguan.example"
COOKIE = "govwatch"
NO_BUS = cast("Bus", None)


@dataclass
class House:
    """``apps`` are the web applications by service, ``bases`` what each was given, ``built`` what each made."""

    settings: Settings
    identity: Identity
    bases: Mapping[str, Base]
    built: Mapping[str, Any]
    apps: Mapping[str, FastAPI]

    async def person(self, login: str, role: Role, where: str) -> None:
        """Somebody with one grant: over a unit for a unit administrator, else over a region prefix."""
        unit = role is Role.UNIT_ADMINISTRATOR
        grant = Grant(role=role, unit=where) if unit else Grant(role=role, region=where)
        await self.identity.create_person(login=login, name=login, email="", password=PASSWORD, grants=[grant])

    def program(self, service: str, token: str = "", **headers: str) -> httpx.AsyncClient:
        """A program with a token, or with none."""
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        return self._client(service, {**bearer, **headers})

    async def browser(self, service: str, login: str) -> "Browser":
        """A browser in which ``login`` signed in."""
        session = await self.identity.sign_in(login, PASSWORD)
        client = self._client(service, {"Sec-Fetch-Site": "same-origin"})
        client.cookies.set(COOKIE, session)
        return Browser(client, page_token(session))

    def _client(self, service: str, headers: Mapping[str, str]) -> httpx.AsyncClient:
        # what breaks inside is seen as the answer 500, as from a real server
        transport = httpx.ASGITransport(self.apps[service], raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=HERE, headers=dict(headers))


@dataclass
class Browser:
    """A signed-in browser, and the token its pages carry."""

    http: httpx.AsyncClient
    token: str

    async def post(self, path: str, data: Mapping[str, Any]) -> httpx.Response:
        """Send a form."""
        return await self.http.post(path, data={FIELD: self.token, **data})


@asynccontextmanager
async def housed(mongo_url: str, now: Callable[[], datetime] = utc_now, **settings: Any) -> AsyncIterator[House]:
    """The four, in databases of their own, with a clock; ``settings`` are those of the installation."""
    prefix = f"test_{uuid4().hex[:12]}"
    made = Settings(mongo_url=SecretStr(mongo_url), mongo_prefix=prefix, _env_file=None, **settings)
    client = Client(mongo_url)
    databases = {name: client.database(f"{prefix}_{name}") for name in (*SERVICES, "identity")}
    cheap = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    identity = Identity(databases["identity"], made, passwords=cheap)
    await identity.prepare()
    async with Egress.from_settings(made) as egress:
        bases = {name: Base(name, made, databases[name], NO_BUS, identity, egress, now) for name in SERVICES}
        built = {name: await SERVICES[name].build(base) for name, base in bases.items()}
        for name in SERVICES:
            await databases[name].prepare()
        apps = {name: create_app(SERVICES[name], base, built[name].routers) for name, base in bases.items()}
        try:
            yield House(made, identity, bases, built, apps)
        finally:
            for database in databases.values():
                await client.drop(database.name)
            client.close()
