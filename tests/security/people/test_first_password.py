"""Whoever got their password from somebody else makes one of their own before anything else works."""

import httpx
import pytest
from fastapi import FastAPI

from shared.identity import Grant, Identity, Role, first_password
from shared.identity.passwords import weakness
from tests.security.people.stage import OTHER_PASSWORD, PASSWORD, Browser

PAGES = ("/registry/", "/registry/notices/17", "/registry/form", "/account", "/account/tokens", "/account/sign-ins")


@pytest.fixture(autouse=True)
async def _li(identity: Identity) -> None:
    """李, whose account somebody has just made."""
    grant = Grant(role=Role.UNIT_ADMINISTRATOR, unit="u-1")
    await identity.create_person(login="li", name="李", email="li@x", password=PASSWORD, grants=[grant], first=True)


async def test_every_page_leads_to_the_new_password_and_from_there_to_where_they_went(browser: Browser) -> None:
    await browser.sign_in("li")
    for path in PAGES:
        led = await browser.get(f"{path}?a=1")
        assert (led.status_code, led.headers["location"]) == (
            303,
            f"/account/password?next={path.replace('/', '%2F')}%3Fa%3D1",
        )
    changed = await browser.send(
        "/account/password",
        "/account/password",
        current=PASSWORD,
        fresh=OTHER_PASSWORD,
        again=OTHER_PASSWORD,
        next="/registry/?a=1",
    )
    assert (changed.status_code, changed.headers["location"]) == (303, "/registry/?a=1")
    for path in PAGES:
        assert (await browser.get(path)).status_code == 200


async def test_nothing_is_changed_by_a_form_before_the_password_is(browser: Browser, identity: Identity) -> None:
    await browser.sign_in("li")
    for path, data in (
        ("/registry/form", {"platform": "weibo", "name": "x", "on": "2026-10-17"}),
        ("/account/tokens", {"name": "x", "days": "30", "roles": "unit_administrator"}),
        ("/account/second-step/begin", {"password": PASSWORD}),
    ):
        sent = await browser.send("/account/password", path, **data)
        assert sent.headers["location"].startswith("/account/password")
    assert await identity.tokens.of((await identity.record("li")).id) == []


async def test_the_api_answers_with_a_code_of_its_own(browser: Browser, identity: Identity, app: FastAPI) -> None:
    await browser.sign_in("li")
    token = await identity.issue_token("li", days=1)
    with_cookie = await browser.get("/registry/api/me")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://us.gov.cn") as program:
        with_token = await program.get("/registry/api/me", headers={"Authorization": f"Bearer {token}"})
        page = await program.get("/registry/", headers={"Authorization": f"Bearer {token}"})
    for answer in (with_cookie, with_token):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "password_due")
        assert "初始密码" in answer.json()["error"]["message"]
    assert page.status_code == 403


async def test_a_part_of_a_page_that_refreshes_itself_gets_403(browser: Browser) -> None:
    await browser.sign_in("li")
    assert (await browser.get("/registry/", **{"X-Fragment": "live"})).status_code == 403


async def test_the_first_password_is_no_choice_for_the_new_one(browser: Browser) -> None:
    await browser.sign_in("li")
    same = {"current": PASSWORD, "fresh": PASSWORD, "again": PASSWORD}
    sent = await browser.send("/account/password", "/account/password", **same)
    assert (sent.status_code, "不能与当前密码相同" in sent.text) == (422, True)
    assert (await browser.get("/registry/")).status_code == 303


async def test_a_new_password_from_somebody_else_is_a_first_one_again(browser: Browser, identity: Identity) -> None:
    await identity.set_password("wang", OTHER_PASSWORD, first=True)
    await browser.sign_in("wang", OTHER_PASSWORD)
    assert (await browser.get("/registry/")).headers["location"].startswith("/account/password")


@pytest.mark.parametrize("login", ["li", "mk", "ab", "wang.guan"])
def test_a_first_password_is_made_fit_to_be_one(login: str) -> None:
    made = {first_password(login) for _ in range(200)}
    assert len(made) == 200
    assert all(weakness(password, login) is None for password in made)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"current": "wrong"}, "当前密码不对"),
        ({"again": "something else then"}, "两次输入的新密码不一样"),
        ({"fresh": "short", "again": "short"}, "至少 12 个字符"),
        ({"fresh": "my wang password", "again": "my wang password"}, "不能包含用户名"),
    ],
)
async def test_what_is_wrong_stands_at_its_field_and_nothing_changes(
    browser: Browser, identity: Identity, typed: dict[str, str], says: str
) -> None:
    await browser.sign_in()
    right = {"current": PASSWORD, "fresh": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    sent = await browser.send("/account/password", "/account/password", **{**right, **typed})
    assert (sent.status_code, says in sent.text) == (422, True)
    assert await identity.sign_in("wang", PASSWORD)


async def test_a_changed_password_leaves_this_session_only_under_a_new_id(browser: Browser, identity: Identity) -> None:
    await browser.sign_in()
    elsewhere, before = await identity.sign_in("wang", PASSWORD), browser.cookie
    data = {"current": PASSWORD, "fresh": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    assert (await browser.send("/account/password", "/account/password", **data)).status_code == 303
    assert await identity.person_of_session(elsewhere) is None
    assert await identity.person_of_session(before) is None
    assert await identity.person_of_session(browser.cookie) is not None


async def test_guessing_the_current_password_is_locked(browser: Browser) -> None:
    await browser.sign_in()
    data = {"current": "wrong", "fresh": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    answers = [await browser.send("/account/password", "/account/password", **data) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert "尝试次数过多" in answers[-1].text
