"""The prober's API, under /prober/api/, and the evidence, under /prober/evidence/."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Response

from services.prober import evidence
from services.prober.app import Prober
from services.prober.store import ExhibitDocument, RecentDocument, SeenVisit, StateDocument, WatchDocument
from shared.audit import Deed, Entry, Thing, noted
from shared.egress import charset, decode
from shared.identity import Action, Person, scope
from shared.web import SignedIn

Limit = Annotated[int, Query(ge=1, le=200)]
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


def router(app: Prober) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/prober", tags=["prober"])
    store = app.store

    @routes.get("/api/outlets")
    async def outlets(person: SignedIn, q: str = "", after: str = "", limit: Limit = 50) -> dict[str, Any]:
        """Outlets by id, each with its latest visit; ``after`` is the last id of the page before."""
        seen = scope(person, Action.SEE)
        where = {"$and": [{"_id": {"$gt": after}}, search(q)]}
        watches = await store.watches.find(seen, where, sort=[("_id", 1)], limit=limit)
        ids = [watch.id for watch in watches]
        states, recents = await store.states_of(ids, seen), await store.recents_of(ids, seen)
        return {
            "outlets": [_outlet(one, states.get(one.id), recents.get(one.id)) for one in watches],
            "after": ids[-1] if len(ids) == limit else None,
        }

    @routes.get("/api/outlets/{id_}")
    async def outlet(person: SignedIn, id_: str) -> dict[str, Any]:
        """One outlet with its latest visits, the newest first."""
        seen = scope(person, Action.SEE)
        watch = await store.watches.get(id_, seen)
        if watch is None:
            raise HTTPException(404)
        recent = await store.recents.get(id_, seen)
        visits = [_visit(one) for one in recent.visits] if recent else []
        return {**_outlet(watch, await store.states.get(id_, seen), recent), "visits": visits}

    @routes.get("/evidence/{sha256}", response_class=Response)
    async def show(person: SignedIn, sha256: Sha256, outlet: str, *, download: bool = False) -> Response:
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

    return routes


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
        "unit": {"id": watch.unit, "name": watch.unit_name},
        "watching": watch.watching,
        "interval": watch.interval,
        "state": state.state.model_dump(mode="json") if state else None,
        "last": _visit(recent.visits[0]) if recent and recent.visits else None,
    }


def _seen(person: Person, exhibit: ExhibitDocument, sha256: str, *, download: bool) -> Entry:
    thing = Thing("outlet", exhibit.outlet, exhibit.region, exhibit.unit)
    deed = Deed.EVIDENCE_TAKEN if download else Deed.EVIDENCE_VIEWED
    return noted(deed, thing, actor=f"person:{person.id}", reason="asked", details={"sha256": sha256})


def _visit(visit: SeenVisit) -> dict[str, Any]:
    return visit.model_dump(mode="json")
