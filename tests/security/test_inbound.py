"""Z5: whatever is put wherever into a request, nothing of another region comes back and nothing breaks.

The routes and what they take are read from the applications; see ``asking``.
"""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any, get_args

import httpx
import pytest
import pytest_asyncio
from pydantic import BaseModel

from services.notifier.store import NoticeDocument
from services.registry import intake
from services.registry.records import OutletDocument
from services.registry.unfiled import normal
from shared.events.registry import Outlet, OutletState, UnitRef, Website
from shared.identity import Grant, Role
from shared.web import Strict
from tests.notifier.made import case
from tests.security.asking import Route, models, routes
from tests.security.houses import PASSWORD, Browser, House, housed

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECRET = "别处的秘密"
THERE, HERE = "41.01.05.0", "41.02.02.0"
NOTICE = "n-there"
PAYLOADS = (
    '{"$gt":""}',
    '{"$where":"sleep(9000)"}',
    ".*",
    "(a+)+$",
    "(",
    "' || '1'=='1",
    "a\0b",
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "<script>alert(1)</script>",
    "x\r\nSet-Cookie: evil=1",
    "99999999999999999999999",
    "-1",
    "NaN",
    "\u202e\ufeff\U0001f4a3",
    "=cmd|'/c calc'!A1",
)
NESTED: tuple[Any, ...] = ({"$gt": ""}, {"$ne": None}, [{"$gt": ""}], [[[[]]]], {"$where": "1"}, True, 1e308, None)
SPELLINGS = ("{name}[$gt]", "{name}[$ne]", "{name}[$regex]", "{name}.$where")
GUESSES = ("q", "page", "state", "sort", "filter", "region", "unit")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def house(mongo_url: str) -> AsyncIterator[House]:
    """The four services; something lies in one city, and somebody of another has every role there."""
    async with housed(mongo_url, rate_factor=0, egress_extranets=["10.0.0.0/8"]) as made:
        rows = (
            f"code,name,address,unit,region,class\n4101050001,{SECRET},https://a.gov.cn/,{SECRET}单位,410105,portal\n"
        )
        entries, _ = intake.read(rows.encode(), "sites")
        await intake.Intake(made.built["registry"]).take(entries, "operator:test", intake.Outcome())
        await intake.Intake(made.built["registry"]).unit("本单位", HERE, "operator:test", "u-here")
        hidden = case().model_copy(update={"notice": case().notice.model_copy(update={"id": NOTICE, "why": SECRET})})
        document = NoticeDocument(id=NOTICE, region=THERE, unit="u-there", case=hidden)
        await made.built["notifier"].store.notices.create(document)
        roles = [Grant(role=role, region="41.02") for role in Role if role is not Role.UNIT_ADMINISTRATOR]
        grants = [*roles, Grant(role=Role.UNIT_ADMINISTRATOR, unit="u-here")]
        await made.identity.create_person(login="here", name="某人", email="", password=PASSWORD, grants=grants)
        yield made


def asked(house: House) -> list[Route]:
    """Every route but signing out."""
    found = [route for service, app in house.apps.items() for route in routes(service, app)]
    return [route for route in found if route.path != "/sign-out"]


def address(route: Route, **values: str) -> str:
    """The path with ``values`` for its parameters, and something harmless for the others."""
    return route.path.format(**{name: _quoted(values.get(name, "x")) for name in route.in_path})


def _quoted(text: str) -> str:
    return str(httpx.QueryParams({"": text}))[1:].replace("+", "%20")


def sound(answer: httpx.Response, what: str) -> None:
    """The answer is none of a server that broke, and tells nothing it should not."""
    assert answer.status_code < 500, what
    assert SECRET not in answer.text, what
    assert "Traceback" not in answer.text, what
    assert "evil" not in answer.headers.get("set-cookie", ""), what
    assert "<script>alert(1)" not in answer.text or answer.headers["content-type"].startswith("application/json"), what


async def test_the_list_of_routes_is_that_of_the_services(house: House) -> None:
    found = asked(house)
    assert len(found) > 40
    assert {route.service for route in found} == set(house.apps)
    assert any(route.body for route in found)
    assert any(route.form for route in found)


