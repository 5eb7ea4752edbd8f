"""Compare what was seen of an outlet with what was in force that day, and settle what a filing puts right."""

from collections.abc import Sequence

from services.registry import unfiled
from services.registry.app import Registry
from services.registry.clues import propose, settle_clues
from services.registry.compared import Counts, Terms, watched
from services.registry.existing import closed_seen, running_seen, settle_existence
from services.registry.filing import SAYS_WHAT
from services.registry.following import hand_over, keep, new_track
from services.registry.outlet import Approved, fold, in_force_on, in_order
from services.registry.proposing import keep_columns
from shared.bus import Heard
from shared.documents import SYSTEM
from shared.events import probe, registry
from shared.workdays import SHANGHAI

OVER = {registry.OutletState.MERGED, registry.OutletState.CLOSED}
"""Nobody may file a change of these, so nothing stays open of them."""


async def on_profile_seen(app: Registry, heard: Heard[probe.ProfileSeen]) -> None:
    """Compare what an outlet shows, and whether it is there, with what was in force on the day of the look."""
    seen = heard.fact
    kept = await app.store.outlet(seen.outlet, SYSTEM)
    if kept is None:
        return
    if kept.outlet.state is not registry.OutletState.RUNNING:
        await closed_seen(app, kept, seen)
        return
    await running_seen(app, kept, seen)
    if seen.gone:
        return
    await propose(app, kept, seen)
    await keep_columns(app, kept, seen)
    filings = in_order(kept.folded, await app.store.approved(kept.id))
    then = in_force_on(seen.looked_at.astimezone(SHANGHAI).date(), filings, kept.id)
    if then is None or then.state is not registry.OutletState.RUNNING:
        return
    counts = await _counts(app, seen, then, filings)
    tracks = await app.store.tracks_of(kept.id, SYSTEM)
    sighting = registry.Sighting(seen_at=seen.looked_at, source=seen.source, evidence=seen.evidence)
    for what in watched(then.filed):
        document = tracks.get(what.field) or new_track(kept, what.field)
        judged = unfiled.see(
            document.track,
            seen=what.shown(seen.profile),
            sighting=sighting,
            against=counts.against(what, app.grace(kept.region)),
        )
        await keep(app, kept.outlet, document, judged, filing=_last(filings, seen))


def _last(filings: Sequence[Approved], seen: probe.ProfileSeen) -> str | None:
    """The last filing before the end of the day of a look that says what the outlet is."""
    day = seen.looked_at.astimezone(SHANGHAI).date()
    said = [one.id for one in filings if one.filing.kind in SAYS_WHAT and one.at.astimezone(SHANGHAI).date() <= day]
    return said[-1] if said else None


async def settle(app: Registry, outlet: registry.Outlet, filing: str) -> None:
    """Settle what a filing that has come into force puts right of ``outlet``, and end what was found of one closed."""
    await hand_over(app, outlet, filing)
    await settle_existence(app, outlet, filing)
    await settle_clues(app, outlet, filing)
    tracks = await app.store.tracks_of(outlet.id, SYSTEM)
    counts = Counts(await _terms(app, outlet))
    for what in watched(outlet.filed):
        if document := tracks.get(what.field):
            against = counts.against(what, app.grace(outlet.region))
            judged = unfiled.put_in_force(document.track, against)
            if outlet.state in OVER and judged.why is not unfiled.Why.FILED_LATE:
                judged = unfiled.ended(document.track)
            await keep(app, outlet, document, judged, filing=filing)


async def _counts(app: Registry, seen: probe.ProfileSeen, then: registry.Outlet, filings: Sequence[Approved]) -> Counts:
    since = seen.looked_at - app.grace(then.region).lately
    under_way = await app.store.under_way(then.id)
    return Counts(
        that_day=await _terms(app, then),
        pending=[Terms(each.filing.unit, each.filing.filed) for each in under_way],
        lately=[
            Terms(earlier.unit, earlier.filed)
            for earlier, later in zip(fold(filings, then.id), filings[1:], strict=False)
            if later.at > since
        ],
    )


async def _terms(app: Registry, outlet: registry.Outlet) -> Terms:
    """What was filed of ``outlet``, and every name of its unit: a renamed unit files its outlets no second time."""
    kept = await app.store.units.get(outlet.unit.id, SYSTEM)
    if kept is None:
        return Terms(outlet.unit, outlet.filed)
    unit = registry.UnitRef(id=kept.id, name=kept.body.name)
    names = dict.fromkeys((outlet.unit.name, *kept.body.aliases))
    return Terms(unit, outlet.filed, tuple(name for name in names if name != unit.name))
