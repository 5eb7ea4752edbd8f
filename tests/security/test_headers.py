"""What every answer forbids a browser, and that no template needs what is forbidden."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.identity import Role
from tests.security.asking import routes
from tests.security.houses import House, housed

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(
    path for folder in ("services", "shared") for path in (ROOT / folder).rglob("templates/*.html")
    if "checking" not in path.parts
)  # fmt: skip  # what `govwatch check` writes is a file on its own, and has its own policy
INLINE = re.compile(
    r"""<style\b|<script\b(?![^>]*\bsrc=)|\sstyle\s*=|\son[a-z]+\s*=|javascript:|\|\s*safe\b|srcdoc|<iframe|<object|<embed"""
    r"""|(?:src|href|action)="(?:https?:)?//|\{%\s*autoescape\s+false""",
    re.IGNORECASE,
)
ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: "/".join(path.parts[-3:]))
def test_no_template_has_inline_style_script_or_handlers_or_needs_another_host(path: Path) -> None:
    found = [
        f"{number}: {line.strip()[:100]}"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if INLINE.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        '<p style="color:red">', "<style>p{}</style>", "<script>x()</script>", '<a onclick="x()">', "{{ name | safe }}",
        '<a href="javascript:x()">', '<iframe src="/x">', '<img src="//evil/x.png">', "{% autoescape false %}",
    ],
)  # fmt: skip  # short lines read better side by side
def test_each_of_them_is_found(line: str) -> None:
    assert INLINE.search(line)


@pytest.fixture
async def house(mongo_url: str) -> AsyncIterator[House]:
    async with housed(mongo_url, rate_factor=0, cookie_secure=True) as made:
        await made.person("li", Role.INSPECTOR, "")
        yield made


async def test_every_route_of_every_service_answers_with_every_header(house: House) -> None:
    token = await house.identity.issue_token("li", days=1)
    for service, app in house.apps.items():
        for route in routes(service, app):
            path = route.path.format(**dict.fromkeys(route.in_path, "x"))
            for client in (house.program(service, token), house.program(service)):
                async with client:
                    answer = await client.request(route.method, path)
                headers = answer.headers
                assert {name: headers.get(name) for name in ALWAYS} == ALWAYS, route
                assert headers["strict-transport-security"] == "max-age=31536000", route
                assert "unsafe" not in headers["content-security-policy"], route
                assert "frame-ancestors 'none'" in headers["content-security-policy"], route
                assert "geolocation=()" in headers["permissions-policy"], route
                assert "no-store" in headers["cache-control"] or "/static/" in path, route
                assert "server" not in headers, route
                cookie = headers.get("set-cookie", "__Host-; Secure; HttpOnly; SameSite=lax")
                assert all(part in cookie for part in ("__Host-", "Secure", "HttpOnly", "SameSite=lax")), route


async def test_without_https_nothing_promises_it(mongo_url: str) -> None:
    async with housed(mongo_url, rate_factor=0) as house, house.program("registry") as client:
        assert "strict-transport-security" not in (await client.get("/sign-in")).headers


async def test_no_change_goes_through_without_the_token_of_the_session_or_from_another_site(mongo_url: str) -> None:
    async with housed(mongo_url, rate_factor=0) as house:
        await house.person("li", Role.ADMINISTRATOR, "")
        for service, app in house.apps.items():
            browser = await house.browser(service, "li")
            for route in routes(service, app):
                if route.method != "POST":
                    continue
                path = route.path.format(**dict.fromkeys(route.in_path, "x"))
                without = await browser.http.post(path, data={"reason": "x"})
                foreign = await browser.http.post(
                    path, data={"page_token": browser.token}, headers={"Sec-Fetch-Site": "cross-site"}
                )
                json = await browser.http.post(path, json={"reason": "x"})
                assert {without.status_code, foreign.status_code, json.status_code} == {403}, route
                told = without.json()["error"]["code"] if route.api else without.text
                assert ("forged" in told) if route.api else ("页面已过期" in told), route
            await browser.http.aclose()
