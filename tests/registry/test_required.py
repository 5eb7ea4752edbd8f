"""What every unit of a place must have by a document in force there, and which units lack it."""

from datetime import date

import pytest

from services.commands.register import register
from services.registry.intake import Intake
from services.registry.rules import lacking, packaged
from shared.events import registry
from tests.registry.stage import Desk, until

FENGDU, ON = "50.02.30.0", date(2026, 11, 22)


@pytest.mark.parametrize(
    ("platforms", "lacks"),
    [
        ([], True),
        (["weibo", "wechat"], True),
        (["weibo", "yukuaiban"], False),
        (["app"], False),
    ],
)
def test_a_unit_lacks_what_none_of_its_accounts_is(platforms: list[str], lacks: bool) -> None:
    demands = packaged().required(FENGDU, ON)
    found = lacking(demands, platforms)
    assert [one.entry.id for one in found] == (["yukuaiban"] if lacks else [])
    assert all("丰都县" in one.document and "三、（一）3" in one.entry.cite for one in found)


@pytest.mark.parametrize(("region", "on"), [("50.02.31.0", ON), ("41.01.05.0", ON), (FENGDU, date(2019, 12, 17))])
def test_elsewhere_and_before_it_is_in_force_nothing_is_demanded(region: str, on: date) -> None:
    assert packaged().required(region, on) == []


async def test_the_page_of_a_unit_names_what_it_lacks_with_the_citation(desk: Desk) -> None:
    entry = {"platform": "yukuaiban", "account": "jkw", "name": "卫生健康"}
    filing = (await desk.file("health", new_media=entry)).json()["id"]
    async with desk.as_("office") as client:
        assert (await client.post(f"/registry/api/filings/{filing}/approve", json={})).status_code == 200

    async def opened() -> bool:
        return bool(await desk.said(registry.Opened))

    await until(opened)
    async with register(desk.settings) as app:
        for unit in ("police", "health"):
            await Intake(app).unit(unit, FENGDU, "operator:test", unit)

    async def moved() -> bool:
        return any(one.data.outlet.region == FENGDU for one in await desk.said(registry.Changed))

    await until(moved)
    pages = {}
    for unit in ("police", "health"):
        async with desk.as_(unit) as client:
            pages[unit] = (await client.get(f"/registry/units/{unit}")).text
    assert "应有而未备案" in pages["police"]
    assert "开设主账号" in pages["police"]
    assert "通知三、（一）3" in pages["police"]
    assert "应有而未备案" not in pages["health"]
