"""统计: the page, the file to download and the API with the figures of a period."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BeforeValidator

from services.registry.app import Registry
from services.registry.compared import FIELD_NAMES
from services.registry.counting import counted
from services.registry.filing import day_of
from services.registry.life import KINDS
from services.registry.particulars import PLATFORMS
from services.registry.register import crumbs, tabs
from services.registry.search import CLASSES, STATES
from services.registry.search import KINDS as OUTLETS
from services.registry.statistics import NOT_PLANNED, Count, Group, Key, Period, Tally, count
from shared import web
from shared.documents import Scope
from shared.events.region import RegionPrefix
from shared.identity import Action, scope
from shared.web import SignedIn, page, region_name

Day = Annotated[date, BeforeValidator(lambda typed: date.fromisoformat(typed) if isinstance(typed, str) else typed)]
"""A day as people and programs write it, 2026-11-22, and never a number of seconds."""
LONGEST = 3660
"""Days of a period: ten years."""
QUARTER = 3
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COUNTS: Mapping[str, str] = {
    Count.APPLIED: "申请",
    Count.APPROVED: "批准",
    Count.EFFECTIVE: "生效",
    Count.RETURNED: "退回",
    Count.WITHDRAWN: "撤回",
    Count.ON_TIME: "按时申请",
    Count.LATE: "逾期申请",
}
GROUPS = {
    Group.STOCK: "期末在册",
    Group.MIGRATION: "集约化迁移",
    Group.FILINGS: "备案",
    Group.CHANGED: "变更内容",
    Group.BROKEN: "未按期",
    Group.UNFILED: "未备案",
}
MIGRATION = {NOT_PLANNED: "未计划", "planned": "已计划", "migrating": "迁移中", "migrated": "已迁移"}
LIMITS = {
    "first": "未事先备案",
    "before": "提前时间不足",
    "within": "超过期限才备案",
    "decide": "未按期审批",
    "mend": "未按期补正",
    "duty": "未按期完成后续事项",
    "until": "临时下线到期未恢复",
}
UNFILED = {
    "unfiled_confirmed": "发现变更未备案",
    "unfiled_settled": "变更未备案已办结",
    "opening_unfiled": "发现开设未备案",
    "closure_unfiled": "发现关停未备案",
    "still_alive": "发现关停后仍在更新",
}
WORDS: Mapping[str, Mapping[str, str]] = {
    Group.STOCK: {**CLASSES, **PLATFORMS},
    Group.MIGRATION: MIGRATION,
    Group.FILINGS: {kind.value: word for kind, word in KINDS.items()},
    Group.CHANGED: {"shared_platform": "集约化平台", "columns": "栏目", **FIELD_NAMES},
    Group.BROKEN: LIMITS,
    Group.UNFILED: UNFILED,
}
HOW: Mapping[str, Mapping[str, str]] = {Group.STOCK: STATES, Group.FILINGS: COUNTS}


class Asked(NamedTuple):
    """What somebody wants to see: a period, a region (prefix) and their own words for a title."""

    period: Period
    under: str
    label: str


class Row(NamedTuple):
    """A line of the table by region: ``own`` is the own level of ``prefix`` alone."""

    prefix: str
    own: bool
    figures: Mapping[Key, int]

    @property
    def name(self) -> str:
        """What people read."""
        return region_name(self.prefix) + ("本级" if self.own else "")


def router(app: Registry) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/registry")

    def asked(
        from_: Annotated[Day | None, Query(alias="from")] = None,
        to: Day | None = None,
        under: RegionPrefix = "",
        label: Annotated[str, Query(max_length=60)] = "",
    ) -> Asked:
        return Asked(_period(from_, to, day_of(app.now())), under, label.strip())

    Wanted = Annotated[Asked, Depends(asked)]  # noqa: N806 - a type

    @routes.get("/statistics", include_in_schema=False)
    async def shown(request: Request, person: SignedIn, wanted: Wanted) -> Response:
        seen, as_of = scope(person, Action.SEE), app.now()
        rows = _rows(await counted(app, seen, wanted.period), wanted.under, seen)
        return page(request, "statistics.html", as_of=as_of, tabs=tabs(person), **_context(wanted, rows, seen))

    @routes.get("/statistics.csv", include_in_schema=False)
    async def downloaded(person: SignedIn, wanted: Wanted) -> Response:
        seen, as_of = scope(person, Action.SEE), app.now()
        rows = _rows(await counted(app, seen, wanted.period), wanted.under, seen)
        name = f"statistics-{wanted.period.first}-{wanted.period.last}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(_csv(wanted, rows, as_of), media_type="text/csv; charset=utf-8", headers=headers)

    @routes.get("/api/statistics", tags=["registry"])
    async def told(person: SignedIn, wanted: Wanted) -> dict[str, Any]:
        """The figures of a period (``from``, ``to``: days in Beijing, both included) below ``under``, by region."""
        seen, as_of = scope(person, Action.SEE), app.now()
        total, *rows = _rows(await counted(app, seen, wanted.period), wanted.under, seen)
        return {
            "from": wanted.period.first,
            "to": wanted.period.last,
            "as_of": as_of,
            "label": wanted.label,
            "under": total.prefix,
            "figures": _figures(total),
            "regions": [{"region": row.prefix, "own_level": row.own, "figures": _figures(row)} for row in rows],
        }

    return routes


def _context(wanted: Asked, rows: Sequence[Row], seen: Scope) -> dict[str, Any]:
    """What the page needs beside who reads it when."""
    at = rows[0].prefix
    return {
        "asked": wanted,
        "rows": rows,
        "at": at,
        "total": rows[0].figures,
        "crumbs": crumbs(at, seen),
        "many": count,
        "lines": _lines(rows[0].figures),
        "groups": Group,
        "counts": COUNTS,
        "states": STATES,
        "outlets": OUTLETS,
        "words": WORDS,
    }


def _period(first: date | None, last: date | None, today: date) -> Period:
    """The days asked for: without any, this quarter to today. Raises Refused for days that are no period."""
    last = last or today
    first = first or date(last.year, (last.month - 1) // QUARTER * QUARTER + 1, 1)
    if last > today:
        raise _wrong("to", "截止日期不能晚于今天。")
    if not 0 <= (last - first).days <= LONGEST:
        raise _wrong("from", "起始日期应不晚于截止日期，相距不超过十年。")
    return Period(first, last)


def _wrong(field: str, sentence: str) -> web.Refused:
    return web.Refused("bad_period", sentence, 422, {field: sentence})


def _rows(tally: Tally, under: str, seen: Scope) -> list[Row]:
    """The lines of a region: all of it, its own level, and each part, which sum up to the first."""
    at = under or (seen.regions[0] if len(seen.regions) == 1 and not seen.units else "")
    own = tally.own(at)
    rows = [Row(at, own=False, figures=tally.total(at))]
    rows += [Row(at, own=True, figures=own)] if own else []
    return [*rows, *(Row(part, own=False, figures=tally.total(part)) for part in tally.parts(at))]


def _lines(figures: Mapping[Key, int]) -> dict[Group, list[tuple[str, str]]]:
    """The lines of each table: kind of outlet and what, in the order of the words."""
    lines: dict[Group, list[tuple[str, str]]] = {}
    for group, words in WORDS.items():
        place = {what: number for number, what in enumerate(words)}
        found = {(key.of, key.what) for key in figures if key.group == group}
        lines[Group(group)] = sorted(found, key=lambda line: (line[0] != "website", place.get(line[1], 999), line))
    return lines


def _figures(row: Row) -> list[dict[str, Any]]:
    return [{**key._asdict(), "count": many} for key, many in sorted(row.figures.items())]


def _csv(wanted: Asked, rows: Iterable[Row], as_of: datetime) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    period = wanted.period
    stated: list[list[object]] = [
        ["名称", wanted.label],
        ["起", period.first],
        ["止", period.last],
        ["数据截至", as_of.isoformat()],
    ]
    head: list[object] = ["区划", "地区", "类别", "对象", "项目", "情况", "数量"]
    for line in (*stated, head, *_cells(rows)):
        writer.writerow([harmless(str(cell)) for cell in line])
    return out.getvalue().encode("utf-8-sig")


def _cells(rows: Iterable[Row]) -> Iterator[list[object]]:
    for row in rows:
        for key, many in sorted(row.figures.items()):
            what = WORDS[key.group].get(key.what, key.what)
            how = HOW.get(key.group, {}).get(key.how, key.how)
            yield [row.prefix, row.name, GROUPS[key.group], OUTLETS.get(key.of, ""), what, how, many]


def harmless(cell: str) -> str:
    """``cell`` so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
