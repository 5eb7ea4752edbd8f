"""The pages of filings in a real browser: axe finds nothing, nothing is too wide, and paper has clean pages."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.async_api import Page, async_playwright

from tests.browser.conftest import ARGUMENTS, NAMES
from tests.registry.clicks import FILE, do, file, press
from tests.registry.stage import Desk
from tests.registry.test_filing_pages import SITE, day, opened, outlet_says

WIDE, NARROW = 1280, 390


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def looking(desk: Desk, login: str) -> AsyncIterator[Page]:
    """A tab of Chromium in which ``login`` signed in."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("no Chromium here: install the package chromium (make test does so as root on Debian)")
    listening = socket.create_server(("127.0.0.1", 0))
    server = _Server(uvicorn.Config(desk.app, lifespan="off", log_config=None, access_log=False, ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        tab = await browser.new_page(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", locale="zh-CN")
        await tab.goto("/sign-in")
        await tab.get_by_label("用户名").fill(login)
        await tab.get_by_label("密码").fill("correct horse battery")
        await tab.get_by_role("button", name="登录").click()
        await tab.wait_for_url("**/registry/")
        try:
            yield tab
        finally:
            await browser.close()
            server.should_exit = True
            await serving


async def wrong(tab: Page, address: str) -> list[str]:
    """What axe finds on a page, and a ruler, wide and narrow."""
    await tab.goto(address)
    found = [one["id"] for one in (await Axe().run(tab)).response["violations"]]
    for width in (NARROW, WIDE):
        await tab.set_viewport_size({"width": width, "height": 900})
        if await tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"wider than {width}")
    return found


async def test_the_pages_of_filings_read_well_and_fit_screen_and_paper(desk: Desk) -> None:
    police, office = await desk.browser("police"), await desk.browser("office")
    outlet = await opened(desk, **SITE)
    change = await file(police, f"kind=change&outlet={outlet}", operator="郑州市大数据局", purpose="机构更名")
    await do(office, change, "approve", reason="同意")
    await outlet_says(police, outlet, "郑州市大数据局")
    suspend = await file(police, f"kind=suspend&outlet={outlet}", until=day(39))
    await press(police, f"{FILE}?what=website", FILE, name="未写完", act="draft")
    addresses = (
        *(change, suspend, f"{change}/print", "/registry/inbox", f"/registry/outlets/{outlet}"),
        *(f"{FILE}?what=website", f"{FILE}?kind=construct", f"{FILE}?kind=offline&outlet={outlet}"),
    )
    async with looking(desk, "police") as tab:
        assert {address: await wrong(tab, address) for address in addresses} == {address: [] for address in addresses}
        await tab.goto(f"{change}/print")
        paper = await tab.pdf(prefer_css_page_size=True)
    assert paper.count(b"/Type /Page\n") in (1, 2)
    async with looking(desk, "office") as tab:
        assert await wrong(tab, suspend) == []
