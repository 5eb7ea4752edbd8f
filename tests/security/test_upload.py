"""A file is taken for what it is, whatever it is called, and one that would harm is not opened."""

import io
import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.intake import BadList, read, text_of
from services.registry.lists.files import READABLE
from services.registry.upload import MOST_ENTRIES, SENTENCES, Kind, kind_of
from tests.registry import papers

CSV = "code,name,address,unit,region,class\n4101050001,某网站,https://a.gov.cn/,某单位,410105,portal\n"
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
SHEET = [papers.SITES, papers.site()]
WORKBOOK = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>", "xl/sheet1.xml": b"<x/>"}


def archive(entries: dict[str, bytes], **attributes: int) -> bytes:
    """A zip of ``entries``; ``attributes`` are set on each of them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in entries.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for attribute, value in attributes.items():
                setattr(info, attribute, value)
            made.writestr(info, body)
    return buffer.getvalue()


def encrypted(entries: dict[str, bytes]) -> bytes:
    """A zip whose list of entries says that they have a password."""
    data = bytearray(archive(entries))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(signature, at + 4)
    return bytes(data)


def overlapping(times: int, body: bytes) -> bytes:
    """A zip that lists one packed body ``times`` times (as the bombs that need no nesting do)."""
    data = archive({"a": body})
    start = data.find(b"PK\x01\x02")
    entry, tail = data[start : data.find(b"PK\x05\x06")], bytearray(data[data.find(b"PK\x05\x06") :])
    struct.pack_into("<HH", tail, 8, times, times)
    struct.pack_into("<I", tail, 12, len(entry) * times)
    return data[:start] + entry * times + bytes(tail)


FILES = {
    "utf-8": (CSV.encode(), Kind.TEXT),
    "with a mark": (CSV.encode("utf-8-sig"), Kind.TEXT),
    "gb18030": (CSV.encode("gb18030"), Kind.TEXT),
    "a name that begins like markup": (b"<b>,name\n1,2\n", Kind.TEXT),
    "nothing": (b"", Kind.EMPTY),
    "blank": (b" \r\n\t", Kind.EMPTY),
    "xlsx": (archive(WORKBOOK), Kind.XLSX),
    "utf-16": (CSV.encode("utf-16"), Kind.TEXT),
    "a real xlsx": (papers.xlsx(SHEET), Kind.XLSX),
    "xls": (papers.xls(SHEET), Kind.XLS),
    "xls with a password": (papers.locked_xls(SHEET), Kind.ENCRYPTED),
    "xlsx with a password": (papers.encrypted(papers.xlsx(SHEET)), Kind.ENCRYPTED),
    "an old document": (OLE2, Kind.DOCUMENT),
    "a document": (archive({**WORKBOOK, "word/document.xml": b"<w/>"}), Kind.DOCUMENT),
    "xlsb": (archive({"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b""}), Kind.XLSB),
    "xlsm": (archive({**WORKBOOK, "xl/vbaProject.bin": b""}), Kind.MACROS),
    "rtf": (b"{\\rtf1", Kind.BINARY),
    "zip with a password": (encrypted(WORKBOOK), Kind.ENCRYPTED),
    "html called xls": (b"<html><body><table><tr><td>1</td></tr></table></body></html>", Kind.HTML),
    "html with a mark": (b"\xef\xbb\xbf\n<!DOCTYPE html>\n<table>", Kind.HTML),
    "html behind a comment": (b"<!-- x --> <Table border=1>", Kind.HTML),
    "a table alone": (b"  <table><tr>", Kind.HTML),
    "spreadsheet 2003": (
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
        Kind.XML,
    ),
    "xml": (b'<?xml version="1.0"?><rows/>', Kind.XML),
    "zip": (archive({"a.csv": CSV.encode()}), Kind.ARCHIVE),
    "gzip": (b"\x1f\x8b\x08" + bytes(20), Kind.BINARY),
    "pdf": (b"%PDF-1.7", Kind.BINARY),
    "a program": (b"MZ\x90\0", Kind.BINARY),
    "nul in it": (b"code,name\n1,\x002\n", Kind.BINARY),
    "bomb": (archive({"a": bytes(30_000_000)}), Kind.UNSAFE),
    "bomb in a workbook": (archive({**WORKBOOK, "xl/sheet2.xml": bytes(30_000_000)}), Kind.UNSAFE),
    "bomb of one body listed often": (overlapping(200, bytes(500_000)), Kind.UNSAFE),
    "one body listed often": (overlapping(50, bytes(range(256)) * 4), Kind.UNSAFE),
    "too many entries": (archive({f"{n}": b"" for n in range(MOST_ENTRIES + 1)}), Kind.UNSAFE),
    "up and out": (archive({"../../etc/cron.d/x": b"x"}), Kind.UNSAFE),
    "up and out in the middle": (archive({"a/../../x": b"x"}), Kind.UNSAFE),
    "absolute": (archive({"/etc/passwd": b"x"}), Kind.UNSAFE),
    "windows": (archive({"..\\..\\x": b"x"}), Kind.UNSAFE),
    "a drive": (archive({"C:\\x": b"x"}), Kind.UNSAFE),
    "a link": (archive({"x": b"/etc/passwd"}, external_attr=0o120777 << 16), Kind.UNSAFE),
    "a name cut by nul": (archive({"aQb": b"x"}).replace(b"aQb", b"a\0b"), Kind.UNSAFE),
    "cut short": (archive(WORKBOOK)[:-30], Kind.UNSAFE),
    "no zip at all": (b"PK\x03\x04 hello", Kind.UNSAFE),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_what_its_content_says(name: str) -> None:
    data, kind = FILES[name]
    assert kind_of(data) is kind


@pytest.mark.parametrize("name", [name for name, (_, kind) in FILES.items() if kind not in READABLE])
def test_an_import_refuses_it_in_one_sentence_that_says_what_to_do(name: str) -> None:
    data, kind = FILES[name]
    with pytest.raises(BadList) as refused:
        read(data, "sites")
    assert str(refused.value) == SENTENCES[kind]
    assert str(refused.value).count("。") == 1


@pytest.mark.parametrize("name", ["xls", "a real xlsx"])
def test_where_only_text_is_read_a_workbook_is_told_so(name: str) -> None:
    data, kind = FILES[name]
    with pytest.raises(BadList, match="只收 CSV") as refused:
        text_of(data)
    assert str(refused.value) == SENTENCES[kind]


def test_every_kind_but_text_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Kind) - {Kind.TEXT}


def test_a_list_is_still_read() -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        entries, faults = read(CSV.encode(encoding), "sites")
        assert (len(entries), faults) == (1, [])


def test_looking_at_a_bomb_costs_next_to_nothing() -> None:
    bomb = FILES["bomb"][0]
    tracemalloc.start()
    kind_of(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda tail: b"PK\x03\x04" + tail))
def test_anything_is_something(data: bytes) -> None:
    assert kind_of(data) in Kind


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_damaged_workbook_is_never_more_than_refused(at: int, value: int) -> None:
    data = bytearray(archive(WORKBOOK))
    data[at % len(data)] = value
    assert kind_of(bytes(data)) in Kind
