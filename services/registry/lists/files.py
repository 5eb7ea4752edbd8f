"""What an uploaded list is: told by its contents, never by its name. What is no list gets one sentence.

Which file formats there are and how they begin: ECMA-376 (xlsx is a zip with ``xl/workbook.xml``), [MS-CFB] (xls and
encrypted workbooks are compound files whose directory names their streams), [MS-OFFCRYPTO] (``EncryptedPackage``).
"""

import io
import re
import struct
import zipfile
import zlib
from enum import StrEnum

LARGEST = 20_000_000
LARGEST_INFLATED = 200_000_000
WORST_RATIO = 100
RATIO_COUNTS_FROM = 10_000_000
MOST_PARTS = 2_000
CHUNK = 1 << 20
COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
LOCKED = re.compile(rb"\x09\x08\x10\x00\x00\x06\x05\x00.{12}(\x86\x00\x00\x00)?\x2f\x00", re.DOTALL)
"""A workbook's first record, perhaps a write protection, and FILEPASS ([MS-XLS] 2.1.7.20.1)."""
ENTRY = 128
STREAM, STORAGE = 2, 1
LINK = 0x1
FOREIGN = {
    b"%PDF": "PDF 文件",
    b"{\\rtf": "RTF 文档",
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
    b"GIF8": "图片",
    b"Rar!": "压缩包",
    b"7z\xbc\xaf": "压缩包",
    b"\x1f\x8b": "压缩包",
    b"MZ": "程序",
    b"\x7fELF": "程序",
}
MARKUP = re.compile(rb"\s*<(!doctype|html|head|body|meta|table|style|\?xml|workbook)", re.IGNORECASE)
SAVE_AS = "请在 Excel 或 WPS 中打开，另存为 xlsx 后再导入。"


class BadList(Exception):  # noqa: N818 - it is told to a person as it is
    """The file is no list we can read; the text is one sentence."""


class Format(StrEnum):
    """How a list is stored."""

    XLSX = "xlsx"
    XLS = "xls"
    TEXT = "text"


def checked(data: bytes, name: str) -> Format:
    """How the list ``data`` (called ``name`` by who sent it) is stored. Raises BadList when it is no list."""
    if not data.strip():
        raise BadList("文件是空的。")
    if len(data) > LARGEST:
        raise BadList(f"文件有 {len(data) / 1e6:.0f} MB，超过 {LARGEST // 1_000_000} MB 的上限，请分成几份导入。")
    if data.startswith(b"PK"):
        return _archive(data)
    if data.startswith(COMPOUND):
        return _compound(data)
    for beginning, what in FOREIGN.items():
        if data.startswith(beginning):
            raise BadList(f"“{name}”是{what}，不是清单；请上传 xlsx、xls 或 CSV 文件。")
    if MARKUP.match(data.removeprefix(b"\xef\xbb\xbf")[:1000]):
        raise BadList(f"“{name}”其实是网页格式的表格（只是改了扩展名），{SAVE_AS}")
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadList(f"“{name}”不是文本，也不是完好的 xls/xlsx 工作簿；{SAVE_AS}")
    return Format.TEXT


def _archive(data: bytes) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            _is_workbook({part.filename for part in parts})
            if len(parts) > MOST_PARTS or any(part.flag_bits & LINK for part in parts):
                raise BadList(f"工作簿的内部结构异常，不能导入；{SAVE_AS}")
            _inflates(archive, parts, len(data))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error, ValueError) as error:
        raise BadList(f"文件已损坏，不是完整的 xlsx 工作簿；{SAVE_AS}") from error
    return Format.XLSX


def _is_workbook(names: set[str]) -> None:
    if any(name.startswith("word/") for name in names):
        raise BadList("这是 Word 文档，不是清单；请把表格复制到 Excel 中，另存为 xlsx 后再导入。")
    if "xl/workbook.bin" in names:
        raise BadList(f"这是二进制工作簿（xlsb），{SAVE_AS}")
    if any(name.endswith("vbaProject.bin") or name.startswith("xl/macrosheets/") for name in names):
        raise BadList(f"工作簿含有宏（xlsm），为安全起见不予接收；{SAVE_AS}")
    if "xl/workbook.xml" not in names:
        raise BadList("这是压缩包或其他类型的文件，不是清单；请上传 xlsx、xls 或 CSV 文件。")


def _inflates(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo], stored: int) -> None:
    """Inflate every part within bounds, so that sizes and checksums are true and no part is a bomb."""
    total = 0
    for part in parts:
        with archive.open(part) as stream:
            while chunk := stream.read(CHUNK):
                total += len(chunk)
                if total > LARGEST_INFLATED or (total > RATIO_COUNTS_FROM and total > stored * WORST_RATIO):
                    raise BadList("工作簿解压后异常庞大（疑似压缩炸弹），不予接收。")


def _compound(data: bytes) -> Format:
    if _has(data, "EncryptedPackage", STREAM) or LOCKED.search(data):
        raise BadList("工作簿设有打开密码，无法读取；请在 Excel 中取消密码后再导入。")
    if not (_has(data, "Workbook", STREAM) or _has(data, "Book", STREAM)):
        raise BadList("这是 Word、演示文稿或其他类型的旧格式文件，不是清单；请上传 xlsx、xls 或 CSV 文件。")
    if _has(data, "_VBA_PROJECT_CUR", STORAGE):
        raise BadList(f"工作簿含有宏，为安全起见不予接收；{SAVE_AS}")
    return Format.XLS


def _has(data: bytes, name: str, kind: int) -> bool:
    """Whether a compound file's directory has an entry ``name`` of ``kind``: 128 bytes, aligned, the name first."""
    wanted = name.encode("utf-16-le") + b"\0\0"
    at = data.find(wanted)
    while at >= 0:
        length, found = struct.unpack_from("<HB", data.ljust(at + ENTRY, b"\0"), at + 64) if at % ENTRY == 0 else (0, 0)
        if (length, found) == (len(wanted), kind):
            return True
        at = data.find(wanted, at + 1)
    return False
