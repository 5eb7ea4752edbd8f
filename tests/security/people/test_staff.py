"""The pages of administrators: their own people only, nothing beyond their grant, nothing for themselves."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from services.registry import people
from services.registry.app import Registry
from services.registry.records import UnitDocument
from services.registry.store import Store
from shared.documents import Database
from shared.events.registry import Unit
from shared.identity import Grant, Identity, Role
from shared.settings import Settings
from shared.web import account_router, create_app, sign_in_router
from tests.browser.sample import Sample, SampleBase
from tests.security.people.stage import OTHER_PASSWORD, PASSWORD, Browser, Clock, shown

TEMPLATES = Path(people.__file__).with_name("templates")
UNITS = {"police": ("市公安局", "41.01.00.0"), "kaifeng": ("开封市公安局", "41.02.00.0")}
GRANTS = {
    "city": [Grant(role=Role.ADMINISTRATOR, region="41.01")],
    "county": [Grant(role=Role.ADMINISTRATOR, region="41.01.05")],
    "inspector": [Grant(role=Role.INSPECTOR, region="41.01.05")],
    "unit": [Grant(role=Role.UNIT_ADMINISTRATOR, unit="police")],
    "both": [Grant(role=Role.INSPECTOR, region="41.01.05"), Grant(role=Role.APPROVER, region="41.01")],
    "kaifeng": [Grant(role=Role.INSPECTOR, region="41.02")],
}
ADD = {"name": "新人", "login": "xin", "email": "xin@example.gov.cn", "role": "inspector", "region": "41.01.05"}
LIST = "/registry/people"


@pytest.fixture
async def app(database: Database, identity: Identity, settings: Settings, clock: Clock) -> FastAPI:
    """The registry's pages for people, with two units and those of GRANTS."""
    store = Store(database)
    for id_, (name, region) in UNITS.items():
        body = Unit(id=id_, name=name, region=region, revision=1)
        await store.units.create(UnitDocument(id=id_, region=region, unit=id_, body=body))
    for login, grants in GRANTS.items():
        await identity.create_person(login=login, name=f"名{login}", email="x@x", password=PASSWORD, grants=grants)
    base = SampleBase(settings, identity)
    pages = people.router(Registry(store, clock), identity)
    routers = [sign_in_router(identity), account_router(identity, store.unit_names), pages]
    return create_app(Sample("registry", TEMPLATES), base, routers)


async def page_of(identity: Identity, login: str) -> str:
    return f"{LIST}/{(await identity.record(login)).id}"


async def as_(browser: Browser, login: str) -> Browser:
    assert (await browser.sign_in(login)).status_code == 303
    return browser


@pytest.mark.parametrize(
    ("login", "sees"),
    [("city", {"both", "city", "county", "inspector", "unit", "wang"}), ("county", {"both", "county", "inspector"})],
)
async def test_administrators_see_who_holds_something_below_them(browser: Browser, login: str, sees: set[str]) -> None:
    shown_page = await (await as_(browser, login)).get(LIST)
    assert set(re.findall(r'<span class="sub">([a-z]+)</span>', shown_page.text)) == sees
    assert ("郑州市）" in shown_page.text) is (login == "city")


@pytest.mark.parametrize("login", ["inspector", "unit", "wang", "kaifeng"])
async def test_nobody_else_manages_people(browser: Browser, identity: Identity, login: str) -> None:
    await as_(browser, login)
    other = await page_of(identity, "both")
    for path in (LIST, f"{LIST}/add", other):
        assert (await browser.get(path)).status_code == 403
    for path, data in ((f"{LIST}/add", ADD), (f"{other}/grant", ADD), (f"{other}/password", {}), (f"{other}/end", {})):
        sent = await browser.send("/account", path, **data, **({"sure": "yes"} if path.endswith("end") else {}))
        assert (sent.status_code, shown(sent)) == (403, [])
    assert [person.login for person in await identity.people()] == sorted([*GRANTS, "wang"])


async def test_somebody_added_signs_in_with_what_is_shown_once_and_must_change_it(
    browsers: Callable[..., Browser], identity: Identity
) -> None:
    administrator, fresh = await as_(browsers(), "county"), browsers()
    made = await administrator.send(f"{LIST}/add", f"{LIST}/add", **ADD)
    (password,) = shown(made)
    assert (await fresh.sign_in("xin", password)).status_code == 303
    assert (await fresh.get("/account")).headers["location"].startswith("/account/password")
    assert password not in (await administrator.get(await page_of(identity, "xin"))).text
    data = {"current": password, "fresh": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    await fresh.send("/account/password", "/account/password", **data)
    assert "河南省郑州市金水区" in (await fresh.get("/account")).text


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ({"region": "41.01"}, 403, "超出您的管辖范围"),
        ({"region": "41"}, 403, "超出您的管辖范围"),
        ({"region": "41.01.02"}, 403, "超出您的管辖范围"),
        ({"region": ""}, 422, "请填写地区"),
        ({"region": "4101"}, 422, "格式不对"),
        ({"role": "unit_administrator", "region": "", "unit": "police"}, 403, "超出您的管辖范围"),
        ({"role": "unit_administrator", "region": ""}, 422, "请选择单位"),
        ({"role": "god"}, 422, "应为下列之一"),
        ({"until": "1969-01-01"}, 422, "截止日期须在今天以后"),
        ({"login": "wang"}, 422, "已被使用"),
        ({"login": "有字"}, 422, "格式不对"),
        ({"email": "x"}, 422, "格式不对"),
        ({"grants": "everything"}, 422, "没有这一项"),
    ],
)
async def test_a_county_adds_nobody_beyond_itself(
    browser: Browser, identity: Identity, asked: dict[str, str], status: int, says: str
) -> None:
    await as_(browser, "county")
    sent = await browser.send(f"{LIST}/add", f"{LIST}/add", **{**ADD, **asked})
    assert (sent.status_code, says in sent.text, shown(sent)) == (status, True, []), sent.text
    assert "xin" not in [person.login for person in await identity.people()]


