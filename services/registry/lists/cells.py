"""One cell as the text a field wants, and what a spreadsheet program may have done to it."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime

from services.registry.lists.sheets import Cell

EXACT = 1e15
"""From here on a number in a spreadsheet is no longer exact in every digit (15 significant digits)."""
BLANK = " \t\r\n\u3000\xa0\ufeff\u200b\u200c\u200d\u2060"
BREAK = re.compile(r"\s*[\r\n]+\s*")
WIDE = {0x3000: " "} | {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
SCIENTIFIC = re.compile(r"[+-]?\d(\.\d+)?[Ee]\+?\d{1,3}")
HOST = re.compile(r"(?=.{4,253}$)([\w-]{1,63}\.)+(cn|com|net|org|政务|公益|中国)(:\d{1,5})?(/\S*)?", re.IGNORECASE)
AS_TEXT = "请把该列设为文本格式后重新填写"


YES = frozenset({"是", "有", "支持", "已支持", "√", "✓", "y", "yes", "true", "1"})
NO = frozenset({"否", "无", "不支持", "未支持", "×", "x", "n", "no", "false", "0"})
DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
SEVERAL = re.compile(r"[;；,，、\s]+")
ENTRIES = re.compile(r"[；\n]")
ADDRESSES = re.compile(r"[;,，、\s]+(?=https?://)", re.IGNORECASE)
"""What stands before the next address of a cell: an address may have the same signs in it."""
BETWEEN = "；"
"""What we write between several values of one cell."""


class BadCell(Exception):  # noqa: N818 - it is told to a person as it is
    """What a cell holds cannot be the field; the text is a sentence."""


def words(cell: Cell) -> str:
    """A name or another text for people: as it stands, in one line, without blanks around it. Raises BadCell."""
    if isinstance(cell, date | datetime):
        raise BadCell(f"这一格是日期（{cell:%Y-%m-%d}），应为文字；{AS_TEXT}")
    if isinstance(cell, bool):
        raise BadCell("这一格是逻辑值，应为文字")
    if isinstance(cell, float):
        return _digits(cell)
    return BREAK.sub("", cell.strip(BLANK))


def code(cell: Cell) -> str:
    """A code, an identifier or an address: full-width letters and digits as plain ones. Raises BadCell.

    Refused are numbers that a spreadsheet program rounded, and text in which it already wrote such a number.
    """
    text = words(cell).translate(WIDE).strip()
    if SCIENTIFIC.fullmatch(text):
        raise BadCell(f"这一格被存成了科学计数“{text}”，后面的数位已经丢失；{AS_TEXT}")
    return text


def ten_digits(cell: Cell) -> str:
    """A 网站标识码. Raises BadCell for a number with fewer digits: the zeros before it were dropped."""
    text = code(cell)
    if isinstance(cell, float) and len(text) < 10:  # noqa: PLR2004 - a code has ten digits
        raise BadCell(f"这一格被存成了数字 {text}，不足 10 位，开头的 0 可能已经丢失；{AS_TEXT}")
    return text


def account(cell: Cell) -> str:
    """An account's identifier. Raises BadCell for a number: whether zeros stood before it can no longer be told."""
    text = code(cell)
    if isinstance(cell, float) and len(text) < 6:  # noqa: PLR2004 - platforms give numbers of more digits
        raise BadCell(f"这一格被存成了数字 {text}，开头的 0 可能已经丢失；{AS_TEXT}")
    return text


def web_address(cell: Cell) -> str:
    """A web address; a bare host name such as ``www.zz.gov.cn`` is one over http."""
    text = words(cell)
    plain = unicodedata.normalize("NFKC", text)
    if not text.casefold().startswith(("http://", "https://")):
        text = plain
    return f"http://{text}" if HOST.fullmatch(text) else text


def paragraphs(cell: Cell) -> str:
    """A text for people that may have several lines. Raises BadCell."""
    return entries(cell).strip(BLANK)


def entries(cell: Cell) -> str:
    """Several values in one cell, to be divided yet: also with the line break it begins with. Raises BadCell."""
    return re.sub(r"\r\n?", "\n", cell) if isinstance(cell, str) else words(cell)


def yes_no(cell: Cell) -> str:
    """``是`` or ``否`` for what offices write instead, empty for nothing. Raises BadCell."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    text = code(cell).casefold()
    if text and text not in YES | NO:
        raise BadCell(f"应填“是”或“否”，不能是“{text}”")
    return text and ("是" if text in YES else "否")


def day(cell: Cell) -> str:
    """A calendar day as ``2024-05-01``, empty for nothing. Raises BadCell."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    text = code(cell)
    found = DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())).isoformat() if found else _no_day(text)
    except ValueError:
        return _no_day(text)


def _no_day(text: str) -> str:
    if text:
        raise BadCell(f"应为日期，如 2024-05-01，不能是“{text}”")
    return ""


def several(text: str) -> tuple[str, ...]:
    """Addresses, names of hosts and the like in one cell, each once."""
    return tuple(dict.fromkeys(filter(None, SEVERAL.split(text))))


def lines(text: str) -> tuple[str, ...]:
    """Several texts in one cell, each once, with ； or line breaks between them: see ``joined``."""
    parts = text.split("\n") if text.startswith("\n") else ENTRIES.split(text)
    return tuple(dict.fromkeys(filter(None, (part.strip(BLANK) for part in parts))))


def addresses(text: str) -> tuple[str, ...]:
    """Several web addresses in one cell, each once: divided as ``lines``, or where another http:// or https:// begins.

    Whatever else is in an address may belong to it.
    """
    return lines(text if ENTRIES.search(text.strip(BLANK)) or text.startswith("\n") else ADDRESSES.sub("\n", text))


def joined(values: tuple[str, ...], split: Callable[[str], tuple[str, ...]]) -> str:
    """One cell that ``split`` divides into ``values`` again: with a line break first, line breaks alone divide it."""
    text = BETWEEN.join(values)
    return text if split(text) == values else "".join(f"\n{value}" for value in values)


def _digits(number: float) -> str:
    if not number.is_integer() or abs(number) >= EXACT:
        raise BadCell(f"这一格被存成了数字 {number:g}，数位不准确；{AS_TEXT}")
    return str(int(number))
