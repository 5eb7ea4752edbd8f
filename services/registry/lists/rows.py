"""The rows of a list as what shall be filed: every fault with its line, its cell and a sentence."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from services.registry import filing as decisions
from services.registry.lists import cells
from services.registry.lists.cells import BadCell
from services.registry.lists.meaning import About, Fault, Row, about_unit, filed_of, region_of
from services.registry.lists.shapes import AUTOMATIC, FIELDS, ColumnMap, Kind, Layout, laid_out
from services.registry.lists.sheets import Cell, Sheet, address, sheets
from shared.events.registry import Particulars

__all__ = ["KEYS", "Entry", "Fault", "Listed", "listed"]

KEYS: dict[Kind, tuple[str, ...]] = {"sites": ("code",), "accounts": ("platform", "id")}
READERS: Mapping[str, Callable[[Cell], str]] = {
    "code": cells.ten_digits,
    "platform": cells.code,
    "id": cells.account,
    "address": cells.web_address,
    "region": cells.code,
    "domains": cells.paragraphs,
    "redirects": cells.entries,
    "ipv6": cells.yes_no,
    "main": cells.yes_no,
    "in_government": cells.yes_no,
    "external_service": cells.yes_no,
    "platform_since": cells.day,
    "credit_code": cells.code,
    "url": cells.web_address,
    "licences": cells.entries,
    "intro": cells.paragraphs,
}
"""How the cells of a field are read; the others are words."""
NOTHING_SAID = About()
BELOW = re.compile(r"(合计|总计|小计|共计|总数|填表|填报|制表|审核|负责人|联系人|联系电话|备注|注[:：]|说明[:：])")


@dataclass(frozen=True, slots=True)
class Entry:
    """One good row. What is not set in ``filed``, or empty, is not said: it stays as it is in force."""

    line: int
    unit: str
    region: str
    filed: Particulars
    about: About = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as read: good rows, faults, and the lines left out (repeated headings, sums, signatures)."""

    kind: Kind
    sheet: Sheet
    layout: Layout
    entries: Sequence[Entry]
    faults: Sequence[Fault]
    left_out: Sequence[int]

    def cell(self, fault: Fault) -> str:
        """The address of the cell at fault, empty when the list has no such column."""
        column = self.layout.columns.get(fault.field)
        return "" if column is None else address(fault.line - 1, column)


def listed(data: bytes, kind: Kind, mapping: ColumnMap = AUTOMATIC) -> Listed:
    """The list in the file ``data``. Raises BadList when it is none."""
    sheet, layout = laid_out(sheets(data), kind, mapping)
    entries: list[Entry] = []
    faults: list[Fault] = []
    left_out: list[int] = []
    first: dict[str, int] = {}
    headings = list(sheet.rows[layout.heading])
    needed = [field.name for field in FIELDS[kind] if field.needed]
    for number, row in enumerate(sheet.rows[layout.heading + 1 :], start=layout.heading + 2):
        given = {name: row[column] if column < len(row) else "" for name, column in layout.columns.items()}
        if all(_is_blank(cell) for cell in given.values()):
            continue
        if list(row) == headings or _below(row, [given[name] for name in needed if name in given]):
            left_out.append(number)
            continue
        entry, wrong = _entry(Row(number, layout.columns), given, kind, mapping)
        if entry is not None:
            outlet = decisions.outlet_id(entry.filed)
            line = first.setdefault(outlet, number)
            if line == number:
                entries.append(entry)
            else:
                wrong = [Fault(number, KEYS[kind][0], f"与第 {line} 行是同一个对象({outlet})")]
        faults += wrong
    return Listed(kind, sheet, layout, entries, faults, left_out)


def _below(row: Sequence[Cell], given: Sequence[Cell]) -> bool:
    """Whether a row is a sum or a signature below the list: such a word first, and most fields without a value."""
    text = next((text for cell in row if (text := str(cell).strip())), "")
    return 2 * sum(not str(cell).strip() for cell in given) >= len(given) and (
        BELOW.match(re.sub(r"\s", "", text)) is not None
    )


def _is_blank(cell: Cell) -> bool:
    return isinstance(cell, str) and not cell.strip()


def _entry(row: Row, given: Mapping[str, Cell], kind: Kind, mapping: ColumnMap) -> tuple[Entry | None, Sequence[Fault]]:
    said = {name: value for name, value in mapping.constants.items() if _is_blank(given.get(name, ""))}
    for name, cell in {**given, **said}.items():
        try:
            row.values[name] = READERS.get(name, cells.words)(cell)
        except BadCell as bad:
            row.values[name] = ""
            row.fault(name, str(bad))
    region, unit = region_of(row, mapping.places), row.said("unit")
    if not unit and not row.at_fault("unit"):
        row.fault("unit", "主办单位必填")
    elif len(unit) > decisions.LONGEST_NAME or decisions.CONTROL.search(unit):
        row.fault("unit", f"主办单位不超过 {decisions.LONGEST_NAME} 字，不能含控制字符")
    filed, about = filed_of(row, kind), about_unit(row)
    row.faults.sort(key=lambda fault: row.columns.get(fault.field, 0))
    return (None, row.faults) if row.faults else (Entry(row.line, unit, region, filed, about), ())
