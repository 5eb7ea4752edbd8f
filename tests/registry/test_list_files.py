"""Every format offices have is read the same; what is no list gets one sentence, and harms nobody (Z5)."""

import pytest

from services.registry.lists import files
from services.registry.lists.files import BadList
from services.registry.lists.rows import listed
from services.registry.lists.sheets import address
from tests.registry import papers
from tests.registry.papers import SITES, site

ROWS = [SITES, site(1), site(2)]
WORKBOOK = papers.xlsx(ROWS)
MARKUP = "<table><tr><td>网站标识码</td></tr></table>"


@pytest.mark.parametrize(
    "data",
    [
        WORKBOOK,
        papers.xls(ROWS),
        papers.text(ROWS),
        papers.text(ROWS, "utf-8-sig"),
        papers.text(ROWS, "gb18030"),
        papers.text(ROWS, "gbk", ";"),
        papers.text(ROWS, "utf-8", "\t"),
        papers.text(ROWS, "utf-16", "\t"),
    ],
    ids=["xlsx", "xls", "utf-8", "with a BOM", "gb18030", "gbk with ;", "tabs", "utf-16 as Excel's Unicode text"],
)
def test_one_list_in_every_format(data: bytes) -> None:
    found = listed(data, "sites")
    assert found.faults == []
    assert [(entry.line, entry.filed.name, entry.unit, entry.region) for entry in found.entries] == [
        (2, "网站1", "单位0", "41.01.05.0"),
        (3, "网站2", "单位0", "41.01.05.0"),
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空"),
        (b" \r\n", "空"),
        (b"x" * (files.LARGEST + 1), "上限"),
        (papers.encrypted(WORKBOOK), "密码"),
        (papers.locked_xls(ROWS), "密码"),
        (MARKUP.encode(), "网页"),
        (f"\ufeff\r\n<!DOCTYPE html><html>{MARKUP}</html>".encode(), "网页格式"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "XML"),
        (WORKBOOK[: len(WORKBOOK) // 2], "损坏"),
        (WORKBOOK[:200] + b"\0" * 200 + WORKBOOK[400:], "损坏"),
        (b"PK\x03\x04\x00\x00", "损坏"),
        (papers.xls(ROWS)[:2048], "文档|损坏"),
        (papers.xls(ROWS)[:600] + b"\xff" * 3000, "文档|损坏"),
        (papers.altered(WORKBOOK, papers.as_it_is, added={"xl/vbaProject.bin": b""}), "宏"),
        (papers.archive({"xl/workbook.bin": b""}), "xlsb"),
        (papers.archive({"xl/workbook.xml": b"x", "[Content_Types].xml": b"x"}), "损坏"),
        (papers.archive({"readme.txt": b"x"}), "压缩包"),
        (papers.archive({"word/document.xml": b"x"}), "Word"),
        (b"%PDF-1.7", "不是表格"),
        (b"\x89PNG\r\n", "不是表格"),
        (b"{\\rtf1", "不是表格"),
        (b"\xff\xff\xff\xff", "编码"),
        (b"code,name\0", "不是表格"),
        (b'code,name\n"410', "CSV"),
    ],
)
def test_what_is_no_list_gets_one_sentence(data: bytes, words: str) -> None:
    with pytest.raises(BadList, match=words) as refused:
        listed(data, "sites")
    assert str(refused.value).count("。") == 1


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = papers.altered(WORKBOOK, papers.as_it_is, added={"xl/media/x.bin": bytes(50_000_000)})
    assert len(bomb) < 100_000
    with pytest.raises(BadList, match="异常"):
        listed(bomb, "sites")


@pytest.mark.parametrize(
    "cell",
    [b'r="XFD1048576"', b"r='XFD1048576'", b'r="B1048576"', b'r="ZZ2"', b'r="RU190000"'],
    ids=["the last cell", "other quotes", "the last row", "a far column", "within the bounds of each"],
)
def test_one_cell_far_away_does_not_fill_the_memory(cell: bytes) -> None:
    far = papers.altered(WORKBOOK, papers.in_sheets(b'r="B2"', cell))
    assert far != WORKBOOK
    with pytest.raises(BadList, match=r"行或|异常庞大"):
        listed(far, "sites")


def test_entities_of_xml_are_not_expanded() -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "' + b"ha" * 500 + b'"><!ENTITY b "' + b"&a;" * 500 + b'">]><worksheet'
    data = papers.altered(WORKBOOK, papers.in_sheets(b"<worksheet", laughs))
    assert [entry.filed.name for entry in listed(data, "sites").entries] == ["网站1", "网站2"]


def test_cells_are_called_as_spreadsheet_programs_call_them() -> None:
    assert [address(0, 0), address(2, 1), address(9, 25), address(0, 26), address(0, 701), address(0, 702)] == [
        "A1",
        "B3",
        "Z10",
        "AA1",
        "ZZ1",
        "AAA1",
    ]
