"""Every page of the register, for each who has to do with it: accessible, fit for a phone, no link leads astray."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import pytest_asyncio
import uvicorn
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.bureau import opened
from tests.browser.conftest import _Server
from tests.security.houses import COOKIE, PASSWORD, housed

pytestmark = pytest.mark.asyncio(loop_scope="session")
POLICE = "/registry/units/u-police"
EVERYBODYS = (
    "/registry/",
    "/registry/inbox",
    "/registry/units",
    "/registry/unfiled",
    "/registry/found",
    "/registry/counterfeits",
    "/registry/exemptions",
    "/registry/cleanup",
    "/registry/statistics",
)
ADMINISTRATORS = ("/registry/people", "/registry/networks", "/registry/regions", "/registry/import")
HEADS = (
    *EVERYBODYS,
    *ADMINISTRATORS,
    "/registry/?q=%E9%83%91%E5%B7%9E&kind=new_media&state=running&region=41.01",
    "/registry/units?region=nowhere",
    "/registry/units?q=nobody",
    POLICE,
    f"{POLICE}/contacts",
    f"{POLICE}/change",
    f"{POLICE}/move",
    "/registry/units/add",
    "/registry/outlets/a-weibo-zzwj",
    "/registry/outlets/a-weibo-gxfb",
    "/registry/outlets/nowhere",
    "/registry/people/add",
    "/registry/regions?under=41.01.00.0",
    "exemption",
    "import",
    "person",
)
PAGES = {
    "zhao": HEADS,
    "qian": ("exemption",),
    "sun": ("/registry/found", "/registry/counterfeits"),
    "li": (
        "/registry/",
        POLICE,
        f"{POLICE}/contacts",
        "/registry/exemptions/ask?outlet=w-4101000012",
        "/registry/exemptions/ask?unit=u-police",
        "/registry/outlets/w-4101000012",
        "/registry/cleanup",
    ),
    "": ("/is-official", "/is-official?q=ga.zhengzhou.gov.cn", "/is-official?q=%E9%83%91%E5%B7%9E"),
}
FAULTY = {"/registry/units?region=nowhere": 422, "/registry/outlets/nowhere": 404}
ELSEWHERE = re.compile(
    r"/(prober|scorer|notifier)/|/registry/audit$|/registry/outlets/nowhere|/registry/filings/|/sign-in"
)
LINKS = "[...document.querySelectorAll('a[href^=\"/\"]')].map(link => link.getAttribute('href'))"


@dataclass(frozen=True)
class Bureau:
    """The registry on a port of loopback: addresses that have an id in them by name, sessions by login."""

    url: str
    addresses: dict[str, str]
    sessions: dict[str, str]


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def bureau(mongo_url: str) -> AsyncIterator[Bureau]:
    """See ``Bureau``."""
    async with housed(mongo_url, lambda: datetime.now(UTC), egress_extranets=["10.0.0.0/8"]) as house:
        addresses = await opened(house)
        sessions = {login: await house.identity.sign_in(login, PASSWORD) for login in PAGES if login}
        listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(house.apps["registry"], lifespan="off", log_config=None, access_log=False, ws="none")
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield Bureau(f"http://127.0.0.1:{listening.getsockname()[1]}", addresses, sessions)
        server.should_exit = True
        await serving


async def signed_in(browser: Browser, bureau: Bureau, login: str) -> BrowserContext:
    """A browser in which ``login`` signed in; nobody for an empty one."""
    context = await browser.new_context(base_url=bureau.url, locale="zh-CN")
    if login:
        await context.add_cookies([{"name": COOKIE, "value": bureau.sessions[login], "url": bureau.url}])
    return context


async def looked_at(tab: Page, address: str) -> None:
    """The page reads well to axe, fits the screen of a phone, and answers as it should."""
    answer = await tab.goto(address)
    assert answer is not None
    assert answer.status == FAULTY.get(address, 200), address
    found = (await Axe().run(tab)).response["violations"]
    assert [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]] == [], address
    await tab.set_viewport_size({"width": 390, "height": 800})
    assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    await tab.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.parametrize("login", PAGES)
async def test_every_page_is_readable_and_no_link_on_it_leads_astray(
    browser: Browser, bureau: Bureau, login: str
) -> None:
    context = await signed_in(browser, bureau, login)
    tab, links = await context.new_page(), set[str]()
    for address in PAGES[login]:
        await looked_at(tab, bureau.addresses.get(address, address))
        links |= set(await tab.evaluate(LINKS))
    kinds = {re.sub(r"[0-9]+|=[^&]*", "", link): link for link in links if not ELSEWHERE.match(link)}
    for link in kinds.values():
        assert (await context.request.get(link)).status < 400, link
    await context.close()


@pytest.mark.parametrize(("login", "parts"), [("zhao", (*EVERYBODYS, *ADMINISTRATORS)), ("li", EVERYBODYS)])
async def test_the_parts_of_the_register_stand_above_each_of_them(
    browser: Browser, bureau: Bureau, login: str, parts: tuple[str, ...]
) -> None:
    context = await signed_in(browser, bureau, login)
    tab = await context.new_page()
    for address in parts:
        await tab.goto(address)
        shown = tab.get_by_role("navigation", name="本栏目")
        assert await shown.locator("a").evaluate_all("all => all.map(one => one.getAttribute('href'))") == list(parts)
        await expect(shown.locator("[aria-current=page]")).to_have_attribute("href", address)
    await context.close()


async def test_what_is_wrong_with_a_row_is_said_in_the_row_and_not_at_the_form_below(
    browser: Browser, bureau: Bureau
) -> None:
    context = await signed_in(browser, bureau, "sun")
    tab = await context.new_page()
    await tab.goto("/registry/counterfeits")
    row = tab.locator("tbody tr").first
    await row.get_by_label("办理 假冒的市政府网站").select_option("verify")
    await row.get_by_label("理由或结果").fill(" ")
    await row.get_by_role("button", name="办理").click()
    await expect(tab.locator("tbody tr").first.locator(".error")).to_contain_text("请写明理由或结果")
    await expect(tab.get_by_label("说明")).to_have_value("")
    await context.close()
