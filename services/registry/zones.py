"""行政区划: the page and the API where regions are looked up, and where offices keep the local codes of 开发区."""

from collections.abc import Awaitable, Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from services.registry import regions
from services.registry.answers import answered, telling
from services.registry.app import Registry
from services.registry.records import RegionDocument
from services.registry.regions import Known, Level
from services.registry.store import Store
from services.registry.zoning import Zoning
from shared.events.region import COUNTRY
from shared.events.registry import LocalRegion
from shared.identity import Action, scope
from shared.web import (
    BEIJING,
    MAY_BE_MISSING,
    Filled,
    IfMatch,
    SignedIn,
    Strict,
    api_router,
    filled,
    matching,
    page,
    region_name,
    tagged,
)

PAGE = "/registry/regions"
LONGEST = 40
Text = Annotated[str, Query(max_length=LONGEST)]
M = TypeVar("M", bound=BaseModel)


class AddAsked(Strict):
    """A region with a local code to add, in force from a day on."""

    region: str = Field(max_length=LONGEST)
    name: str = Field(max_length=LONGEST)
    since: date


class RenameAsked(Strict):
    """Its other name."""

    name: str = Field(max_length=LONGEST)


class EndAsked(Strict):
    """Its last day."""

    until: date


class RegionFound(BaseModel):
    """A region with its name in full and the one right above; ``local`` is what offices keep of a local code."""

    region: str
    name: str
    level: Level
    parent: str | None
    local: LocalRegion | None


class RegionsShown(BaseModel):
    """Regions, by code."""

    regions: list[RegionFound]


def router(app: Registry) -> APIRouter:
    """The pages."""
    routes = APIRouter(prefix="/registry", include_in_schema=False)
    zoning = Zoning(app)

    @routes.get("/regions")
    async def shown(request: Request, person: SignedIn, q: Text = "", under: Text = COUNTRY) -> Response:
        return await _shown(request, app, person, asked=(q, under))

    @routes.post("/regions")
    async def add(request: Request, person: SignedIn) -> Response:
        form = await filled(request, AddAsked)
        asked = form.model
        act = zoning.add(person, asked.region, asked.name, asked.since) if asked else None
        return await _done(request, app, person, form, act)

    @routes.post("/regions/{id_}/rename")
    async def rename(request: Request, person: SignedIn, id_: str) -> Response:
        form = await filled(request, RenameAsked)
        act = zoning.rename(person, id_, form.model.name) if form.model else None
        return await _done(request, app, person, form, act, row=id_)

    @routes.post("/regions/{id_}/end")
    async def end(request: Request, person: SignedIn, id_: str) -> Response:
        form = await filled(request, EndAsked)
        act = zoning.end(person, id_, form.model.until) if form.model else None
        return await _done(request, app, person, form, act, row=id_)

    return routes


def api(app: Registry) -> APIRouter:
    """The API."""
    routes = api_router("registry", kept=app.store.once)
    zoning = Zoning(app)

    @routes.get("/api/regions", responses=MAY_BE_MISSING)
    async def listed(_person: SignedIn, q: Text = "", under: Text = COUNTRY) -> RegionsShown:
        """Regions by name or code (``q``; at most 50), or those right below ``under``; with the local codes."""
        return RegionsShown(regions=await found(app.store, q, under))

    @routes.post("/api/regions", status_code=201, response_model=LocalRegion)
    async def add(request: Request, person: SignedIn, asked: AddAsked) -> Response:
        """Add a region with a local code below one that one administers."""
        with telling():
            kept = await zoning.add(person, asked.region, asked.name, asked.since)
        return tagged(request, kept.body, kept.version, 201)

    @routes.post("/api/regions/{id_}/rename", response_model=LocalRegion)
    async def rename(request: Request, person: SignedIn, id_: str, asked: RenameAsked, seen: IfMatch) -> Response:
        """Rename a region with a local code."""
        with telling(), matching(seen):
            kept = await zoning.rename(person, id_, asked.name, seen)
        return tagged(request, kept.body, kept.version)

    @routes.post("/api/regions/{id_}/end", response_model=LocalRegion)
    async def end(request: Request, person: SignedIn, id_: str, asked: EndAsked, seen: IfMatch) -> Response:
        """End a region with a local code; no unit may lie there any more."""
        with telling(), matching(seen):
            kept = await zoning.end(person, id_, asked.until, seen)
        return tagged(request, kept.body, kept.version)

    return routes


async def found(store: Store, q: str, under: str) -> list[RegionFound]:
    """The regions asked for, each with its level and its name in full. Raises 404 for an ``under`` nobody knows."""
    local = {one.region: one for one in await store.local_regions()}
    names = {region: one.name for region, one in local.items()}
    if q.strip():
        asked = regions.search(q, names)
    elif regions.known(under, local) is Known.YES:
        asked = regions.children(under, local)
    else:
        raise HTTPException(404)
    return [
        RegionFound(
            region=region,
            name=region_name(region, names),
            level=regions.level(region),
            parent=regions.parent(region),
            local=local.get(region),
        )
        for region in asked
    ]


async def _done(
    request: Request,
    app: Registry,
    person: SignedIn,
    form: Filled[M],
    act: Awaitable[RegionDocument] | None,
    row: str = "",
) -> Response:
    """Do what the form (of a ``row``) asks; when it is refused, show the page with the reason and what was typed."""
    again = partial(_shown, request, app, person, form=form, row=row)
    return await answered(act, form.errors, again, lambda _: PAGE)


async def _shown(
    request: Request,
    app: Registry,
    person: SignedIn,
    *,
    asked: tuple[str, str] = ("", COUNTRY),
    form: Filled[Any] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    row: str = "",
) -> Response:
    q, under = asked
    today = app.now().astimezone(BEIJING).date()
    local = await app.store.local_regions()
    typed = {"region": "", "name": "", "since": str(today)}
    return page(
        request,
        "regions.html",
        status=status,
        q=q,
        under=under,
        above=regions.parent(under) if regions.known(under) is Known.YES else None,
        found=await found(app.store, q, under),
        local=local,
        today=today,
        administered=scope(person, Action.ADMINISTER).regions,
        values={**typed, **(form.values if form and not row else {})},
        errors={} if row else errors or {},
        row=row,
        row_errors=errors if row and errors else {},
    )
