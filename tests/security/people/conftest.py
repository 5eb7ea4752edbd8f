"""Identity on a real MongoDB behind the sample pages."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from pwdlib.hashers.argon2 import Argon2Hasher

from shared.documents import Database
from shared.identity import Grant, Identity, Passwords, Role
from shared.settings import Settings
from tests.browser.sample import sample_app
from tests.security.people.stage import PASSWORD, Browser, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime.now(UTC))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


@pytest.fixture
async def identity(database: Database, settings: Settings, clock: Clock) -> Identity:
    """One person, 王管理: approver and inspector of 郑州."""
    cheap = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    identity = Identity(database, settings, now=clock, passwords=cheap)
    await identity.create_person(
        login="wang",
        name="王管理",
        email="wang@example.gov.cn",
        password=PASSWORD,
        grants=[Grant(role=Role.APPROVER, region="41.01"), Grant(role=Role.INSPECTOR, region="41.01")],
    )
    return identity


@pytest.fixture
def app(identity: Identity, settings: Settings) -> FastAPI:
    return sample_app(identity, settings)


@pytest.fixture
async def browsers(app: FastAPI) -> AsyncIterator[Callable[..., Browser]]:
    """Opens browsers, and closes them in the end."""
    opened: list[Browser] = []

    def one_more(**how: str) -> Browser:
        opened.append(Browser(app, **how))
        return opened[-1]

    yield one_more
    for browser in opened:
        await browser.http.aclose()


@pytest.fixture
def browser(browsers: Callable[..., Browser]) -> Browser:
    return browsers()
