"""Regions with local codes: decided as promised, kept by who administers what is above, named on every page."""

from datetime import UTC, date, datetime

import pytest

from services.registry import locality
from services.registry.locality import Refusal
from services.registry.refusal import Refused
from shared.bus import Heard
from shared.documents import Database
from shared.events import registry
from shared.events.registry import LocalRegion
from shared.localities import Localities
from shared.outbox import say
from shared.web import region_name, short_region_name
from tests.registry.stage import Desk, send, until

DAY = date(2026, 11, 1)
ZONE = LocalRegion(region="41.01.03.gx", name="高新区", since=DAY, revision=1)
OLD = LocalRegion(region="41.01.03.old", name="旧区", since=DAY, until=date(2026, 11, 2), revision=2)


def test_a_local_code_is_added_renamed_and_ended() -> None:
    assert locality.add(ZONE.region, " 高新区 ", DAY, [OLD]) == ZONE
    assert locality.rename(ZONE, "高新技术区", [ZONE, OLD]) == ZONE.model_copy(
        update={"name": "高新技术区", "revision": 2}
    )
    ended = locality.end(ZONE, date(2026, 12, 31), 0)
    assert [ended.in_force(day) for day in (date(2026, 10, 31), DAY, date(2026, 12, 31), date(2027, 1, 1))] == [
        False,
        True,
        True,
        False,
    ]
    assert ZONE.in_force(date(2099, 1, 1))


@pytest.mark.parametrize(
    ("region", "name", "reason"),
    [
        ("41.01.03.0", "高新区", Refusal.BAD_REGION),
        ("41.01.03", "高新区", Refusal.BAD_REGION),
        ("41.01.03.高新", "高新区", Refusal.BAD_REGION),
        ("41.99.03.gx", "高新区", Refusal.NO_PARENT),
        ("11.01.00.gx", "高新区", Refusal.NO_PARENT),
        ("41.01.03.gx", "新高新区", Refusal.CODE_TAKEN),
        ("41.01.03.old", "旧区", Refusal.CODE_TAKEN),
        ("41.01.03.gx2", "高新区", Refusal.NAME_TAKEN),
        ("41.01.03.gx2", "区", Refusal.BAD_NAME),
        ("41.01.03.gx2", "高<b>新", Refusal.BAD_NAME),
    ],
)
def test_what_is_no_local_code_is_refused(region: str, name: str, reason: Refusal) -> None:
    with pytest.raises(Refused) as refused:
        locality.add(region, name, DAY, [ZONE, OLD])
    assert refused.value.reason is reason


def test_the_name_of_one_that_ended_may_be_given_again() -> None:
    assert locality.add("41.01.03.new", "旧区", DAY, [ZONE, OLD]).name == "旧区"
    with pytest.raises(Refused) as refused:
        locality.rename(ZONE, "经开区", [ZONE, LocalRegion(region="41.01.03.jk", name="经开区", since=DAY, revision=1)])
    assert refused.value.reason is Refusal.NAME_TAKEN


@pytest.mark.parametrize(
    ("kept", "day", "units", "reason"),
    [
        (ZONE, date(2026, 10, 31), 0, Refusal.BAD_DAY),
        (ZONE, DAY, 1, Refusal.UNITS_LEFT),
        (OLD, DAY, 0, Refusal.ENDED_ALREADY),
    ],
)
def test_one_ends_once_and_empty(kept: LocalRegion, day: date, units: int, reason: Refusal) -> None:
    with pytest.raises(Refused) as refused:
        locality.end(kept, day, units)
    assert refused.value.reason is reason


def test_its_name_is_written_behind_that_of_its_parent() -> None:
    names = {ZONE.region: ZONE.name}
    assert region_name(ZONE.region, names) == "河南省郑州市二七区高新区"
    assert short_region_name(ZONE.region, names) == "高新区"
    assert region_name("41.01.00.hk", {"41.01.00.hk": "航空港区"}) == "河南省郑州市航空港区"


def heard(body: LocalRegion) -> Heard[registry.RegionChanged]:
    fact = registry.RegionChanged(region=body)
    event = say(fact, subject=body.region, region=body.region, actor="person:p-1", reason="region_added")
    return Heard(event, datetime.now(UTC), 1)


async def test_the_newest_name_wins_in_whatever_order_and_another_copy_learns_it(database: Database) -> None:
    one, other = Localities(database), Localities(database)
    later = ZONE.model_copy(update={"name": "高新技术区", "revision": 2})
    for body in (later, ZONE, later):
        await one.hear(heard(body))
    assert one.names == {ZONE.region: "高新技术区"}
    assert other.names == {}
    await other.load()
    assert other.names == one.names


async def test_an_administrator_keeps_the_local_codes_below_their_region(desk: Desk) -> None:
    asked = {"region": ZONE.region, "name": "高新区", "since": "2026-11-01"}
    async with desk.as_("administrator") as program, desk.as_("office") as approver:
        assert (await approver.post("/registry/api/regions", json=asked)).status_code == 403
        assert (await program.post("/registry/api/regions", json={**asked, "region": "41.02.02.gx"})).status_code == 403
        assert (await program.post("/registry/api/regions", json=asked)).status_code == 201
        again = await program.post("/registry/api/regions", json=asked)
        assert (again.status_code, again.json()["error"]["code"]) == (422, "code_taken")
        path = f"/registry/api/regions/{ZONE.region}"
        assert (await program.post(f"{path}/rename", json={"name": "高新技术区"})).json()["revision"] == 2
        assert (
            await program.post("/registry/api/regions/41.01.03.no/end", json={"until": "2026-12-01"})
        ).status_code == 404
        below = (await approver.get("/registry/api/regions", params={"under": "41.01.03.0"})).json()["regions"]
        assert [(one["name"], one["level"], one["parent"]) for one in below] == [
            ("河南省郑州市二七区高新技术区", "local", "41.01.03.0")
        ]
        assert (await approver.get("/registry/api/regions", params={"under": "99.00.00.0"})).status_code == 404
        assert (await program.post(f"{path}/end", json={"until": "2026-12-31"})).status_code == 200

        async def told() -> bool:
            return [event.reason for event in await desk.said(registry.RegionChanged)] == [
                "region_added",
                "region_renamed",
                "region_ended",
            ]

        await until(told)


async def test_the_page_adds_one_and_every_page_then_shows_its_name(desk: Desk) -> None:
    browser = await desk.browser("administrator")
    page = "/registry/regions"
    form = {"region": "41.01.03", "name": "高新区", "since": "2026-11-01"}
    wrong = await send(browser, page, page, form)
    assert wrong.status_code == 422
    assert "本地代码应写成四段" in wrong.text
    assert (await send(browser, page, page, {**form, "region": ZONE.region})).status_code == 303
    assert ZONE.region in (await browser.get(f"{page}?q=高新区")).text
    assert "二七区" in (await browser.get(f"{page}?under=41.01.00.0")).text

    async def shown() -> bool:
        return "河南省郑州市二七区高新区所辖" in (await browser.get(f"{page}?under={ZONE.region}")).text

    await until(shown)
    renamed = await send(browser, page, f"{page}/{ZONE.region}/rename", {"name": "高新技术区"})
    ended = await send(browser, page, f"{page}/{ZONE.region}/end", {"until": "2026-12-31"})
    assert [renamed.status_code, ended.status_code] == [303, 303]
    assert "2026-12-31" in (await browser.get(page)).text
