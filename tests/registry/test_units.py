"""Units at the desk: found, registered, changed with a history, named, and their contacts. On real servers."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from services.commands.register import register
from services.registry.app import Registry
from services.registry.contact_desk import Contacts
from services.registry.intake import Intake, Outcome, read
from shared.audit import Deed
from shared.documents import SYSTEM
from shared.events import registry
from shared.identity import Grant, Identity, Role
from shared.workdays import SHANGHAI
from tests.registry.stage import Desk, send, until

API = "/registry/api/units"
CODE = "11410100005252001C"
HERE = "41.01.00.0"
MONTHS = timedelta(days=40)
POLICE = {"name": "郑州市公安局", "level": "city", "in_government": True, "credit_code": CODE, "reason": "补全信息"}
WANG = {"duty": "staff", "name": "王五六", "mobile": "13800001234", "since": "2026-01-01"}


async def asked(
    desk: Desk, login: str, path: str, body: dict[str, Any] | None = None, **headers: str
) -> httpx.Response:
    async with desk.as_(login) as client:
        if body is None:
            return await client.get(path)
        return await client.post(path, json=body, headers=headers)


async def done(desk: Desk, login: str, path: str, body: dict[str, Any]) -> Any:
    answer = await asked(desk, login, path, body)
    assert answer.is_success, answer.text
    return answer.json()


async def deeds(desk: Desk, deed: Deed) -> list[dict[str, str]]:
    async with register(desk.settings) as app:
        found = await app.store.audit.find(SYSTEM, {"record.deed": deed.value}, limit=100)
        return [one.details for one in found]


async def test_a_change_tells_who_when_what_and_why_and_travels_whole(desk: Desk) -> None:
    changed = await done(desk, "admin", f"{API}/police/change", {**POLICE, "revision": 1})
    assert changed["credit_code"] == CODE
    (act,) = (await asked(desk, "police", f"{API}/police")).json()["history"]
    assert (act["act"], act["reason"], act["revision"]) == ("change", "补全信息", 2)
    assert {"field": "level", "before": "", "after": "city"} in act["changes"]

    async def told() -> bool:
        facts = [one.data.unit for one in await desk.said(registry.UnitChanged)]
        return any((one.id, one.revision, one.credit_code) == ("police", 2, CODE) for one in facts)

    await until(told)


async def test_of_two_who_change_one_unit_the_second_is_told_what_the_first_did(desk: Desk) -> None:
    await done(desk, "admin", f"{API}/police/change", {**POLICE, "revision": 1})
    late = await asked(desk, "admin", f"{API}/police/change", {"name": "警方", "reason": "改名", "revision": 1})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "changed_meanwhile")
    assert "统一社会信用代码" in late.json()["error"]["message"]
    both = await asyncio.gather(
        *(
            asked(desk, "admin", f"{API}/police/change", {"name": name, "reason": "改名", "revision": 2})
            for name in "甲乙"
        )
    )
    assert sorted(answer.status_code for answer in both) == [200, 409]


async def test_registering_twice_makes_one_unit_and_a_taken_code_or_name_is_refused(desk: Desk) -> None:
    body = {"region": HERE, "name": "郑州市教育局", "credit_code": CODE}
    first, again = [(await done(desk, "admin", API, body))["id"] for _ in range(2)]
    assert first == again
    code = await asked(desk, "admin", API, {**body, "name": "另一局"})
    name = await asked(desk, "admin", API, {**body, "credit_code": ""})
    assert [answer.json()["error"]["code"] for answer in (code, name)] == ["credit_code_taken", "unit_exists"]


async def test_a_unit_of_another_city_is_not_ones_own_to_change(desk: Desk) -> None:
    answers = [
        await asked(desk, "kaifeng", f"{API}/police/change", {**POLICE, "revision": 1}),
        await asked(desk, "office", f"{API}/police/change", {**POLICE, "revision": 1}),
        await asked(desk, "admin", API, {"region": "41.02.00.0", "name": "开封市教育局"}),
    ]
    assert [answer.status_code for answer in answers] == [404, 403, 403]


async def test_a_parent_in_a_circle_and_an_office_of_elsewhere_are_refused(desk: Desk) -> None:
    await done(
        desk, "admin", f"{API}/health/change", {"name": "health", "parent": "police", "reason": "上级", "revision": 1}
    )
    circle = await asked(desk, "admin", f"{API}/police/change", {**POLICE, "parent": "health", "revision": 1})
    async with register(desk.settings) as app:
        await Intake(app).office("kf", "开封市政府办", "41.02.00.0", "41.02", "operator:test")
    office = await asked(desk, "admin", f"{API}/police/change", {**POLICE, "office": "kf", "revision": 1})
    codes = [answer.json()["error"]["code"] for answer in (circle, office)]
    assert codes == ["parent_in_a_circle", "no_such_office"]


async def test_the_list_is_searched_filtered_and_paged_on_the_server(desk: Desk) -> None:
    async with register(desk.settings) as app:
        for number in range(60):
            await Intake(app).unit(f"第{number:02}局(试)", "41.01.05.0", "operator:test")
    await done(desk, "admin", f"{API}/police/change", {**POLICE, "revision": 1})
    async with desk.as_("office") as client:
        pages = [(await client.get("/registry/units", params=query)).text for query in QUERIES]
        rest = (await client.get(API, params={"limit": 200, "region": "41.01.05"})).json()["units"]
        wrong = await client.get("/registry/units", params={"region": "zz"})
    assert [f"共 {number} 条" in text for number, text in zip((62, 1, 60, 1, 62), pages, strict=True)] == [True] * 5
    assert "第 51–60 条" in pages[2]
    assert (len(rest), wrong.status_code) == (60, 422)


QUERIES: tuple[dict[str, str], ...] = (
    {},
    {"q": "公安"},
    {"region": "41.01.05", "page": "2"},
    {"level": "city"},
    {"contacts": "unreported"},
)


async def test_a_confirmed_alias_is_used_by_the_next_import_and_a_rejected_one_never(desk: Desk) -> None:
    async with register(desk.settings) as app:
        intake = Intake(app)
        health = await intake.unit("郑州市卫生健康委员会", HERE, "operator:test")
        other = await intake.unit("卫健委", HERE, "operator:test")
        assert other.id != health.id  # proposed, and not merged
    names = (await asked(desk, "admin", f"{API}/{health.id}")).json()["proposals"]
    assert names == [{"alias": "卫健委", "source": "rule", "rejected": False}]
    await done(desk, "admin", f"{API}/{health.id}/aliases/confirm", {"alias": "卫健委"})
    found = await asked(desk, "office", f"/registry/api/unit-names?name=卫健委&region={HERE}")
    assert (found.json()["how"], found.json()["unit"]["id"]) == ("alias", health.id)
    rows = f"code,name,address,unit,region,class\n4101000001,卫健委,https://wjw.zz.gov.cn/,卫健委,{HERE},department\n"
    async with register(desk.settings) as app:
        await Intake(app).take(read(rows.encode(), "sites")[0], "operator:test", Outcome())
        kept = await app.store.filings.find(SYSTEM, {"filing.outlet": "w-4101000001"})
        assert [one.unit for one in kept] == [health.id]
        await done(desk, "admin", f"{API}/{health.id}/aliases/reject", {"alias": "卫健委"})
        assert (await Intake(app).unit("卫健委", HERE, "operator:test")).id == other.id
    after = (await asked(desk, "admin", f"{API}/{health.id}")).json()
    assert (after["aliases"], [one["rejected"] for one in after["proposals"]]) == ([], [True])


async def test_a_unit_proposes_its_alias_and_does_not_confirm_it(desk: Desk) -> None:
    await done(desk, "police", f"{API}/police/aliases", {"alias": "市局"})
    own = await asked(desk, "police", f"{API}/police/aliases/confirm", {"alias": "市局"})
    strange = await asked(desk, "health", f"{API}/police/aliases", {"alias": "市局"})
    assert (own.status_code, strange.status_code) == (403, 404)


async def test_contacts_are_named_by_the_unit_itself_once_and_every_look_is_on_record(desk: Desk) -> None:
    path = f"{API}/police/contacts"
    both = [await asked(desk, "police", path, WANG, **{"Idempotency-Key": "k1"}) for _ in range(2)]
    assert both[0].json() == both[1].json()
    seen = (await asked(desk, "office", path)).json()["contacts"]
    assert [(one["name"], one["mobile"]) for one in seen] == [("王五六", "13800001234")]
    assert len(await deeds(desk, Deed.CONTACTS_VIEWED)) == 1
    assert (await asked(desk, "health", path)).status_code == 404
    assert (await asked(desk, "police", f"{API}/police")).json()["contacts_reported"] is True
    events = [one.encode().decode() for one in await desk.said(registry.UnitChanged, registry.ContactsMissing)]
    assert not [text for text in events if "王五六" in text or "13800001234" in text]
    assert "王五六" not in str(await deeds(desk, Deed.CONTACT_CHANGED))


async def test_who_may_not_call_is_told_so_and_nothing_of_it(desk: Desk) -> None:
    await done(desk, "police", f"{API}/police/contacts", WANG)
    answer = await asked(desk, "auditor", f"{API}/police/contacts")
    assert answer.status_code == 403
    assert "王五六" not in answer.text


async def test_when_the_only_contact_leaves_an_alert_says_since_when_until_another_is_named(desk: Desk) -> None:
    path = f"{API}/police/contacts"
    one = await done(desk, "police", path, WANG)
    await done(desk, "police", f"{path}/{one['id']}/leave", {"leaves_on": "2026-02-01", "version": one["version"]})
    stale = await asked(desk, "police", f"{path}/{one['id']}/leave", {"leaves_on": "2026-02-01", "version": 1})
    assert stale.status_code == 409
    page = (await asked(desk, "office", "/registry/units")).text
    assert "联络人全部离任" in page
    assert "2026-02-01" in page
    await until(lambda: missing(desk, [("contact", False)]))
    await done(desk, "police", path, {**WANG, "name": "赵七"})
    await until(lambda: missing(desk, [("contact", False), ("contact", True)]))
    assert "联络人全部离任" not in (await asked(desk, "office", "/registry/units")).text


async def missing(desk: Desk, expected: list[tuple[str, bool]]) -> bool:
    facts = [one.data for one in await desk.said(registry.ContactsMissing)]
    return [(fact.what, fact.until is not None) for fact in facts] == expected


async def test_who_hands_over_leaves_no_gap_and_the_day_itself_opens_one(desk: Desk) -> None:
    path = f"{API}/police/contacts"
    one, two = [await done(desk, "police", path, {**WANG, "name": name}) for name in ("王五六", "赵七")]
    leaving = {"leaves_on": "2026-02-01", "successor": two["id"], "version": one["version"]}
    await done(desk, "police", f"{path}/{one['id']}/leave", leaving)
    soon = (datetime.now(UTC) + MONTHS).date()
    await done(desk, "police", f"{path}/{two['id']}/leave", {"leaves_on": str(soon), "version": two["version"]})
    async with register(desk.settings) as app:
        for days, expected in ((0, ()), (41, ("contact",))):
            await at(app, desk, days).sweep()
            kept = await app.store.units.get("police", SYSTEM)
            assert kept is not None
            assert tuple(lack.what for lack in kept.lacks) == expected
        await at(app, desk, 41).sweep()
        again = await app.store.units.get("police", SYSTEM)
        assert again == kept


async def test_when_the_only_administrator_of_a_unit_goes_an_alert_says_so(desk: Desk) -> None:
    async with register(desk.settings) as app:
        contacts = at(app, desk, 0)
        await contacts.sweep()
        await identity_of(app, desk).end("health")
        await contacts.sweep()
        await until(lambda: missing(desk, [("administrator", False)]))
        grant = Grant(role=Role.UNIT_ADMINISTRATOR, unit="health")
        await identity_of(app, desk).create_person(
            login="next", name="n", email="", password="correct horse battery", grants=[grant]
        )
        await contacts.sweep()
    await until(lambda: missing(desk, [("administrator", False), ("administrator", True)]))


async def test_a_year_after_they_left_nobody_knows_who_a_contact_was(desk: Desk) -> None:
    path = f"{API}/police/contacts"
    one = await done(desk, "police", path, WANG)
    today = datetime.now(SHANGHAI).date()
    await done(desk, "police", f"{path}/{one['id']}/leave", {"leaves_on": str(today), "version": one["version"]})
    async with register(desk.settings) as app:
        for days, known in ((364, True), (367, False)):
            await at(app, desk, days).sweep()
            kept = await app.store.contacts.get(one["id"], SYSTEM)
            assert kept is not None
            assert ("王五六" in kept.model_dump_json()) is known


async def test_pages_work_from_the_list_to_the_contact(desk: Desk) -> None:
    client = await desk.browser("admin")
    wrong = await send(client, "/registry/units/add", "/registry/units/add", {"name": "新局", "region": "here"})
    assert (wrong.status_code, "行政区划" in wrong.text) == (422, True)
    made = await send(client, "/registry/units/add", "/registry/units/add", {"name": "新局", "region": HERE})
    unit = made.headers["location"]
    form = {"name": "新局", "revision": "1", "reason": "补全", "external_service": "true"}
    assert (await send(client, f"{unit}/change", f"{unit}/change", form)).status_code == 303
    stale = await send(client, f"{unit}/change", f"{unit}/change", form)
    assert (stale.status_code, "已被改动" in stale.text) == (422, True)
    named = await send(client, f"{unit}/contacts", f"{unit}/contacts", {**WANG, "key": "k"})
    assert named.status_code == 303
    shown = (await client.get(f"{unit}/contacts")).text
    page = (await client.get(unit)).text
    await client.aclose()
    assert "13800001234" in shown
    assert "13800001234" not in page
    assert "是否有对外服务职能：未说明 → 是" in page


def at(app: Registry, desk: Desk, days: int) -> Contacts:
    """The watch over contacts, ``days`` from now."""
    later = datetime.now(UTC) + timedelta(days=days)
    return Contacts(Registry(app.store, lambda: later), identity_of(app, desk))


def identity_of(app: Registry, desk: Desk) -> Identity:
    return Identity(app.store.database.client.database(f"{desk.settings.mongo_prefix}_identity"), desk.settings)
