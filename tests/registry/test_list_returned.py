"""The list goes back with every faulty cell marked; what the register writes out is read again without a change."""

import io
from dataclasses import asdict
from datetime import date

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import Cell

from services.registry.filing import LONGEST_NAME, Standing, outlet_id
from services.registry.lists import export
from services.registry.lists.cells import BLANK, SCIENTIFIC
from services.registry.lists.compare import Above, Known, Verdict, judge
from services.registry.lists.meaning import About
from services.registry.lists.returned import returned
from services.registry.lists.rows import Fault, listed
from services.registry.lists.shapes import PLATFORMS, Kind
from shared.events.registry import (
    Column,
    NewMedia,
    Outlet,
    OutletState,
    Particulars,
    SharedPlatform,
    Unit,
    UnitKind,
    UnitLevel,
    UnitRef,
    Website,
)
from shared.runtime import utc_now
from tests.registry import papers
from tests.registry.papers import SITES, site

RED, YELLOW = "FFFFC7CE", "FFFFEB9C"
BAD = site(2, 网站标识码="41", 网站名称="=HYPERLINK(1)", 行政区划="?")
ROWS = [["网站清单"], SITES, site(1), BAD, site(3)]


def cells(data: bytes) -> dict[str, Cell]:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    return {cell.coordinate: cell for row in sheet.iter_rows() for cell in row if isinstance(cell, Cell)}


def test_faulty_cells_are_marked_and_a_last_column_says_why() -> None:
    for data in (papers.xlsx(ROWS), papers.xls(ROWS), papers.text(ROWS, "gb18030")):
        found = listed(data, "sites")
        shown = cells(returned(found, found.faults, [Fault(5, "name", "有同名的")]))
        assert {name for name, cell in shown.items() if cell.fill.fgColor.rgb == RED} == {"B4", "F4"}
        assert {name for name, cell in shown.items() if cell.fill.fgColor.rgb == YELLOW} == {"C5"}
        assert shown["B4"].comment is not None
        assert "10 位" in shown["B4"].comment.text
        assert (shown["A1"].value, shown["H2"].value, shown["H3"].value) == ("网站清单", "问题", None)
        assert shown["H4"].value == "；".join(fault.sentence for fault in found.faults)
        assert shown["H5"].value == "提示：有同名的"
        assert (shown["C4"].value, shown["C4"].data_type) == ("=HYPERLINK(1)", "s")


def test_a_returned_list_is_mended_and_read_again_and_its_column_of_problems_does_not_grow() -> None:
    found = listed(papers.xlsx(ROWS), "sites")
    book = openpyxl.load_workbook(io.BytesIO(returned(found, found.faults)))
    sheet = book.active
    assert sheet is not None
    sheet["B4"], sheet["F4"] = "4101000002", "410105"
    file = io.BytesIO()
    book.save(file)
    again = listed(file.getvalue(), "sites")
    assert ([entry.line for entry in again.entries], again.faults) == ([3, 4, 5], [])
    third = cells(returned(again, again.faults))
    assert (third["H2"].value, third["H4"].value, "I2" in third) == ("问题", None, False)