async def test_no_parameter_of_any_route_takes_an_operator_or_breaks_anything(house: House) -> None:
    token = await house.identity.issue_token("here", days=1)
    for route in asked(house):
        async with house.program(route.service, token) as program:
            for payload in PAYLOADS:
                for name in (*route.in_path, *route.in_query, *route.in_headers):
                    await _thrown(program, route, name, payload)
                guessed = await program.request(route.method, address(route), params=dict.fromkeys(GUESSES, payload))
                sound(guessed, f"{route} {payload!r}")
            names = {*route.in_query, *GUESSES}
            spelled = {spelling.format(name=name): "" for name in names for spelling in SPELLINGS}
            sound(await program.request(route.method, address(route), params=spelled), f"{route} spelled otherwise")


async def _thrown(program: httpx.AsyncClient, route: Route, name: str, payload: str) -> None:
    if name in route.in_headers and not (payload.isascii() and payload.isprintable()):
        return
    answer = await program.request(
        route.method,
        address(route, **{name: payload}),
        params={name: payload} if name in route.in_query else {},
        headers={name: payload} if name in route.in_headers else {},
        json={} if route.body else None,
    )
    sound(answer, f"{route} {name}={payload!r}")


async def test_no_field_of_any_body_takes_an_object_or_a_field_nobody_named(house: House) -> None:
    """Mass assignment: state, region, version … are not among what may be said, and the answer names them."""
    token = await house.identity.issue_token("here", days=1)
    bodies = [route for route in asked(house) if route.body]
    assert len(bodies) >= 8
    for route in bodies:
        assert route.body is not None
        async with house.program(route.service, token) as program:
            for extra in (
                "state",
                "region_",
                "steps",
                "approved_at",
                "$set",
                "$where",
                "_id",
                "unit.name",
                "__proto__",
            ):
                answer = await program.request(route.method, address(route), json={extra: "approved"})
                assert answer.status_code == 422, f"{route} {extra}"
                assert answer.json()["error"]["fields"][extra] == "没有这一项", f"{route} {extra}"
            for name, field in route.body.model_fields.items():
                nested = field.annotation
                for value in (*NESTED, "\ud800"):
                    raw = json.dumps({name: value}).encode()
                    headers = {"Content-Type": "application/json"}
                    answer = await program.request(route.method, address(route), content=raw, headers=headers)
                    sound(answer, f"{route} {name}={value!r}")
                    assert answer.status_code in (404, 422), f"{route} {name}={value!r} -> {answer.status_code}"
                    if isinstance(value, dict) and not _is_model(nested):
                        assert name in answer.json()["error"]["fields"], f"{route} {name}={value!r}"


def _is_model(kind: Any) -> bool:
    return any(isinstance(each, type) and issubclass(each, BaseModel) for each in (kind, *get_args(kind)))


BUTTONS = {
    "/account/sessions/end-others",
    "/registry/people/{id_}/password",
    "/registry/people/{id_}/revoke",
    "/registry/people/{id_}/second-step",
}
"""Routes that read nothing of what a form sends but the token of its page."""
LISTS = {"/registry/import", "/registry/import/{id_}/columns", "/registry/import/{id_}/take"}
"""Routes that take a list and name its columns: one field for each heading. Tried in test_list_pages."""


async def test_no_form_takes_a_field_nobody_named_a_file_or_an_endless_text(house: House) -> None:
    browsers = {service: await house.browser(service, "here") for service in house.apps}
    posts = [route for route in asked(house) if route.method == "POST" and not route.api]
    assert {route.path for route in posts if not route.form} == BUTTONS | LISTS
    forms = [route for route in posts if route.form]
    assert len(forms) >= 9
    for route in forms:
        browser, path = browsers[route.service], address(route)
        harmless = dict.fromkeys(route.form, "x")
        for extra in ("state", "steps", "$set", "filing[state]", "_id"):
            answer = await browser.post(path, {**harmless, extra: "approved"})
            sound(answer, f"{route} {extra}")
            assert answer.status_code in (403, 404, 422), f"{route} {extra}"
        for name in route.form:
            for payload in PAYLOADS[::3]:
                sound(await browser.post(path, {**harmless, name: payload}), f"{route} {name}={payload[:40]!r}")
        sound(await browser.post(path, {**harmless, route.form[-1]: "很" * 30_000}), f"{route}: an endless text")
        file = await _with_file(browser, path, route.form[0])
        assert file.status_code in (403, 404, 422), f"{route}: a file"
    for browser in browsers.values():
        await browser.http.aclose()


