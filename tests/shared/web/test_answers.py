"""The API, limits, headers and errors of the frame. Real sessions on a real MongoDB."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider

from shared.documents import Client
from shared.identity import Identity
from shared.settings import Settings
from shared.telemetry import traces
from shared.web.guard import LARGEST
from tests.browser.sample import sample_app
from tests.shared.web.stage import FORM, HERE, PASSWORD, Browser, token_of


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
        refused = await browser.http.get("/registry/api/me", params={name: token})
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "token_in_url")
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
