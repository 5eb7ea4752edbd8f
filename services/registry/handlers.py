"""What the registry does when it hears: load, decide, save with events."""

import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from services.registry import moving, unfiled
from services.registry.app import Registry
from services.registry.filing import REPORTS, Act
from services.registry.outlet import fact_of, fold, in_order
from services.registry.store import OutletDocument, TrackDocument, track_id
from services.registry.unfiled import Judged, Track, Why
from shared.audit import Entry, witnessed
from shared.bus import Heard
from shared.documents import SYSTEM, Stale
from shared.events import Event, audit, probe, registry, work
from shared.events.region import COUNTRY
from shared.outbox import say

ACTOR = "service:registry"
LATELY = timedelta(days=15)
"""How long what was in force before a filed change may still be shown while the change is carried out."""


async def on_in_force(app: Registry, heard: Heard[registry.FilingInForce]) -> None:
    """Fold a filing into its outlet (and into the one it was merged into), and settle what it puts right."""
    filing = heard.fact.filing
    if filing.kind in REPORTS:
        return
    outlet = await moving.stands(app, await _fold(app, filing.outlet))
    if filing.into:
        await moving.stands(app, await _fold(app, filing.into))
    for field in unfiled.WATCHED:
        value = getattr(outlet.filed, field, "")
        kept = (await app.store.tracks_of(outlet.id, SYSTEM)).get(field)
        if kept is None or not value:
            continue
        judged = unfiled.put_in_force(kept.track, value)
        if judged.track != kept.track:
            events = [_settled(outlet, kept.track, "filed_late", filing.id)] if judged.why is Why.FILED_LATE else []
            await app.store.follow(kept.model_copy(update={"track": judged.track}), events)


async def on_anchored(app: Registry, heard: Heard[audit.Anchored]) -> None:
    """Put what another service says of its chain into ours: neither can be rewritten without the other."""
    if entry := witnessed(heard.event, by=app.store.audit.service):
        await app.store.audit.append(entry)


async def on_sign_in(app: Registry, entry: Entry) -> None:
    """Put a sign-in, or its refusal, on record before it is answered."""
    await app.store.audit.append(await placed(app, entry))


async def placed(app: Registry, entry: Entry) -> Entry:
    """An entry of identity, which knows a person's unit, with the region of that unit."""
    unit = await app.store.units.get(entry.unit, SYSTEM) if entry.unit and entry.region == COUNTRY else None
    return entry.model_copy(update={"region": unit.region}) if unit else entry


async def on_profile_seen(app: Registry, heard: Heard[probe.ProfileSeen]) -> None:
    """Compare what an account shows with what is in force."""
    seen = heard.fact
    kept = await app.store.outlet(seen.outlet, SYSTEM)
    if kept is None or kept.outlet.state is not registry.OutletState.RUNNING:
        return
    outlet = kept.outlet
    tracks = await app.store.tracks_of(outlet.id, SYSTEM)
    under_way = [document.filing.filed for document in await app.store.under_way(outlet.id)]
    filings = in_order(kept.folded, await app.store.approved(outlet.id))
    lately = [
        earlier.filing.filed for earlier, later in itertools.pairwise(filings) if later.at > seen.looked_at - LATELY
    ]
    sighting = registry.Sighting(seen_at=seen.looked_at, source=seen.source, evidence=seen.evidence)
    for field in unfiled.WATCHED:
        document = tracks.get(field) or TrackDocument(
            id=track_id(outlet.id, field),
            region=outlet.region,
            unit=outlet.unit.id,
            track=Track(outlet=outlet.id, field=field),
        )
        judged = unfiled.see(
            document.track,
            filed=getattr(outlet.filed, field, ""),
            seen=getattr(seen.profile, field, None),
            sighting=sighting,
            pending=_values(under_way, field),
            lately=_values(lately, field),
        )
        if judged.track != document.track:
            changed = document.model_copy(update={"track": judged.track})
            await app.store.follow(changed, _said(outlet, document.track, judged))


def _said(outlet: registry.Outlet, before: Track, judged: Judged) -> list[Event[Any]]:
    if judged.why is Why.FIRST_SIGHTING:
        moment = int(judged.track.sightings[0].seen_at.timestamp() * 1000)
        due = work.VisitAsked(outlet=outlet.id, purpose=probe.Purpose.RECHECK)
        return [say(due, subject=f"again-{outlet.id}-{moment}", region=None, actor=ACTOR, reason=judged.why)]
    if judged.why is Why.CONFIRMED:
        fact = registry.ChangeUnfiled(
            outlet=outlet.id, unit=outlet.unit, name=outlet.name, difference=judged.track.difference
        )
        return [say(fact, subject=outlet.id, region=outlet.region, actor=ACTOR, reason=judged.why)]
    if judged.why is Why.REVERTED:
        return [_settled(outlet, before, "reverted", None)]
    return []


def _settled(outlet: registry.Outlet, track: Track, how: Any, filing: str | None) -> Event[Any]:
    fact = registry.UnfiledSettled(
        outlet=outlet.id, unit=outlet.unit, name=outlet.name, difference=track.difference, how=how, filing=filing
    )
    return say(fact, subject=outlet.id, region=outlet.region, actor=ACTOR, reason=how)


async def _fold(app: Registry, outlet_id: str) -> registry.Outlet:
    kept = await app.store.outlet(outlet_id, SYSTEM)
    folded = kept.folded if kept else ()
    filings = in_order(folded, await app.store.approved(outlet_id))
    standing = fold(filings, outlet_id)
    unit = await app.store.units.get(standing[-1].unit.id, SYSTEM)
    outlets = moving.placed(standing, kept, unit)
    current = outlets[-1]
    fresh = list(zip(filings, outlets, strict=True))[len(folded) :]
    if not fresh:
        return current
    document = OutletDocument(
        id=current.id,
        region=current.region,
        unit=current.unit.id,
        version=kept.version if kept else 0,
        outlet=current,
        folded=tuple(approved.id for approved in filings),
    )
    events = [
        say(
            fact_of(approved, outlet),
            subject=outlet.id,
            region=outlet.region,
            actor=decision.actor if (decision := approved.filing.decision) else ACTOR,
            reason=decision.act if decision else Act.APPROVE,
        )
        for approved, outlet in fresh
    ]
    if kept:
        await app.store.outlets.change(document, events)
    elif not await app.store.outlets.create(document, events):
        raise Stale(f"outlet {current.id} appeared meanwhile")
    return current


def _values(filed: Sequence[registry.Particulars], field: str) -> frozenset[str]:
    return frozenset(value for one in filed if (value := getattr(one, field, "")))
