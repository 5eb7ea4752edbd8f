"""Lists as offices send them: made here, in every format."""

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]  # it ships no types
import xlwt  # type: ignore[import-untyped]  # it ships no types
from msoffcrypto.format.ooxml import OOXMLFile  # type: ignore[import-untyped]  # it ships no types

Rows = Sequence[Sequence[Any]]
SITES = ("序号", "网站标识码", "网站名称", "首页网址", "主办单位", "行政区划", "网站类型")
ACCOUNTS = ("平台", "账号ID", "新媒体名称", "主办单位", "行政区划")


def site(number: int = 1, **changed: Any) -> list[Any]:
    """A good row of ``SITES``; ``changed`` by the heading."""
    good = {
        "序号": str(number),
        "网站标识码": f"41010{number:05}",
        "网站名称": f"网站{number}",
        "首页网址": f"https://s{number}.gov.cn/",
        "主办单位": f"单位{number // 10}",
        "行政区划": "410105",
        "网站类型": "部门网站",
    }
    return list({**good, **changed}.values())


def xlsx(*sheets: Rows, hidden: Sequence[int] = ()) -> bytes:
    """A workbook with a sheet for each of ``sheets``."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd"}) as book:
        for number, rows in enumerate(sheets):
            sheet = book.add_worksheet(f"表{number + 1}")
            for line, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(line, column, value)
                    else:
                        sheet.write(line, column, value)
            if number in hidden:
                sheet.hide()
    return file.getvalue()


def xls(rows: Rows) -> bytes:
    """A workbook of the old format."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("表1")
    for line, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write(line, column, value)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def text(rows: Rows, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """A text file."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue().encode(encoding)


def altered(workbook: bytes, change: Callable[[str, bytes], bytes], added: Mapping[str, bytes] | None = None) -> bytes:
    """``workbook`` with every part changed by ``change`` (its name, its contents) and the parts ``added``."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, contents in (added or {}).items():
            new.writestr(name, contents)
    return file.getvalue()


def as_it_is(_: str, contents: bytes) -> bytes:
    """No change."""
    return contents


def in_sheets(old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    """A change of ``old`` into ``new`` in every sheet."""
    return lambda name, contents: contents.replace(old, new) if name.startswith("xl/worksheets/") else contents


def encrypted(workbook: bytes) -> bytes:
    """``workbook`` with a password to open it."""
    file = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook)).encrypt("secret", file)
    return file.getvalue()


def archive(parts: Mapping[str, bytes]) -> bytes:
    """A zip that is no workbook."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name, contents in parts.items():
            new.writestr(name, contents)
    return file.getvalue()


def locked_xls(rows: Rows) -> bytes:
    """A workbook of the old format that says it has a password: its second record is FILEPASS ([MS-XLS] 2.4.117)."""
    data = bytearray(xls(rows))
    second = data.index(b"\x09\x08\x10\x00") + 20
    data[second : second + 2] = b"\x2f\x00"
    return bytes(data)
