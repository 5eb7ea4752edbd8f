"""统计: how many outlets stand how at the end of a period, and what was filed in it, by region. Pure.

A figure belongs to one region, the own level of an authority; what a region shows is the sum of its own figures and of
those of the regions in it. Filings that were taken over from a list are stock: nobody applied for them in the period.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from services.registry.filing import REPORTS, Act
from services.registry.life import becomes
from shared.events.region import covers, prefix_of
from shared.events.registry import FilingKind, OutletState
from shared.workdays import SHANGHAI

LEVELS = 4
NOT_PLANNED = "none"
SUBMITTED_LATE = frozenset({"first", "within", "before"})
"""Limits that a filing breaks by being submitted when it is."""


class Group(StrEnum):
    """What a figure counts."""

    STOCK = "stock"
    MIGRATION = "migration"
    FILINGS = "filings"
    CHANGED = "changed"
    BROKEN = "broken"
    UNFILED = "unfiled"


class Count(StrEnum):
    """What is counted of filings of a kind; of those applied for, each is either on time or late."""

    APPLIED = "applied"
    APPROVED = "approved"
    EFFECTIVE = "effective"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    ON_TIME = "on_time"
    LATE = "late"


class Key(NamedTuple):
    """What one figure is of: ``of`` is a kind of outlet or empty, ``what`` and ``how`` by group.

    stock: platform or site class, state; migration: its state; filings: kind, ``Count``; changed: field; broken: the
    limit; unfiled: what is on record.
    """

    group: Group
    of: str
    what: str
    how: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """From the beginning of the day ``first`` to the end of the day ``last``, in Asia/Shanghai."""

    first: date
    last: date

    @property
    def begins(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first, time(), SHANGHAI).astimezone(UTC)

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)

    def holds(self, at: datetime | None) -> bool:
        """Whether ``at`` lies in it."""
        return at is not None and self.begins <= at < self.ends


@dataclass(frozen=True, slots=True)
class OutletRow:
    """An outlet: ``of`` its kind, ``what`` its platform or site class, ``migration`` to the shared platform."""

    id: str
    region: str
    of: str
    what: str
    state: OutletState
    migration: str = NOT_PLANNED
    folded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FilingRow:
    """A filing: what was done to it when, in order, and the limits it did not keep with their days."""

    id: str
    outlet: str
    region: str
    of: str
    kind: FilingKind
    steps: tuple[tuple[Act, datetime], ...]
    in_force_at: datetime | None = None
    fields: tuple[str, ...] = ()
    late: bool = False
    broken: tuple[tuple[str, date], ...] = ()
    migration: str | None = None

    def first(self, act: Act) -> datetime | None:
        """When ``act`` was done first."""
        return next((at for done, at in self.steps if done is act), None)

    def says(self, field: str) -> bool:
        """Whether what it says of ``field`` counts: a change counts for the fields it changes, where it names them."""
        return self.kind is FilingKind.OPEN or not self.fields or field in self.fields

    @property
    def imported(self) -> bool:
        """Whether it was taken over from a list."""
        return self.first(Act.IMPORT) is not None

    @property
    def on_time(self) -> bool:
        """Whether it was submitted when it should be: before the change was found, and within the limits."""
        return not self.late and not any(limit_of(rule) in SUBMITTED_LATE for rule, _ in self.broken)


class DeedRow(NamedTuple):
    """Something on record about a change, an opening or a closure that nobody filed."""

    region: str
    deed: str


def limit_of(rule: str) -> str:
    """The limit in the id of a rule: ``change.decide`` is ``decide``, ``close.duty.announce`` is ``duty``."""
    return rule.split(".")[1]


def stood(row: OutletRow, filings: Iterable[FilingRow], period: Period) -> OutletRow | None:
    """The outlet at the end of ``period`` by all its ``filings`` in force; None when it was not open yet."""
    place = {id_: number for number, id_ in enumerate(row.folded)}
    state: OutletState | None = None
    migration = NOT_PLANNED
    for filing in sorted(filings, key=lambda one: (place.get(one.id, len(place)), one.in_force_at or period.ends)):
        if filing.kind in REPORTS or filing.in_force_at is None or filing.in_force_at >= period.ends:
            continue
        state = becomes(state, filing.kind)
        if filing.migration is not None and filing.says("shared_platform"):
            migration = filing.migration
    if state is None:
        return None
    return OutletRow(row.id, row.region, row.of, row.what, state, migration, row.folded)


class Tally:
    """Figures by the prefix of the authority at whose own level they are."""

    def __init__(self) -> None:
        self._own: dict[str, Counter[Key]] = {}

    def add(self, region: str, key: Key) -> None:
        """One more, in ``region`` (four tokens)."""
        self._own.setdefault(prefix_of(region), Counter())[key] += 1

    def own(self, prefix: str) -> Counter[Key]:
        """What is at the own level of ``prefix``."""
        return Counter(self._own.get(prefix, {}))

    def total(self, prefix: str) -> Counter[Key]:
        """What is in ``prefix``: at its own level and below."""
        found: Counter[Key] = Counter()
        for lies, figures in self._own.items():
            if covers(prefix, lies):
                found.update(figures)
        return found

    def parts(self, prefix: str) -> list[str]:
        """The prefixes of the next level in ``prefix`` that have figures."""
        depth = len(prefix.split(".")) + 1 if prefix else 1
        below = (lies.split(".") for lies in self._own if lies != prefix and covers(prefix, lies))
        return sorted({".".join(tokens[:depth]) for tokens in below})


def tally(
    outlets: Iterable[OutletRow], filings: Iterable[FilingRow], deeds: Iterable[DeedRow], period: Period
) -> Tally:
    """Every figure: ``outlets`` as they stood at the end of ``period``; ``deeds`` of the period."""
    found = Tally()
    for outlet in outlets:
        found.add(outlet.region, Key(Group.STOCK, outlet.of, outlet.what, outlet.state))
        if outlet.of == "website" and outlet.state is OutletState.RUNNING:
            found.add(outlet.region, Key(Group.MIGRATION, outlet.of, outlet.migration))
    for filing in filings:
        if not filing.imported:
            for key in _of_filing(filing, period):
                found.add(filing.region, key)
    for deed in deeds:
        found.add(deed.region, Key(Group.UNFILED, "", deed.deed))
    return found


def count(figures: Mapping[Key, int], group: Group, of: str = "", what: Sequence[str] = (), how: str = "") -> int:
    """The sum of the figures of ``group``; of the others an empty one is any."""
    return sum(
        many
        for key, many in figures.items()
        if key.group is group and of in ("", key.of) and (not what or key.what in what) and how in ("", key.how)
    )


def _of_filing(filing: FilingRow, period: Period) -> Iterable[Key]:
    def filed(what: Count) -> Key:
        return Key(Group.FILINGS, filing.of, filing.kind, what)

    submitted = filing.first(Act.SUBMIT)
    if submitted is None:
        return
    if period.holds(submitted):
        yield filed(Count.APPLIED)
        yield filed(Count.ON_TIME if filing.on_time else Count.LATE)
    for act, counted in ((Act.APPROVE, Count.APPROVED), (Act.WITHDRAW, Count.WITHDRAWN)):
        if period.holds(filing.first(act)):
            yield filed(counted)
    yield from (filed(Count.RETURNED) for act, at in filing.steps if act is Act.RETURN and period.holds(at))
    if period.holds(filing.in_force_at):
        yield filed(Count.EFFECTIVE)
        if filing.kind in (FilingKind.CHANGE, FilingKind.DOMAIN):
            yield from (Key(Group.CHANGED, filing.of, field) for field in filing.fields)
    for rule, due_on in filing.broken:
        if period.first <= due_on <= period.last:
            yield Key(Group.BROKEN, filing.of, limit_of(rule))
