"""The common frame at work: signing in, forgeries, headers, errors. Real sessions on a real MongoDB."""

import re
from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider
from pwdlib.hashers.argon2 import Argon2Hasher
from structlog.testing import capture_logs

from shared.documents import Client, Database
from shared.identity import Grant, Identity, Passwords, Role
from shared.settings import Settings
from shared.telemetry import traces
from shared.web.guard import LARGEST
from tests.browser.sample import sample_app

PASSWORD = "correct horse battery"
HERE = {"Sec-Fetch-Site": "same-origin"}
FORM = {"platform": "weibo", "name": "示例网警", "on": "2026-10-17"}


class Browser:
    """Keeps cookies and fills forms as a browser does, without a network."""

    def __init__(self, app: FastAPI, scheme: str = "http") -> None:
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"{scheme}://us.gov.cn")

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=headers)

    async def post(self, page: str, path: str, data: dict[str, str]) -> httpx.Response:
        """Open ``page`` and send its form to ``path``."""
        token = token_of(await self.get(page))
        return await self.http.post(path, data={"page_token": token, **data}, headers=HERE)

    async def sign_in(self, wanted: str = "/registry/", password: str = PASSWORD) -> httpx.Response:
        return await self.post("/sign-in", "/sign-in", {"login": "wang", "password": password, "next": wanted})

    def cookie(self) -> str:
        (cookie,) = (cookie.value for cookie in self.http.cookies.jar)
        return cookie or ""


def token_of(response: httpx.Response) -> str:
    found = re.search(r'name="page_token" value="([0-9a-f]{64})"', response.text)
    assert found, response.text
    return found[1]


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


# -- signing in and out


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


# -- forgeries


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


# -- the API


async def test_a_token_is_enough_for_the_api_and_the_pages(api: httpx.AsyncClient) -> None:
    assert (await api.get("/registry/api/me")).json() == "wang"
    assert (await api.post("/registry/api/openings", json=FORM)).json() == "wang 示例网警 2026-10-17"
    assert (await api.get("/registry/")).status_code == 200


async def test_without_a_token_the_api_answers_401_and_never_redirects(browser: Browser) -> None:
    answer = await browser.get("/registry/api/me")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["error"]["code"] == "not_signed_in"


async def test_a_token_in_an_address_or_a_cookie_opens_nothing(browser: Browser, identity: Identity) -> None:
    token = await identity.issue_token("wang", days=1)
    for name in ("token", "access_token", "api_key"):
        assert (await browser.http.get("/registry/api/me", params={name: token})).status_code == 401
    browser.http.cookies.set("govwatch", token, domain="us.gov.cn")
    assert (await browser.get("/registry/api/me")).status_code == 401


async def test_the_api_names_every_wrong_field(api: httpx.AsyncClient) -> None:
    answer = await api.post("/registry/api/openings", json={"platform": 1, "on": "2026-10-17", "state": "approved"})
    assert answer.status_code == 422
    assert answer.json()["error"] == {
        "code": "invalid",
        "message": "填写有误：请按下面的提示改正后重新提交。",
        "fields": {"platform": "应为文字", "name": "必填", "state": "没有这一项"},
    }


