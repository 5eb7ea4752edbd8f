"""The prober's API, under /prober/api/, and the evidence, under /prober/evidence/."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel

from services.prober import evidence
from services.prober.app import Prober
from services.prober.plan import Watching
from services.prober.state import State
from services.prober.store import ExhibitDocument, RecentDocument, SeenVisit, StateDocument, Store, WatchDocument
from shared.audit import Deed, Entry, Thing, noted
from shared.egress import charset, decode
from shared.events.registry import UnitRef
from shared.identity import Action, Person, scope
from shared.web import After, Limit, Order, SignedIn, api_router, part, tagged

LONGEST_SEARCH, LONGEST_ID = 100, 200
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
Search = Annotated[str, Query(max_length=LONGEST_SEARCH)]
BYTES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "what it showed",
        "content": {kind: {"schema": {"type": "string"}} for kind in ("text/plain", "application/octet-stream")},
    }
}
OUTLETS = Order("outlets", (("_id", 1),))


class OutletShown(BaseModel):
    """An outlet as the prober watches it; ``interval`` is in seconds, ``last`` its latest visit."""

    id: str
    name: str
    kind: str
    region: str
    unit: UnitRef
    watching: Watching
    interval: int
    state: State | None
    last: SeenVisit | None


class OutletsShown(BaseModel):
    """A part of the outlets; ``after`` is the cursor for the next, null at the end."""

    outlets: list[OutletShown]
    after: str | None


class OutletWhole(OutletShown):
    """An outlet with its latest visits, the newest first."""

    visits: tuple[SeenVisit, ...]


def router(app: Prober) -> APIRouter:
    """The routes."""
    routes = api_router("prober")
    _outlets(routes, app.store)
    _evidence(routes, app.store)
    return routes


def _outlets(routes: APIRouter, store: Store) -> None:
    @routes.get("/api/outlets")
    async def outlets(person: SignedIn, q: Search = "", after: After = "", limit: Limit = 50) -> OutletsShown:
        """Outlets by id, each with its latest visit."""
        seen = scope(person, Action.SEE)
        found = await part(store.watches, seen, search(q), OUTLETS, after=after, limit=limit)
        ids = [watch.id for watch in found.entries]
        states, recents = await store.states_of(ids, seen), await store.recents_of(ids, seen)
        shown = [OutletShown(**_outlet(one, states.get(one.id), recents.get(one.id))) for one in found.entries]
        return OutletsShown(outlets=shown, after=found.after)

    @routes.get("/api/outlets/{id_}", response_model=OutletWhole)
    async def outlet(request: Request, person: SignedIn, id_: str) -> Response:
        """One outlet with its latest visits, the newest first."""
        seen = scope(person, Action.SEE)
        watch = await store.watches.get(id_, seen)
        if watch is None:
            raise HTTPException(404)
        recent = await store.recents.get(id_, seen)
        known = _outlet(watch, await store.states.get(id_, seen), recent)
        return tagged(request, OutletWhole(**known, visits=recent.visits if recent else ()), watch.version)


def _evidence(routes: APIRouter, store: Store) -> None:
    @routes.get("/evidence/{sha256}", response_class=Response, responses=BYTES)
    async def show(
        person: SignedIn,
        sha256: Sha256,
        outlet: Annotated[str, Query(max_length=LONGEST_ID)],
        *,
        download: bool = False,
    ) -> Response:
        """What an outlet showed, as text and never run; with ``download=1`` the bytes themselves, as hashed."""
        found = await store.evidence(sha256, outlet, scope(person, Action.SEE))
        if found is None:
            raise HTTPException(404)
        await store.audit.append(_seen(person, found[1], sha256, download=download))
        body = evidence.unpack(found[0].packed)
        headers = dict(evidence.headers(sha256, download=download))
        if download:
            return Response(body, media_type="application/octet-stream", headers=headers)
        text = decode(body, charset(found[0].content_type))
        return Response(text.encode("utf-8", "replace"), media_type="text/plain; charset=utf-8", headers=headers)


def search(text: str) -> Mapping[str, Any]:
    """Outlets whose name, unit or id holds ``text``."""
    if not text.strip():
        return {}
    pattern = {"$regex": re.escape(text.strip()[:100]), "$options": "i"}
    return {"$or": [{"name": pattern}, {"unit_name": pattern}, {"_id": pattern}]}


def _outlet(watch: WatchDocument, state: StateDocument | None, recent: RecentDocument | None) -> dict[str, Any]:
    return {
        "id": watch.id,
        "name": watch.name,
        "kind": watch.kind,
        "region": watch.region,
        "unit": UnitRef(id=watch.unit, name=watch.unit_name),
        "watching": watch.watching,
        "interval": watch.interval,
        "state": state.state if state else None,
        "last": recent.visits[0] if recent and recent.visits else None,
    }


def _seen(person: Person, exhibit: ExhibitDocument, sha256: str, *, download: bool) -> Entry:
    thing = Thing("outlet", exhibit.outlet, exhibit.region, exhibit.unit)
    deed = Deed.EVIDENCE_TAKEN if download else Deed.EVIDENCE_VIEWED
    return noted(deed, thing, actor=f"person:{person.id}", reason="asked", details={"sha256": sha256})
