"""What the registry does when it hears: load, decide, save with events."""

import contextlib

from services.registry import moving
from services.registry.app import Registry
from services.registry.comparing import settle
from services.registry.filing import REPORTS, Act
from services.registry.outlet import fact_of, fold, in_order
from services.registry.records import OutletDocument
from services.registry.search import KEYED
from shared.audit import Entry, witnessed
from shared.bus import Heard
from shared.documents import SYSTEM, Stale
from shared.events import audit, registry
from shared.events.region import COUNTRY
from shared.outbox import say

AT_A_TIME = 200


async def on_in_force(app: Registry, heard: Heard[registry.FilingInForce]) -> None:
    """Fold a filing into its outlet (and into the one it was merged into), and settle what it puts right."""
    filing = heard.fact.filing
    if filing.kind in REPORTS:
        return
    outlet = await moving.stands(app, await _fold(app, filing.outlet))
    if filing.into:
        await moving.stands(app, await _fold(app, filing.into))
    await settle(app, outlet, filing.id)


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


async def make_keys(app: Registry) -> None:
    """Give every outlet that was kept before there were keys, or with others, those it is found by today."""
    while kept := await app.store.outlets.find(SYSTEM, {"keyed": {"$ne": KEYED}}, limit=AT_A_TIME):
        for one in kept:
            at = max((approved.at for approved in await app.store.approved(one.id)), default=one.changed_at)
            with contextlib.suppress(Stale):
                await app.store.outlets.change(one.model_copy(update={"changed_at": at}))


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
        changed_at=filings[-1].at,
    )
    events = [
        say(
            fact_of(approved, outlet),
            subject=outlet.id,
            region=outlet.region,
            actor=decision.actor if (decision := approved.filing.decision) else "service:registry",
            reason=decision.act if decision else Act.APPROVE,
        )
        for approved, outlet in fresh
    ]
    if kept:
        await app.store.outlets.change(document, events)
    elif not await app.store.outlets.create(document, events):
        raise Stale(f"outlet {current.id} appeared meanwhile")
    return current
