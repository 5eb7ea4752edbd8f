"""Signing in and out on a real MongoDB, and forgeries that do nothing."""

import re
from collections.abc import MutableMapping
from typing import Any

import pytest
from fastapi import FastAPI

from shared.identity import Identity
from shared.settings import Settings
from tests.browser.sample import sample_app
from tests.shared.web.stage import FORM, HERE, PASSWORD, Browser, token_of


async def test_a_page_sends_people_to_sign_in_and_brings_them_back(browser: Browser) -> None:
    sent = await browser.get("/registry/?q=%E9%83%91&page=2")
    assert sent.status_code == 303
    assert sent.headers["location"] == "/sign-in?next=%2Fregistry%2F%3Fq%3D%25E9%2583%2591%26page%3D2"
    back = await browser.sign_in("/registry/?page=2")
    assert (back.status_code, back.headers["location"]) == (303, "/registry/?page=2")
    assert "王管理" in (await browser.get("/registry/?page=2")).text


async def test_a_session_id_planted_before_signing_in_is_worthless_after_it(browser: Browser) -> None:
    planted = "planted-by-somebody-else"
    browser.http.cookies.set("govwatch", planted, domain="us.gov.cn")
    assert (await browser.sign_in()).status_code == 303
    mine = browser.cookie()
    assert mine != planted
    browser.http.cookies.clear()
    browser.http.cookies.set("govwatch", planted, domain="us.gov.cn")
    assert (await browser.get("/registry/")).status_code == 303


async def test_signing_in_again_ends_the_earlier_session_of_that_browser(browser: Browser, identity: Identity) -> None:
    await browser.sign_in()
    earlier = browser.cookie()
    token = token_of(await browser.get("/registry/"))
    await browser.http.post("/sign-in", data={"page_token": token, "login": "wang", "password": PASSWORD}, headers=HERE)
    assert browser.cookie() != earlier
    assert await identity.person_of_session(earlier) is None


async def test_signing_out_ends_the_session_on_the_server(browser: Browser, identity: Identity) -> None:
    await browser.sign_in()
    session = browser.cookie()
    out = await browser.post("/registry/", "/sign-out", {})
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    assert list(browser.http.cookies.jar) == []
    assert await identity.person_of_session(session) is None


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(browser: Browser) -> None:
    cookie = (await browser.sign_in()).headers["set-cookie"]
    assert cookie.startswith("govwatch=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Max-Age" not in cookie


async def test_over_https_the_cookie_is_secure_and_tied_to_the_host(identity: Identity) -> None:
    browser = Browser(sample_app(identity, Settings(cookie_secure=True)), "https")
    async with browser.http:
        cookie = (await browser.sign_in()).headers["set-cookie"]
        assert cookie.startswith("__Host-govwatch=")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
        assert "王管理" in (await browser.get("/registry/")).text


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1"])
async def test_signing_in_never_leads_to_another_site(browser: Browser, elsewhere: str) -> None:
    page = await browser.http.get("/sign-in", params={"next": elsewhere})
    assert "evil" not in page.text
    assert "javascript" not in page.text
    assert (await browser.sign_in(elsewhere)).headers["location"] == "/"
    assert (await browser.http.get("/sign-in", params={"next": elsewhere})).headers["location"] == "/"


async def test_a_wrong_password_says_so_and_five_say_when_to_come_back(browser: Browser) -> None:
    for _ in range(5):
        wrong = await browser.sign_in(password="wrong")
        assert wrong.status_code == 401
        assert "用户名或密码不对" in wrong.text
        assert 'value="wang"' in wrong.text
        assert "wrong" not in wrong.text.replace('class="wrong', "")
    locked = await browser.sign_in()
    assert locked.status_code == 429
    assert re.search(r"请在 \d\d:\d\d:\d\d 之后再试", locked.text)


async def test_only_a_practice_installation_shows_its_passwords(identity: Identity) -> None:
    hint = "单位管理员 wang / correct horse battery"
    for demo in (True, False):
        browser = Browser(sample_app(identity, Settings(demo=demo, demo_hint=hint)))
        async with browser.http:
            page = (await browser.get("/sign-in")).text
            assert (hint in page) is demo
            assert ("练习环境" in page) is demo


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
async def test_a_form_sent_from_elsewhere_does_nothing_even_with_the_right_token(
    browser: Browser, headers: dict[str, str], logged: list[MutableMapping[str, Any]]
) -> None:
    await browser.sign_in()
    token = token_of(await browser.get("/registry/form"))
    sent = await browser.http.post("/registry/form", data={**FORM, "page_token": token}, headers=headers)
    assert sent.status_code == 403
    assert "没有执行" in sent.text
    assert logged[-1]["reason"] in ("cross_site", "unknown_origin")


async def test_an_older_browser_is_known_by_its_origin(browser: Browser) -> None:
    await browser.sign_in()
    token = token_of(await browser.get("/registry/form"))
    origin = {"Origin": "http://us.gov.cn"}
    sent = await browser.http.post("/registry/form", data={**FORM, "page_token": token}, headers=origin)
    assert (sent.status_code, sent.headers["location"]) == (303, "/registry/")


async def test_a_form_without_the_token_of_its_session_does_nothing(app: FastAPI, browser: Browser) -> None:
    other = Browser(app)
    async with other.http:
        await other.sign_in()
        others_token = token_of(await other.get("/registry/form"))
    await browser.sign_in()
    for token in ({}, {"page_token": ""}, {"page_token": "0" * 64}, {"page_token": others_token}):
        sent = await browser.http.post("/registry/form", data={**FORM, **token}, headers=HERE)
        assert (sent.status_code, "没有执行" in sent.text) == (403, True)


async def test_the_token_of_the_page_before_signing_in_is_void_after_it(browser: Browser) -> None:
    before = token_of(await browser.get("/sign-in"))
    await browser.sign_in()
    sent = await browser.http.post("/registry/form", data={**FORM, "page_token": before}, headers=HERE)
    assert "没有执行" in sent.text


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
async def test_a_cookie_alone_never_reaches_the_api_for_a_change(browser: Browser, kind: str) -> None:
    await browser.sign_in()
    headers = {**HERE, **({"Content-Type": kind} if kind else {})}
    sent = await browser.http.post("/registry/api/openings", content=b'{"platform": "weibo"}', headers=headers)
    assert sent.status_code == 403
    assert sent.json()["error"]["code"] == "forged"


@pytest.mark.parametrize("authorization", ["Bearer x", "Basic d2FuZzp4", "x", ""])
async def test_an_authorization_header_never_lets_the_cookie_through(browser: Browser, authorization: str) -> None:
    await browser.sign_in()
    sent = await browser.http.post("/registry/api/openings", json=FORM, headers={"Authorization": authorization})
    assert sent.status_code == 401
    assert (await browser.get("/registry/api/me", Authorization=authorization)).status_code == 401


async def test_signing_in_and_out_are_protected_like_everything_else(browser: Browser, identity: Identity) -> None:
    credentials = {"login": "wang", "password": PASSWORD}
    assert (await browser.http.post("/sign-in", data=credentials, headers=HERE)).status_code == 403
    await browser.sign_in()
    session = browser.cookie()
    assert (await browser.http.post("/sign-out", headers=HERE)).status_code == 403
    assert await identity.person_of_session(session) is not None
