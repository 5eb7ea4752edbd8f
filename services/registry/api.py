"""The registry's API, under /registry/api/."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Header, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from services.registry.answers import telling
from services.registry.app import Registry
from services.registry.attaching import Attaching
from services.registry.attachment import MOST, within
from services.registry.bodies import AccountAsked, AttachedAsked, Name, Text, WebsiteAsked
from services.registry.desk import Desk
from services.registry.filing import LONGEST_NAME, LONGEST_TEXT, Asked, Attached, Filing, FilingState, Refusal
from services.registry.proposal import Proposed
from services.registry.proposing import proposed
from services.registry.records import FilingDocument, TrackDocument
from services.registry.refusal import Refused
from services.registry.search import holding
from services.registry.store import Store
from services.registry.unfiled import Phase, Track
from shared.events.region import RegionPrefix
from shared.events.registry import (
    FilingKind,
    NewMedia,
    Outlet,
    OutletState,
    Particulars,
    Website,
)
from shared.identity import Action, Person, scope
from shared.web import After, IfMatch, Limit, Order, SignedIn, Strict, api_router, matching, part, tagged

Id = Annotated[str, Query(max_length=LONGEST_NAME)]
Prefix = Annotated[RegionPrefix, Query(max_length=30)]
OUTLETS = Order("outlets", (("_id", 1),))
FILINGS = Order("filings", (("asked_at", -1), ("_id", 1)))
UNFILED = Order("unfiled", (("track.looked_at", -1), ("_id", 1)))


class FilingAsked(Strict):
    """A filing to submit for ``unit``: exactly one of ``website`` and ``new_media`` says what shall be in force.

    ``effective_on``: from which day (none: when it is approved); ``done_on``: when it had been done already;
    ``until``: the last day of a suspension; ``into``: the outlet it is merged into; ``after``: the filing it waits for.
    ``begun``: the draft it was; ``attached``: every file that comes with it, those it had already among them.
    """

    unit: Name
    kind: FilingKind
    website: WebsiteAsked | None = None
    new_media: AccountAsked | None = None
    purpose: Text = ""
    effective_on: date | None = None
    done_on: date | None = None
    until: date | None = None
    into: Name | None = None
    after: Name | None = None
    begun: Name = ""
    attached: Annotated[tuple[AttachedAsked, ...], Field(max_length=MOST)] = ()


class Decided(Strict):
    """A decision's reason; needed when sending back."""

    reason: str = Field("", max_length=LONGEST_TEXT)


class FilingShown(Filing):
    """A filing as programs see it."""

    id: str
    region: str
    version: int


class FilingsShown(BaseModel):
    """A part of the filings; ``after`` is the cursor for the next, null at the end."""

    filings: list[FilingShown]
    after: str | None


class TrackShown(Track):
    """What is followed of one field of an outlet."""

    region: str


class UnfiledShown(BaseModel):
    """A part of the changes nobody filed."""

    unfiled: list[TrackShown]
    after: str | None


class OutletsShown(BaseModel):
    """A part of the outlets."""

    outlets: list[Outlet]
    after: str | None


class OutletShown(Outlet):
    """An outlet with its filings, the newest first, what is followed of it, and what was seen of its columns."""

    filings: list[FilingShown]
    watched: list[TrackShown]
    columns_proposed: list[Proposed]


def router(app: Registry) -> APIRouter:
    """The routes."""
    routes = api_router("registry", "/api", app.store.once)
    _outlets(routes, app)
    _filings(routes, app.store)
    _deciding(routes, app)
    return routes


def _outlets(routes: APIRouter, app: Registry) -> None:
    store = app.store

    @routes.get("/outlets")
    async def outlets(
        person: SignedIn,
        q: Annotated[str, Query(max_length=LONGEST_TEXT)] = "",
        kind: Literal["website", "new_media"] | None = None,
        state: OutletState | None = None,
        unit: Id = "",
        region: Prefix = "",
        after: After = "",
        limit: Limit = 50,
    ) -> OutletsShown:
        """Outlets in force, by id; those whose name, unit or id holds ``q``, of a kind, state, unit or region."""
        narrowed = _where({"outlet.filed.kind": kind, "outlet.state": state, "unit": unit}, region)
        where = {"$and": [narrowed, *holding(q)]}
        found = await part(store.outlets, scope(person, Action.SEE), where, OUTLETS, after=after, limit=limit)
        return OutletsShown(outlets=[one.outlet for one in found.entries], after=found.after)

    @routes.get("/outlets/{id_}", response_model=OutletShown)
    async def outlet(request: Request, person: SignedIn, id_: str) -> Response:
        """One outlet with its filings, what is followed of it, and what was seen of its columns and is not filed."""
        seen = scope(person, Action.SEE)
        kept = await store.outlet(id_, seen)
        if kept is None:
            raise HTTPException(404)
        shown = OutletShown(
            **dict(kept.outlet),
            filings=[shown_filing(one) for one in await store.filings_of(id_, seen)],
            watched=[_track(one) for one in (await store.tracks_of(id_, seen)).values()],
            columns_proposed=(await proposed(app, kept, seen))[1],
        )
        return tagged(request, shown, kept.version)

    @routes.get("/unfiled")
    async def unfiled(person: SignedIn, after: After = "", limit: Limit = 50) -> UnfiledShown:
        """Changes nobody filed that are open, the latest look first."""
        where = {"track.phase": Phase.OPEN.value}
        found = await part(store.tracks, scope(person, Action.SEE), where, UNFILED, after=after, limit=limit)
        return UnfiledShown(unfiled=[_track(one) for one in found.entries], after=found.after)


