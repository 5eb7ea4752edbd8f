"""The registry's pages: the register and one outlet."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from services.registry import life
from services.registry.api import search
from services.registry.app import Registry
from services.registry.filing import FilingState, machine
from services.registry.life import KINDS
from services.registry.particulars import PLATFORMS, TITLES, worded
from services.registry.store import Store
from services.registry.unfiled import FIELD_NAMES
from shared.documents import NOTHING
from shared.identity import Action, may, scope
from shared.web import Pager, SignedIn, page

FILING_WORDS = {"states": machine.WORDS, "acts": machine.ACTS, "outlet_states": life.WORDS}
WORDS: dict[str, Any] = {
    "kinds": KINDS,
    "platforms": PLATFORMS,
    "titles": TITLES,
    "watched": FIELD_NAMES,
    **FILING_WORDS,
}


def router(app: Registry) -> APIRouter:
    """The routes."""
    routes = APIRouter(include_in_schema=False)
    _register(routes, app.store)
    _one(routes, app.store)
    return routes


def _register(routes: APIRouter, store: Store) -> None:
    @routes.get("/")
    async def front() -> Response:
        return RedirectResponse("/registry/", 303)

    @routes.get("/registry/")
    async def register(request: Request, person: SignedIn, q: str = "") -> Response:
        seen = scope(person, Action.SEE)
        where = search(q)
        pager = Pager.of(request, await store.outlets.count(seen, where))
        submitted = {"filing.state": FilingState.SUBMITTED.value}
        return page(
            request,
            "register.html",
            q=q,
            pager=pager,
            outlets=await store.outlets.find(seen, where, sort=[("_id", 1)], skip=pager.skip, limit=pager.size),
            waiting=await store.filings.find(seen, submitted, sort=[("asked_at", 1)], limit=50),
            recent=await store.filings.find(
                seen, {"filing.state": {"$ne": FilingState.SUBMITTED.value}}, sort=[("asked_at", -1)], limit=10
            ),
            unfiled=await store.open_tracks(seen),
            may_file=scope(person, Action.FILE) != NOTHING,
            **WORDS,
        )


def _one(routes: APIRouter, store: Store) -> None:
    @routes.get("/registry/outlets/{id_}")
    async def outlet(request: Request, person: SignedIn, id_: str) -> Response:
        seen = scope(person, Action.SEE)
        kept = await store.outlet(id_, seen)
        if kept is None:
            raise HTTPException(404)
        return page(
            request,
            "outlet.html",
            outlet=kept.outlet,
            filings=await store.filings_of(id_, seen),
            tracks=list((await store.tracks_of(id_, seen)).values()),
            told=worded(kept.outlet.filed),
            may_file=may(person, Action.FILE, region=kept.region, unit=kept.unit),
            may_be_filed=life.kinds_of(kept.outlet.state, kept.outlet.filed.kind),
            **WORDS,
        )
