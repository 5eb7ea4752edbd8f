"""The shapes of lists offices have: every heading, every odd cell, every fault named with its cell."""

from datetime import date
from typing import Any

import pytest

from services.registry.lists.files import BadList
from services.registry.lists.rows import Listed, listed
from services.registry.lists.shapes import FIELDS, IGNORE, PLATFORMS, ColumnMap, Kind
from services.registry.particulars import PLATFORMS as ON_PAGES
from shared.events.registry import NewMedia, Website
from tests.registry import papers
from tests.registry.papers import ACCOUNTS, SITES, site


def read(rows: papers.Rows, kind: Kind = "sites", mapping: ColumnMap | None = None) -> Listed:
    only_text = all(isinstance(cell, str) for row in rows for cell in row)
    return listed((papers.text if only_text else papers.xlsx)(rows), kind, mapping or ColumnMap())


@pytest.mark.parametrize(
    ("kind", "headings"),
    [
        ("sites", "网站标识码 网站名称 首页网址 主办单位 行政区划 网站类型"),
        ("sites", "标识码 站点名称 网址 开办单位 所属地区 类型"),
        ("sites", "标识码 名称 域名 责任单位 地区 类别"),
        ("sites", "*网站标识码（必填） 网站\n名称 首页网址: 主办单位名称 行政区划代码 网站类别"),
        ("sites", "ｓｉｔｅＣｏｄｅ SiteName URL unit region class"),
        ("accounts", "平台 账号ID 账号名称 主办单位 行政区划 认证主体"),
        ("accounts", "新媒体类型 账号标识 新媒体名称 开办单位 所属地区 认证单位"),
        ("accounts", "平台类型 微信号 公众号名称 责任单位 区划代码 认证主体名称"),
    ],
)
def test_the_headings_offices_write_are_known(kind: Kind, headings: str) -> None:
    layout = read([["序号", *headings.split(" ")]], kind).layout
    in_order = {
        "sites": ("code", "name", "address", "unit", "region", "class"),
        "accounts": ("platform", "id", "name", "unit", "region", "verified_as"),
    }[kind]
    assert layout.columns == {field: column for column, field in enumerate(in_order, start=1)}
    assert layout.unused == ("序号",)


def test_no_heading_stands_for_two_fields() -> None:
    for fields in FIELDS.values():
        words = [word.casefold() for field in fields for word in (field.name, *field.headings)]
        assert len(words) == len(set(words))


def test_platforms_are_those_of_the_pages() -> None:
    assert {code: PLATFORMS[code][0] for code in ON_PAGES} == ON_PAGES


def test_titles_above_empty_rows_repeated_headings_and_sums_are_no_entries() -> None:
    rows = [
        ["××市政府网站清单", "", "", "", "", "", ""],
        ["", "", "填表单位：市政府办公室"],
        SITES,
        site(1),
        [],
        ["", " ", "", "", "", "", ""],
        SITES,
        site(2, 序号=""),
        ["合 计", "2", "", "", "", "", ""],
        ["填表人：张三", "", "", "审核人：李四"],
        ["", "", "", "联系电话：0371-1234567"],
    ]
    found = read(rows)
    assert (found.layout.heading, [entry.line for entry in found.entries]) == (2, [4, 8])
    assert (found.faults, found.left_out) == ([], [7, 9, 10, 11])


def test_an_entry_whose_first_word_looks_like_a_sum_is_an_entry() -> None:
    rows = [["网站名称", "网站标识码", "首页网址", "主办单位", "行政区划", "网站类型"]]
    rows.append(["联系人之家", "4101000001", "https://a.gov.cn/", "市工会", "410100", "部门"])
    assert [entry.filed.name for entry in read(rows).entries] == ["联系人之家"]
    rows[1][4:] = ["", ""]
    found = read(rows)
    assert ([found.cell(fault) for fault in found.faults], found.left_out) == (["E2", "F2"], [])


