"""行政区划: the page and the API where regions are looked up, and where offices keep the local codes of 开发区."""

from collections.abc import Awaitable, Mapping
from datetime import date
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from services.registry import regions
from services.registry.answers import telling
from services.registry.app import Registry
from services.registry.regions import Known
from services.registry.store import Store
from services.registry.zoning import Zoning
from shared import web
from shared.events.region import COUNTRY
from shared.events.registry import LocalRegion
from shared.identity import Action, scope
from shared.web import BEIJING, Filled, SignedIn, Strict, filled, page, region_name

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


def router(app: Registry) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/registry")
    _pages(routes, app)
    _api(routes, app)
    return routes


def _pages(routes: APIRouter, app: Registry) -> None:
    zoning = Zoning(app)

    @routes.get("/regions", include_in_schema=False)
    async def shown(request: Request, person: SignedIn, q: Text = "", under: Text = COUNTRY) -> Response:
        return await _shown(request, app, person, asked=(q, under))

    @routes.post("/regions", include_in_schema=False)
    async def add(request: Request, person: SignedIn) -> Response:
        form = await filled(request, AddAsked)
        asked = form.model
        act = zoning.add(person, asked.region, asked.name, asked.since) if asked else None
        return await _done(request, app, person, form, act)

    @routes.post("/regions/{id_}/rename", include_in_schema=False)
    async def rename(request: Request, person: SignedIn, id_: str) -> Response:
        form = await filled(request, RenameAsked)
        act = zoning.rename(person, id_, form.model.name) if form.model else None
        return await _done(request, app, person, form, act, row=id_)

    @routes.post("/regions/{id_}/end", include_in_schema=False)
    async def end(request: Request, person: SignedIn, id_: str) -> Response:
        form = await filled(request, EndAsked)
        act = zoning.end(person, id_, form.model.until) if form.model else None
        return await _done(request, app, person, form, act, row=id_)


def _api(routes: APIRouter, app: Registry) -> None:
    zoning = Zoning(app)

    @routes.get("/api/regions", tags=["registry"])
    async def listed(_person: SignedIn, q: Text = "", under: Text = COUNTRY) -> dict[str, Any]:
        """Regions by name or code (``q``), or those right below ``under``; with the local codes that offices keep."""
        return {"regions": await found(app.store, q, under)}

    @routes.post("/api/regions", tags=["registry"], status_code=201)
    async def add(person: SignedIn, asked: AddAsked) -> dict[str, Any]:
        """Add a region with a local code below one that one administers."""
        with telling():
            return _json(await zoning.add(person, asked.region, asked.name, asked.since))

    @routes.post("/api/regions/{id_}/rename", tags=["registry"])
    async def rename(person: SignedIn, id_: str, asked: RenameAsked) -> dict[str, Any]:
        """Rename a region with a local code."""
        with telling():
            return _json(await zoning.rename(person, id_, asked.name))

    @routes.post("/api/regions/{id_}/end", tags=["registry"])
    async def end(person: SignedIn, id_: str, asked: EndAsked) -> dict[str, Any]:
        """End a region with a local code; no unit may lie there any more."""
        with telling():
            return _json(await zoning.end(person, id_, asked.until))


async def found(store: Store, q: str, under: str) -> list[dict[str, Any]]:
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
        {
            "region": region,
            "name": region_name(region, names),
            "level": regions.level(region).value,
            "parent": regions.parent(region),
            "local": _json(local[region]) if region in local else None,
        }
        for region in asked
    ]


async def _done(
    request: Request,
    app: Registry,
    person: SignedIn,
    form: Filled[M],
    act: Awaitable[LocalRegion] | None,
    row: str = "",
) -> Response:
    """Do what the form (of a ``row``) asks; when it is refused, show the page with the reason and what was typed."""
    if act is None:
        return await _shown(request, app, person, form=form, errors=dict(form.errors), status=422, row=row)
    try:
        with telling():
            await act
    except web.Refused as refused:
        if not refused.fields:
            raise
        errors, status = dict(refused.fields), refused.status
        return await _shown(request, app, person, form=form, errors=errors, status=status, row=row)
    return RedirectResponse(PAGE, 303, {"Cache-Control": "no-store"})


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


def _json(one: LocalRegion) -> dict[str, Any]:
    return one.model_dump(mode="json")
