"""The registry's API, under /registry/api/."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Header, HTTPException, Query, Response
from pydantic import Field

from services.registry.answers import telling
from services.registry.app import Registry
from services.registry.desk import Desk
from services.registry.filing import LONGEST_NAME, LONGEST_TEXT, MOST, Asked, FilingState, Refusal
from services.registry.records import FilingDocument, OutletDocument, TrackDocument
from services.registry.refusal import Refused
from services.registry.search import holding
from services.registry.store import Store
from shared.events.registry import (
    Assessment,
    Column,
    FilingKind,
    NewMedia,
    Particulars,
    SharedPlatform,
    Website,
)
from shared.identity import Action, scope
from shared.web import SignedIn, Strict

Limit = Annotated[int, Query(ge=1, le=200)]


Name = Annotated[str, Field(max_length=LONGEST_NAME)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class WebsiteAsked(Strict):
    """A website as filed. ``code`` is the 网站标识码; see ``shared.events.outlets.Website`` for the rest."""

    code: Name
    name: Name
    url: Text
    site_class: Literal["portal", "department"] = "department"
    domains: Annotated[tuple[Name, ...], Field(max_length=MOST)] = ()
    redirects: Annotated[tuple[Text, ...], Field(max_length=MOST)] = ()
    icp: Name = ""
    police: Name = ""
    ipv6: bool | None = None
    operator: Name = ""
    columns: Annotated[tuple[Column, ...], Field(max_length=MOST)] = ()
    shared_platform: SharedPlatform | None = None
    assessments: Annotated[tuple[Assessment, ...], Field(max_length=MOST)] = ()


class AccountAsked(Strict):
    """A new-media account as filed; see ``shared.events.outlets.NewMedia``."""

    platform: Name
    account: Name
    name: Name
    verified_as: Name = ""
    source: Text = ""
    subtype: Name = ""
    url: Text = ""
    main: bool = False
    operator: Name = ""
    intro: Text = ""
    licences: Annotated[tuple[Name, ...], Field(max_length=MOST)] = ()
    menu: Annotated[tuple[Column, ...], Field(max_length=MOST)] = ()


class FilingAsked(Strict):
    """A filing to submit for ``unit``: exactly one of ``website`` and ``new_media`` says what shall be in force.

    ``effective_on``: from which day (none: when it is approved); ``done_on``: when it had been done already;
    ``until``: the last day of a suspension; ``into``: the outlet it is merged into; ``after``: the filing it waits for.
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


class Decided(Strict):
    """A decision's reason; needed when sending back."""

    reason: str = Field("", max_length=LONGEST_TEXT)


def router(app: Registry) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/registry/api", tags=["registry"])
    _outlets(routes, app.store)
    _filings(routes, app.store)
    _deciding(routes, Desk(app))
    return routes


def _outlets(routes: APIRouter, store: Store) -> None:
    @routes.get("/outlets")
    async def outlets(person: SignedIn, q: str = "", after: str = "", limit: Limit = 50) -> dict[str, Any]:
        """Outlets in force, by id; ``after`` is the last id of the page before."""
        where: dict[str, Any] = {"$and": [{"_id": {"$gt": after}}, *holding(q)]}
        found = await store.outlets.find(scope(person, Action.SEE), where, sort=[("_id", 1)], limit=limit)
        return {"outlets": [_outlet(one) for one in found], "after": found[-1].id if len(found) == limit else None}

    @routes.get("/outlets/{id_}")
    async def outlet(person: SignedIn, id_: str) -> dict[str, Any]:
        """One outlet with its filings and what is followed of it."""
        seen = scope(person, Action.SEE)
        kept = await store.outlet(id_, seen)
        if kept is None:
            raise HTTPException(404)
        return {
            **_outlet(kept),
            "filings": [filing_json(one) for one in await store.filings_of(id_, seen)],
            "watched": [_track(one) for one in (await store.tracks_of(id_, seen)).values()],
        }

    @routes.get("/unfiled")
    async def unfiled(person: SignedIn) -> dict[str, Any]:
        """Changes nobody filed that are open."""
        return {"unfiled": [_track(one) for one in await store.open_tracks(scope(person, Action.SEE))]}


def _filings(routes: APIRouter, store: Store) -> None:
    @routes.get("/filings")
    async def filings(person: SignedIn, state: FilingState | None = None, limit: Limit = 50) -> dict[str, Any]:
        """Filings, the newest first."""
        where = {"filing.state": state.value} if state else {}
        found = await store.filings.find(scope(person, Action.SEE), where, sort=[("asked_at", -1)], limit=limit)
        return {"filings": [filing_json(one) for one in found]}

    @routes.get("/filings/{id_}")
    async def filing(person: SignedIn, id_: str) -> dict[str, Any]:
        """One filing."""
        kept = await store.filing(id_, scope(person, Action.SEE))
        if kept is None:
            raise HTTPException(404)
        return filing_json(kept)


def _deciding(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/filings", status_code=201)
    async def submit(
        person: SignedIn,
        asked: FilingAsked,
        response: Response,
        idempotency_key: Annotated[str, Header(max_length=100)] = "",
    ) -> dict[str, Any]:
        """Submit a filing. The same Idempotency-Key again gives the same filing, and no second one."""
        with telling():
            kept = await desk.submit(person, asked.unit, asked_of(asked), idempotency_key or uuid4().hex)
        response.headers["Location"] = f"/registry/api/filings/{kept.id}"
        return filing_json(kept)

    @routes.post("/filings/{id_}/approve")
    async def approve(person: SignedIn, id_: str, decided: Decided) -> dict[str, Any]:
        """Approve a filing."""
        with telling():
            return filing_json(await desk.approve(person, id_, decided.reason))

    @routes.post("/filings/{id_}/return")
    async def send_back(person: SignedIn, id_: str, decided: Decided) -> dict[str, Any]:
        """Return a filing; ``reason`` says what to mend."""
        with telling():
            return filing_json(await desk.send_back(person, id_, decided.reason))


def filing_json(kept: FilingDocument) -> dict[str, Any]:
    """A filing as the API shows it."""
    return {"id": kept.id, "region": kept.region, "version": kept.version, **kept.filing.model_dump(mode="json")}


def _outlet(kept: OutletDocument) -> dict[str, Any]:
    return kept.outlet.model_dump(mode="json")


def _track(kept: TrackDocument) -> dict[str, Any]:
    return {"region": kept.region, **kept.track.model_dump(mode="json")}


def asked_of(asked: FilingAsked) -> Asked:
    """What a body of the API asks for. Raises Refused when it names both kinds of outlet, or none."""
    days = asked.model_dump(include={"kind", "purpose", "effective_on", "done_on", "until", "into", "after"})
    return Asked(filed=_particulars(asked), **days)


def _particulars(asked: FilingAsked) -> Particulars:
    if asked.website and not asked.new_media:
        return Website.model_validate(asked.website.model_dump())
    if asked.new_media and not asked.website:
        return NewMedia.model_validate(asked.new_media.model_dump())
    raise Refused(Refusal.BAD_FIELD, "website 与 new_media 应且只应填写一项。", "website")
