"""Somebody who reads the scorer: the pages and the API in one application, and people with their own region."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from pwdlib.hashers.argon2 import Argon2Hasher

from services.scorer import api, pages
from services.scorer.service import SERVICE
from shared.documents import Client
from shared.identity import Grant, Identity, Passwords, Role
from shared.settings import Settings
from shared.web import create_app
from tests.scorer.stage import Stage

PASSWORD = "correct horse battery"


@dataclass
class Base:
    """What the web part is given."""

    settings: Settings
    identity: Identity
    now: Any


@dataclass
class Reader:
    """Somebody signed in, and what they get."""

    client: httpx.AsyncClient

    async def text(self, path: str, status: int = 200) -> str:
        """The page at ``path``."""
        answer = await self.client.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    async def json(self, path: str) -> Any:
        """What the API answers at ``path``."""
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


async def reader(web: tuple[FastAPI, Identity], where: str) -> Reader:
    """An inspector of a region, with a token."""
    app, identity = web
    login = f"inspector{uuid4().hex[:6]}"
    grant = Grant(role=Role.INSPECTOR, region=where)
    await identity.create_person(login=login, name="王检查", email="", password=PASSWORD, grants=[grant])
    token = await identity.issue_token(login, days=1)
    transport = httpx.ASGITransport(app=app)
    return Reader(
        httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", headers={"Authorization": f"Bearer {token}"}
        )
    )


@asynccontextmanager
async def served(stage: Stage, client: Client) -> AsyncIterator[tuple[FastAPI, Identity]]:
    """The pages and the API of the scorer on its stage."""
    people = client.database(f"test_{uuid4().hex[:12]}")
    settings = Settings()
    identity = Identity(
        people, settings, now=stage.clock, passwords=Passwords(Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1))
    )
    await identity.prepare()
    base = Base(settings, identity, stage.clock)
    yield create_app(SERVICE, base, [api.router(stage.app), pages.router(stage.app)]), identity
    await client.drop(people.name)
