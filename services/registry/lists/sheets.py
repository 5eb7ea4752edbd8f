"""The rows of a list with the addresses of their cells, whatever the file is."""

import csv
import io
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from services.registry.lists import apart
from services.registry.lists.files import SAVE_AS, BadList, checked, text_of
from services.registry.upload import Kind

Cell = str | float | bool | date | datetime
"""A cell's value; the empty text when there is none."""

WAIT = 90
DELIMITERS = (",", "\t", ";")
FIRST_LINES = 20
ENOUGH = 4
"""More of one sign in a line say nothing: a single cell may be full of it."""
QUOTED = ("=", "+", "-", "@", "\t", "\r", "'")
"""Cells beginning like this are a formula to some programs; a CSV of ours has an apostrophe before them."""
TOO_LARGE = f"工作表超过 {apart.MOST_ROWS:,} 行或 {apart.MOST_COLUMNS} 列，请删去空白区域或分成几份导入。"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: ``rows[n]`` is row n+1 of the file, also when it is empty."""

    name: str
    rows: Sequence[Sequence[Cell]]
    visible: bool = True


def address(row: int, column: int) -> str:
    """How spreadsheet programs call a cell; both count from 0: ``(2, 1)`` is B3."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row + 1}"


def sheets(data: bytes) -> list[Sheet]:
    """The visible tables of a list (the hidden ones when none is visible). Raises BadList."""
    found = [_text(data)] if checked(data) is Kind.TEXT else list(_workbook(data))
    return [sheet for sheet in found if sheet.visible] or found


def _workbook(data: bytes) -> Iterator[Sheet]:
    command = [sys.executable, "-m", apart.__name__]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=WAIT, check=False)
    except subprocess.TimeoutExpired as error:
        raise BadList(f"工作簿 {WAIT} 秒内没有读完，内容异常；{SAVE_AS}") from error
    if done.returncode == apart.TOO_LARGE:
        raise BadList(TOO_LARGE)
    if done.returncode != 0:
        raise BadList(f"工作簿已损坏，或表格范围异常庞大，无法读取；{SAVE_AS}")
    for name, visible, rows in orjson.loads(done.stdout):
        yield Sheet(name, [[_cell(value) for value in row] for row in rows], visible)


def _cell(value: Any) -> Cell:
    if isinstance(value, dict):
        return date.fromisoformat(value["day"]) if "day" in value else datetime.fromisoformat(value["moment"])
    return float(value) if type(value) is int else value


def _text(data: bytes) -> Sheet:
    text = text_of(data)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows: list[Sequence[Cell]] = []
    try:
        for row in reader:
            rows.append([_unquoted(value) for value in row])
            if len(rows) > apart.MOST_ROWS or len(row) > apart.MOST_COLUMNS:
                raise BadList(TOO_LARGE)
    except csv.Error as error:
        raise BadList(f"第 {reader.line_num} 行不是有效的 CSV，请检查引号是否成对。") from error
    return Sheet("", rows)


def _delimiter(text: str) -> str:
    lines = text.splitlines()[:FIRST_LINES]
    return max(DELIMITERS, key=lambda delimiter: sum(min(line.count(delimiter), ENOUGH) for line in lines))


def _unquoted(value: str) -> str:
    return value[1:] if value.startswith("'") and value[1:].startswith(QUOTED) else value
