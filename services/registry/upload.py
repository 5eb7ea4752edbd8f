"""What a file really is, by its content and never by its name, and whether it is safe to open. Pure.

People save a web page or a workbook and call it ``.csv`` or ``.xls``; others mean harm: an archive that unpacks to a
thousand times its size, or whose entries would be written elsewhere. Nothing is unpacked to find that out: an
archive's own list of entries is read, at most ``MOST_ENTRIES`` of them.

How file formats begin: ECMA-376 (xlsx is a zip with ``xl/workbook.xml``), [MS-CFB] (xls and workbooks with a password
are compound files whose directory names their streams), [MS-OFFCRYPTO] (``EncryptedPackage``), [MS-XLS] 2.4.117
(FILEPASS).
"""

import io
import re
import struct
import zipfile
from enum import StrEnum

MOST_ENTRIES = 1_000
MOST_UNPACKED = 200_000_000
MOST_RATIO = 100
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = 0x1
SYMBOLIC_LINK, FILE_TYPE = 0o120000, 0o170000
ELSEWHERE = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|^[A-Za-z]:|[\x00-\x1f]")
LOCKED = re.compile(rb"\x09\x08\x10\x00\x00\x06\x05\x00.{12}(\x86\x00\x00\x00)?\x2f\x00", re.DOTALL)
"""The first record of an xls, perhaps a write protection, and FILEPASS."""
DIRECTORY_ENTRY, STREAM, STORAGE = 128, 2, 1
BINARY = (b"\x1f\x8b", b"%PDF", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
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
    MACROS = "macros"
    XLSB = "xlsb"
    DOCUMENT = "document"
    HTML = "html"
    XML = "xml"
    ARCHIVE = "archive"
    UNSAFE = "unsafe"
    BINARY = "binary"
    EMPTY = "empty"


AS_TEXT = "请在 Excel 或 WPS 中打开，另存为“CSV UTF-8（逗号分隔）”后再导入。"
SENTENCES = {
    Kind.XLSX: f"这是 Excel 工作簿（xlsx），此处只收 CSV；{AS_TEXT}",
    Kind.XLS: f"这是 Excel 97–2003 工作簿（xls），此处只收 CSV；{AS_TEXT}",
    Kind.ENCRYPTED: "文件设有密码，无法读取；请取消密码后再导入。",
    Kind.MACROS: f"工作簿含有宏，为安全起见不予接收；{AS_TEXT}",
    Kind.XLSB: f"这是二进制工作簿（xlsb），{AS_TEXT}",
    Kind.DOCUMENT: "这是 Word 或其他类型的文档，不是清单；请把表格复制到 Excel 或 WPS 中保存后再导入。",
    Kind.HTML: f"这是网页格式的表格（只是改了扩展名），{AS_TEXT}",
    Kind.XML: f"这是 XML 表格，{AS_TEXT}",
    Kind.ARCHIVE: "这是压缩包，请解压后逐个导入其中的文件。",
    Kind.UNSAFE: "文件已损坏，或内容异常（展开后过大、条目过多、路径越界），未予打开。",
    Kind.BINARY: "这不是表格文件，请选择由表格软件保存的文件。",
    Kind.EMPTY: "文件是空的，请核对后重新选择。",
}
"""What is said to whoever gave a file that cannot be read where it was given, one sentence for each kind."""


def kind_of(data: bytes) -> Kind:
    """What ``data`` is."""
    if not data.strip():
        return Kind.EMPTY
    if data.startswith(b"PK"):
        return _of_archive(data)
    if data.startswith(OLE2):
        return _of_compound(data)
    return _of_text(data)


def _of_text(data: bytes) -> Kind:
    head = data[:LOOK_AT].removeprefix(b"\xef\xbb\xbf").lstrip()
    if SPREADSHEET_2003 not in head and MARKUP.match(head):
        return Kind.HTML
    if head.startswith(b"<?xml"):
        return Kind.XML
    if data.startswith(BINARY) or (b"\0" in data and not data.startswith(UTF_16)):
        return Kind.BINARY
    return Kind.TEXT


def _of_compound(data: bytes) -> Kind:
    """A workbook with a password is put into the old container, in a stream of its own."""
    if _has(data, "EncryptedPackage", STREAM) or LOCKED.search(data):
        return Kind.ENCRYPTED
    if not (_has(data, "Workbook", STREAM) or _has(data, "Book", STREAM)):
        return Kind.DOCUMENT
    return Kind.MACROS if _has(data, "_VBA_PROJECT_CUR", STORAGE) else Kind.XLS


def _has(data: bytes, name: str, kind: int) -> bool:
    """Whether a compound file's directory has an entry ``name`` of ``kind``: 128 bytes, aligned, the name first."""
    wanted = name.encode("utf-16-le") + b"\0\0"
    at = data.find(wanted)
    while at >= 0:
        entry = data[at : at + DIRECTORY_ENTRY].ljust(DIRECTORY_ENTRY, b"\0")
        if at % DIRECTORY_ENTRY == 0 and struct.unpack_from("<HB", entry, 64) == (len(wanted), kind):
            return True
        at = data.find(wanted, at + 1)
    return False


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
    return _of_parts(names)


def _of_parts(names: set[str]) -> Kind:
    if any(name.startswith(("word/", "ppt/")) for name in names):
        return Kind.DOCUMENT
    if any(name.endswith("vbaProject.bin") or name.startswith("xl/macrosheets/") for name in names):
        return Kind.MACROS
    if "xl/workbook.bin" in names:
        return Kind.XLSB
    return Kind.XLSX if {"[Content_Types].xml", "xl/workbook.xml"} <= names else Kind.ARCHIVE


def _unpacks_to_something_sensible(entries: list[zipfile.ZipInfo], size: int) -> bool:
    """By what the list of entries says; overlapping entries (one body listed often) count each time."""
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    return unpacked <= min(MOST_UNPACKED, MOST_RATIO * size) and packed <= size


def _leads_elsewhere(entry: zipfile.ZipInfo) -> bool:
    is_link = (entry.external_attr >> 16) & FILE_TYPE == SYMBOLIC_LINK
    return is_link or ELSEWHERE.search(entry.orig_filename) is not None
