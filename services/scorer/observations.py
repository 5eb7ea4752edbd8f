"""What is known of one outlet, as evaluators read it: looks that were taken, and changes nobody filed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import JsonValue

from shared.events.probe import Outcome, Purpose, Reason
from shared.events.registry import Difference
from shared.events.score import Exhibit
from shared.workdays import SHANGHAI

PROFILE = "profile"
"""The name under which what a source showed of an account is kept, beside the names of the probes."""


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

    def exhibit(self, note: str) -> Exhibit:
        """This look as a piece of evidence; ``note`` says in Chinese what was seen."""
        return Exhibit(seen_at=self.looked_at, note=note, sha256=self.evidence)


@dataclass(frozen=True, slots=True)
class Unfiled:
    """A change the registry found and nobody had filed; ``settled`` says how it ended, None while it is open."""

    difference: Difference
    settled: Literal["reverted", "filed_late"] | None = None


@dataclass(frozen=True, slots=True)
class Observations:
    """Everything known of one outlet over some days, in any order."""

    samples: tuple[Sample, ...] = ()
    unfiled: tuple[Unfiled, ...] = ()

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


def local(moment: datetime) -> str:
    """A moment as notices write it: ``2026-11-22 08:30`` in Asia/Shanghai."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