async def test_grants_are_given_and_ended_and_an_ended_one_stays_to_be_seen(
    browser: Browser, identity: Identity
) -> None:
    await as_(browser, "city")
    page = await page_of(identity, "unit")
    given = await browser.send(page, f"{page}/grant", role="auditor", region="41.01.05", until="2099-12-31")
    assert given.status_code == 303
    again = await browser.send(page, f"{page}/grant", role="auditor", region="41.01.05")
    assert (again.status_code, "已有这项授权" in again.text) == (422, True)
    held = {
        grant.role: grant for person in await identity.people() if person.login == "unit" for grant in person.grants
    }
    assert set(held) == {Role.UNIT_ADMINISTRATOR, Role.AUDITOR}
    assert f"{held[Role.AUDITOR].until:%Y-%m-%d %H:%M}" == "2099-12-31 16:00"
    assert (await browser.send(page, f"{page}/ungrant", number="0")).status_code == 303
    person = next(person for person in await identity.people() if person.login == "unit")
    assert [grant.role for grant in person.grants] == [Role.AUDITOR]
    assert "已结束" in (await browser.get(page)).text


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("grant", {"role": "approver", "region": "41.01"}),
        ("ungrant", {"number": "0"}),
        ("password", {}),
        ("second-step", {}),
        ("revoke", {}),
        ("end", {"sure": "yes"}),
    ],
)
async def test_nobody_does_anything_for_themselves(
    browser: Browser, identity: Identity, path: str, data: dict[str, str]
) -> None:
    await as_(browser, "city")
    page = await page_of(identity, "city")
    before = await identity.record("city")
    sent = await browser.send(page, f"{page}/{path}", **data)
    assert (sent.status_code, "另一位管理员" in sent.text) == (403, True)
    assert await identity.record("city") == before
    assert (await browser.get(page)).status_code == 200


@pytest.mark.parametrize("path", ["password", "second-step", "revoke", "tokens/revoke", "end"])
async def test_a_county_does_not_take_over_the_account_of_its_city(
    browser: Browser, identity: Identity, path: str
) -> None:
    await as_(browser, "county")
    page = await page_of(identity, "both")
    data = {"end": {"sure": "yes"}, "tokens/revoke": {"token": "000000000000"}}.get(path, {})
    sent = await browser.send(page, f"{page}/{path}", **data)
    assert (sent.status_code, "管辖范围以外的授权" in sent.text) == (403, True)
    assert await identity.sign_in("both", PASSWORD)
    assert "河南省郑州市）" not in (await browser.get(LIST)).text
    assert (await browser.send(page, f"{page}/ungrant", number="1")).status_code == 404
    assert (await browser.send(page, f"{page}/ungrant", number="0")).status_code == 303
    left = next(person for person in await identity.people() if person.login == "both")
    assert [grant.region for grant in left.grants] == ["41.01"]


@pytest.mark.parametrize("path", ["", "/grant", "/ungrant", "/password", "/revoke", "/end"])
async def test_people_of_elsewhere_are_not_there(browser: Browser, identity: Identity, path: str) -> None:
    await as_(browser, "city")
    forms = {"/grant": {"role": "inspector", "region": "41.01"}, "/ungrant": {"number": "0"}, "/end": {"sure": "yes"}}
    for id_ in ((await identity.record("kaifeng")).id, "p-0000000000000000"):
        answer = await browser.send("/account", f"{LIST}/{id_}{path}", **forms.get(path, {})) if path else None
        assert (answer or await browser.get(f"{LIST}/{id_}")).status_code == 404
    assert await identity.sign_in("kaifeng", PASSWORD)


async def test_an_account_is_revoked_given_a_new_password_and_ended(
    browsers: Callable[..., Browser], identity: Identity
) -> None:
    administrator, them = await as_(browsers(), "county"), await as_(browsers(), "inspector")
    tokens = [await identity.issue_token("inspector", days=1, name=name) for name in ("甲", "乙")]
    page = await page_of(identity, "inspector")
    await administrator.send(page, f"{page}/tokens/revoke", token=tokens[0].split("_")[1])
    assert [await identity.person_of_token(token) is None for token in tokens] == [True, False]
    await administrator.send(page, f"{page}/revoke")
    assert await identity.person_of_token(tokens[1]) is None
    assert (await them.get("/account")).headers["location"].startswith("/sign-in")
    (password,) = shown(await administrator.send(page, f"{page}/password"))
    assert (await them.sign_in("inspector", password)).status_code == 303
    assert (await them.get("/account")).headers["location"].startswith("/account/password")
    assert (await administrator.send(page, f"{page}/end")).status_code == 422
    assert (await administrator.send(page, f"{page}/end", sure="yes")).headers["location"] == f"{LIST}?done=ended"
    assert (await them.get("/account")).headers["location"].startswith("/sign-in")
    assert (await administrator.get(page)).status_code == 404


async def test_a_token_of_an_administrator_manages_nobody(app: FastAPI, identity: Identity) -> None:
    headers = {"Authorization": f"Bearer {await identity.issue_token('city', days=1)}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://us", headers=headers) as program:
        for answer in (await program.get(LIST), await program.post(f"{LIST}/add", data=ADD)):
            assert (answer.status_code, shown(answer)) == (403, [])
    assert "xin" not in [person.login for person in await identity.people()]
