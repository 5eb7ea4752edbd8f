"""When an outlet is visited: its own second within an interval, the schedule that says so, the slot a message is for.

Pure. Each outlet has an offset made from its id, so that the visits of a whole province are spread over the interval
and every prober agrees on the slots without asking.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from shared.events.probe import Purpose
from shared.events.registry import NewMedia, Outlet, OutletState

TIERS = (5, 10, 15, 20, 30, 60, 300, 600, 900, 1800, 3600)
"""Seconds between two visits. All divide an hour; the longest still gives 24 a day, where 20 are needed."""
RARE_TIERS = (21_600, 43_200, 86_400, 604_800)
"""Seconds between two visits for what is looked at more seldom; the last is a week."""

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 604_800
# Days of the week as cron counts them (Sunday is 0), from the one on which time began.
WEEKDAY_ZERO = 4


class Pace(StrEnum):
    """How often a website is visited for a probe: at each visit, or more seldom at times of their own."""

    VISIT = "visit"
    CONTENT = "content"
    LINKS = "links"


class Watching(StrEnum):
    """Why an outlet is visited by a schedule, or why not."""

    RUNNING = "running"
    NOT_RUNNING = "not_running"
    NO_SOURCE = "no_source"


class Going(StrEnum):
    """Why a message leads to a visit, or why not."""

    ON_TIME = "on_time"
    AT_ONCE = "at_once"
    MISSED = "missed"
    NOT_RUNNING = "not_running"
    NO_SOURCE = "no_source"
    RUNS_AGAIN = "runs_again"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Six-field cron in UTC (seconds first), and the seconds after which a fired message expires."""

    cron: str
    ttl: int


def watching(outlet: Outlet) -> Watching:
    """Whether ``outlet`` is visited by a schedule."""
    if outlet.state is not OutletState.RUNNING:
        return Watching.NOT_RUNNING
    if isinstance(outlet.filed, NewMedia) and not outlet.filed.source:
        return Watching.NO_SOURCE
    return Watching.RUNNING


def tiers(pace: Pace) -> tuple[int, ...]:
    """The intervals this pace may have."""
    return TIERS if pace is Pace.VISIT else TIERS + RARE_TIERS


def key(outlet: str, pace: Pace) -> str:
    """What the schedule of an outlet for this pace is called on the bus."""
    return outlet if pace is Pace.VISIT else f"{outlet}-{pace.value}"


def schedule(key: str, interval: int, tiers: Collection[int] = TIERS) -> Schedule:
    """The schedule called ``key``. Raises ValueError when ``interval`` is none of the tiers."""
    if interval not in tiers:
        raise ValueError(f"an interval of {interval} seconds is none of {', '.join(map(str, tiers))}")
    own = offset(key, interval)
    seconds = _every(own % MINUTE, interval, MINUTE)
    minutes = _every(own % HOUR // MINUTE, interval // MINUTE, HOUR // MINUTE)
    hours = _every(own % DAY // HOUR, interval // HOUR, DAY // HOUR)
    weekday = str((WEEKDAY_ZERO + own // DAY) % 7) if interval == WEEK else "*"
    return Schedule(f"{seconds} {minutes} {hours} * * {weekday}", interval)


def offset(key: str, interval: int) -> int:
    """The second within ``interval`` that is this schedule's own; its key is the outlet's id, or made from it."""
    return int.from_bytes(sha256(key.encode()).digest()[:8], "big") % interval


def slot(key: str, interval: int, fired_at: datetime) -> datetime:
    """The slot that a message stored at ``fired_at`` is for: the schedule's last one before. 0 = a single look, now.

    The same message gives the same slot however often it is delivered.
    """
    if interval == 0:
        return fired_at.astimezone(UTC).replace(microsecond=fired_at.microsecond // 1000 * 1000)
    own = offset(key, interval)
    seconds = int(fired_at.timestamp())
    return datetime.fromtimestamp(seconds - (seconds - own) % interval, UTC)


def going(outlet: Outlet, purpose: Purpose, interval: int, due_at: datetime, now: datetime) -> Going:
    """Whether to make the visit due at ``due_at``. A slot whose successor has begun is missed, not caught up."""
    if purpose is Purpose.CLOSED:
        return Going.RUNS_AGAIN if outlet.state is OutletState.RUNNING else Going.AT_ONCE
    state = watching(outlet)
    if state is not Watching.RUNNING:
        return Going(state.value)
    if purpose is Purpose.RECHECK or interval == 0:
        return Going.AT_ONCE
    return Going.MISSED if now - due_at >= timedelta(seconds=interval) else Going.ON_TIME


def _every(first: int, step: int, size: int) -> str:
    """A cron field: ``first`` and every ``step`` within ``size``; all when a step is no longer than one."""
    return "*" if step <= 1 else ",".join(map(str, range(first, size, step)))
