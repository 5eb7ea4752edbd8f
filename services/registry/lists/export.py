"""The register in the shapes that lists have: what is written here is read again without a change."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import xlsxwriter  # type: ignore[import-untyped]  # it ships no types

from services.registry.lists.shapes import CLASSES, FIELDS, KINDS, PLATFORMS, Kind
from services.registry.lists.sheets import QUOTED
from shared.events.registry import NewMedia, Outlet, OutletState

STATE = "状态"
STATES = {OutletState.RUNNING: "运行", OutletState.SUSPENDED: "临时下线", OutletState.CLOSED: "永久关停"}
FIRST_WORDS = {code: words[0] for code, words in (CLASSES | PLATFORMS).items()}
WIDTH = 24


def table(kind: Kind, outlets: Iterable[Outlet]) -> Iterator[list[str]]:
    """The headings, then one row for each of ``outlets``, every cell a text."""
    yield [*(field.title for field in FIELDS[kind]), STATE]
    for outlet in outlets:
        values = _values(outlet)
        yield [*(values[field.name] for field in FIELDS[kind]), STATES[outlet.state]]


def workbook(kind: Kind, rows: Iterable[list[str]], file: BinaryIO) -> None:
    """Write ``rows`` as xlsx. Every cell is a text: no code loses its zeros, and nothing is a formula."""
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet(f"{KINDS[kind]}清单")
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"num_format": "@", "bold": True})
        sheet.set_column(0, len(FIELDS[kind]), WIDTH)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                sheet.write_string(number, column, value, text if number else bold)


def text(rows: Iterable[list[str]], file: BinaryIO) -> None:
    """Write ``rows`` as CSV in UTF-8 with a BOM. A cell that a program could take for a formula begins with ``'``."""
    stream = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    csv.writer(stream).writerows([_quoted(value) for value in row] for row in rows)
    stream.detach()


def _quoted(value: str) -> str:
    return f"'{value}" if value.startswith(QUOTED) else value


def _values(outlet: Outlet) -> dict[str, str]:
    shared = {"name": outlet.filed.name, "unit": outlet.unit.name, "region": _region(outlet.region)}
    filed = outlet.filed
    if isinstance(filed, NewMedia):
        platform = FIRST_WORDS.get(filed.platform, filed.platform)
        own = {"platform": platform, "id": filed.account, "verified_as": filed.verified_as, "source": filed.source}
    else:
        own = {"code": filed.code, "address": filed.url, "class": FIRST_WORDS[filed.site_class]}
    return {**shared, **own}


def _region(path: str) -> str:
    """The six-digit code of a region, or its path where it has a local code."""
    tokens = path.split(".")
    return "".join(tokens[:3]) if tokens[3] == "0" else path
