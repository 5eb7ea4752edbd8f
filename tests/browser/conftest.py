"""A real browser, and the sample pages in a real web server, for every test that asks."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from pwdlib.hashers.argon2 import Argon2Hasher

from shared.documents import Client
from shared.identity import Grant, Identity, Passwords, Role
from shared.settings import Settings
from tests.browser.sample import sample_app

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOGIN = "wangguan"
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Site:
    """The sample pages, served."""

    url: str
    identity: Identity


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, found on this machine."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("no Chromium here: install the package chromium (make test does so as root on Debian)")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def site(mongo_url: str) -> AsyncIterator[Site]:
    """The sample pages on a port of loopback, with one person who may sign in."""
    client = Client(mongo_url)
    database = client.database(f"test_{uuid4().hex[:12]}")
    settings = Settings(demo=True, demo_hint="单位管理员 wangguan，密码 correct horse battery")
    cheap = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    identity = Identity(database, settings, passwords=cheap)
    await identity.prepare()
    await identity.create_person(
        login=LOGIN,
        name="王管理",
        email="wangguan@example.gov.cn",
        password=PASSWORD,
        grants=(Grant(role=Role.UNIT_ADMINISTRATOR, unit="u-1"),),
    )
    listening = socket.create_server(("127.0.0.1", 0))
    server = _Server(
        uvicorn.Config(sample_app(identity, settings), lifespan="off", log_config=None, access_log=False, ws="none")
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield Site(f"http://127.0.0.1:{listening.getsockname()[1]}", identity)
    server.should_exit = True
    await serving
    await client.drop(database.name)
    client.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser, site: Site) -> AsyncIterator[BrowserContext]:
    """A fresh browser profile."""
    context = await browser.new_context(base_url=site.url, locale="zh-CN", timezone_id="Asia/Shanghai")
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def tab(context: BrowserContext) -> AsyncIterator[Page]:
    """A tab that fails the test when the page complains (content security policy, script errors)."""
    complaints: list[str] = []
    tab = await context.new_page()
    tab.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    yield tab
    expected = [text for text in complaints if "the server responded with a status of 4" in text]
    assert complaints == expected


async def sign_in(tab: Page, *, wanted: str = "/registry/") -> None:
    """Sign in as the one person there is, on the way to ``wanted``."""
    await tab.goto(wanted)
    await tab.get_by_label("用户名").fill(LOGIN)
    await tab.get_by_label("密码").fill(PASSWORD)
    await tab.get_by_role("button", name="登录").click()
    await tab.wait_for_url(f"**{wanted}")