@pytest.mark.parametrize(
    ("changed", "filed"),
    [
        ({"网站标识码": "４１０１０００００１"}, {"code": "4101000001"}),
        ({"网站标识码": 4101000001}, {"code": "4101000001"}),
        ({"网站标识码": " bm01000001\u3000"}, {"code": "bm01000001"}),
        ({"网站名称": " 郑州\n门户（中文） "}, {"name": "郑州门户（中文）"}),
        ({"网站名称": 12345}, {"name": "12345"}),
        ({"网站名称": "=1+1"}, {"name": "=1+1"}),
        ({"首页网址": "www.zz.gov.cn"}, {"url": "http://www.zz.gov.cn"}),
        ({"首页网址": "ｈｔｔｐ：//www.zz.gov.cn/"}, {"url": "http://www.zz.gov.cn/"}),
        ({"首页网址": "郑州.政务"}, {"url": "http://郑州.政务"}),
        ({"网站类型": "政府门户网站"}, {"site_class": "portal"}),
        ({"网站类型": "Department"}, {"site_class": "department"}),
    ],
)
def test_cells_are_read_as_they_are_meant(changed: dict[str, Any], filed: dict[str, str]) -> None:
    [entry] = read([SITES, site(1, **changed)]).entries
    assert isinstance(entry.filed, Website)
    assert entry.filed.model_dump().items() >= filed.items()


@pytest.mark.parametrize(
    ("cell", "region"), [(410105, "41.01.05.0"), ("４１０１０５", "41.01.05.0"), ("41.01.05.kfq", "41.01.05.kfq")]
)
def test_regions_are_codes_or_paths(cell: object, region: str) -> None:
    [entry] = read([SITES, site(1, 行政区划=cell)]).entries
    assert entry.region == region


@pytest.mark.parametrize(
    ("changed", "cell", "words"),
    [
        ({"网站标识码": 41010001}, "B2", "开头的 0"),
        ({"网站标识码": 4101000001.5}, "B2", "不准确"),
        ({"网站标识码": "4.1E+09"}, "B2", "科学计数"),
        ({"网站标识码": 4.1e20}, "B2", "不准确"),
        ({"网站标识码": "41010"}, "B2", "10 位"),
        ({"网站标识码": ""}, "B2", "10 位"),
        ({"网站名称": ""}, "C2", "必填"),
        ({"网站名称": date(2024, 5, 1)}, "C2", "日期（2024-05-01）"),
        ({"网站名称": True}, "C2", "逻辑值"),
        ({"网站名称": "长" * 101}, "C2", "100 字"),
        ({"首页网址": "not an address"}, "D2", "http"),
        ({"首页网址": "javascript:alert(1)"}, "D2", "http"),
        ({"主办单位": ""}, "E2", "必填"),
        ({"主办单位": "长" * 101}, "E2", "100 字"),
        ({"行政区划": "郑州市"}, "F2", "郑州市"),
        ({"行政区划": date(2024, 5, 1)}, "F2", "日期"),
        ({"网站类型": "其他"}, "G2", "其他"),
    ],
)
def test_a_fault_is_named_with_its_cell(changed: dict[str, Any], cell: str, words: str) -> None:
    found = read([SITES, site(1, **changed), site(2)])
    assert [entry.line for entry in found.entries] == [3]
    [fault] = found.faults
    assert (fault.line, found.cell(fault)) == (2, cell)
    assert words in fault.sentence


def test_every_fault_of_a_row_is_named_at_once() -> None:
    found = read([SITES, site(1, 网站标识码="4.1E+09", 网站名称="", 首页网址="x y", 行政区划="?", 网站类型="?")])
    assert [found.cell(fault) for fault in found.faults] == ["B2", "C2", "D2", "F2", "G2"]


