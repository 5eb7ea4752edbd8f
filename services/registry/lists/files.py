"""Whether an uploaded file can be read as a list; what is none gets one sentence (``upload`` says what a file is)."""

import contextlib
import io
import struct
import zipfile
import zlib

from services.registry.upload import MOST_UNPACKED, SENTENCES, UTF_16, Kind, kind_of

LARGEST = 15_000_000
"""Bytes of a list: one that is kept is one document of MongoDB, which holds 16 MB."""
READABLE = (Kind.TEXT, Kind.XLSX, Kind.XLS)
CHUNK = 1 << 20
SAVE_AS = "请在 Excel 或 WPS 中打开，另存为 xlsx 后再导入。"
ENCODINGS = ("utf-8-sig", "gb18030")


class BadList(Exception):  # noqa: N818 - it is told to a person as it is
    """The file is no list we can read; the text is one sentence."""


def checked(data: bytes) -> Kind:
    """What the list ``data`` is stored as: text, xlsx or xls. Raises BadList when it is no list, or too large."""
    if len(data) > LARGEST:
        raise BadList(f"文件有 {len(data) / 1e6:.0f} MB，超过 {LARGEST // 1_000_000} MB 的上限，请分成几份导入。")
    kind = kind_of(data)
    if kind not in READABLE:
        raise BadList(SENTENCES[kind])
    if kind is Kind.XLSX:
        _inflate(data)
    return kind


def text_of(data: bytes) -> str:
    """The text of a list, whatever it is called and in whichever encoding offices use. Raises BadList."""
    what = kind_of(data)
    if what is not Kind.TEXT:
        raise BadList(SENTENCES[what])
    for encoding in ("utf-16",) if data.startswith(UTF_16) else ENCODINGS:
        with contextlib.suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            if "\0" not in text:
                return text
    raise BadList("文件不是 UTF-8 或 GB18030（GBK）编码的 CSV，请另存为 CSV 或 xlsx 后再导入。")


def _inflate(data: bytes) -> None:
    """Inflate every part once, so that sizes and checksums are true and no part is more than it says."""
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for part in archive.infolist():
                with archive.open(part) as stream:
                    while chunk := stream.read(CHUNK):
                        total += len(chunk)
                        if total > MOST_UNPACKED:
                            raise BadList(SENTENCES[Kind.UNSAFE])
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error, ValueError) as error:
        raise BadList(SENTENCES[Kind.UNSAFE]) from error
