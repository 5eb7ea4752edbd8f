"""An outlet is a fold over its approved filings: what is in force now, after each of them, or on a day."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from services.registry.filing import Filing
from shared.events.registry import (
    Changed,
    Closed,
    FilingKind,
    Opened,
    Outlet,
    OutletState,
    Suspended,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
STATE_AFTER = {
    FilingKind.OPEN: OutletState.RUNNING,
    FilingKind.CHANGE: None,
    FilingKind.SUSPEND: OutletState.SUSPENDED,
    FilingKind.RESUME: OutletState.RUNNING,
    FilingKind.CLOSE: OutletState.CLOSED,
}


class Approved(BaseModel):
    """A filing that counts: its id, what it says, when it came into force, where."""

    model_config = ConfigDict(frozen=True)

    id: str
    region: str
    filing: Filing
    at: datetime


def in_order(folded: Sequence[str], approved: Sequence[Approved]) -> list[Approved]:
    """The filings in the order they count: those already folded as they were, then the new ones by time."""
    place = {id_: number for number, id_ in enumerate(folded)}
    return sorted(approved, key=lambda one: (place.get(one.id, len(place)), one.at, one.id))


def fold(filings: Sequence[Approved]) -> list[Outlet]:
    """The outlet after each filing; the last is what is in force. ``revision`` counts them."""
    outlets: list[Outlet] = []
    for revision, approved in enumerate(filings, start=1):
        before = outlets[-1] if outlets else None
        filing = approved.filing
        outlets.append(
            Outlet(
                id=filing.outlet,
                region=approved.region,
                unit=filing.unit,
                state=STATE_AFTER[filing.kind] or (before.state if before else OutletState.RUNNING),
                revision=revision,
                since=before.since if before else approved.at,
                filed=filing.filed,
            )
        )
    return outlets


def in_force_on(day: date, filings: Sequence[Approved]) -> Outlet | None:
    """What was in force at the end of ``day`` (Asia/Shanghai), None before the first filing."""
    end = datetime.combine(day, time.max, SHANGHAI).astimezone(UTC)
    outlets = fold([one for one in filings if one.at <= end])
    return outlets[-1] if outlets else None


def fact_of(approved: Approved, outlet: Outlet) -> Opened | Changed | Suspended | Closed:
    """What is said when ``approved`` has become ``outlet``."""
    kind = approved.filing.kind
    if kind is FilingKind.OPEN:
        return Opened(outlet=outlet, filing=approved.id)
    if kind is FilingKind.SUSPEND:
        return Suspended(outlet=outlet, filing=approved.id)
    if kind is FilingKind.CLOSE:
        return Closed(outlet=outlet, filing=approved.id)
    return Changed(outlet=outlet, filing=approved.id, kind=kind, fields=approved.filing.fields)
