"""The register, an outlet and the public look-up in a real browser: accessible, and no wider than the screen."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
import uvicorn
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.async_api import Browser, BrowserContext, expect

from services.registry.records import OutletDocument, TrackDocument
from services.registry.unfiled import Phase, Track
from shared.events.registry import Column, NewMedia, Outlet, OutletState, Sighting, UnitRef, Website
from shared.identity import Role
from tests.browser.conftest import _Server
from tests.security.houses import COOKIE, PASSWORD, House, housed

pytestmark = pytest.mark.asyncio(loop_scope="session")
AT = datetime(2026, 1, 5, tzinfo=UTC)
PAGES = (
    "/registry/",
    "/registry/?q=%E7%BD%91%E7%AB%99&state=running&region=41.01&unfiled=1",
    "/registry/?page=2&sort=changed",
    "/registry/?state=lost",
    "/registry/unfiled",
    "/registry/statistics?under=41.01",
    "/registry/outlets/w-0",
    "/registry/outlets/w-0?on=2020-01-01",
    "/is-official",
    "/is-official?q=s1.zz.gov.cn",
    "/is-official?q=%E7%BD%91%E7%AB%99",
    "/is-official?q=evil.cn",
)


async def furnish(house: House) -> None:
    store = house.built["registry"].store
    for number in range(70):
        region = ("41.01.05.0", "41.01.00.0", "41.01.05.gx")[number % 3]
        unit = UnitRef(id=f"u-{number % 5}", name=f"郑州市金水区第{number % 5}办公室")
        filed: Website | NewMedia = NewMedia(platform="weibo", account=f"account{number}", name=f"金水发布{number}")
        if number % 2 == 0:
            columns = tuple(Column(name=f"栏目{one}", url=f"https://s{number}.zz.gov.cn/{one}/") for one in range(30))
            url = f"https://s{number}.zz.gov.cn/"
            filed = Website(code=f"41010500{number:02}", name=f"金水网站{number}", url=url, columns=columns)
        id_ = f"{'w' if number % 2 == 0 else 'a'}-{number}"
        state = tuple(OutletState)[number // 20]
        outlet = Outlet(id=id_, region=region, unit=unit, state=state, revision=1, since=AT, filed=filed)
        await store.outlets.create(OutletDocument(id=id_, region=region, unit=unit.id, outlet=outlet, folded=()))
    sighting = Sighting(seen_at=AT, source="json_feed")
    track = Track(
        outlet="w-0", field="name", phase=Phase.OPEN, filed="金水网站0", seen="别的名字", sightings=(sighting,)
    )
    await store.tracks.create(TrackDocument(id="w-0-name", region="41.01.05.0", unit="u-0", track=track))


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def served(mongo_url: str) -> AsyncIterator[tuple[str, str]]:
    """The registry on a port of loopback, and the session of somebody who may see 41.01."""
    async with housed(mongo_url, lambda: datetime.now(UTC)) as house:
        await furnish(house)
        await house.person("li", Role.INSPECTOR, "41.01")
        listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(house.apps["registry"], lifespan="off", log_config=None, access_log=False, ws="none")
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", await house.identity.sign_in("li", PASSWORD)
        server.should_exit = True
        await serving


@pytest_asyncio.fixture(loop_scope="session")
async def office(browser: Browser, served: tuple[str, str]) -> AsyncIterator[BrowserContext]:
    """A browser in which somebody signed in."""
    url, session = served
    context = await browser.new_context(base_url=url, locale="zh-CN")
    await context.add_cookies([{"name": COOKIE, "value": session, "url": url}])
    yield context
    await context.close()


@pytest.mark.parametrize("width", [1280, 390])
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(office: BrowserContext, width: int) -> None:
    tab = await office.new_page()
    await tab.set_viewport_size({"width": width, "height": 900})
    for address in PAGES:
        answer = await tab.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        found = (await Axe().run(tab)).response["violations"]
        assert [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]] == [], address
        assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


async def test_a_filter_survives_paging_and_is_taken_out_one_by_one(office: BrowserContext) -> None:
    tab = await office.new_page()
    await tab.goto("/registry/")
    await tab.get_by_label("名称、单位、标识或网址").fill("金水")
    await tab.get_by_label("排序").select_option("unit")
    await tab.get_by_role("button", name="查找").click()
    await tab.get_by_role("link", name="下一页").click()
    await expect(tab.get_by_role("navigation", name="分页")).to_contain_text("第 51–70 条，共 70 条")
    await tab.get_by_role("navigation", name="区划").get_by_role("link", name="金水区").first.click()
    await expect(tab.locator(".chips")).to_contain_text("金水区")
    await expect(tab.get_by_label("名称、单位、标识或网址")).to_have_value("金水")
    await tab.get_by_role("link", name="取消筛选 区划").click()
    await expect(tab.get_by_role("navigation", name="分页")).to_contain_text("共 70 条")
