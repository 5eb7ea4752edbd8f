"""An office imports its lists on pages: sent, checked, put right, carried out, once, and only where it may."""

import asyncio
import io
import re
from collections.abc import Sequence
from typing import Any

import httpx
import openpyxl
import pytest

from services.commands.register import register
from services.registry.carrying import carry_on
from services.registry.intake import Intake, Outcome, read
from services.registry.lists.compare import Judged
from services.registry.lists.task import LEASE, Stage
from services.registry.records import ImportDocument
from shared.documents import SYSTEM
from tests.registry import papers
from tests.registry.papers import SITES, site
from tests.registry.stage import Desk, send, until

PAGE = "/registry/import"


async def sent(
    browser: httpx.AsyncClient, data: bytes, name: str = "网站.xlsx", kind: str = "sites", profile: str = ""
) -> httpx.Response:
    """Send a list on the page."""
    shown = await browser.get(PAGE)
    token = re.search(r'name="page_token" value="([0-9a-f]{64})"', shown.text)
    assert token, shown.text
    form = {"page_token": token[1], "kind": kind, "profile": profile}
    return await browser.post(PAGE, data=form, files={"file": (name, data)})


async def settled(browser: httpx.AsyncClient, address: str) -> str:
    """The page of an import when nothing is under way any more."""
    text = ""

    async def done() -> bool:
        nonlocal text
        answer = await browser.get(address)
        text = answer.text
        return answer.status_code == 200 and "data-refresh" not in text

    await until(done, seconds=30)
    return text


async def checked(browser: httpx.AsyncClient, rows: Sequence[Sequence[Any]], **more: str) -> tuple[str, str]:
    """Send ``rows`` and wait until they are checked: the address and the page."""
    answer = await sent(browser, papers.xlsx(rows), **more)
    assert answer.status_code == 303, answer.text
    address = answer.headers["location"]
    return address, await settled(browser, address)


def counts(text: str) -> tuple[int, ...]:
    """New, changed, there already, at fault."""
    return tuple(
        int(found[1])
        for word in ("新登记", "变更", "已在册、无变化", "有误、不写入")
        if (found := re.search(rf"<dt>{word}</dt><dd>(\d+) [个行]</dd>", text))
    )


async def in_register(desk: Desk) -> set[str]:
    async with register(desk.settings) as app:
        return {kept.id for kept in await app.store.outlets.find(SYSTEM)}


async def test_a_list_is_checked_first_and_written_only_when_somebody_says_so(desk: Desk) -> None:
    head = await desk.browser("head")
    rows = [SITES, site(1), site(2, 网站标识码="41"), site(3, 首页网址="https://s1.gov.cn"), site(4)]
    address, text = await checked(head, rows)
    assert counts(text) == (2, 0, 0, 2)
    assert "B3" in text
    assert "与第 2 行的网址相同" in text
    assert await in_register(desk) == set()

    returned = await head.get(f"{address}/returned")
    sheet = openpyxl.load_workbook(io.BytesIO(returned.content)).active
    assert sheet is not None
    assert [cell.coordinate for row in sheet["A1:G5"] for cell in row if cell.fill.fill_type] == ["B3", "D4"]

    assert (await send(head, address, f"{address}/take", {})).status_code == 303
    text = await settled(head, address)
    assert (counts(text), "导入完毕" in text) == ((2, 0, 0, 2), True)
    assert await in_register(desk) == {"w-4101000001", "w-4101000004"}

    again, text = await checked(head, [SITES, site(1, 网站名称="新名"), site(4)])
    assert counts(text) == (0, 1, 1, 0)
    assert "名称“网站1”改为“新名”" in text
    twice = await asyncio.gather(*(send(head, again, f"{again}/take", {}) for _ in range(2)))
    assert sorted(answer.status_code for answer in twice) in ([303, 303], [303, 409])
    text = await settled(head, again)
    async with register(desk.settings) as app:
        assert len(await app.store.filings.find(SYSTEM, {"filing.outlet": "w-4101000001"})) == 2
        actors = {kept.filing.steps[-1].actor for kept in await app.store.filings.find(SYSTEM)}
    assert [actor.partition(":")[0] for actor in actors] == ["person"]
    assert (await send(head, PAGE, f"{again}/take", {})).status_code == 409


