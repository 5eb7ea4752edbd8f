"""The register in the shapes that lists have: what is written here is read again without a change."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

import xlsxwriter  # type: ignore[import-untyped]  # it ships no types

from services.registry.lists.cells import BETWEEN, addresses, joined, lines
from services.registry.lists.shapes import FIELDS, KINDS, WORDS, Kind
from services.registry.lists.sheets import QUOTED
from shared.events.registry import NewMedia, Outlet, OutletState, Unit, Website

STATE = "状态"
STATES = {
    OutletState.RUNNING: "运行",
    OutletState.SUSPENDED: "临时下线",
    OutletState.MERGED: "已整合",
    OutletState.CLOSED: "永久关停",
}
YES_NO = {True: "是", False: "否", None: ""}
WIDTH = 24


def table(kind: Kind, outlets: Iterable[Outlet], units: Mapping[str, Unit]) -> Iterator[list[str]]:
    """The headings, then one row for each of ``outlets``, every cell a text. ``units`` are units by id."""
    yield [*(field.title for field in FIELDS[kind]), STATE]
    for outlet in outlets:
        values = _values(outlet, units.get(outlet.unit.id))
        yield [*(values.get(field.name, "") for field in FIELDS[kind]), STATES[outlet.state]]


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


def _values(outlet: Outlet, unit: Unit | None) -> dict[str, str]:
    shared = {"name": outlet.filed.name, "unit": outlet.unit.name, "region": _region(outlet.region)}
    about = {
        "credit_code": unit.credit_code,
        "level": _word("level", unit.level or ""),
        "unit_kind": _word("unit_kind", unit.unit_kind or ""),
        "in_government": YES_NO[unit.in_government],
        "external_service": YES_NO[unit.external_service],
    } if unit else {}  # fmt: skip  # pairs read better one below the other
    return {
        **shared,
        **about,
        **(_account(outlet.filed) if isinstance(outlet.filed, NewMedia) else _site(outlet.filed)),
    }


def _account(filed: NewMedia) -> dict[str, str]:
    return {
        "platform": _word("platform", filed.platform),
        "id": filed.account,
        "verified_as": filed.verified_as,
        "source": filed.source,
        "subtype": _word("subtype", filed.subtype),
        "url": filed.url,
        "main": YES_NO[filed.main],
        "operator": filed.operator,
        "intro": filed.intro,
        "licences": joined(filed.licences, lines),
    }


def _site(filed: Website) -> dict[str, str]:
    platform = filed.shared_platform
    return {
        "code": filed.code,
        "address": filed.url,
        "class": _word("class", filed.site_class),
        "domains": BETWEEN.join(filed.domains),
        "redirects": joined(filed.redirects, addresses),
        "icp": filed.icp,
        "police": filed.police,
        "ipv6": YES_NO[filed.ipv6],
        "operator": filed.operator,
        "platform_name": platform.name if platform else "",
        "platform_state": _word("platform_state", platform.state) if platform else "",
        "platform_since": platform.since.isoformat() if platform and platform.since else "",
    }


def _word(field: str, code: str) -> str:
    words = WORDS[field].get(code)
    return words[0] if words else code


def _region(path: str) -> str:
    """The six-digit code of a region, or its path where it has a local code."""
    tokens = path.split(".")
    return "".join(tokens[:3]) if tokens[3] == "0" else path
