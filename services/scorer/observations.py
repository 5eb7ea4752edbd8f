"""What is known of one outlet, as evaluators read it: looks, changes nobody filed, times it was offline. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import JsonValue

from shared.events.probe import Outcome, Purpose, Reason
from shared.events.registry import Difference, OutletState
from shared.events.score import Exhibit
from shared.workdays import SHANGHAI

PROFILE = "profile"
"""The name under which what a source showed of an account is kept, beside the names of the probes."""
BACKFILLED = "backfill:"
"""A vantage that begins so is no place of ours: a person put these looks in afterwards; the rest names their origin."""
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sample:
    """One look of one slot (``due_at``) from one vantage. ``measured`` is what the probe documents."""

    probe: str
    vantage: str
    due_at: datetime
    looked_at: datetime
    outcome: Outcome
    reason: Reason
    purpose: Purpose
    measured: Mapping[str, JsonValue]
    evidence: str | None = None
    source: str = ""

    @property
    def origin(self) -> str:
        """Where a look comes from that was put in afterwards; empty for one of our own."""
        return self.vantage.removeprefix(BACKFILLED) if self.vantage.startswith(BACKFILLED) else ""

    def exhibit(self, note: str) -> Exhibit:
        """This look as a piece of evidence; ``note`` says in Chinese what was seen."""
        return Exhibit(seen_at=self.looked_at, note=note, sha256=self.evidence)


@dataclass(frozen=True, slots=True)
class Unfiled:
    """A change the registry found and nobody had filed; ``settled`` says how it ended, None while it is open."""

    difference: Difference
    settled: Literal["reverted", "filed_late", "ended"] | None = None


@dataclass(frozen=True, slots=True)
class Offline:
    """A time an outlet was offline by filing (临时下线); ``until`` is None while it is."""

    since: datetime
    until: datetime | None = None

    def touches(self, day: date) -> bool:
        """Whether any part of ``day`` (Asia/Shanghai) lies in it."""
        return day_of(self.since) <= day and (self.until is None or day <= day_of(self.until))


@dataclass(frozen=True, slots=True)
class Observations:
    """Everything known of one outlet over some days, in any order."""

    samples: tuple[Sample, ...] = ()
    unfiled: tuple[Unfiled, ...] = ()
    offline: tuple[Offline, ...] = ()

    def of(self, probes: tuple[str, ...], first: date) -> tuple[Sample, ...]:
        """The looks of ``probes`` on and after a day (Asia/Shanghai), the newest first."""
        chosen = [s for s in self.samples if s.probe in probes and day_of(s.looked_at) >= first]
        return tuple(sorted(chosen, key=lambda s: (s.looked_at, s.due_at, s.vantage, s.source), reverse=True))


def day_of(moment: datetime) -> date:
    """The calendar day of an aware moment in Asia/Shanghai, where all windows are counted."""
    return moment.astimezone(SHANGHAI).date()


def days_back(as_of: datetime, days: int) -> date:
    """The first of the ``days`` calendar days that end with the day of ``as_of``."""
    return day_of(as_of) - timedelta(days=days - 1)


def online_days(offline: Iterable[Offline], last: date, number: int) -> tuple[date, ...]:
    """The last ``number`` whole days up to ``last`` that no time offline touches, in order.

    What lies before a time offline of as many days is another week: then there are fewer days.
    """
    found: list[date] = []
    day, times = last, tuple(offline)
    while len(found) < number:
        off = next((time for time in times if time.touches(day)), None)
        if off is None:
            found.append(day)
            day -= A_DAY
            continue
        began = day_of(off.since)
        if (day - began + A_DAY).days >= number:
            break
        day = began - A_DAY
    return tuple(reversed(found))


def times_offline(states: Iterable[tuple[OutletState, datetime]]) -> tuple[Offline, ...]:
    """When an outlet was offline, given its states in order, each with the time it began."""
    found: list[Offline] = []
    since: datetime | None = None
    for state, at in states:
        if state is OutletState.SUSPENDED:
            since = since or at
        elif since is not None:
            found.append(Offline(since, at))
            since = None
    return (*found, Offline(since)) if since else tuple(found)


def local(moment: datetime) -> str:
    """A moment as notices write it: ``2026-11-22 08:30`` in Asia/Shanghai."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
