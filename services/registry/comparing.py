"""Compare what was seen of an outlet with what was in force that day, and settle what a filing puts right."""

import itertools
from collections.abc import Sequence
from typing import Any, Literal

from services.registry import unfiled
from services.registry.app import ACTOR, Registry
from services.registry.compared import Counts, Terms, watched
from services.registry.outlet import SHANGHAI, Approved, in_force_on, in_order
from services.registry.store import OutletDocument, TrackDocument, track_id
from services.registry.unfiled import Judged, Track, Why
from shared.bus import Heard
from shared.documents import SYSTEM
from shared.events import Event, probe, registry, work
from shared.outbox import say

ASK_AGAIN = {Why.FIRST_SIGHTING, Why.SEEN_AGAIN}
LOOKED_FOR = {"website": ("marks",), "new_media": ()}
"""The probes that show what is compared, by kind of outlet; an account has but one."""


async def on_profile_seen(app: Registry, heard: Heard[probe.ProfileSeen]) -> None:
    """Compare what an outlet shows with what was in force on the day of the look."""
    seen = heard.fact
    kept = await app.store.outlet(seen.outlet, SYSTEM)
    if kept is None or kept.outlet.state is not registry.OutletState.RUNNING or seen.gone:
        return
    filings = in_order(kept.folded, await app.store.approved(kept.id))
    then = in_force_on(seen.looked_at.astimezone(SHANGHAI).date(), filings)
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
        await keep(app, kept.outlet, document, judged)


async def settle(app: Registry, outlet: registry.Outlet, filing: str) -> None:
    """Settle what a filing that has come into force puts right of ``outlet``."""
    tracks = await app.store.tracks_of(outlet.id, SYSTEM)
    counts = Counts(Terms(outlet.unit, outlet.filed, await _aliases(app, outlet)))
    for what in watched(outlet.filed):
        if document := tracks.get(what.field):
            against = counts.against(what, app.grace(outlet.region))
            await keep(app, outlet, document, unfiled.put_in_force(document.track, against), filing)


async def keep(
    app: Registry, outlet: registry.Outlet, before: TrackDocument, judged: Judged, filing: str | None = None
) -> None:
    """Keep what became of a track, and say what others have to know of it."""
    if judged.track != before.track:
        changed = before.model_copy(update={"track": judged.track})
        await app.store.follow(changed, _said(outlet, before.track, judged, filing))


def new_track(kept: OutletDocument, field: str) -> TrackDocument:
    """The track of a field of which nothing has been seen yet."""
    return TrackDocument(
        id=track_id(kept.id, field), region=kept.region, unit=kept.unit, track=Track(outlet=kept.id, field=field)
    )


async def _counts(app: Registry, seen: probe.ProfileSeen, then: registry.Outlet, filings: Sequence[Approved]) -> Counts:
    aliases = await _aliases(app, then)
    since = seen.looked_at - app.grace(then.region).lately
    under_way = await app.store.under_way(then.id)
    return Counts(
        that_day=Terms(then.unit, then.filed, aliases),
        pending=[Terms(each.filing.unit, each.filing.filed) for each in under_way],
        lately=[
            Terms(earlier.filing.unit, earlier.filing.filed)
            for earlier, later in itertools.pairwise(filings)
            if later.at > since
        ],
    )


async def _aliases(app: Registry, outlet: registry.Outlet) -> tuple[str, ...]:
    unit = await app.store.units.get(outlet.unit.id, SYSTEM)
    return unit.body.aliases if unit else ()


def _said(outlet: registry.Outlet, before: Track, judged: Judged, filing: str | None) -> list[Event[Any]]:
    if judged.why in ASK_AGAIN:
        return [ask_again(outlet, judged.track.sightings[-1], judged.why)]
    if judged.why is Why.CONFIRMED:
        fact = registry.ChangeUnfiled(
            outlet=outlet.id, unit=outlet.unit, name=outlet.name, difference=judged.track.difference
        )
        return [say(fact, subject=outlet.id, region=outlet.region, actor=ACTOR, reason=judged.why)]
    if judged.why is Why.REVERTED:
        return [settled(outlet, before, "reverted", None)]
    if judged.why is Why.FILED_LATE:
        return [settled(outlet, before, "filed_late", filing)]
    return []


def ask_again(outlet: registry.Outlet, after: registry.Sighting, why: Why) -> Event[Any]:
    """Ask for a second look at once."""
    moment = int(after.seen_at.timestamp() * 1000)
    due = work.VisitAsked(outlet=outlet.id, probes=LOOKED_FOR[outlet.filed.kind], purpose=probe.Purpose.RECHECK)
    return say(due, subject=f"again-{outlet.id}-{moment}", region=None, actor=ACTOR, reason=why)


def settled(
    outlet: registry.Outlet, track: Track, how: Literal["reverted", "filed_late"], filing: str | None
) -> Event[Any]:
    """That what was found of ``track`` is over."""
    fact = registry.UnfiledSettled(
        outlet=outlet.id, unit=outlet.unit, name=outlet.name, difference=track.difference, how=how, filing=filing
    )
    return say(fact, subject=outlet.id, region=outlet.region, actor=ACTOR, reason=how)
