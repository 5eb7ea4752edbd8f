"""The list as it came, with every faulty cell marked and a last column that says what to mend."""

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import xlsxwriter  # type: ignore[import-untyped]  # it ships no types
from xlsxwriter.format import Format  # type: ignore[import-untyped]  # it ships no types
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # it ships no types

from services.registry.lists.rows import Fault, Listed
from services.registry.lists.sheets import Cell

TITLE = "问题"
AUTHOR = "govwatch"
MOST_COMMENTS = 1_000
"""More comments than these make a workbook slow to open; marks and sentences are in every row."""
LONGEST = 32_767
"""Characters that a cell can hold (ECMA-376 implementations)."""
PLAIN, FAULT, NOTE = "plain", "fault", "note"
LOOKS: Mapping[str, Mapping[str, str]] = {PLAIN: {}, FAULT: {"bg_color": "#FFC7CE"}, NOTE: {"bg_color": "#FFEB9C"}}
DATES = {date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm:ss"}


class _Book:
    """A workbook being written, row after row, with the formats of plain and of marked cells."""

    def __init__(self, file: io.BytesIO) -> None:
        self.file = xlsxwriter.Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
        self.formats: dict[tuple[str, str], Format] = {
            (look, pattern): self.file.add_format({**properties, **({"num_format": pattern} if pattern else {})})
            for look, properties in LOOKS.items()
            for pattern in ("", *DATES.values())
        }

    def cell(self, sheet: Worksheet, row: int, column: int, value: Cell, look: str = PLAIN) -> None:
        """Write one cell as what it is; text is text, whatever it begins with."""
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value, self.formats[look, ""])
        elif isinstance(value, float):
            sheet.write_number(row, column, value, self.formats[look, ""])
        elif isinstance(value, str):
            if value or look != PLAIN:
                _write_text(sheet, row, column, value, self.formats[look, ""])
        else:
            sheet.write_datetime(row, column, value, self.formats[look, DATES[type(value)]])


def returned(listed: Listed, faults: Sequence[Fault], notes: Sequence[Fault] = ()) -> bytes:
    """The rows of ``listed`` as an xlsx workbook, whatever it came as, marked where ``faults`` and ``notes`` are."""
    file = io.BytesIO()
    book = _Book(file)
    sheet = book.file.add_worksheet(_sheet_name(listed.sheet.name))
    last = _last_column(listed)
    sheet.set_column(0, last, 16)
    sheet.set_column(last, last, 60)
    marks: dict[int, list[tuple[str, Fault]]] = defaultdict(list)
    for look, found in ((FAULT, faults), (NOTE, notes)):
        for one in found:
            marks[one.line].append((look, one))
    comments = 0
    for number, row in enumerate(listed.sheet.rows):
        marked: dict[int, tuple[str, list[str]]] = {}
        for look, one in marks.get(number + 1, ()):
            place = listed.layout.columns.get(one.field)
            if place is not None:
                marked.setdefault(place, (look, []))[1].append(one.sentence)
        for column in range(max([len(row), *(place + 1 for place in marked)])):
            if column == last:
                continue
            look, sentences = marked.get(column, (PLAIN, []))
            book.cell(sheet, number, column, row[column] if column < len(row) else "", look)
            if sentences and comments < MOST_COMMENTS:
                comments += 1
                sheet.write_comment(number, column, "\n".join(sentences), {"author": AUTHOR, "x_scale": 2})
        said = [one.sentence if look is FAULT else f"提示：{one.sentence}" for look, one in marks.get(number + 1, ())]
        book.cell(sheet, number, last, TITLE if number == listed.layout.heading else "；".join(said))
    book.file.close()
    return file.getvalue()


def _last_column(listed: Listed) -> int:
    """The column of the problems: the one of a list returned before, or the one after everything."""
    heading = [str(cell).strip() for cell in listed.sheet.rows[listed.layout.heading]]
    return heading.index(TITLE) if TITLE in heading else max(len(row) for row in listed.sheet.rows)


def _sheet_name(name: str) -> str:
    return "".join("_" if letter in "[]:*?/\\" else letter for letter in name).strip("'")[:31] or "清单"


def _write_text(sheet: Worksheet, row: int, column: int, text: str, look: Format) -> None:
    if text:
        sheet.write_string(row, column, text[:LONGEST], look)
    else:
        sheet.write_blank(row, column, None, look)