async def test_rows_elsewhere_are_never_written_and_nothing_is_told_of_what_is_there(desk: Desk) -> None:
    head, kaifeng = await desk.browser("head"), await desk.browser("kaifeng-head")
    theirs = [SITES, site(7, 行政区划="410202", 网站名称="开封某网站", 主办单位="开封某单位")]
    address, _ = await checked(kaifeng, theirs)
    await send(kaifeng, address, f"{address}/take", {})
    await settled(kaifeng, address)

    rows = [SITES, site(1), site(2, 行政区划="410202"), site(7), site(8, 首页网址="https://s7.gov.cn/")]
    rows.append(site(9, 网站名称="开封某网站"))
    address, text = await checked(head, rows)
    assert counts(text) == (2, 0, 0, 3)
    assert "没有这个地区的导入权限" in text
    assert "已由其他单位备案" in text
    assert "开封某单位" not in text
    assert "w-4101000007" not in text
    await send(head, address, f"{address}/take", {})
    await settled(head, address)
    assert await in_register(desk) == {"w-4101000007", "w-4101000001", "w-4101000009"}
    assert "开封某单位" not in (await head.get(f"{address}/returned")).text

    assert (await kaifeng.get(address)).status_code == 404
    assert (await kaifeng.get(f"{address}/returned")).status_code == 404
    assert (await send(kaifeng, PAGE, f"{address}/take", {})).status_code == 404
    for login in ("police", "office"):
        browser = await desk.browser(login)
        assert (await browser.get(PAGE)).status_code == 403
        assert (await browser.get(address)).status_code == 403


async def test_columns_are_named_by_a_person_and_kept_for_the_region(desk: Desk) -> None:
    head = await desk.browser("head")
    rows = [["编码.号", "站名", "网址", "单位全称", "区县代码"], ["4101000001", "甲", "a.gov.cn", "某局", "410105"]]
    address, text = await checked(head, rows)
    assert "缺少列 code（网站标识码）" in text
    assert '<option value="address" selected>' in text
    form = {"column-0": "code", "column-1": "name", "column-2": "address", "column-3": "unit", "column-4": "region"}
    form |= {"constant-class": "部门网站"}
    wrong = await send(head, address, f"{address}/columns", {**form, "profile": "a/b"})
    assert (wrong.status_code, "方案名称为" in wrong.text) == (422, True)
    assert (await send(head, address, f"{address}/columns", {**form, "profile": "厂商甲"})).status_code == 303
    assert counts(await settled(head, address)) == (1, 0, 0, 0)

    assert "网站：厂商甲" in (await head.get(PAGE)).text
    assert "厂商甲" not in (await (await desk.browser("kaifeng-head")).get(PAGE)).text
    _, text = await checked(head, rows, profile="sites:41.01.00.0/厂商甲")
    assert counts(text) == (1, 0, 0, 0)
    answer = await sent(await desk.browser("kaifeng-head"), papers.xlsx(rows), profile="sites:41.01.00.0/厂商甲")
    assert (answer.status_code, "没有这个列对应方案" in answer.text) == (422, True)


async def test_headings_equal_but_for_brackets_are_mapped_each_by_its_own_column(desk: Desk) -> None:
    head = await desk.browser("head")
    headings = [*SITES[:4], "主办单位（全称）", *SITES[5:], "主办单位（简称）", "主办单位（简称）"]
    address, text = await checked(head, [headings, [*site(1), "简称", "又一个"]])
    read_so = {f"column-{number}": field for number, field in enumerate(("", "code", "name", "address"))}
    read_so |= {"column-5": "region", "column-6": "class"}
    shown = [text]
    for unit in ("column-4", "column-7", "column-8"):
        form = {**read_so, "column-4": "", "column-7": "", "column-8": "", unit: "unit"}
        assert (await send(head, address, f"{address}/columns", form)).status_code == 303
        shown.append(await settled(head, address))
    assert [counts(one) for one in shown] == [(1, 0, 0, 0)] * 4
    await send(head, address, f"{address}/take", {})
    await settled(head, address)
    async with register(desk.settings) as app:
        outlet = await app.store.outlet("w-4101000001", SYSTEM)
    assert outlet is not None
    assert outlet.outlet.unit.name == "又一个"


async def test_of_two_lists_in_a_workbook_one_is_chosen(desk: Desk) -> None:
    head = await desk.browser("head")
    answer = await sent(head, papers.xlsx([SITES, site(1)], [SITES, site(2), site(3)]))
    address = answer.headers["location"]
    assert "都是清单" in await settled(head, address)
    assert (await send(head, address, f"{address}/columns", {"sheet": "表2"})).status_code == 303
    assert counts(await settled(head, address)) == (2, 0, 0, 0)


