"""The figures of a period on the page, in the file and of the API, on real servers."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.commands.register import register
from services.registry.intake import Intake, Outcome, read
from shared.events import registry
from tests.registry.stage import OTHER_NAME, Desk, until

SITES = (
    "code,name,address,unit,region,class\n"
    "4101050001,金水一,https://one.zz.gov.cn/,金水局,41.01.05.0,department\n"
    "4101050002,金水二,https://two.zz.gov.cn/,金水局,41.01.05.0,portal\n"
    "4102000001,开封,https://www.kaifeng.gov.cn/,开封局,41.02.00.0,portal\n"
)


async def test_the_figures_on_the_page_in_the_file_and_of_the_api_are_the_readers_own(desk: Desk) -> None:
    async with register(desk.settings) as app:
        await Intake(app).take(read(SITES.encode(), "sites")[0], "operator:test", Outcome())
    await desk.in_force()
    await desk.in_force(name=OTHER_NAME)
    async with desk.as_("office") as client:

        async def there() -> bool:
            return len((await client.get("/registry/api/outlets")).json()["outlets"]) == 3

        await until(there)
        told = (await client.get("/registry/api/statistics", params={"label": "=HYPERLINK(1)"})).json()
        lines = (await client.get("/registry/statistics.csv", params={"label": "=HYPERLINK(1)"})).content
        yesterday = date.fromisoformat(told["to"]) - timedelta(days=1)
        before = (
            await client.get("/registry/api/statistics", params={"from": f"{yesterday}", "to": f"{yesterday}"})
        ).json()
        county = (await client.get("/registry/api/statistics?under=41.01.05")).json()
        elsewhere = (await client.get("/registry/api/statistics?under=41.02")).json()
    assert told["under"] == "41.01"
    found = {(one["group"], one["of"], one["what"], one["how"]): one["count"] for one in told["figures"]}
    assert found == {
        ("stock", "website", "department", "running"): 1,
        ("stock", "website", "portal", "running"): 1,
        ("stock", "new_media", "weibo", "running"): 1,
        ("migration", "website", "none", ""): 2,
        **{("filings", "new_media", kind, how): 1 for kind in ("open", "change")
           for how in ("applied", "approved", "effective", "on_time")},
        ("changed", "new_media", "name", ""): 1,
    }  # fmt: skip
    assert [(row["region"], row["own_level"]) for row in told["regions"]] == [("41.01", True), ("41.01.05", False)]
    assert sum(one["count"] for row in told["regions"] for one in row["figures"]) == sum(found.values())
    assert before["figures"] == []
    assert sum(one["count"] for one in county["figures"]) == 4
    assert elsewhere["figures"] == []

    rows = list(csv.reader(io.StringIO(lines.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["名称", "'=HYPERLINK(1)"]
    assert ["41.01", "河南省郑州市", "期末在册", "网站", "部门网站", "运行", "1"] in rows

    office = await desk.browser("office")
    page = (await office.get("/registry/statistics?label=第三季度")).text
    assert [word in page for word in ("第三季度", "郑州市本级", "金水区", "运行网站的集约化迁移")] == [True] * 4
    health = await desk.browser("health")
    assert "期内没有备案" in (await health.get("/registry/statistics")).text


async def test_days_that_are_no_period_are_refused_by_field(desk: Desk) -> None:
    refused = {"to=2999-01-01": "to", "from=2026-02-01&to=2026-01-01": "from", "from=2001-01-01": "from"}
    async with desk.as_("office") as client:
        for query, field in refused.items():
            answer = await client.get(f"/registry/api/statistics?{query}")
            assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, [field])


async def test_what_was_found_unfiled_and_settled_is_counted_from_the_record(desk: Desk) -> None:
    await desk.in_force()
    now = datetime.now(UTC)
    await desk.shows(OTHER_NAME, now + timedelta(minutes=1))
    await desk.shows(OTHER_NAME, now + timedelta(minutes=2))

    async def said(many: int, fact: type[Any]) -> None:
        async def so() -> bool:
            return len(await desk.said(fact)) == many

        await until(so)

    await said(1, registry.ChangeUnfiled)
    filed = (await desk.file(kind="change", new_media={"platform": "weibo", "account": "zzwj", "name": OTHER_NAME,
                                                       "verified_as": "郑州市公安局"})).json()["id"]  # fmt: skip
    async with desk.as_("office") as client:
        assert (await client.post(f"/registry/api/filings/{filed}/approve", json={})).status_code == 200
        await said(1, registry.UnfiledSettled)

        async def counted() -> bool:
            figures = (await client.get("/registry/api/statistics")).json()["figures"]
            unfiled = {one["what"]: one["count"] for one in figures if one["group"] == "unfiled"}
            late = sum(one["count"] for one in figures if one["how"] == "late")
            return (unfiled, late) == ({"unfiled_confirmed": 1, "unfiled_settled": 1}, 1)

        await until(counted)
