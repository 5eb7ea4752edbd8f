"""Follow whether outlets are there: what fails for long, what is said to be gone, what answers though it was closed."""

from datetime import date

from services.registry import existence
from services.registry.app import Registry
from services.registry.existence import SITE, Due, Field
from services.registry.following import ask, keep, new_track
from services.registry.life import may_file
from services.registry.records import OutletDocument, TrackDocument
from services.registry.unfiled import Against, Judged, Phase, Why, see
from shared.bus import Heard
from shared.documents import SYSTEM, Stale
from shared.events import probe, registry
from shared.events.registry import FilingKind, OutletState, Sighting

ENDING = {
    FilingKind.SUSPEND,
    FilingKind.MERGE,
    FilingKind.CLOSE,
    FilingKind.CANCEL,
    FilingKind.OFFLINE,
}
"""The filings that let an outlet be gone."""


async def on_reachable(app: Registry, heard: Heard[probe.Failed] | Heard[probe.Recovered]) -> None:
    """A website stopped answering, or answers again; of one that does not run by filing it is only kept."""
    fact = heard.fact
    kept = await app.store.outlet(fact.outlet, SYSTEM)
    if kept is None:
        return
    document = await app.store.track(kept.id, Field.CLOSURE) or new_track(kept, Field.CLOSURE)
    if isinstance(fact, probe.Failed):
        sighting = Sighting(seen_at=fact.since, source=SITE, evidence=fact.evidence)
        judged = existence.failed(document.track, sighting)
        if kept.outlet.state is not OutletState.RUNNING and judged.why is Why.FIRST_SIGHTING:
            judged = existence.may_be_gone(judged.track)
        if judged.track != document.track:
            await app.store.follow(document.model_copy(update={"track": judged.track}))
        return
    judged = existence.recovered(document.track, Sighting(seen_at=fact.since, source=SITE), fact.failed_since)
    await keep(app, kept.outlet, document, judged)


async def running_seen(app: Registry, kept: OutletDocument, seen: probe.ProfileSeen) -> None:
    """Something in force was read: it is there, or its source says that it is not."""
    document = await app.store.track(kept.id, Field.CLOSURE)
    is_website = isinstance(kept.outlet.filed, registry.Website)
    if document is None and (is_website or not seen.gone):
        return
    document = document or new_track(kept, Field.CLOSURE)
    if is_website:
        if seen.gone or document.track.phase is Phase.QUIET:
            return
        judged = existence.recovered(document.track, Sighting(seen_at=seen.looked_at, source=SITE))
    else:
        sighting = Sighting(seen_at=seen.looked_at, source=seen.source, evidence=seen.evidence)
        grace = app.grace(kept.region)
        if seen.gone and grace.pending and await _ends(app, kept.id):
            return
        term = _term(app, kept, existence.gone_since(document.track, sighting)) if seen.gone else None
        judged = existence.account_seen(document.track, sighting, grace, gone=seen.gone, term=term)
    await keep(app, kept.outlet, document, judged)


async def closed_seen(app: Registry, kept: OutletDocument, seen: probe.ProfileSeen) -> None:
    """Something that was closed was looked at: it should not run under its unit's name."""
    document = await app.store.track(kept.id, Field.ALIVE)
    outlet = kept.outlet
    if document is None or not existence.should_be_silent(outlet, existence.day_of(seen.looked_at)):
        return
    unit = await app.store.units.get(outlet.unit.id, SYSTEM)
    aliases = (unit.body.name, *unit.body.aliases) if unit else ()
    alive = not seen.gone and existence.runs_under_its_name(outlet, seen.profile, aliases)
    sighting = Sighting(seen_at=seen.looked_at, source=seen.source, evidence=seen.evidence)
    judged = existence.closed_seen(document.track, sighting, app.grace(kept.region), alive=alive)
    await keep(app, outlet, document, judged, closed_on=await _closed_on(app, outlet.id))


