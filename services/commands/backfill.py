"""``govwatch backfill``: put past visits into the system, marked as put in afterwards.

They become observations like any others (``probe.completed``), except that their vantage, ``backfill:<origin>``, says
where they come from; the actor is the operator, the reason is given. Whatever rests on them says so. All rows of a list
are taken, or none.
"""

import argparse
import asyncio
import csv
import io
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from services.commands.operator import administrator, on_record, operator
from services.commands.register import LARGEST, register
from services.registry.intake import BadList, Fault, text_of
from services.scorer.observations import BACKFILLED, day_of
from services.scorer.store import KEPT
from shared.audit import Deed, Thing
from shared.bus import Bus, NotStored
from shared.documents import SYSTEM
from shared.events import Event, probe
from shared.events.probe import Outcome, Reason
from shared.events.registry import Outlet, Website
from shared.outbox import say
from shared.runtime import utc_now
from shared.settings import Settings
from shared.telemetry import logger
from shared.workdays import SHANGHAI

USAGE = 64
AT_ONCE = 100
PROBE = "reachability"
COLUMNS = ("code", "at", "result", "seconds")
ORIGIN = re.compile(r"[\w-]{1,40}")
SECONDS = re.compile(r"\d{1,4}(\.\d{1,3})?")
COULD_NOT_TELL = (Reason.BLOCKED_PAGE, Reason.OWN_CONNECTIVITY)
RESULTS = {
    Reason.OK: Outcome.ANSWERED,
    **dict.fromkeys(
        (
            Reason.DNS,
            Reason.CONNECT,
            Reason.TLS,
            Reason.TIMEOUT,
            Reason.HTTP_4XX,
            Reason.HTTP_5XX,
            Reason.BROKEN_RESPONSE,
            Reason.TOO_MANY_REDIRECTS,
        ),
        Outcome.FAILED,
    ),
    **dict.fromkeys(COULD_NOT_TELL, Outcome.UNDETERMINED),
}
PRACTICE = ".demo"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """One past visit: line in the list, 网站标识码, when, how it ended, seconds it took (None: not known)."""

    line: int
    code: str
    at: datetime
    result: Reason
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Visits with where they come from, why they are put in, and by whom."""

    rows: Sequence[Row]
    origin: str
    reason: str
    actor: str


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("backfill", help="put past visits of websites in, marked as put in afterwards")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("file", type=Path, nargs="?", help=f"CSV with the columns {','.join(COLUMNS)}")
    what.add_argument("--demo", metavar="CODE", help="make up whole days of visits of a website of a practice city")
    parser.add_argument("--origin", help="who made these visits: letters, digits and -, for example 市级监测平台")
    parser.add_argument("--reason", help="why they are put in")
    parser.add_argument("--dry-run", action="store_true", help="check everything and put nothing in")
    parser.add_argument("--days", type=int, default=7, help="with --demo: the last so many whole days (7)")
    parser.add_argument("--visits", type=int, default=20, help="with --demo: so many visits a day (20)")
    parser.add_argument("--failed", type=int, default=0, help="with --demo: so many of them failed (0)")
    parser.set_defaults(run=_run)


def read(data: bytes, now: datetime) -> tuple[list[Row], list[Fault]]:
    """The visits of a list, the good ones, and what is wrong with the others. Raises BadList.

    ``at`` without a zone is Asia/Shanghai; ``result`` is a reason of ``probe.completed``; an ``ok`` has ``seconds``.
    """
    reader = csv.DictReader(io.StringIO(text_of(data), newline=""), strict=True)
    rows: list[Row] = []
    faults: list[Fault] = []
    seen: dict[tuple[str, datetime], int] = {}
    try:
        if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
            raise BadList(f"缺少列 {'、'.join(missing)}；表头应为 {','.join(COLUMNS)}。")
        for cells in reader:
            row = _row(reader.line_num, *((cells[name] or "").strip() for name in COLUMNS), now=now)
            if isinstance(row, Row) and (row.code, row.at) in seen:
                row = Fault(row.line, "at", f"与第 {seen[row.code, row.at]} 行是同一次访问")
            if isinstance(row, Fault):
                faults.append(row)
                continue
            seen[row.code, row.at] = row.line
            rows.append(row)
    except csv.Error as error:
        raise BadList(f"第 {reader.line_num} 行不是有效的 CSV：{error}") from error
    return rows, faults


def made_up(code: str, today: date, *, days: int, visits: int, failed: int) -> list[Row]:
    """Visits of the last whole ``days``, evenly spaced; the failed ones are spread over them. Raises ValueError."""
    if days < 1 or not 1 <= visits <= 24 * 12 or not 0 <= failed <= days * visits:
        raise ValueError("at least one day, at most 288 visits a day, and no more failed ones than there are")
    slots = [
        datetime.combine(today - DAY * back, time(), SHANGHAI) + DAY / visits * number
        for number in range(visits)
        for back in range(1, days + 1)
    ]
    moments = [slot.astimezone(UTC).replace(microsecond=0) for slot in slots]
    bad = [Row(0, code, moment, Reason.CONNECT, None) for moment in moments[:failed]]
    return [*bad, *(Row(0, code, moment, Reason.OK, 0.4) for moment in moments[failed:])]


async def put_in(settings: Settings, batch: Batch, *, practice: bool = False, dry_run: bool = False) -> list[Fault]:
    """Put ``batch`` on the bus, unless something is wrong with it: gives what.

    ``practice``: only for websites of a practice city. Doing it twice does it once. Raises CannotStart or NotStored.
    """
    outlets, faults = await _outlets(settings, batch.rows, practice=practice)
    if faults or dry_run:
        return faults
    events = [_event(outlets[row.code], row, batch) for row in batch.rows]
    for outlet in outlets.values():
        thing = Thing("outlet", outlet.id, outlet.region, outlet.unit.id)
        details = {"origin": batch.origin, "visits": str(sum(row.code == _code(outlet) for row in batch.rows))}
        await on_record(settings, "scorer", Deed.VISITS_PUT_IN, thing, batch.reason, details)
    async with administrator(settings) as bus:
        for first in range(0, len(events), AT_ONCE):
            await _publish(bus, events[first : first + AT_ONCE])
    for outlet in outlets.values():
        logger("backfill").warning(
            "past visits put in",
            by=batch.actor,
            outlet=outlet.id,
            origin=batch.origin,
            reason=batch.reason,
            visits=sum(row.code == _code(outlet) for row in batch.rows),
        )
    return []


async def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    now = utc_now()
    origin, reason = (arguments.origin, arguments.reason) if arguments.file else ("demo", "practice")
    if not ORIGIN.fullmatch(origin or "") or not (reason or "").strip():
        sys.stderr.write("govwatch backfill: say who made the visits and why they are put in: --origin, --reason\n")
        return USAGE
    try:
        rows, faults = _asked_for(arguments, now)
    except (OSError, BadList, ValueError) as error:
        sys.stderr.write(f"govwatch backfill: {error}\n")
        return USAGE
    batch = Batch(rows, origin, reason.strip(), operator())
    try:
        faults = faults or await put_in(settings, batch, practice=not arguments.file, dry_run=arguments.dry_run)
    except NotStored as error:
        sys.stderr.write(f"govwatch backfill: {error}; give the command again\n")
        return 1
    for fault in faults:
        where = f"{arguments.file}：第 {fault.line} 行 [{fault.field}] " if arguments.file else ""
        sys.stderr.write(f"{where}{fault.sentence}\n")
    sites = len({row.code for row in rows})
    done = f"有误 {len(faults)} 行，没有补录" if faults else "核对无误" if arguments.dry_run else "已补录"
    sys.stdout.write(f"{done}：{sites} 个网站 {len(rows)} 次访问，来源 {origin}。\n")
    return 1 if faults else 0


def _asked_for(arguments: argparse.Namespace, now: datetime) -> tuple[list[Row], list[Fault]]:
    if arguments.file:
        if arguments.file.stat().st_size > LARGEST:
            raise BadList(f"文件超过 {LARGEST // 1_000_000} MB，请分成几份补录。")
        return read(arguments.file.read_bytes(), now)
    options = {name: getattr(arguments, name) for name in ("days", "visits", "failed")}
    return made_up(arguments.demo, day_of(now), **options), []


def _row(line: int, code: str, at: str, result: str, seconds: str, *, now: datetime) -> Row | Fault:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return Fault(line, "at", f"时间应写成 2026-11-15 08:00，不能是“{at}”")
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).astimezone(UTC)
    if not now - KEPT < moment < now:
        return Fault(line, "at", f"只能补录过去 {KEPT.days} 日之内的访问，不能是“{at}”")
    if result not in RESULTS:
        return Fault(line, "result", f"结果应为 {'、'.join(RESULTS)} 之一，不能是“{result}”")
    if not SECONDS.fullmatch(seconds) and (seconds or result == Reason.OK):
        return Fault(line, "seconds", f"打开的访问须写明用时秒数，不能是“{seconds}”")
    return Row(line, code, moment, Reason(result), float(seconds) if seconds else None)


async def _outlets(settings: Settings, rows: Sequence[Row], *, practice: bool) -> tuple[dict[str, Outlet], list[Fault]]:
    """The outlets the rows are about, by code, and the rows that are about none."""
    first = {row.code: row.line for row in reversed(rows)}
    found: dict[str, Outlet] = {}
    async with register(settings) as app:
        for code in first:
            if kept := await app.store.outlet(f"w-{code}", SYSTEM):
                found[code] = kept.outlet
    return found, list(_strangers(first, found, practice=practice))


def _strangers(first: dict[str, int], found: dict[str, Outlet], *, practice: bool) -> Iterator[Fault]:
    for code, line in first.items():
        filed = found[code].filed if code in found else None
        if not isinstance(filed, Website):
            yield Fault(line, "code", f"没有标识码为“{code}”的在册网站")
        elif practice and not (urlsplit(filed.url).hostname or "").endswith(PRACTICE):
            yield Fault(line, "code", f"{code} 不是演练城市的网站，不能编造它的访问")


def _event(outlet: Outlet, row: Row, batch: Batch) -> Event[Any]:
    vantage = BACKFILLED + batch.origin
    fact = probe.Completed(
        outlet=outlet.id,
        unit=outlet.unit,
        probe=PROBE,
        outcome=RESULTS[row.result],
        reason=row.result,
        measured={} if row.seconds is None else {"seconds": row.seconds},
        vantage=vantage,
        due_at=row.at,
        looked_at=row.at,
    )
    return say(
        fact,
        subject=outlet.id,
        region=outlet.region,
        actor=batch.actor,
        reason=f"backfill: {batch.reason}",
        id_=f"{outlet.id}|{PROBE}|{vantage}|{row.at.isoformat()}",
    )


async def _publish(bus: Bus, events: Sequence[Event[Any]]) -> None:
    await asyncio.gather(*(bus.publish(event) for event in events))


def _code(outlet: Outlet) -> str:
    return outlet.filed.code if isinstance(outlet.filed, Website) else ""
