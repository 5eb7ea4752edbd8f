"""Lists go into the register on real servers: once, exactly, and whole, whatever ends an import in the middle."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.commands.register import register
from services.registry.app import Registry
from services.registry.intake import Intake, Outcome, read
from services.registry.known import in_register
from services.registry.lists import export
from services.registry.lists.compare import Known
from services.registry.lists.files import BadList
from services.registry.lists.shapes import ColumnMap
from services.registry.store import Store
from shared.audit import Deed
from shared.documents import SYSTEM, Database
from shared.events import registry
from shared.events.registry import UnitLevel
from shared.runtime import utc_now
from shared.settings import Settings
from tests.registry import papers
from tests.registry.papers import SITES, site
from tests.registry.stage import Desk, until


@pytest.fixture
async def app(database: Database) -> Registry:
    """The register without its service: nothing hears what is decided."""
    found = Registry(Store(database), utc_now)
    await database.prepare()
    return found


async def take(app: Registry, rows: Sequence[Sequence[Any]]) -> Outcome:
    entries, faults = read(papers.text([SITES, *rows]), "sites")
    assert faults == []
    outcome = Outcome()
    await Intake(app).take(entries, "operator:test", outcome)
    return outcome


def counts(outcome: Outcome) -> tuple[int, int, int, int]:
    return outcome.registered, outcome.changed, outcome.already, outcome.rows_at_fault


async def numbers(app: Registry) -> list[str]:
    return [kept.filing.number for kept in await app.store.filings.find(SYSTEM)]


async def test_the_same_list_again_changes_nothing_and_a_changed_one_exactly_what_it_changes(app: Registry) -> None:
    rows = [site(number) for number in range(1, 31)]
    assert counts(await take(app, rows)) == (30, 0, 0, 0)
    before = await app.store.filings.find(SYSTEM)
    assert counts(await take(app, rows)) == (0, 0, 30, 0)
    assert await app.store.filings.find(SYSTEM) == before

    rows[3], rows[7] = site(4, 网站名称="新名"), site(8, 首页网址="https://new.gov.cn/")
    assert counts(await take(app, rows)) == (0, 2, 28, 0)
    changes = await app.store.filings.find(SYSTEM, {"filing.kind": "change"})
    assert {(kept.filing.outlet, kept.filing.fields) for kept in changes} == {
        ("w-4101000004", ("name",)),
        ("w-4101000008", ("url",)),
    }
    assert counts(await take(app, rows)) == (0, 0, 30, 0)

    rows[3] = site(4)
    assert counts(await take(app, rows)) == (0, 1, 29, 0)
    rows[3] = site(4, 网站名称="新名")
    assert counts(await take(app, rows)) == (0, 1, 29, 0)
    found = await numbers(app)
    assert len(found) == len(set(found)) == 34


async def test_what_an_import_files_and_registers_is_on_record(app: Registry) -> None:
    await take(app, [site(1), site(2)])
    await take(app, [site(1, 网站名称="新名")])
    filed = {entry.object: entry for _, entries in await app.store.filings.unrecorded(10) for entry in entries}
    filings = {kept.id: kept for kept in await app.store.filings.find(SYSTEM)}
    assert set(filed) == set(filings)
    for id_, entry in filed.items():
        assert (entry.deed, entry.actor, entry.reason) == (Deed.FILING_IN_FORCE, "operator:test", "imported")
        assert entry.details["outlet"] == filings[id_].filing.outlet
    units = [entry.deed for _, entries in await app.store.units.unrecorded(10) for entry in entries]
    assert units == [Deed.UNIT_CHANGED]


async def test_what_contradicts_the_register_is_told_and_not_written(app: Registry) -> None:
    await take(app, [site(1), site(2)])
    against = [site(1, 主办单位="别家"), site(3, 首页网址="http://s2.gov.cn"), site(4, 网站名称="网站2"), site(2)]
    outcome = await take(app, against)
    assert counts(outcome) == (1, 0, 1, 2)
    assert [(fault.line, fault.field) for fault in outcome.faults] == [(2, "unit"), (3, "address")]
    assert [(note.line, note.field) for note in outcome.notes] == [(4, "name")]
    assert await app.store.outlet("w-4101000003", SYSTEM) is None


async def test_a_new_unit_is_registered_with_what_the_list_says_of_it_and_a_known_one_is_not_changed(
    app: Registry,
) -> None:
    headings = [*SITES, "单位层级", "是否政府系统"]
    entries, faults = read(papers.text([headings, [*site(1), "县级", "是"]]), "sites")
    await Intake(app).take(entries, "operator:test", Outcome())
    [unit] = await app.store.units.find(SYSTEM)
    assert (faults, unit.body.level, unit.body.in_government) == ([], UnitLevel.COUNTY, True)

    entries, _ = read(papers.text([headings, [*site(2), "市级", "是"], [*site(3), "县级", ""]]), "sites")
    outcome = Outcome()
    await Intake(app).take(entries, "operator:test", outcome)
    assert [(note.line, "单位信息与本行不同" in note.sentence) for note in outcome.notes] == [(2, True)]
    assert [kept.body for kept in await app.store.units.find(SYSTEM)] == [unit.body]


async def proposals(app: Registry) -> dict[str, tuple[str, ...]]:
    """What is put forward, by the name of the unit."""
    found = await app.store.units.find(SYSTEM)
    return {kept.body.name: tuple(one.alias for one in kept.proposals) for kept in found}


async def test_a_list_puts_other_names_forward_and_says_so(app: Registry) -> None:
    await Intake(app).unit("郑州市卫生健康委员会", "41.01.00.0", "operator:test")
    city = {"行政区划": "410100"}
    entries, _ = read(
        papers.text([SITES, site(1, 主办单位="卫健委", **city), site(2, 主办单位="医保局", **city)]), "sites"
    )
    outcome = Outcome()
    await Intake(app).take(entries, "operator:test", outcome)
    assert counts(outcome) == (2, 0, 0, 0)
    assert [(note.line, "“郑州市卫生健康委员会”的别名" in note.sentence) for note in outcome.notes] == [(2, True)]
    assert await proposals(app) == {"郑州市卫生健康委员会": ("卫健委",), "卫健委": (), "医保局": ()}

    later = [site(3, 主办单位="郑州市医疗保障局", **city), site(4, 主办单位="司法局", **city)]
    later.append(site(5, 主办单位="郑州市司法局", **city))
    for _ in range(2):
        await take(app, later)
    found = await proposals(app)
    assert (found["医保局"], found["司法局"], found["郑州市司法局"]) == (("郑州市医疗保障局",), ("郑州市司法局",), ())


async def test_a_unit_written_with_other_brackets_is_no_second_unit(app: Registry) -> None:
    rows = [site(1, 主办单位="管委会（高新）"), site(2, 主办单位="管委会(高新)")]
    assert counts(await take(app, rows)) == (2, 0, 0, 0)
    assert counts(await take(app, [site(3, 主办单位=" 管委会 (高新）"), rows[1]])) == (1, 0, 1, 0)
    assert list(await proposals(app)) == ["管委会（高新）"]
    filings = await app.store.filings.find(SYSTEM)
    assert {kept.filing.unit.name for kept in filings} == {"管委会（高新）"}


CODED = [*SITES, "统一社会信用代码"]
CODE = "11410100005184219L"


async def test_a_credit_code_belongs_to_one_unit_whoever_registers_it_first(
    app: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries, _ = read(papers.text([CODED, [*site(1), CODE], [*site(20), CODE], site(30)]), "sites")
    outcome = Outcome()
    await Intake(app).take(entries, "operator:test", outcome)
    assert (counts(outcome), [fault.field for fault in outcome.faults]) == ((2, 0, 0, 1), ["credit_code"])
    entries, _ = read(papers.text([CODED, [*site(40), CODE], [*site(2), CODE]]), "sites")
    outcome = Outcome()
    await Intake(app).take(entries, "operator:test", outcome)
    assert (counts(outcome), [fault.line for fault in outcome.faults]) == ((1, 0, 0, 1), [2])

    async def nobody_yet(*_: object) -> Known:
        return Known()

    monkeypatch.setattr("services.registry.intake.known", nobody_yet)
    with pytest.raises(BadList, match="统一社会信用代码"):
        await Intake(app).take(entries[:1], "operator:test", Outcome())


async def test_a_unit_that_was_registered_with_an_id_of_its_own_is_that_unit(app: Registry) -> None:
    await Intake(app).unit("单位0", "41.01.05.0", "operator:test", "police")
    await take(app, [site(1)])
    [filing] = await app.store.filings.find(SYSTEM)
    assert (filing.unit, filing.filing.unit.id, await app.store.units.count(SYSTEM)) == ("police", "police", 1)


async def test_what_is_exported_is_imported_again_without_a_change(app: Registry, tmp_path: Path) -> None:
    await take(app, [site(number, 网站名称=f"={number}") for number in range(1, 8)])
    await take(app, [site(5, 网站名称="改过名")])
    outlets = [outlet async for outlet in in_register(app.store, "sites", SYSTEM)]
    assert [outlet.name for outlet in outlets] == ["=1", "=2", "=3", "=4", "改过名", "=6", "=7"]
    with (tmp_path / "out.xlsx").open("wb") as file:
        export.workbook("sites", export.table("sites", outlets, {}), file)
    entries, faults = read((tmp_path / "out.xlsx").read_bytes(), "sites")
    outcome = Outcome()
    await Intake(app).take(entries, "operator:test", outcome)
    assert (faults, counts(outcome)) == ([], (0, 0, 7, 0))


async def test_a_mapping_is_kept_under_a_name_and_read_again(app: Registry) -> None:
    intake, mapping = Intake(app), ColumnMap(columns={"编码": "code"}, places={"金水区": "410105"})
    await intake.office("zhengzhou", "市办", "41.01.00.0", "41.01", "operator:test")
    for name in ("国家系统", "zhengzhou/厂商"):
        await intake.keep_profile("sites", name, mapping)
        await intake.keep_profile("sites", name, mapping)
        assert await intake.profile("sites", name) == mapping
    await intake.keep_profile("sites", "国家系统", ColumnMap(sheet="一"))
    assert await intake.profile("sites", "国家系统") == ColumnMap(sheet="一")
    with pytest.raises(BadList, match="没有名为"):
        await intake.profile("accounts", "国家系统")
    for name in ("kaifeng/厂商", "", "x" * 41, "a\nb"):
        with pytest.raises(BadList, match="方案的名称"):
            await intake.keep_profile("sites", name, mapping)


async def test_filings_without_their_outlets_are_folded_when_the_registry_hears_of_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = papers.text([SITES, *(site(number) for number in range(1, 21))])
    entries, _ = read(rows, "sites")

    async def ends(_: object) -> list[bool]:
        raise OSError("the process ends here")

    async with register(desk.settings) as app:
        monkeypatch.setattr(app.store.outlets, "create_all", ends)
        with pytest.raises(OSError, match="ends here"):
            await Intake(app).take(entries, "operator:test", Outcome())
    async with register(desk.settings) as app:
        outcome = Outcome()
        await Intake(app).take(entries, "operator:test", outcome)
        assert counts(outcome) == (0, 0, 20, 0)

        async def in_force() -> bool:
            return await app.store.outlets.count(SYSTEM) == 20

        async def told() -> bool:
            return len(await desk.said(registry.Opened)) == 20

        await until(in_force)
        await until(told)


async def test_an_import_that_is_killed_in_the_middle_is_completed_by_running_it_again(
    mongo_url: str, database: Database, tmp_path: Path
) -> None:
    size = 2_500
    (tmp_path / "sites.csv").write_bytes(papers.text([SITES, *(site(number) for number in range(1, size + 1))]))
    environment = {**os.environ, "GOVWATCH_MONGO_URL": mongo_url, "GOVWATCH_MONGO_PREFIX": database.name}
    command = (sys.executable, "-m", "services", "import", "sites", str(tmp_path / "sites.csv"))
    pipe = asyncio.subprocess.PIPE
    async with register(Settings(mongo_url=SecretStr(mongo_url), mongo_prefix=database.name)) as app:

        async def begun() -> bool:
            return await app.store.filings.count(SYSTEM) > 0

        killed = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.DEVNULL)
        await until(begun, seconds=60)
        killed.send_signal(signal.SIGKILL)
        assert await killed.wait() == -signal.SIGKILL
        done = await app.store.filings.count(SYSTEM)
        assert 0 < done < size

        again = await asyncio.create_subprocess_exec(*command, env=environment, stdout=pipe, stderr=pipe)
        out, err = await again.communicate()
        assert out.decode() == f"新登记 {size - done} 个，变更 0 个，已在册 {done} 个，有误 0 行。\n"
        assert f"已处理 {size:,} / {size:,} 行" in err.decode()
        filings = await app.store.filings.find(SYSTEM)
        assert {kept.filing.outlet for kept in filings} == {f"w-41010{number:05}" for number in range(1, size + 1)}
        assert len({kept.filing.number for kept in filings}) == len(filings) == size
        assert {kept.unit for kept in filings} == {kept.id for kept in await app.store.units.find(SYSTEM)}
        await app.store.database.client.drop(app.store.database.name)
