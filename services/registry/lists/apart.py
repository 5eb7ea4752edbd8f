"""Reads one workbook in a process of its own, with memory and time limited: whatever is in it, only this process dies.

``python -m services.registry.lists.apart`` takes the workbook on its standard input and prints
``[[name of the sheet, visible, [[cell, …], …]], …]`` as JSON. A cell is text, a number, a truth value,
``{"day": …}`` or ``{"moment": …}``; the first row is the sheet's first, also when it is empty. Exit code 3: the
sheet is too large; 4: it cannot be read.
"""

import io
import resource
import sys
from datetime import date, datetime
from typing import Any

import orjson
from python_calamine import CalamineError, SheetTypeEnum, SheetVisibleEnum, load_workbook

MEMORY = 2 << 30
SECONDS = 60
MOST_ROWS = 200_000
MOST_COLUMNS = 500
MOST_SHEETS = 50
TOO_LARGE, UNREADABLE = 3, 4


def main() -> int:
    """Read standard input; returns the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with load_workbook(io.BytesIO(sys.stdin.buffer.read())) as workbook:
            sheets: list[Any] = []
            for known in workbook.sheets_metadata[:MOST_SHEETS]:
                if known.typ is not SheetTypeEnum.WorkSheet:
                    continue
                sheet = workbook.get_sheet_by_name(known.name)
                if (sheet.total_height or 0) >= MOST_ROWS or (sheet.total_width or 0) >= MOST_COLUMNS:
                    return TOO_LARGE
                rows = [[_cell(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
                sheets.append([known.name, known.visible is SheetVisibleEnum.Visible, rows])
    except CalamineError:
        return UNREADABLE
    sys.stdout.buffer.write(orjson.dumps(sheets))
    return 0


def _cell(value: Any) -> Any:
    if isinstance(value, str | float | bool | int):
        return value
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return str(value)


if __name__ == "__main__":
    sys.exit(main())
