"""The frame and its building blocks in a real browser."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import LOGIN, Site, sign_in

pytestmark = pytest.mark.asyncio(loop_scope="session")
PAGES = ("/registry/", "/registry/notices/17", "/registry/form", "/registry/nowhere")
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@pytest_asyncio.fixture(loop_scope="session")
async def plain(browser: Browser, site: Site) -> AsyncIterator[BrowserContext]:
    """A browser profile without JavaScript."""
    context = await browser.new_context(base_url=site.url, java_script_enabled=False)
    yield context
    await context.close()


async def violations(tab: Page) -> list[str]:
    found = (await Axe().run(tab)).response["violations"]
    return [f"{violation['id']}: {node['html']}" for violation in found for node in violation["nodes"]]


async def test_signing_in_and_out_works(tab: Page) -> None:
    await sign_in(tab)
    await expect(tab.get_by_role("heading", level=1)).to_have_text("整改通知")
    await tab.get_by_role("button", name="退出").click()
    await tab.wait_for_url("**/sign-in")
    await tab.goto("/registry/")
    await expect(tab.get_by_role("heading", level=1)).to_have_text("登录")


async def test_everything_works_without_javascript(plain: BrowserContext) -> None:
    tab = await plain.new_page()
    await sign_in(tab, wanted="/registry/form")
    await tab.get_by_label("平台").select_option("weibo")
    await tab.get_by_label("账号名称").fill("示例网警")
    await tab.get_by_label("拟启用日期").fill("2026-10-17")
    await tab.get_by_role("button", name="提交备案").click()
    await tab.wait_for_url("**/registry/")
    assert await tab.locator("tbody tr").count() == 15
    await tab.get_by_role("link", name="下一页").click()
    await expect(tab.get_by_role("navigation", name="分页")).to_contain_text("第 51–100 条，共 264 条")


async def test_a_wrong_password_is_said_and_read_out(tab: Page) -> None:
    await tab.goto("/sign-in")
    await tab.get_by_label("用户名").fill("nobody")
    await tab.get_by_label("密码").fill("wrong")
    await tab.get_by_label("密码").press("Enter")
    await expect(tab.get_by_role("alert")).to_contain_text("用户名或密码不对")
    await expect(tab.get_by_label("密码")).to_have_value("")
    assert await violations(tab) == []


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(tab: Page, size: dict[str, int]) -> None:
    await tab.set_viewport_size({"width": size["width"], "height": size["height"]})
    await tab.goto("/sign-in")
    assert await violations(tab) == []
    await sign_in(tab)
    for address in PAGES:
        await tab.goto(address)
        assert await violations(tab) == []
        assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


async def test_axe_finds_nothing_in_a_form_with_mistakes(tab: Page) -> None:
    await sign_in(tab, wanted="/registry/form")
    await tab.evaluate("document.querySelector('form.form').noValidate = true")
    await tab.get_by_role("button", name="提交备案").click()
    await expect(tab.get_by_role("alert")).to_contain_text("拟启用日期")
    assert await violations(tab) == []
    await tab.get_by_role("alert").get_by_role("link", name="账号名称").click()
    await expect(tab.get_by_label("账号名称")).to_be_focused()


async def test_the_keyboard_reaches_the_content_first(tab: Page) -> None:
    await sign_in(tab)
    await tab.keyboard.press("Tab")
    await expect(tab.get_by_role("link", name="跳到正文")).to_be_focused()
    await tab.keyboard.press("Enter")
    await expect(tab.locator("main")).to_be_focused()


async def test_a_part_refreshes_itself_and_the_focus_stays(tab: Page) -> None:
    await sign_in(tab)
    before = int(await tab.locator("#waiting").inner_text())
    link = tab.get_by_role("link", name="豫管通〔2026〕3号")
    await link.focus()
    await expect(tab.locator("#waiting")).not_to_have_text(str(before))
    await expect(tab.get_by_role("link", name="豫管通〔2026〕3号")).to_be_focused()


async def test_a_part_that_cannot_be_refreshed_says_so_and_recovers(tab: Page, context: BrowserContext) -> None:
    await sign_in(tab)
    live = tab.locator("#live")
    await tab.route("**/registry/", lambda route: route.fulfill(status=418, body="no"))
    await expect(live).to_have_attribute("data-old", "")
    shown = await live.evaluate("part => getComputedStyle(part, '::before').content")
    assert "可能不是最新" in shown
    await tab.unroute("**/registry/")
    await expect(live).not_to_have_attribute("data-old", "")


async def test_a_session_that_ended_leads_to_the_sign_in_page_by_itself(tab: Page, site: Site) -> None:
    await sign_in(tab)
    await site.identity.revoke(LOGIN)
    await tab.wait_for_url("**/sign-in?next=%2Fregistry%2F")


async def test_a_printed_page_is_the_content_and_who_printed_it(tab: Page) -> None:
    await sign_in(tab)
    await tab.emulate_media(media="print")
    for hidden in (tab.locator(".top"), tab.locator(".practice"), tab.get_by_role("button", name="查询")):
        await expect(hidden).to_be_hidden()
    await expect(tab.get_by_role("heading", level=1)).to_be_visible()
    await expect(tab.get_by_text("打印：王管理")).to_be_visible()
    assert (await tab.pdf(prefer_css_page_size=True)).startswith(b"%PDF")


async def test_states_are_told_by_word_and_shape_as_well_as_colour(tab: Page) -> None:
    await sign_in(tab)
    badges = await tab.locator(".badge").evaluate_all(
        "all => all.slice(0, 5).map(one => [one.innerText, one.querySelector('svg').innerHTML])"
    )
    assert len({word for word, _ in badges}) == len({shape for _, shape in badges}) == 5


async def test_a_page_is_small_and_asks_for_nothing_foreign(tab: Page, site: Site) -> None:
    await sign_in(tab)
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    await tab.goto("/registry/")
    sizes = await tab.evaluate("performance.getEntries().map(one => one.decodedBodySize || 0)")
    assert all(address.startswith(site.url) for address in asked)
    assert sum(sizes) < 60_000


async def test_the_policy_stops_a_script_that_got_into_a_page(context: BrowserContext) -> None:
    tab = await context.new_page()
    await tab.goto("/sign-in")
    complaints: list[str] = []
    tab.on("console", lambda said: complaints.append(said.text))
    await tab.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = true\">')")
    await tab.wait_for_timeout(300)
    assert await tab.evaluate("window.ran === undefined")
    assert any("Content Security Policy" in text for text in complaints)
