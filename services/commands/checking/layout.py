"""Text on a terminal: how wide it is, where it breaks, and nothing in it that the terminal would obey. Pure."""

import unicodedata
from collections.abc import Iterator

MAY_NOT_BEGIN = frozenset("，。、；：？！）〕》」』】”’…,.;:?!)]}%")
MAY_NOT_END = frozenset("（〔《「『【“‘([{")


def clean(text: str) -> str:
    """``text`` on one line; what is not printable (control characters, changes of direction) becomes U+FFFD."""
    return "".join(char if char.isprintable() else "\ufffd" for char in " ".join(text.split()))


def width(text: str) -> int:
    """The columns ``text`` takes: two for wide East Asian characters, none for those that combine."""
    return sum(map(_columns, text))


def padded(text: str, columns: int) -> str:
    """``text`` with blanks after it, ``columns`` wide; wider text stays as it is."""
    return text + " " * (columns - width(text))


def shortened(text: str, columns: int) -> str:
    """``text`` in at most ``columns``; what is too long ends with an ellipsis."""
    if width(text) <= columns:
        return text
    kept = text
    while kept and width(kept) > columns - 1:
        kept = kept[:-1]
    return kept + "…"


def wrapped(text: str, columns: int) -> list[str]:
    """``text`` in lines of at most ``columns``: words stay whole where they fit, punctuation with what it follows."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text, columns):
        if line and width(line) + width(piece.rstrip()) > columns:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def _pieces(text: str, columns: int) -> Iterator[str]:
    """``text`` cut wherever a line may end; no piece is wider than ``columns``."""
    piece = ""
    for char in text:
        if piece and (_may_part(piece[-1], char) or width(piece) + _columns(char) > columns):
            yield piece
            piece = ""
        piece += char
    if piece:
        yield piece


def _may_part(before: str, after: str) -> bool:
    if after in MAY_NOT_BEGIN or before in MAY_NOT_END or after == " ":
        return False
    return before == " " or _columns(before) > 1 or _columns(after) > 1
