"""The rows of a list as what shall be filed: every fault with its line, its cell and a sentence."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from services.registry import filing as decisions
from services.registry.lists import cells
from services.registry.lists.cells import BadCell
from services.registry.lists.shapes import (
    AUTOMATIC,
    CLASSES,
    ColumnMap,
    Kind,
    Layout,
    code_of,
    laid_out,
)
from services.registry.lists.sheets import Cell, Sheet, address, sheets
from services.registry.refusal import Refused
from shared.events import is_region, region_tokens
from shared.events.registry import NewMedia, Particulars, Website

KEYS: dict[Kind, tuple[str, ...]] = {"sites": ("code",), "accounts": ("platform", "id")}
READERS: Mapping[str, Callable[[Cell], str]] = {
    "code": cells.ten_digits,
    "platform": cells.code,
    "id": cells.account,
    "address": cells.web_address,
    "region": cells.code,
}
"""How the cells of a field are read; the others are words."""
LISTED = {"url": "address", "account": "id", "site_class": "class"}
"""Fields that a list calls otherwise than a filing."""
GOOD = {"code": "1000000000", "name": "x", "url": "http://x/", "platform": "x", "account": "x"}
"""Values nothing is wrong with: put in place of a faulty one, the next fault of a row shows."""
BELOW = re.compile(r"(合计|总计|小计|共计|总数|填表|填报|制表|审核|负责人|联系人|联系电话|备注|注[:：]|说明[:：])")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one row: its line in the file, the field, a sentence."""

    line: int
    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One good row. What is empty in ``filed`` and need not be given is not said: it stays as it is in force."""

    line: int
    unit: str
    region: str
    filed: Particulars


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


@dataclass
class _Row:
    """A row being read: its values by field, and what is wrong with it."""

    line: int
    columns: Mapping[str, int]
    values: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, name: str, sentence: str) -> None:
        self.faults.append(Fault(self.line, name, sentence))

    def at_fault(self, name: str) -> bool:
        return any(fault.field == name for fault in self.faults)


def listed(data: bytes, kind: Kind, mapping: ColumnMap = AUTOMATIC) -> Listed:
    """The list in the file ``data``. Raises BadList when it is none."""
    sheet, layout = laid_out(sheets(data), kind, mapping)
    entries: list[Entry] = []
    faults: list[Fault] = []
    left_out: list[int] = []
    first: dict[str, int] = {}
    headings = list(sheet.rows[layout.heading])
    for number, row in enumerate(sheet.rows[layout.heading + 1 :], start=layout.heading + 2):
        given = {name: row[column] if column < len(row) else "" for name, column in layout.columns.items()}
        if all(cell == "" or (isinstance(cell, str) and not cell.strip()) for cell in given.values()):
            continue
        if list(row) == headings or _below(row, list(given.values())):
            left_out.append(number)
            continue
        entry, wrong = _entry(_Row(number, layout.columns), given, kind, mapping)
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


def _entry(
    row: _Row, given: Mapping[str, Cell], kind: Kind, mapping: ColumnMap
) -> tuple[Entry | None, Sequence[Fault]]:
    for name, cell in given.items():
        try:
            row.values[name] = READERS.get(name, cells.words)(cell)
        except BadCell as bad:
            row.values[name] = ""
            row.fault(name, str(bad))
    for name, value in mapping.constants.items():
        row.values[name] = row.values.get(name) or value
    region = _region(row, mapping.places)
    if not row.values["unit"] and not row.at_fault("unit"):
        row.fault("unit", "主办单位必填")
    elif len(row.values["unit"]) > decisions.LONGEST_NAME or decisions.CONTROL.search(row.values["unit"]):
        row.fault("unit", f"主办单位不超过 {decisions.LONGEST_NAME} 字，不能含控制字符")
    filed = _website(row) if kind == "sites" else _account(row)
    _check(row, filed)
    row.faults.sort(key=lambda fault: row.columns.get(fault.field, 0))
    return (None, row.faults) if row.faults else (Entry(row.line, row.values["unit"], region, filed), ())


def _website(row: _Row) -> Website:
    text = row.values["class"]
    site_class = code_of("class", text)
    if site_class not in CLASSES and not row.at_fault("class"):
        row.fault("class", f"类别应为 portal（门户网站）或 department（部门网站），不能是“{text}”")
    return Website(
        code=row.values["code"],
        name=row.values["name"],
        url=row.values["address"],
        site_class="portal" if site_class == "portal" else "department",
    )


def _account(row: _Row) -> NewMedia:
    return NewMedia(
        platform=code_of("platform", row.values["platform"]),
        account=row.values["id"],
        name=row.values["name"],
        verified_as=row.values.get("verified_as", ""),
        source=row.values.get("source", ""),
    )


def _check(row: _Row, filed: Particulars) -> None:
    """Add every fault that the decision on filings finds; it stops at the first, so a good value takes its place."""
    while True:
        try:
            decisions.check(filed)
        except Refused as refused:
            name = LISTED.get(refused.field, refused.field)
            if not row.at_fault(name):
                row.fault(name, refused.sentence)
            update = {refused.field: GOOD.get(refused.field, "")}
            filed = filed.model_copy(update=update)
        else:
            return


def _region(row: _Row, places: Mapping[str, str]) -> str:
    text = row.values["region"]
    code = places.get(text, text)
    if is_region(code):
        return code
    try:
        return region_tokens(code)
    except ValueError:
        if not row.at_fault("region"):
            row.fault("region", f"行政区划应为 6 位代码(如 410105)或四段路径(如 41.01.05.0)，不能是“{text}”")
        return ""