async def settle_existence(app: Registry, outlet: registry.Outlet, filing: str) -> None:
    """What a filing that has come into force means for what was found, and what is followed from now on."""
    kept = await app.store.outlet(outlet.id, SYSTEM)
    if kept is None:
        return
    runs = outlet.state is OutletState.RUNNING
    gone = await app.store.track(outlet.id, Field.CLOSURE)
    if not runs:
        if gone is not None:
            await keep(app, outlet, gone, existence.may_be_gone(gone.track), filing=filing)
        await _follow_closed(app, kept)
        return
    if gone is not None and (again := existence.runs_again(gone.track, app.now()).track) != gone.track:
        await app.store.follow(gone.model_copy(update={"track": again}))
    if alive := await app.store.track(outlet.id, Field.ALIVE):
        await keep(app, outlet, alive, existence.may_be_alive(alive.track), filing=filing)


async def look_for_the_gone(app: Registry) -> None:
    """Ask once more for websites that have not answered for long; those not found even then are gone."""
    for document in await app.store.followed(Field.CLOSURE, {"track.phase": Phase.SUSPECTED.value}):
        kept = await app.store.outlet(document.track.outlet, SYSTEM)
        grace, now, track = app.grace(document.region), app.now(), document.track
        if kept is None or kept.outlet.state is not OutletState.RUNNING or track.sightings[0].source != SITE:
            continue
        what = existence.due(track, now, grace, _term(app, kept, existence.gone_since(track)))
        if what in (Due.ASK, Due.CONFIRM) and grace.pending and await _ends(app, kept.id):
            continue
        if what is Due.ASK:
            await _ask(app, kept, document)
        elif what is Due.CONFIRM:
            last = Sighting(seen_at=now, source=SITE, evidence=track.sightings[0].evidence)
            right = Against(filed=(existence.RUNS,))
            await _unless_stale(app, kept, document, see(track, seen=track.seen, sighting=last, against=right))


async def look_after_the_closed(app: Registry) -> None:
    """Ask for looks at what was closed, as often and as long as the region's grace says."""
    now = app.now()
    where = {"$or": [{"track.until": {"$gt": now}}, {"track.phase": Phase.OPEN.value}]}
    for document in await app.store.followed(Field.ALIVE, where):
        kept = await app.store.outlet(document.track.outlet, SYSTEM)
        asked = document.track.asked_at
        if kept is None or not existence.should_be_silent(kept.outlet, existence.day_of(now)):
            continue
        if asked is None or now - asked >= app.grace(kept.region).every:
            await _ask(app, kept, document)


async def _follow_closed(app: Registry, kept: OutletDocument) -> None:
    """Look at what was closed from now on; the first time when the unit has had a while to take it down.

    A closing counts anew after a suspension or a merger: the days of the watch are its own.
    """
    document = await app.store.track(kept.id, Field.ALIVE) or new_track(kept, Field.ALIVE)
    now = app.now()
    is_closed = kept.outlet.state is not OutletState.SUSPENDED
    until = (kept.changed_at if is_closed and kept.changed_at else now) + app.grace(kept.region).afterwards
    known = document.track.until
    if known is None or known <= now or (is_closed and known < until):
        track = document.track.model_copy(update={"asked_at": now, "until": until})
        await app.store.follow(document.model_copy(update={"track": track}))


async def _ask(app: Registry, kept: OutletDocument, document: TrackDocument) -> None:
    track = document.track.model_copy(update={"asked_at": app.now()})
    try:
        await app.store.follow(
            document.model_copy(update={"track": track}), [ask(kept.outlet, track, document.track.field)]
        )
    except Stale:  # somebody heard of it meanwhile: the next round sees what became of it
        return


async def _unless_stale(app: Registry, kept: OutletDocument, document: TrackDocument, judged: Judged) -> None:
    try:
        await keep(app, kept.outlet, document, judged)
    except Stale:
        return


def _term(app: Registry, kept: OutletDocument, since: date) -> date | None:
    """The last day on which filing an end that was seen on ``since`` is in time; None where it is filed beforehand."""
    filed, today = kept.outlet.filed, existence.day_of(app.now())
    kinds = [kind for kind in ENDING if may_file(OutletState.RUNNING, kind, filed.kind)]
    terms = [app.rules.rule(kept.region, today, kind, filed).rule.within for kind in kinds]
    return max((term.last_day(since) for term in terms if term), default=None)


async def _ends(app: Registry, outlet: str) -> bool:
    return any(document.filing.kind in ENDING for document in await app.store.under_way(outlet))


async def _closed_on(app: Registry, outlet: str) -> date | None:
    approved = await app.store.approved(outlet)
    return existence.day_of(max(one.at for one in approved)) if approved else None
