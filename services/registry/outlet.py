"""An outlet is a fold over the filings in force: what it is now, after each of them, or on a day."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from pydantic import BaseModel, ConfigDict

from services.registry.filing import REPORTS, Filing
from services.registry.life import becomes
from shared.events.registry import (
    Changed,
    Closed,
    FilingKind,
    Opened,
    Outlet,
    OutletState,
    Particulars,
    Suspended,
    Website,
)
from shared.workdays import SHANGHAI

CLOSES = frozenset({FilingKind.MERGE, FilingKind.CLOSE, FilingKind.CANCEL, FilingKind.OFFLINE})
SAYS_WHAT = frozenset({FilingKind.OPEN, FilingKind.CHANGE, FilingKind.DOMAIN})
MOST_REDIRECTS = 500


class Approved(BaseModel):
    """A filing that counts: its id, what it says, since when, where."""

    model_config = ConfigDict(frozen=True)

    id: str
    region: str
    filing: Filing
    at: datetime


def in_order(folded: Sequence[str], approved: Sequence[Approved]) -> list[Approved]:
    """The filings in the order they count: those already folded as they were, then the new ones by time."""
    place = {id_: number for number, id_ in enumerate(folded)}
    counting = [one for one in approved if one.filing.kind not in REPORTS]
    return sorted(counting, key=lambda one: (place.get(one.id, len(place)), one.at, one.id))


def fold(filings: Sequence[Approved], of: str) -> list[Outlet]:
    """The outlet ``of`` (its id) after each filing; the last is what is in force. ``revision`` counts them.

    A filing of another outlet that was merged into this one leaves its address here as a redirect.
    """
    outlets: list[Outlet] = []
    for revision, approved in enumerate(filings, start=1):
        before = outlets[-1] if outlets else None
        filing = approved.filing
        if filing.outlet != of:
            if before is not None:
                outlets.append(_taking_over(before, filing, revision))
            continue
        state = becomes(before.state if before else None, filing.kind)
        opens = before is None or filing.kind is FilingKind.OPEN
        outlets.append(
            Outlet(
                id=of,
                region=approved.region,
                unit=filing.unit,
                state=state,
                revision=revision,
                since=approved.at if before is None or opens else before.since,
                filed=_filed(before, filing, _merged_meanwhile(filings[: revision - 1], filing)),
                until=_until(before, filing, state),
                into=filing.into or (before.into if before and not opens else None),
            )
        )
    return outlets


def in_force_on(day: date, filings: Sequence[Approved], of: str) -> Outlet | None:
    """What was in force at the end of ``day`` (Asia/Shanghai), None before the first filing."""
    end = datetime.combine(day, time.max, SHANGHAI).astimezone(UTC)
    outlets = fold([one for one in filings if one.at <= end], of)
    return outlets[-1] if outlets else None


def fact_of(approved: Approved, outlet: Outlet) -> Opened | Changed | Suspended | Closed:
    """What is said when ``approved`` has become ``outlet``."""
    filing = approved.filing
    if filing.outlet != outlet.id:
        return Changed(outlet=outlet, filing=approved.id, kind=filing.kind, fields=("redirects",))
    if filing.kind is FilingKind.OPEN:
        return Opened(outlet=outlet, filing=approved.id)
    if filing.kind is FilingKind.SUSPEND and outlet.state is OutletState.SUSPENDED:
        return Suspended(outlet=outlet, filing=approved.id)
    if filing.kind in CLOSES:
        return Closed(outlet=outlet, filing=approved.id)
    return Changed(outlet=outlet, filing=approved.id, kind=filing.kind, fields=filing.fields)


def _until(before: Outlet | None, filing: Filing, state: OutletState) -> date | None:
    """The last day of a suspension: what else is filed while it lasts leaves it as it is."""
    if state is not OutletState.SUSPENDED:
        return None
    return filing.until if filing.kind is FilingKind.SUSPEND or before is None else before.until


def _filed(before: Outlet | None, filing: Filing, merged: Sequence[str]) -> Particulars:
    if before is None or filing.kind is FilingKind.OPEN:
        return filing.filed
    if filing.kind not in SAYS_WHAT:
        return before.filed
    filed = _changed(before.filed, filing)
    if not isinstance(filed, Website) or not isinstance(before.filed, Website):
        return filed
    own = (before.filed.url,) if filing.kind is FilingKind.DOMAIN else ()
    for address in (*merged, *own):
        filed = _leading_here(filed, address)
    return filed


def _merged_meanwhile(earlier: Sequence[Approved], filing: Filing) -> list[str]:
    """The addresses of what was merged into the outlet after ``filing`` was submitted: its form knew none of them."""
    asked = filing.asked_at
    if asked is None:
        return []
    others = [one.filing.filed for one in earlier if one.filing.outlet != filing.outlet and one.at > asked]
    return [filed.url for filed in others if isinstance(filed, Website)]


def _changed(before: Particulars, filing: Filing) -> Particulars:
    """``before`` with what ``filing`` asked to change: the rest of its form may be older than what is in force."""
    if not filing.fields or type(before) is not type(filing.filed):
        return filing.filed
    known = [name for name in filing.fields if name in type(before).model_fields]
    return before.model_copy(update={name: getattr(filing.filed, name) for name in known})


def _taking_over(before: Outlet, filing: Filing, revision: int) -> Outlet:
    filed = before.filed
    if isinstance(filed, Website) and isinstance(filing.filed, Website):
        filed = _leading_here(filed, filing.filed.url)
    return before.model_copy(update={"revision": revision, "filed": filed})


def _leading_here(filed: Website, address: str) -> Website:
    if address == filed.url or address in filed.redirects or len(filed.redirects) >= MOST_REDIRECTS:
        return filed
    return filed.model_copy(update={"redirects": (*filed.redirects, address)})
