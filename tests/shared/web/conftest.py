"""The frame at work on a real MongoDB: the sample application, somebody with an account, a browser, a program."""

from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pwdlib.hashers.argon2 import Argon2Hasher
from structlog.testing import capture_logs

from shared.documents import Database
from shared.identity import Grant, Identity, Passwords, Role
from shared.settings import Settings
from tests.browser.sample import sample_app
from tests.shared.web.stage import PASSWORD, Browser


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """What was logged."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
async def identity(database: Database) -> Identity:
    cheap = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    identity = Identity(database, Settings(), passwords=cheap)
    await identity.create_person(
        login="wang",
        name="王管理",
        email="wang@example.gov.cn",
        password=PASSWORD,
        grants=[Grant(role=Role.UNIT_ADMINISTRATOR, unit="u-1")],
    )
    return identity


@pytest.fixture
def app(identity: Identity) -> FastAPI:
    return sample_app(identity, Settings())


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[Browser]:
    browser = Browser(app)
    async with browser.http:
        yield browser


@pytest.fixture
async def api(app: FastAPI, identity: Identity) -> AsyncIterator[httpx.AsyncClient]:
    token = await identity.issue_token("wang", days=1)
    bearer = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://us.gov.cn", headers=bearer
    ) as client:
        yield client
