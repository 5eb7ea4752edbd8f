"""我的账户 in a real browser: a first sign-in from end to end, and every page looked at wide and narrow."""

from base64 import b32decode
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.async_api import Browser, Page, expect

from shared.identity import Grant, Role
from shared.identity.totp import code_of, counter_at
from tests.browser.conftest import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")
FIRST, OWN = "first of somebody", "a sentence of my own"
PAGES = ("/account", "/account/password", "/account/second-step", "/account/tokens", "/account/sign-ins")
SIZES = ({"width": 1280, "height": 900}, {"width": 360, "height": 740})


@pytest_asyncio.fixture(loop_scope="session")
async def plain(browser: Browser, site: Site) -> AsyncIterator[Page]:
    """A tab without JavaScript."""
    context = await browser.new_context(base_url=site.url, java_script_enabled=False)
    yield await context.new_page()
    await context.close()


async def looked_at(tab: Page) -> None:
    """Axe finds nothing and nothing is wider than the screen, wide and narrow."""
    for size in SIZES:
        await tab.set_viewport_size({"width": size["width"], "height": size["height"]})
        found = (await Axe().run(tab)).response["violations"]
        assert [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]] == [], tab.url
        assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), tab.url


async def enter(tab: Page, login: str, password: str) -> None:
    await tab.goto("/sign-in?next=/account")
    await tab.get_by_label("用户名").fill(login)
    await tab.get_by_label("密码").fill(password)
    await tab.get_by_role("button", name="登录").click()


async def made(site: Site, login: str) -> None:
    grants = (Grant(role=Role.APPROVER, region="41.01"), Grant(role=Role.UNIT_ADMINISTRATOR, unit="u-1"))
    await site.identity.create_person(login=login, name="李新", email="li@x", password=FIRST, grants=grants, first=True)


async def change_the_first_password(tab: Page) -> None:
    await expect(tab.get_by_text("初始密码由他人设定")).to_be_visible()
    await tab.get_by_label("当前密码").fill(FIRST)
    await tab.get_by_label("新密码").fill(OWN)
    await tab.get_by_label("再输入一次").fill(OWN)
    await tab.get_by_role("button", name="保存新密码").click()
    await expect(tab.get_by_text("密码已修改")).to_be_visible()


async def test_a_first_sign_in_and_everything_after_it_works_without_javascript(plain: Page, site: Site) -> None:
    await made(site, "plain")
    await enter(plain, "plain", FIRST)
    await change_the_first_password(plain)
    await plain.get_by_role("link", name="两步验证").click()
    await plain.get_by_label("当前密码").fill(OWN)
    await plain.get_by_role("button", name="开始").click()
    secret = b32decode((await plain.locator("#key").inner_text()).replace(" ", ""))
    await plain.get_by_label("验证码").fill(code_of(secret, counter_at(datetime.now(UTC))))
    await plain.get_by_role("button", name="启用").click()
    recovery = await plain.locator(".codes li").first.inner_text()
    await plain.get_by_role("link", name="令牌").click()
    await plain.get_by_label("用途").fill("数据大屏")
    await plain.get_by_label("单位管理员").uncheck()
    await plain.get_by_label("地区").fill("41.01.05")
    await plain.get_by_role("button", name="新建").click()
    token = await plain.locator(".secret").inner_text()
    person = await site.identity.person_of_token(token)
    assert person is not None
    assert [(grant.role, grant.region) for grant in person.grants] == [(Role.APPROVER, "41.01.05")]
    await plain.get_by_role("button", name="退出").click()
    await enter(plain, "plain", OWN)
    await plain.get_by_label("验证码").fill(recovery)
    await plain.get_by_role("button", name="继续登录").click()
    await plain.get_by_role("link", name="令牌").click()
    await plain.get_by_role("button", name="作废").click()
    await expect(plain.get_by_text("令牌已作废")).to_be_visible()
    assert await site.identity.person_of_token(token) is None
    await plain.get_by_role("link", name="登录记录").click()
    await expect(plain.get_by_text("本次登录")).to_be_visible()


async def test_every_page_is_readable_for_everybody(tab: Page, site: Site) -> None:
    await made(site, "looks")
    await enter(tab, "looks", FIRST)
    await looked_at(tab)
    await change_the_first_password(tab)
    for address in PAGES:
        await tab.goto(address)
        await expect(tab.get_by_role("navigation", name="我的账户").locator("[aria-current]")).to_have_count(1)
        await looked_at(tab)
    await tab.get_by_role("link", name="令牌").click()
    await tab.get_by_label("用途").fill("x")
    await tab.get_by_label("地区").fill("42")
    await tab.get_by_role("button", name="新建").click()
    await expect(tab.get_by_role("alert")).to_contain_text("不能超出本人")
    await looked_at(tab)
    await tab.goto("/account/second-step")
    await tab.get_by_label("当前密码").fill(OWN)
    await tab.get_by_role("button", name="开始").click()
    await expect(tab.locator(".qr svg")).to_be_visible()
    await looked_at(tab)