def test_accounts_with_words_for_platforms() -> None:
    rows = [
        ACCOUNTS,
        ["新浪微博", 1234567890, "郑州发布", "市办", "410100"],
        ["政务微信", "zzfb", "郑州发布", "市办", "410100"],
        ["抖音号", 123, "郑州发布", "市办", "410100"],
        ["视 频 台", "zzfb", "郑州发布", "市办", "410100"],
        ["weibo", "1234567890", "又一个", "市办", "410100"],
    ]
    found = read(rows, "accounts")
    assert [entry.filed for entry in found.entries] == [
        NewMedia(platform="weibo", account="1234567890", name="郑州发布"),
        NewMedia(platform="wechat", account="zzfb", name="郑州发布"),
    ]
    assert [(found.cell(fault), fault.sentence[:6]) for fault in found.faults] == [
        ("B4", "这一格被存成"),
        ("A5", "平台代码只能"),
        ("A6", "与第 2 行"),
    ]


def test_columns_are_mapped_by_hand_and_what_a_list_lacks_is_said_once() -> None:
    rows = [["编码", "站名", "网址", "备用", "单位全称", "区县"]]
    rows.append(["4101000001", "金水区", "http://old.gov.cn", "http://js.gov.cn", "区办", "金水区"])
    with pytest.raises(BadList, match=r"缺少列 code（网站标识码）、name（网站名称）、unit（主办单位）、region"):
        read(rows)
    columns = {"编码": "code", "站 名": "name", "网址": "-", "备用": "address", "单位全称": "unit", "区县": "region"}
    mapping = ColumnMap(columns=columns, constants={"class": "部门网站"}, places={"金水区": "410105"})
    [entry] = read(rows, mapping=mapping).entries
    assert isinstance(entry.filed, Website)
    assert (entry.filed.url, entry.unit, entry.region) == ("http://js.gov.cn", "区办", "41.01.05.0")
    assert entry.filed.site_class == "department"


def test_what_is_said_now_wins_over_what_was_kept() -> None:
    kept = ColumnMap(columns={"名 称": "unit", "码": "code"}, places={"甲": "410100"}, sheet="一")
    said = ColumnMap(columns={"名称": "name"}, constants={"class": "部门"})
    assert said.over(kept) == ColumnMap(
        columns={"名称": "name", "码": "code"}, constants={"class": "部门"}, places={"甲": "410100"}, sheet="一"
    )


def test_a_field_that_is_none_is_refused() -> None:
    with pytest.raises(BadList, match="没有“phone”这一项"):
        read([SITES], mapping=ColumnMap(columns={"电话": "phone"}))


def test_the_one_sheet_that_is_a_list_is_read_and_two_are_asked_about() -> None:
    other, rows = [["说明"], ["请按附表填写"]], [SITES, site(1)]
    assert listed(papers.xlsx(other, rows), "sites").sheet.name == "表2"
    assert listed(papers.xlsx(rows, [SITES, site(2)], hidden=[1]), "sites").sheet.name == "表1"
    two = papers.xlsx(rows, [SITES, site(2)])
    with pytest.raises(BadList, match="表1、表2"):
        listed(two, "sites")
    assert listed(two, "sites", ColumnMap(sheet="表2")).entries[0].filed.name == "网站2"
    with pytest.raises(BadList, match="没有名为“表3”"):
        listed(two, "sites", ColumnMap(sheet="表3"))


def test_a_mapping_names_one_of_several_headings_that_are_equal_but_for_brackets() -> None:
    headings = [*SITES[:4], "主办单位（全称）", *SITES[5:], "主办单位（简称）"]
    data = papers.text([headings, [*site(1), "简称"]])

    def unit(*mappings: dict[str, str]) -> str:
        mapping = ColumnMap()
        for columns in mappings:
            mapping = ColumnMap(columns=columns).over(mapping)
        [entry] = listed(data, "sites", mapping).entries
        return entry.unit

    full, short = "主办单位（全称）", "主办单位（简称）"
    assert unit() == unit({full: "unit", short: IGNORE}) == unit({"主办单位": "unit"}) == "单位0"
    assert unit({full: "unit", short: "unit"}) == unit({full: "unit", short: IGNORE}, {"序号": IGNORE}) == "单位0"
    assert (
        unit({short: "unit"}) == unit({full: IGNORE, short: "unit"}) == unit({full: "unit"}, {short: "unit"}) == "简称"
    )
