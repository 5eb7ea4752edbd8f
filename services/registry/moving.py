"""A unit moves to another county, or takes another name: what it has follows, one document after the other.

The unit's own document decides. Everything here may run twice and be cut off anywhere: whatever is not where its unit
is, is put there. Each outlet that moves is told once under the region it left and once under the one it came to; what
was decided before stays where it was.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

from services.registry.app import Registry
from services.registry.filing import UNDER_WAY, FilingState
from services.registry.records import OutletDocument, UnitDocument
from shared.bus import Heard
from shared.documents import SYSTEM, Document, Documents, Stale
from shared.events import registry
from shared.events.registry import Outlet, UnitRef
from shared.outbox import say

ACTOR = "service:registry"
OPEN = sorted(UNDER_WAY | {FilingState.DRAFT, FilingState.RETURNED})
"""Filings not decided yet go along: the office of the new region decides them."""
D = TypeVar("D", bound=Document)


async def on_unit_changed(app: Registry, heard: Heard[registry.UnitChanged]) -> None:
    """Put what a unit has where the unit is now, under its name of now."""
    await follow(app, heard.fact.unit.id, heard.event.actor)


async def stands(app: Registry, outlet: Outlet) -> Outlet:
    """``outlet`` as just written, put right if its unit moved while it was being written."""
    kept = await app.store.units.get(outlet.unit.id, SYSTEM)
    if kept is None or not _differs(outlet, kept):
        return outlet
    await follow(app, kept.id, ACTOR)
    return _put(outlet, kept, outlet.revision + 1)


def placed(folded: Sequence[Outlet], before: OutletDocument | None, unit: UnitDocument | None) -> list[Outlet]:
    """The outlet after each filing, the new ones of them where their unit is now, and never an older revision."""
    known = len(before.folded) if before else 0
    first = before.outlet.revision if before else 0
    fresh = folded[known:]
    if not fresh and before:
        return [*folded[:-1], before.outlet]
    return [
        *folded[:known],
        *(_put(outlet, unit, first + number) for number, outlet in enumerate(fresh, start=1)),
    ]


async def follow(app: Registry, unit: str, by: str) -> None:
    """See the module. ``by`` is the actor of the move."""
    kept = await app.store.units.get(unit, SYSTEM)
    if kept is None:
        return
    other_name = {"outlet.unit.name": {"$ne": kept.body.name}}
    for one in await app.store.outlets.find(
        SYSTEM, {"unit": unit, "$or": [{"region": {"$ne": kept.region}}, other_name]}
    ):
        await _move(app, one, kept, by)
    elsewhere: dict[str, Any] = {"unit": unit, "region": {"$ne": kept.region}}
    await _bring(app.store.tracks, elsewhere, kept.region)
    await _bring(app.store.columns, elsewhere, kept.region)
    await _bring(app.store.contacts, elsewhere, kept.region)
    await _bring(app.store.exemptions, elsewhere, kept.region)
    await _bring(app.store.filings, {**elsewhere, "filing.state": {"$in": OPEN}}, kept.region)


async def _move(app: Registry, found: OutletDocument, unit: UnitDocument, by: str) -> None:
    document: OutletDocument | None = found
    while document is not None and _differs(document.outlet, unit):
        before = document.outlet
        after = _put(before, unit, before.revision + 1)
        fields = [name for name in ("region", "unit") if getattr(before, name) != getattr(after, name)]
        fact = registry.Changed(outlet=after, filing=document.folded[-1] if document.folded else "", fields=fields)
        events = [
            say(fact, subject=after.id, region=region, actor=by, reason="unit_moved")
            for region in dict.fromkeys((before.region, after.region))
        ]
        try:
            await app.store.outlets.change(
                document.model_copy(update={"outlet": after, "region": after.region}), events
            )
        except Stale:
            document = await app.store.outlets.get(found.id, SYSTEM)
        else:
            return


async def _bring(documents: Documents[D], where: dict[str, Any], region: str) -> None:
    """Put every document that matches into ``region``; one that somebody changes meanwhile is tried again."""
    while found := await documents.find(SYSTEM, where, limit=200):
        for document in found:
            try:
                await documents.change(document.model_copy(update={"region": region}))
            except Stale:
                continue


def _put(outlet: Outlet, unit: UnitDocument | None, revision: int) -> Outlet:
    update: dict[str, Any] = {"revision": revision}
    if unit is not None and unit.id == outlet.unit.id:
        update |= {"region": unit.region, "unit": UnitRef(id=unit.id, name=unit.body.name)}
    return outlet.model_copy(update=update)


def _differs(outlet: Outlet, unit: UnitDocument) -> bool:
    return outlet.unit.id == unit.id and (outlet.region, outlet.unit.name) != (unit.region, unit.body.name)
