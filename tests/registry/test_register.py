"""Lists become filings in force; the register is searched and paged. On real servers."""

import re

from services.commands.register import register
from services.registry.intake import Intake, Outcome, read
from shared.events import registry
from tests.registry.stage import Desk, until


async def test_a_list_is_imported_once_as_filings_in_force(desk: Desk) -> None:
    rows = "code,name,address,unit,region,class\n" + "".join(
        f"41010000{n:02},网站{n},https://s{n}.zz.gov.cn/,单位{n % 3},410100,department\n" for n in range(20)
    )
    entries, faults = read(rows.encode(), "sites")
    assert faults == []
    first, second = Outcome(), Outcome()
    async with register(desk.settings) as app:
        await Intake(app).take(entries, "operator:test", first)
        await Intake(app).take(entries, "operator:test", second)
    assert (first.registered, second.registered, second.already) == (20, 0, 20)

    async def in_force() -> bool:
        async with desk.as_("office") as client:
            return len((await client.get("/registry/api/outlets")).json()["outlets"]) == 20

    async def told() -> bool:
        return len(await desk.said(registry.Opened)) == 20

    await until(in_force)
    await until(told)
    opened = await desk.said(registry.Opened)
    assert {(event.actor, event.reason) for event in opened} == {("operator:test", "import")}
    assert len(opened) == 20


async def test_the_register_is_searched_by_name_unit_and_code_and_paged(desk: Desk) -> None:
    rows = "code,name,address,unit,region,class\n" + "".join(
        f"41010001{n:02},示例(测试)网站{n},https://t{n}.zz.gov.cn/,单位.{n % 3},410100,department\n" for n in range(60)
    )
    entries, _ = read(rows.encode(), "sites")
    async with register(desk.settings) as app:
        await Intake(app).take(entries, "operator:test", Outcome())
    async with desk.as_("office") as client:

        async def in_force() -> bool:
            return "共 60 条" in (await client.get("/registry/")).text

        await until(in_force)
        assert "第 51–60 条" in (await client.get("/registry/?page=2")).text
        found = [
            (await client.get("/registry/", params={"q": q})).text for q in ("(测试)网站59", "单位.1", "4101000107")
        ]
    assert [re.findall(r"共 (\d+) 条", text) for text in found] == [["1"], ["20"], ["1"]]
