"""附件: what a file that comes with a filing may be, by its content and never by its name. Pure.

How the formats begin: ISO 32000 (pdf), ITU-T T.81 (jpg), ISO/IEC 15948 (png); GB/T 33190 (ofd), ECMA-376 (docx, xlsx)
are archives that hold a part of a certain name.
"""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import PurePath

from services.registry.filing.checks import bad
from services.registry.filing.record import Attached

LARGEST = 10_000_000
"""Bytes of one file."""
MOST = 20
MOST_ENTRIES = 2_000
MOST_UNPACKED = 200_000_000
LONGEST_NAME = 120
UNNAMED = "附件"
ENCRYPTED = 0x1
BEGINS: Mapping[bytes, str] = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}
HOLDS: Mapping[str, str] = {"OFD.xml": "ofd", "word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
MEDIA: Mapping[str, str] = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "ofd": "application/ofd",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]')
"""What no name of a file has: controls, what shells and Windows mean something by, and what turns text around."""
SHA256 = "^[0-9a-f]{64}$"
PURPOSE = "^([a-z][a-z0-9_]{0,39})?$"
ENTRY = re.compile(r"([0-9a-f]{64}) (-|[a-z][a-z0-9_]{0,39}) (.{1,200})")
MACROS = ("vbaProject.bin", "word/vbaData.xml")


def received(name: str, data: bytes, what: str = "") -> Attached:
    """A file as it was sent. Raises Refused when it is too large, empty, or none of the kinds."""
    field = f"file-{what}" if what else "files"
    if not data:
        raise bad(field, f"“{cleaned(name)}”是空文件")
    if len(data) > LARGEST:
        raise bad(field, f"“{cleaned(name)}”超过 {LARGEST // 1_000_000} MB")
    kind = kind_of(data)
    if kind is None:
        sentence = "只收 pdf、jpg、png、ofd、docx 和 xlsx（不含宏、没有密码），以内容为准"
        raise bad(field, f"“{cleaned(name)}”不能接收：{sentence}")
    stem = cleaned(name)
    if not stem.lower().endswith((f".{kind}", ".jpeg" if kind == "jpg" else f".{kind}")):
        stem = f"{stem}.{kind}"
    return Attached(sha256=sha256(data).hexdigest(), name=stem, size=len(data), media_type=MEDIA[kind], what=what)


def within(attached: Sequence[Attached]) -> tuple[Attached, ...]:
    """All files of one filing, each once for each purpose. Raises Refused when they are too many."""
    found = {(one.sha256, one.what): one for one in attached}
    if len(found) > MOST:
        raise bad("files", f"附件最多 {MOST} 个")
    return tuple(found.values())


def entry(text: str) -> tuple[str, str, str]:
    """What a form says of a file it sent before: ``<sha256> <purpose or -> <name>``. Raises Refused for other texts."""
    found = ENTRY.fullmatch(text)
    if found is None:
        raise bad("files", "附件已经失效，请重新选择")
    return found[1], found[2].removeprefix("-"), found[3]


def kind_of(data: bytes) -> str | None:
    """``pdf``, ``docx`` …; None when it is nothing that is taken."""
    for beginning, kind in BEGINS.items():
        if data.startswith(beginning):
            return kind
    return _of_archive(data) if data.startswith(b"PK\x03\x04") else None


def cleaned(name: str) -> str:
    """The name of a file without its folders and without anything a system could trip over."""
    last = PurePath(name.replace("\\", "/")).name
    plain = FORBIDDEN.sub("", last).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if dot and len(plain) > LONGEST_NAME:
        plain = f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
    return plain[:LONGEST_NAME] or UNNAMED


def _of_archive(data: bytes) -> str | None:
    """What the archive's own list of entries says; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, EOFError):
        return None
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        return None
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & ENCRYPTED for entry in entries) or any(name.endswith(MACROS) for name in names):
        return None
    return next((kind for part, kind in HOLDS.items() if part in names), None)