async def test_what_is_no_list_is_refused_at_its_field_and_what_is_too_large_at_the_door(desk: Desk) -> None:
    head = await desk.browser("head")
    for data, words in ((b"", "空"), (b"<html><table>", "网页"), (papers.encrypted(papers.xlsx([SITES])), "密码")):
        answer = await sent(head, data)
        assert (answer.status_code, bool(re.search(words, answer.text))) == (422, True)
    assert (await sent(head, b"x" * 3_000_000)).status_code == 303
    assert (await sent(head, b"x" * 18_000_000)).status_code == 413
    stranger = desk.as_("head")
    stranger.headers.pop("Authorization")
    assert (await stranger.post(PAGE, files={"file": ("x", b"x" * 3_000_000)})).status_code == 413


async def test_an_import_whose_carrier_died_is_carried_on_by_another(desk: Desk) -> None:
    rows = [site(number) for number in range(1, 41)]
    head = await desk.browser("head")
    async with register(desk.settings) as app:
        entries, _ = read(papers.text([SITES, *rows[:15]]), "sites")
        await Intake(app).take(entries, "operator:test", Outcome())
        now = app.now()
        address, _ = await checked(head, [SITES, *rows])
        [kept] = await app.store.imports.find(SYSTEM)
        dead = kept.task.model_copy(update={"stage": Stage.TAKING, "done": 15, "leased_until": now + LEASE})
        await app.store.imports.change(kept.model_copy(update={"task": dead}))
        await carry_on(app)
        assert (await _one(app)).task.stage is Stage.TAKING
        app.now = lambda: now + 2 * LEASE
        await asyncio.gather(carry_on(app), carry_on(app))
        task = (await _one(app)).task
        assert (task.stage, task.counts.registered, task.counts.already) == (Stage.DONE, 25, 15)
        assert await app.store.filings.count(SYSTEM) == 40
    assert "导入完毕" in await settled(head, address)


async def _one(app: Any) -> ImportDocument:
    found: list[ImportDocument] = await app.store.imports.find(SYSTEM)
    return found[0]


async def test_what_one_may_see_is_exported_in_both_forms_and_found_by_words(desk: Desk) -> None:
    async with register(desk.settings) as app:
        rows = [site(number, 网站名称=f"=网站{number}") for number in range(1, 4)]
        rows.append(site(7, 行政区划="410202"))
        entries, _ = read(papers.text([SITES, *rows]), "sites")
        await Intake(app).take(entries, "operator:test", Outcome())
    office = await desk.browser("office")
    text = (await office.get("/registry/export?what=sites&form=csv")).content
    assert {entry.filed.name for entry in read(text, "sites")[0]} == {"=网站1", "=网站2", "=网站3"}
    assert b"\n4101000001,'=" in text
    answer = await office.get("/registry/export?what=sites&form=xlsx&q=网站2")
    assert [entry.filed.name for entry in read(answer.content, "sites")[0]] == ["=网站2"]
    assert "attachment" in answer.headers["content-disposition"]
    kaifeng = await desk.browser("kaifeng")
    assert len(read((await kaifeng.get("/registry/export")).content, "sites")[0]) == 1
    assert read((await kaifeng.get("/registry/export?what=accounts")).content, "accounts") == ([], [])
    async with httpx.AsyncClient(transport=office._transport, base_url="http://x.gov.cn") as nobody:
        assert (await nobody.get("/registry/export")).status_code in (303, 401)


async def test_an_import_that_nobody_expected_to_fail_ends_with_a_sentence_and_the_others_go_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = await desk.browser("head")
    coded = [*SITES, "统一社会信用代码"]
    code = "11410100005184219L"
    address, text = await checked(head, [coded, [*site(1), code], [*site(20), code], [*site(30), f"{code[:-1]}A"]])
    assert counts(text) == (1, 0, 0, 2)
    assert ("与第 2 行的统一社会信用代码相同" in text, "校验码" in text) == (True, True)

    whole = Intake._file

    async def fails(intake: Intake, fresh: Sequence[Judged], *more: Any) -> None:
        if any(one.filed.name == "坏" for one in fresh):
            raise ZeroDivisionError
        await whole(intake, fresh, *more)

    monkeypatch.setattr(Intake, "_file", fails)
    bad, _ = await checked(head, [SITES, site(50, 网站名称="坏")])
    for one in (bad, address):
        await send(head, one, f"{one}/take", {})
    assert "处理这份清单时出错" in await settled(head, bad)
    assert "导入完毕" in await settled(head, address)
    assert await in_register(desk) == {"w-4101000001"}
