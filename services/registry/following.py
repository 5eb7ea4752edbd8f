"""Keep what is followed of outlets, and say what others have to know of it."""

from datetime import date
from typing import Any, Literal

from services.registry.app import ACTOR, Registry
from services.registry.existence import Field
from services.registry.records import OutletDocument, TrackDocument
from services.registry.store import track_id
from services.registry.unfiled import Judged, Track, Why, ended
from shared.documents import SYSTEM
from shared.events import Event, Fact, probe, registry, work
from shared.events.registry import UnitRef
from shared.outbox import say

ASK_AGAIN = {Why.FIRST_SIGHTING, Why.SEEN_AGAIN}
LOOKED_FOR = {"website": ("marks",), "new_media": ()}
"""The probes that show what is compared, by kind of outlet; an account has but one."""


async def keep(
    app: Registry,
    outlet: registry.Outlet,
    before: TrackDocument,
    judged: Judged,
    *,
    filing: str | None = None,
    closed_on: date | None = None,
) -> None:
    """Keep what became of a track; ``filing`` is the one that settles it, ``closed_on`` the day it was closed."""
    if judged.track == before.track:
        return
    events: list[Event[Any]] = []
    if judged.why in ASK_AGAIN:
        events = [ask(outlet, judged.track, judged.why)]
    elif judged.why is Why.CONFIRMED:
        events = [_say(outlet, confirmed(outlet, judged.track, closed_on), judged.why)]
    elif judged.why is Why.REVERTED:
        events = [_say(outlet, _settled(outlet, before.track, "reverted", None), judged.why)]
    elif judged.why is Why.FILED_LATE:
        events = [_say(outlet, _settled(outlet, before.track, "filed_late", filing), judged.why)]
    elif judged.why is Why.ENDED:
        events = [_say(outlet, _settled(outlet, before.track, "ended", filing), judged.why)]
    await app.store.follow(before.model_copy(update={"track": judged.track}), events)


async def hand_over(app: Registry, outlet: registry.Outlet, filing: str) -> None:
    """Where another unit files ``outlet`` now, end what was found of it before; the unit that had it is told."""
    for document in (await app.store.tracks_of(outlet.id, SYSTEM)).values():
        if document.unit == outlet.unit.id:
            continue
        judged = ended(document.track)
        events: list[Event[Any]] = []
        if judged.why is Why.ENDED:
            former = await app.store.units.get(document.unit, SYSTEM)
            unit = UnitRef(id=document.unit, name=former.body.name if former else document.unit)
            before = outlet.model_copy(update={"unit": unit, "region": document.region})
            events = [_say(before, _settled(before, document.track, "ended", filing), judged.why)]
        now = {"track": judged.track, "region": outlet.region, "unit": outlet.unit.id}
        await app.store.follow(document.model_copy(update=now), events)


def new_track(kept: OutletDocument, field: str) -> TrackDocument:
    """The track of a field of which nothing has been seen yet."""
    return TrackDocument(
        id=track_id(kept.id, field), region=kept.region, unit=kept.unit, track=Track(outlet=kept.id, field=field)
    )


def ask(outlet: registry.Outlet, track: Track, why: str) -> Event[Any]:
    """Ask for a look at once at what ``track`` is about, which has been looked at or asked for before."""
    moment = max(int(at.timestamp() * 1000) for at in (track.asked_at, track.looked_at) if at)
    due = work.VisitAsked(
        outlet=outlet.id,
        probes=LOOKED_FOR[outlet.filed.kind],
        purpose=probe.Purpose.CLOSED if track.field == Field.ALIVE else probe.Purpose.RECHECK,
    )
    return say(due, subject=f"again-{outlet.id}-{moment}", region=None, actor=ACTOR, reason=why)


def confirmed(outlet: registry.Outlet, track: Track, closed_on: date | None) -> Fact:
    """What is said when ``track`` is sure."""
    about = {"outlet": outlet.id, "unit": outlet.unit, "name": outlet.name}
    if track.field == Field.CLOSURE:
        return registry.ClosureUnfiled(**about, since=track.sightings[0].seen_at, sightings=track.sightings)
    if track.field == Field.ALIVE:
        if outlet.state is registry.OutletState.SUSPENDED:
            return registry.StillAlive(**about, suspended_until=outlet.until, sightings=track.sightings)
        return registry.StillAlive(**about, closed_on=closed_on, sightings=track.sightings)
    return registry.ChangeUnfiled(**about, difference=track.difference)


def _settled(
    outlet: registry.Outlet, track: Track, how: Literal["reverted", "filed_late", "ended"], filing: str | None
) -> Fact:
    return registry.UnfiledSettled(
        outlet=outlet.id, unit=outlet.unit, name=outlet.name, difference=track.difference, how=how, filing=filing
    )


def _say(outlet: registry.Outlet, fact: Fact, reason: str) -> Event[Any]:
    return say(fact, subject=outlet.id, region=outlet.region, actor=ACTOR, reason=reason)
