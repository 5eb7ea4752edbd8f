"""政务外网网段: the page and the API where administrators open private networks for their region, and close them."""

from collections.abc import Awaitable
from datetime import date, datetime, time
from functools import partial
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from services.registry.answers import answered, telling
from services.registry.app import Registry
from services.registry.extranet import LONGEST_REASON, Permission
from services.registry.opening import Opening
from services.registry.records import ExtranetDocument
from shared.identity import Action, Person, scope
from shared.web import (
    BEIJING,
    After,
    Filled,
    IfMatch,
    Limit,
    Order,
    Seen,
    SignedIn,
    Strict,
    api_router,
    filled,
    matching,
    page,
    part,
    tagged,
)

PAGE = "/registry/networks"
NETWORKS = Order("networks", (("permission.extranet.since", -1), ("_id", 1)))
M = TypeVar("M", bound=BaseModel)


class OpenAsked(Strict):
    """A private network (CIDR) to open for ``region`` (a prefix; empty: the whole country) up to and with a day."""

    region: str = Field("", max_length=30)
    network: str = Field(max_length=50)
    until: date
    reason: str = Field(max_length=LONGEST_REASON)


class CloseAsked(Strict):
    """Why a network is closed again."""

    reason: str = Field(max_length=LONGEST_REASON)


class NetworkShown(Permission):
    """A private network that was opened, with its history."""

    region: str
    version: int


class NetworksShown(BaseModel):
    """A part of the private networks; ``after`` is the cursor for the next, null at the end."""

    networks: list[NetworkShown]
    after: str | None


def router(app: Registry) -> APIRouter:
    """The pages."""
    routes = APIRouter(prefix="/registry")
    _pages(routes, app)
    return routes


def _pages(routes: APIRouter, app: Registry) -> None:
    opening = Opening(app)

    @routes.get("/networks", include_in_schema=False)
    async def networks(request: Request, person: SignedIn) -> Response:
        return await _shown(request, app, person)

    @routes.post("/networks", include_in_schema=False)
    async def open_one(request: Request, person: SignedIn) -> Response:
        form = await filled(request, OpenAsked)
        act = _open(opening, person, form.model) if form.model else None
        return await _done(request, app, person, form, act)

    @routes.post("/networks/{id_}/close", include_in_schema=False)
    async def close_one(request: Request, person: SignedIn, id_: str) -> Response:
        form = await filled(request, CloseAsked)
        act = _close(opening, person, id_, form.model.reason) if form.model else None
        return await _done(request, app, person, form, act, row=id_)


def api(app: Registry) -> APIRouter:
    """The API."""
    routes = api_router("registry", kept=app.store.once)
    opening = Opening(app)

    @routes.get("/api/networks")
    async def networks(person: SignedIn, after: After = "", limit: Limit = 50) -> NetworksShown:
        """Private networks opened for regions one may see, the latest first, with who did what, when and why."""
        found = await part(app.store.extranets, scope(person, Action.SEE), {}, NETWORKS, after=after, limit=limit)
        return NetworksShown(networks=[_shown_one(one) for one in found.entries], after=found.after)

    @routes.post("/api/networks", status_code=201, response_model=NetworkShown)
    async def open_one(request: Request, person: SignedIn, asked: OpenAsked) -> Response:
        """Open a private network for the outlets and offices of a region one administers."""
        kept = await _open(opening, person, asked)
        return tagged(request, _shown_one(kept), kept.version, 201)

    @routes.post("/api/networks/{id_}/close", response_model=NetworkShown)
    async def close_one(request: Request, person: SignedIn, id_: str, asked: CloseAsked, seen: IfMatch) -> Response:
        """Close a private network again, at once."""
        with matching(seen):
            kept = await _close(opening, person, id_, asked.reason, seen)
        return tagged(request, _shown_one(kept), kept.version)

    return routes


async def _open(opening: Opening, person: Person, asked: OpenAsked) -> ExtranetDocument:
    with telling():
        return await opening.open(person, asked.region, asked.network, _end_of(asked.until), asked.reason)


async def _close(opening: Opening, person: Person, id_: str, reason: str, seen: Seen = None) -> ExtranetDocument:
    with telling():
        return await opening.close(person, id_, reason, seen)


async def _done(
    request: Request,
    app: Registry,
    person: Person,
    form: Filled[M],
    act: Awaitable[ExtranetDocument] | None,
    row: str = "",
) -> Response:
    """Do what the form (of a ``row``) asks; when it is refused, show the page with the reason and what was typed."""
    again = partial(_shown, request, app, person, form=form, row=row)
    return await answered(act, form.errors, again, lambda _: PAGE)


async def _shown(
    request: Request,
    app: Registry,
    person: Person,
    *,
    form: Filled[Any] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
    row: str = "",
) -> Response:
    administered = scope(person, Action.ADMINISTER).regions
    values = dict(form.values) if form and not row else {"region": min(administered, key=len, default="")}
    return page(
        request,
        "networks.html",
        status=status,
        networks=await app.store.networks(scope(person, Action.SEE)),
        administered=administered,
        bounds=app.extranet_bounds,
        values=values,
        errors={} if row else errors or {},
        row=row,
        row_errors=errors if row and errors else {},
    )


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, BEIJING)


def _shown_one(document: ExtranetDocument) -> NetworkShown:
    return NetworkShown(region=document.region, version=document.version, **dict(document.permission))
