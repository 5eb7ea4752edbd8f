"""What a file really is, by its content and never by its name, and whether it is safe to open. Pure.

People save a web page or a workbook and call it ``.csv`` or ``.xls``; others mean harm: an archive that unpacks to a
thousand times its size, or whose entries would be written elsewhere. Nothing is unpacked to find that out: an
archive's own list of entries is read, at most ``MOST_ENTRIES`` of them.
"""

import io
import re
import zipfile
from enum import StrEnum

MOST_ENTRIES = 1_000
MOST_UNPACKED = 200_000_000
MOST_RATIO = 100
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = 0x1
SYMBOLIC_LINK, FILE_TYPE = 0o120000, 0o170000
ELSEWHERE = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|^[A-Za-z]:|[\x00-\x1f]")
BINARY = (b"\x1f\x8b", b"%PDF", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x89PNG", b"\xff\xd8\xff")
MARKUP = re.compile(
    rb"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|table|meta|script)\b",
    re.IGNORECASE | re.DOTALL,
)
SPREADSHEET_2003 = b"urn:schemas-microsoft-com:office:spreadsheet"
LOOK_AT = 4096


class Kind(StrEnum):
    """What a file is."""

    TEXT = "text"
    XLSX = "xlsx"
    XLS = "xls"
    ENCRYPTED = "encrypted"
    HTML = "html"
    XML = "xml"
    ARCHIVE = "archive"
    UNSAFE = "unsafe"
    BINARY = "binary"
    EMPTY = "empty"


SENTENCES = {
    Kind.XLSX: "这是 Excel 工作簿（xlsx），请在 Excel 中另存为“CSV UTF-8（逗号分隔）”后再导入。",
    Kind.XLS: "这是 Excel 97–2003 工作簿（xls），请在 Excel 中另存为“CSV UTF-8（逗号分隔）”后再导入。",
    Kind.ENCRYPTED: "文件设有密码，请取消密码并另存为“CSV UTF-8（逗号分隔）”后再导入。",
    Kind.HTML: "这是网页（HTML），不是表格文件；请在 Excel 中打开并另存为“CSV UTF-8（逗号分隔）”后再导入。",
    Kind.XML: "这是 XML 表格，请在 Excel 中打开并另存为“CSV UTF-8（逗号分隔）”后再导入。",
    Kind.ARCHIVE: "这是压缩包，请解压后逐个导入其中的 CSV 文件。",
    Kind.UNSAFE: "压缩包的内容异常（展开后过大、条目过多、路径越界或已损坏），未予打开。",
    Kind.BINARY: "这不是表格文件，请选择 CSV 文件。",
    Kind.EMPTY: "文件是空的，请核对后重新选择。",
}
"""What is said to whoever gave a file that is no text, one sentence for each kind."""


def kind_of(data: bytes) -> Kind:
    """What ``data`` is."""
    if not data.strip():
        return Kind.EMPTY
    if data.startswith(b"PK"):
        return _of_archive(data)
    if data.startswith(OLE2):
        # a workbook with a password is put into the old container, in a stream of this name
        return Kind.ENCRYPTED if "EncryptedPackage".encode("utf-16-le") in data else Kind.XLS
    return _of_text(data)


def _of_text(data: bytes) -> Kind:
    head = data[:LOOK_AT].removeprefix(b"\xef\xbb\xbf").lstrip()
    if SPREADSHEET_2003 not in head and MARKUP.match(head):
        return Kind.HTML
    if head.startswith(b"<?xml"):
        return Kind.XML
    return Kind.BINARY if data.startswith(BINARY) or b"\0" in data else Kind.TEXT


def _of_archive(data: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, EOFError):
        return Kind.UNSAFE
    if len(entries) > MOST_ENTRIES or not _unpacks_to_something_sensible(entries, len(data)):
        return Kind.UNSAFE
    if any(_leads_elsewhere(entry) for entry in entries):
        return Kind.UNSAFE
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        return Kind.ENCRYPTED
    names = {entry.filename for entry in entries}
    return Kind.XLSX if {"[Content_Types].xml", "xl/workbook.xml"} <= names else Kind.ARCHIVE


def _unpacks_to_something_sensible(entries: list[zipfile.ZipInfo], size: int) -> bool:
    """By what the list of entries says; overlapping entries (one body listed often) count each time."""
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    return unpacked <= min(MOST_UNPACKED, MOST_RATIO * size) and packed <= size


def _leads_elsewhere(entry: zipfile.ZipInfo) -> bool:
    is_link = (entry.external_attr >> 16) & FILE_TYPE == SYMBOLIC_LINK
    return is_link or ELSEWHERE.search(entry.orig_filename) is not None