def _filings(routes: APIRouter, store: Store) -> None:
    @routes.get("/filings")
    async def filings(
        person: SignedIn,
        state: FilingState | None = None,
        kind: FilingKind | None = None,
        unit: Id = "",
        region: Prefix = "",
        after: After = "",
        limit: Limit = 50,
    ) -> FilingsShown:
        """Filings, the newest first; in a state, of a kind, unit or region."""
        where = _where({"filing.state": state, "filing.kind": kind, "unit": unit}, region)
        found = await part(store.filings, scope(person, Action.SEE), where, FILINGS, after=after, limit=limit)
        return FilingsShown(filings=[shown_filing(one) for one in found.entries], after=found.after)

    @routes.get("/filings/{id_}", response_model=FilingShown)
    async def filing(request: Request, person: SignedIn, id_: str) -> Response:
        """One filing."""
        kept = await store.filing(id_, scope(person, Action.SEE))
        if kept is None:
            raise HTTPException(404)
        return tagged(request, shown_filing(kept), kept.version)


def _deciding(routes: APIRouter, app: Registry) -> None:
    desk = Desk(app)

    @routes.post("/filings", status_code=201, response_model=FilingShown)
    async def submit(
        request: Request,
        person: SignedIn,
        asked: FilingAsked,
        seen: IfMatch,
        idempotency_key: Annotated[str, Header(max_length=100)] = "",
    ) -> Response:
        """Submit a filing. The same Idempotency-Key again gives the same filing, and no second one.

        With ``begun``, If-Match is of that draft.
        """
        with telling(), matching(seen):
            key = idempotency_key or uuid4().hex
            asking = await asked_of(app, person, asked)
            kept = await desk.submit(person, asked.unit, asking, key, begun=asked.begun, seen=seen)
        location = {"Location": f"/registry/api/filings/{kept.id}"}
        return tagged(request, shown_filing(kept), kept.version, 201, location)

    @routes.post("/filings/{id_}/approve", response_model=FilingShown)
    async def approve(request: Request, person: SignedIn, id_: str, decided: Decided, seen: IfMatch) -> Response:
        """Approve a filing."""
        with telling(), matching(seen):
            kept = await desk.approve(person, id_, decided.reason, seen)
        return tagged(request, shown_filing(kept), kept.version)

    @routes.post("/filings/{id_}/return", response_model=FilingShown)
    async def send_back(request: Request, person: SignedIn, id_: str, decided: Decided, seen: IfMatch) -> Response:
        """Return a filing; ``reason`` says what to mend."""
        with telling(), matching(seen):
            kept = await desk.send_back(person, id_, decided.reason, seen)
        return tagged(request, shown_filing(kept), kept.version)


def _where(equal: Mapping[str, str | None], region: str) -> dict[str, Any]:
    """The fields asked for, and the region prefix."""
    where: dict[str, Any] = {field: value for field, value in equal.items() if value}
    if region:
        where["$or"] = [{"region": region}, {"region": {"$gte": f"{region}.", "$lt": f"{region}/"}}]
    return where


def shown_filing(kept: FilingDocument) -> FilingShown:
    """A filing as the API shows it."""
    return FilingShown(id=kept.id, region=kept.region, version=kept.version, **dict(kept.filing))


def _track(kept: TrackDocument) -> TrackShown:
    return TrackShown(region=kept.region, **dict(kept.track))


async def asked_of(app: Registry, person: Person, asked: FilingAsked, unit: str = "") -> Asked:
    """What a body of the API asks for, of ``unit`` when that stands already.

    Raises Refused when it names both kinds of outlet, or none, or a file that its unit never sent.
    """
    days = asked.model_dump(include={"kind", "purpose", "effective_on", "done_on", "until", "into", "after"})
    return Asked(filed=_particulars(asked), attached=await _attached(app, person, asked, unit), **days)


async def _attached(app: Registry, person: Person, asked: FilingAsked, unit: str) -> tuple[Attached, ...]:
    if not asked.attached:
        return ()
    of = await Desk(app).unit_of(person, unit or asked.unit)
    named = [(one.sha256, one.what, one.name) for one in asked.attached]
    return within(await Attaching(app.store).again(of.id, named, "attached"))


def _particulars(asked: FilingAsked) -> Particulars:
    if asked.website and not asked.new_media:
        return Website.model_validate(asked.website.model_dump())
    if asked.new_media and not asked.website:
        return NewMedia.model_validate(asked.new_media.model_dump())
    raise Refused(Refusal.BAD_FIELD, "website 与 new_media 应且只应填写一项。", "website")