async def test_a_body_that_is_not_json_is_told(api: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await api.post("/registry/api/openings", content=b"{", headers=headers)
    assert answer.status_code == 422
    assert "不是有效的 JSON" in answer.json()["error"]["fields"].values()


async def test_the_api_is_described(api: httpx.AsyncClient) -> None:
    described = (await api.get("/registry/api/openapi.json")).json()
    assert set(described["paths"]) >= {"/registry/api/openings", "/registry/api/me"}
    assert "/sign-in" not in described["paths"]


# -- limits, headers, errors


async def test_a_body_that_is_too_large_is_refused_announced_or_not(api: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(LARGEST // 65536 + 2):
            yield b"x" * 65536

    announced = await api.post("/registry/api/openings", content=b"x" * (LARGEST + 1))
    streamed = await api.post("/registry/api/openings", content=endless())
    assert [announced.status_code, streamed.status_code] == [413, 413]
    assert announced.json()["error"]["code"] == "too_large"


@pytest.mark.parametrize(
    "path", ["/registry/", "/registry/nowhere", "/registry/broken", "/sign-in", "/registry/api/me"]
)
async def test_every_answer_forbids_foreign_content_and_framing(browser: Browser, path: str) -> None:
    await browser.sign_in()
    answer = await browser.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


async def test_pages_are_not_kept_by_caches_and_style_is_kept_by_its_content(browser: Browser) -> None:
    page = await browser.get("/sign-in")
    assert page.headers["cache-control"] == "no-store"
    address = re.search(r'href="(/registry/static/[0-9a-f]{16}/govwatch\.css)"', page.text)
    assert address
    style = await browser.get(address[1])
    assert style.headers["cache-control"] == "public, max-age=31536000, immutable"
    older = await browser.get("/registry/static/0000000000000000/govwatch.css")
    assert (older.content, older.headers["cache-control"]) == (style.content, "no-cache")
    assert (await browser.get("/registry/static/0000000000000000/..%2Fapp.py")).status_code == 404


async def test_no_page_needs_another_host(browser: Browser) -> None:
    await browser.sign_in()
    for path in ("/sign-in", "/registry/", "/registry/form", "/registry/notices/17"):
        assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", (await browser.get(path)).text)


@pytest.mark.parametrize(
    ("method", "path", "status", "says"),
    [
        ("GET", "/registry/nowhere", 404, "不在您的管辖范围内"),
        ("GET", "/registry/broken", 500, "系统出错"),
        ("POST", "/registry/stale", 409, "已被他人更改"),
        ("POST", "/registry/", 405, "不能这样访问"),
    ],
)
async def test_an_error_page_says_what_to_do_and_who_is_signed_in(
    browser: Browser, method: str, path: str, status: int, says: str
) -> None:
    await browser.sign_in()
    token = token_of(await browser.get("/registry/form"))
    data = {"page_token": token} if method == "POST" else None
    answer = await browser.http.request(method, path, data=data, headers=HERE)
    assert answer.status_code == status
    assert says in answer.text
    assert "王管理" in answer.text


async def test_a_failure_shows_the_number_of_its_trace_and_nothing_of_its_inside(
    browser: Browser, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "_TRACER", TracerProvider().get_tracer("test"))
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = await api.get("/registry/broken", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    assert trace in answer.text
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


async def test_a_form_with_mistakes_comes_back_with_what_was_typed(browser: Browser) -> None:
    await browser.sign_in()
    data = {**FORM, "name": "<b>" + "很" * 20, "on": ""}
    answer = await browser.post("/registry/form", "/registry/form", data)
    assert answer.status_code == 422
    assert f'value="&lt;b&gt;{"很" * 20}"' in answer.text
    assert '<a href="#name">账号名称</a>：最多 20 个字' in answer.text
    assert '<a href="#on">拟启用日期</a>：必填' in answer.text
    assert 'aria-describedby="name-hint name-error"' in answer.text


async def test_what_somebody_may_not_do_is_refused_in_words(browser: Browser, identity: Identity) -> None:
    await identity.create_person(login="li", name="李", email="li@example.gov.cn", password=PASSWORD, grants=[])
    await browser.post("/sign-in", "/sign-in", {"login": "li", "password": PASSWORD})
    answer = await browser.post("/registry/form", "/registry/form", FORM)
    assert answer.status_code == 403
    assert "您的账号不能做这件事" in answer.text


async def test_a_session_that_ended_while_a_form_was_open_leads_back_to_that_form(
    browser: Browser, identity: Identity
) -> None:
    await browser.sign_in()
    token = token_of(await browser.get("/registry/form"))
    await identity.revoke("wang")
    headers = {**HERE, "Referer": "http://us.gov.cn/registry/form"}
    answer = await browser.http.post("/registry/form", data={**FORM, "page_token": token}, headers=headers)
    assert answer.headers["location"] == "/sign-in?next=%2Fregistry%2Fform"


async def test_a_part_of_a_page_comes_alone_when_asked_for(browser: Browser) -> None:
    await browser.sign_in()
    whole = await browser.get("/registry/")
    part = await browser.get("/registry/", **{"X-Fragment": "live"})
    assert "<html" in whole.text
    assert "<html" not in part.text
    assert '<dl class="figures">' in part.text
    assert "X-Fragment" in part.headers["vary"]
    unknown = await browser.get("/registry/", **{"X-Fragment": "nothing"})
    assert "<html" in unknown.text


async def test_a_part_asked_for_without_a_session_is_401_not_the_sign_in_page(browser: Browser) -> None:
    assert (await browser.get("/registry/", **{"X-Fragment": "live"})).status_code == 401


async def test_names_from_outside_are_shown_and_never_run(browser: Browser) -> None:
    await browser.sign_in()
    page = await browser.get("/registry/")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in page.text


async def test_while_mongodb_is_away_pages_say_so() -> None:
    away = Client("mongodb://127.0.0.1:9/", patience_ms=50)
    app = sample_app(Identity(away.database("x"), Settings()), Settings())
    async with Browser(app).http as http:
        answer = await http.get("/registry/", headers={"Cookie": "govwatch=x"})
    away.close()
    assert answer.status_code == 503
    assert "系统正在恢复" in answer.text