def _bare(text: str) -> str:
    return text.strip(BLANK)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=LONGEST_NAME,
).filter(lambda name: name.strip() != "")
FORMULAS = st.builds(str.__add__, st.sampled_from(["=", "+", "-", "@", "'", "'="]), NAMES).filter(
    lambda name: len(name) <= LONGEST_NAME
)
TOKENS = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
HOSTS = st.from_regex(r"[a-z0-9]{1,20}\.(gov\.cn|政务)", fullmatch=True)
REGIONS = st.sampled_from(["41.01.05.0", "41.00.00.0", "41.01.00.kfq"])
ADDRESSES = st.from_regex(
    r"https?://[a-z0-9-]{1,20}\.cn/([!-?A-~ā-龥；，、]{0,20}|web/[,;；、]https?://b\.cn/)", fullmatch=True
)
WEBSITES = st.builds(
    Website,
    code=st.from_regex(r"bm[0-9]{8}|[0-9]{10}", fullmatch=True),
    name=NAMES | FORMULAS,
    url=st.from_regex(r"https?://[a-z0-9-]{1,20}\.gov\.cn(/[!-?A-~ā-龥]{0,20})?", fullmatch=True),
    site_class=st.sampled_from(["portal", "department"]),
    domains=st.lists(HOSTS, max_size=3, unique=True).map(tuple),
    redirects=st.lists(ADDRESSES, max_size=4, unique=True).map(tuple),
    icp=st.just("") | NAMES,
    police=st.just("") | FORMULAS,
    ipv6=st.sampled_from([None, True, False]),
    operator=st.just("") | NAMES | FORMULAS,
    columns=st.just((Column(name="要闻", url="https://x.gov.cn/yw"),)),
    shared_platform=st.none()
    | st.builds(
        SharedPlatform,
        name=st.from_regex(r"[一-龥]{1,20}", fullmatch=True),
        state=st.sampled_from(["planned", "migrating", "migrated"]),
        since=st.none() | st.dates(min_value=date(1900, 1, 1)),
    ),
)
NEW_MEDIA = st.builds(
    NewMedia,
    platform=st.sampled_from([*PLATFORMS, "bilibili"]),
    account=TOKENS.filter(lambda token: not SCIENTIFIC.fullmatch(token)),
    name=NAMES | FORMULAS,
    verified_as=st.just("") | NAMES | FORMULAS,
    source=st.sampled_from(["", "json_feed:https://feeds.gov.cn/x"]),
    subtype=st.sampled_from(["", "subscription", "service", "channels", "mini_program"]),
    url=st.just("") | HOSTS.map("https://{}/u/1".format),
    main=st.booleans(),
    operator=st.just("") | NAMES,
    intro=st.just("") | NAMES | st.lists(NAMES, min_size=2, max_size=3).map("\n".join),
    licences=st.lists(
        NAMES | st.sampled_from(["许可；一", "；", "a;b;c;d;e", "甲、乙，丙"]), max_size=3, unique_by=_bare
    ).map(tuple),
)


def _outlet(filed: Particulars, unit: str, region: str) -> Outlet:
    ref = UnitRef(id="some", name=unit)
    return Outlet(
        id=outlet_id(filed),
        region=region,
        unit=ref,
        state=OutletState.RUNNING,
        revision=1,
        since=utc_now(),
        filed=filed,
    )


def registers(filed: st.SearchStrategy[Particulars]) -> st.SearchStrategy[list[Outlet]]:
    outlets = st.builds(_outlet, filed, NAMES | FORMULAS, REGIONS)
    return st.lists(outlets, unique_by=lambda outlet: outlet.id, min_size=1, max_size=20)


def comes_back(kind: Kind, outlets: list[Outlet], data: bytes) -> None:
    found = listed(data, kind)
    known = Known(
        standing={outlet.id: Standing(in_force=outlet) for outlet in outlets}, local=frozenset({"41.01.00.kfq"})
    )
    judged = [judge(entry, known, Above()) for entry in found.entries]
    assert found.faults == []
    assert [(one.verdict, one.unit.id, one.filed) for one in judged] == [
        (Verdict.SAME, "some", outlet.filed) for outlet in outlets
    ]


@settings(max_examples=40, deadline=None)
@given(registers(WEBSITES))
def test_websites_written_as_csv_are_read_again_without_a_change(outlets: list[Outlet]) -> None:
    file = io.BytesIO()
    export.text(export.table("sites", outlets, {}), file)
    comes_back("sites", outlets, file.getvalue())


