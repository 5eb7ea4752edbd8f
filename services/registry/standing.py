"""How things stand for an outlet when something is filed or decided for it: loaded for the decisions."""

from collections.abc import Sequence
from datetime import datetime

from services.registry.app import Registry
from services.registry.existence import Field, gone_since
from services.registry.filing import IN_FORCE, UNDER_WAY, Asked, Filing, Standing, day_of, outlet_id
from services.registry.outlet import Approved, fold, in_order
from services.registry.records import FilingDocument, OutletDocument
from services.registry.rules import Count, Limit
from services.registry.unfiled import Phase
from shared.documents import SYSTEM
from shared.events.registry import FilingKind, NewMedia, Outlet, Particulars, Unit

APPLICATIONS = ("app",)


async def in_force(app: Registry, outlet: str) -> Outlet | None:
    """The outlet as its filings make it: also those not folded into its document yet."""
    return _last(outlet, await _counting(app, outlet))


async def earlier(app: Registry, kept: FilingDocument) -> Particulars | None:
    """What was in force of its outlet just before a filing counted, or is now while it does not."""
    counting = [one for one in await _counting(app, kept.filing.outlet) if one.filing.kind is not FilingKind.CONSTRUCT]
    ids = [one.id for one in counting]
    outlets = fold(counting[: ids.index(kept.id)] if kept.id in ids else counting, kept.filing.outlet)
    return outlets[-1].filed if outlets else None


async def since_then(
    app: Registry, kept: OutletDocument, folded: int
) -> tuple[Particulars | None, Particulars, Sequence[Approved]]:
    """What was filed of an outlet when it was made of so many filings, what is now, and those in force since.

    What is in force and not folded into its document yet counts.
    A revision would not do: it also counts the moves of the unit, which change nothing that was filed.
    """
    counting = in_order(kept.folded, await app.store.approved(kept.id))
    outlets = fold(counting, kept.id)
    if not 0 < folded <= len(outlets):
        return None, kept.outlet.filed, ()
    return outlets[folded - 1].filed, outlets[-1].filed, counting[folded:]


async def folded_by(app: Registry, kept: OutletDocument, at: datetime) -> int:
    """Of how many of the filings it is made of an outlet was made already at a time."""
    counting = in_order(kept.folded, await app.store.approved(kept.id))
    return sum(one.at <= at for one in counting)


async def to_file(app: Registry, asked: Asked, unit: Unit, now: datetime, own: str = "") -> Standing:
    """How things stand for ``asked``, filed for ``unit``; ``own`` is the filing that it mends.

    Of one outlet nothing else is under way but what a filing waits for, and what waits for it.
    """
    outlet = outlet_id(asked.filed)
    counting = await _counting(app, outlet)
    tracks = await app.store.tracks_of(outlet, SYSTEM)
    gone = tracks.get(Field.CLOSURE)
    under_way = [one for one in await app.store.under_way(outlet) if one.filing.exclusive]
    beside = [one for one in under_way if one.id != asked.after and (not own or one.filing.after != own)]
    first = await app.store.filing(asked.after, SYSTEM) if asked.after else None
    report = asked.kind in (FilingKind.HEALTH, FilingKind.INCIDENT, FilingKind.CONSTRUCT)
    return Standing(
        in_force=_last(outlet, counting),
        under_way=0 if report else len(beside),
        open_fields=frozenset(field for field, kept in tracks.items() if kept.track.phase is Phase.OPEN),
        gone_since=gone_since(gone.track) if gone and gone.track.phase is Phase.OPEN else None,
        counted=_kinds(outlet, counting),
        suspensions=_suspensions(counting, now),
        target=await in_force(app, asked.into) if asked.into else None,
        has=await _has(app, asked, unit, now),
        first_known=not asked.after or (first is not None and _may_come_first(first.filing, outlet)),
    )


async def to_decide(app: Registry, filing: Filing) -> Standing:
    """How things stand for a filing that is to be approved."""
    counting = await _counting(app, filing.outlet)
    first = await app.store.filing(filing.after, SYSTEM) if filing.after else None
    return Standing(
        in_force=_last(filing.outlet, counting),
        counted=_kinds(filing.outlet, counting),
        waited_for=first is not None and first.filing.state in IN_FORCE,
    )


async def _counting(app: Registry, outlet: str) -> list[Approved]:
    kept = await app.store.outlet(outlet, SYSTEM)
    approved = await app.store.approved(outlet)
    reports = [one for one in approved if one.filing.kind is FilingKind.CONSTRUCT]
    return [*in_order(kept.folded if kept else (), approved), *reports]


def _may_come_first(filing: Filing, outlet: str) -> bool:
    return filing.outlet == outlet and filing.state in UNDER_WAY | IN_FORCE


def _last(outlet: str, counting: list[Approved]) -> Outlet | None:
    outlets = fold([one for one in counting if one.filing.kind is not FilingKind.CONSTRUCT], outlet)
    return outlets[-1] if outlets else None


def _kinds(outlet: str, counting: list[Approved]) -> frozenset[FilingKind]:
    """The kinds in force of ``outlet`` itself: what was merged into it was merged, and not this one."""
    return frozenset(one.filing.kind for one in counting if one.filing.outlet == outlet)


def _suspensions(counting: list[Approved], now: datetime) -> int:
    year = day_of(now).year
    return sum(one.filing.kind is FilingKind.SUSPEND and day_of(one.at).year == year for one in counting)


async def _has(app: Registry, asked: Asked, unit: Unit, now: datetime) -> dict[Count, tuple[int, Limit]]:
    filed = asked.filed
    if asked.kind is not FilingKind.OPEN or not isinstance(filed, NewMedia):
        return {}
    count = Count.APPLICATIONS if filed.platform in APPLICATIONS else Count.ACCOUNTS_ON_A_PLATFORM
    limit = app.rules.limit(unit.region, day_of(now), count)
    return {count: (await app.store.held_on(unit.id, filed.platform), limit)} if limit else {}
