"""Exemptions under /registry/api/: look through them, ask for one, decide on it, take it back."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Header, HTTPException, Request, Response
from pydantic import BaseModel, Field

from services.registry.answers import telling
from services.registry.app import Registry
from services.registry.excusing import Excusing
from services.registry.exemption import LONGEST_REASON, LONGEST_URL, TERMS, Exemption, State, Wanted
from services.registry.records import ExemptionDocument
from services.registry.store import Store
from shared.identity import Action, Person, scope
from shared.web import After, IfMatch, Limit, Order, SignedIn, Strict, api_router, matching, part, tagged

LONGEST_ID = 100
EXEMPTIONS = Order("exemptions", (("_id", 1),))
Which = Literal["asked", "granted", "soon", "refused", "expired", "revoked"]


class ExemptionAsked(Strict):
    """What to excuse: an ``outlet``, or all of ``unit``; see the glossary for 豁免.

    ``criterion`` is the id of a rule of the ruleset, ``column`` the address of the one column it is about. ``evidence``
    is the SHA-256 of kept evidence, ``evidence_url`` an address; one is needed. ``until`` is the last day.
    """

    outlet: str = Field("", max_length=LONGEST_ID)
    unit: str = Field("", max_length=LONGEST_ID)
    criterion: str = Field(max_length=LONGEST_ID)
    column: str = Field("", max_length=LONGEST_URL)
    reason: str = Field(max_length=LONGEST_REASON)
    evidence: str = Field("", max_length=LONGEST_ID)
    evidence_url: str = Field("", max_length=LONGEST_URL)
    since: date | None = None
    until: date


class ExemptionDecided(Strict):
    """Why; needed when refusing and when taking back."""

    reason: str = Field("", max_length=LONGEST_REASON)


class ExemptionShown(Exemption):
    """An exemption as programs see it, with everything that was done about it."""

    id: str
    region: str
    version: int


class ExemptionsShown(BaseModel):
    """A part of the exemptions; ``after`` is the cursor for the next, null at the end."""

    exemptions: list[ExemptionShown]
    after: str | None


def router(app: Registry) -> APIRouter:
    """The routes."""
    routes = api_router("registry", "/api", app.store.once)
    excusing = Excusing(app)
    _looking(routes, app.store, excusing)
    _asking(routes, excusing)
    _deciding(routes, excusing)
    return routes


def chosen(which: Which | None, today: date) -> dict[str, Any]:
    """The filter of a list: a state, ``soon`` for those about to run out, None for all."""
    if which == "soon":
        last = today + timedelta(days=TERMS.reminded_days)
        until = {"$gte": str(today), "$lt": str(last)}
        return {"exemption.state": State.GRANTED.value, "exemption.wanted.until": until}
    return {"exemption.state": which} if which else {}


async def requested(excusing: Excusing, person: Person, asked: ExemptionAsked, key: str) -> ExemptionDocument:
    """Ask for what a body or a form says; the same ``key`` again gives the same exemption."""
    given = asked.model_dump(include=set(Wanted.model_fields))
    wanted = Wanted.model_validate({**given, "since": asked.since or excusing.today()})
    return await excusing.ask(person, asked.outlet, asked.unit, wanted, key)


def _looking(routes: APIRouter, store: Store, excusing: Excusing) -> None:
    @routes.get("/exemptions")
    async def exemptions(
        person: SignedIn, state: Which | None = None, after: After = "", limit: Limit = 50
    ) -> ExemptionsShown:
        """Exemptions by id; ``state=soon`` are those about to run out."""
        seen, where = scope(person, Action.SEE), chosen(state, excusing.today())
        found = await part(store.exemptions, seen, where, EXEMPTIONS, after=after, limit=limit)
        return ExemptionsShown(exemptions=[_shown(one) for one in found.entries], after=found.after)

    @routes.get("/exemptions/{id_}", response_model=ExemptionShown)
    async def exemption(request: Request, person: SignedIn, id_: str) -> Response:
        """One exemption with everything that was done about it."""
        kept = await store.exemptions.get(id_, scope(person, Action.SEE))
        if kept is None:
            raise HTTPException(404)
        return tagged(request, _shown(kept), kept.version)


def _asking(routes: APIRouter, excusing: Excusing) -> None:
    @routes.post("/exemptions", status_code=201, response_model=ExemptionShown)
    async def ask(
        request: Request,
        person: SignedIn,
        asked: ExemptionAsked,
        idempotency_key: Annotated[str, Header(max_length=100)] = "",
    ) -> Response:
        """Ask for an exemption. The same Idempotency-Key again gives the same one, and no second one."""
        with telling():
            kept = await requested(excusing, person, asked, idempotency_key or uuid4().hex)
        location = {"Location": f"/registry/api/exemptions/{kept.id}"}
        return tagged(request, _shown(kept), kept.version, 201, location)


def _deciding(routes: APIRouter, excusing: Excusing) -> None:
    @routes.post("/exemptions/{id_}/grant", response_model=ExemptionShown)
    async def grant(request: Request, person: SignedIn, id_: str, decided: ExemptionDecided, seen: IfMatch) -> Response:
        """Grant an exemption of a region one approves for; never one's own request."""
        with telling(), matching(seen):
            kept = await excusing.grant(person, id_, decided.reason, seen)
        return tagged(request, _shown(kept), kept.version)

    @routes.post("/exemptions/{id_}/refuse", response_model=ExemptionShown)
    async def refuse(
        request: Request, person: SignedIn, id_: str, decided: ExemptionDecided, seen: IfMatch
    ) -> Response:
        """Refuse an exemption, saying why."""
        with telling(), matching(seen):
            kept = await excusing.refuse(person, id_, decided.reason, seen)
        return tagged(request, _shown(kept), kept.version)

    @routes.post("/exemptions/{id_}/revoke", response_model=ExemptionShown)
    async def revoke(
        request: Request, person: SignedIn, id_: str, decided: ExemptionDecided, seen: IfMatch
    ) -> Response:
        """Take back an exemption at once, saying why."""
        with telling(), matching(seen):
            kept = await excusing.revoke(person, id_, decided.reason, seen)
        return tagged(request, _shown(kept), kept.version)


def _shown(kept: ExemptionDocument) -> ExemptionShown:
    return ExemptionShown(id=kept.id, region=kept.region, version=kept.version, **dict(kept.exemption))