@settings(max_examples=40, deadline=None)
@given(registers(NEW_MEDIA))
def test_accounts_written_as_csv_are_read_again_without_a_change(outlets: list[Outlet]) -> None:
    file = io.BytesIO()
    export.text(export.table("accounts", outlets, {}), file)
    comes_back("accounts", outlets, file.getvalue())


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(registers(WEBSITES), registers(NEW_MEDIA))
def test_both_written_as_workbooks_are_read_again_without_a_change(
    websites: list[Outlet], accounts: list[Outlet]
) -> None:
    both: tuple[tuple[Kind, list[Outlet]], ...] = (("sites", websites), ("accounts", accounts))
    for kind, outlets in both:
        file = io.BytesIO()
        export.workbook(kind, export.table(kind, outlets, {}), file)
        comes_back(kind, outlets, file.getvalue())


def test_many_long_redirects_are_written_and_read_again() -> None:
    redirects = tuple(f"http://a.cn/{n};;;;?{'x' * 1_900}" for n in range(60))
    site = Website(code="4101000001", name="x", url="http://x/", redirects=redirects)
    file = io.BytesIO()
    export.text(export.table("sites", [_outlet(site, "市办", "41.01.00.0")], {}), file)
    comes_back("sites", [_outlet(site, "市办", "41.01.00.0")], file.getvalue())


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("http://a.cn/；http://b.cn/", ("http://a.cn/", "http://b.cn/")),
        ("http://a.cn/\r\nhttp://b.cn/\n", ("http://a.cn/", "http://b.cn/")),
        ("http://a.cn/; https://b.cn/，http://c.cn/", ("http://a.cn/", "https://b.cn/", "http://c.cn/")),
        ("http://a.cn/x;jsessionid=1,2", ("http://a.cn/x;jsessionid=1,2",)),
        ("http://a.cn/;http://b.cn/；http://c.cn/", ("http://a.cn/;http://b.cn/", "http://c.cn/")),
        ("\nhttp://a.cn/；b\nhttp://b.cn/", ("http://a.cn/；b", "http://b.cn/")),
    ],
)
def test_addresses_of_one_cell_are_divided_where_the_next_begins(cell: str, meant: tuple[str, ...]) -> None:
    headings, row = [*SITES, "跳转网址"], [*site(1), cell]
    [entry] = listed(papers.text([headings, row]), "sites").entries
    assert isinstance(entry.filed, Website)
    assert entry.filed.redirects == meant


def test_what_is_known_of_a_unit_is_written_and_read_again() -> None:
    outlet = _outlet(NewMedia(platform="weibo", account="zz", name="郑州"), "市办", "41.01.00.0")
    about = About(
        UnitLevel.CITY,
        UnitKind.GOVERNMENT,
        in_government=True,
        external_service=False,
        credit_code="11410100005184219L",
    )
    unit = Unit(id="some", name="市办", region="41.01.00.0", revision=1, **asdict(about))
    file = io.BytesIO()
    export.text(export.table("accounts", [outlet], {"some": unit}), file)
    [entry] = listed(file.getvalue(), "accounts").entries
    assert entry.about == about


def test_no_cell_that_is_written_out_is_a_formula() -> None:
    names = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "'=1"]
    outlets = [
        _outlet(Website(code=f"410100000{n}", name=x, url="http://x/"), x, "41.01.00.0") for n, x in enumerate(names)
    ]
    file = io.BytesIO()
    export.workbook("sites", export.table("sites", outlets, {}), file)
    shown = cells(file.getvalue())
    assert {cell.data_type for cell in shown.values()} == {"s"}
    assert {cell.number_format for cell in shown.values()} == {"@"}
    assert [shown[f"B{row}"].value for row in range(2, 7)] == names
    file = io.BytesIO()
    export.text(export.table("sites", outlets, {}), file)
    lines = file.getvalue().decode("utf-8-sig").splitlines()[1:]
    assert [line.split(",")[1] for line in lines] == [f"'{name}" for name in names]