async def _with_file(browser: Browser, path: str, name: str) -> httpx.Response:
    files = {name: ("../../evil.html", b"<script>alert(1)</script>", "text/html")}
    return await browser.http.post(path, data={"page_token": browser.token}, files=files)


async def test_the_fields_of_a_form_named_one_by_one_are_refused_by_name(house: House) -> None:
    browser = await house.browser("registry", "here")
    async with browser.http:
        answer = await browser.post("/registry/filings/f-1/approve", {"reason": "x", "state": "approved"})
        long = await browser.post("/registry/filings/f-1/approve", {"reason": "很" * 30_000})
    assert answer.status_code == 422
    assert "<code>state</code>：没有这一项" in answer.text
    assert long.status_code == 422


async def test_every_body_is_strict_and_every_text_in_it_has_an_end() -> None:
    known = models()
    assert len(known) > 8
    for model in known:
        assert model.model_config["extra"] == "forbid", model
        schema = model.model_json_schema()
        for where, part in _parts(schema, model.__name__):
            if part.get("type") == "string":
                assert part.keys() & {"maxLength", "enum", "const", "format"}, f"{where} has no end"
            assert part.get("type") != "array" or "maxItems" in part, f"{where} has no end"
            assert not part.get("additionalProperties"), f"{where} takes any key"


async def test_every_body_a_route_takes_is_one_of_those(house: House) -> None:
    for route in asked(house):
        assert route.body is None or issubclass(route.body, Strict), route


def _parts(schema: Any, where: str) -> list[tuple[str, Mapping[str, Any]]]:
    if isinstance(schema, list):
        return [part for number, each in enumerate(schema) for part in _parts(each, f"{where}.{number}")]
    if not isinstance(schema, dict):
        return []
    inner = [part for name, each in schema.items() for part in _parts(each, f"{where}.{name}")]
    return [(where, schema), *inner]


@pytest.mark.parametrize(
    "body",
    [b"[" * 500_000, b'{"reason":' * 100_000, b"\xff\xfe\x00", b'{"reason": NaN}', b'{"a":1,"a":2}', b"null", b""],
)
async def test_a_body_that_is_no_sensible_json_is_refused(house: House, body: bytes) -> None:
    token = await house.identity.issue_token("here", days=1)
    async with house.program("registry", token) as program:
        answer = await program.post(
            "/registry/api/filings/f-1/approve", content=body, headers={"Content-Type": "application/json"}
        )
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize("address", ["outlets?q=" + "x" * 5000, "outlets?q=a%00", "outlets?a%00=1", "outlets/a%00b"])
async def test_a_question_without_an_end_or_with_a_nul_is_refused(house: House, address: str) -> None:
    async with house.program("registry", await house.identity.issue_token("here", days=1)) as program:
        assert (await program.get(f"/registry/api/{address}")).status_code == 400


async def test_what_is_searched_for_is_text_and_no_pattern(house: House) -> None:
    website = Website(code="4102020001", name="示例(测试)站", url="https://b.gov.cn/")
    unit = UnitRef(id="u-here", name="本单位")
    known = {
        "id": "w-4102020001",
        "region": HERE,
        "unit": unit,
        "revision": 1,
        "since": datetime(2026, 11, 1, tzinfo=UTC),
    }
    outlet = Outlet(state=OutletState.RUNNING, filed=website, **known)
    document = OutletDocument(id=outlet.id, region=HERE, unit=unit.id, outlet=outlet, folded=())
    await house.built["registry"].store.outlets.create(document)
    async with house.program("registry", await house.identity.issue_token("here", days=1)) as program:
        for text in (".*", "^", "示例.测试.站", "[示]", "(?i)示例", "$", "|", "示例", "(测试)"):
            found = (await program.get("/registry/api/outlets", params={"q": text})).json()["outlets"]
            assert len(found) == (normal(text) in normal(website.name)), text
