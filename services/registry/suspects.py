"""未备案与假冒线索: the two pages and the API on which people report addresses and offices handle them."""

from collections.abc import Awaitable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from services.registry.answers import telling
from services.registry.app import Registry
from services.registry.clue import ACTS, HANDED, STATES, ClueKind, ClueState
from services.registry.clues import OPEN, Clues, Handled, Reported
from services.registry.records import ClueDocument
from shared import web
from shared.documents import NOTHING, Scope
from shared.identity import Action, Person, scope
from shared.web import Filled, SignedIn, filled, page

PAGES = {ClueKind.OPENING: "/registry/found", ClueKind.COUNTERFEIT: "/registry/counterfeits"}
TITLES = {ClueKind.OPENING: "疑似未备案", ClueKind.COUNTERFEIT: "假冒线索"}
MOST = 200
M = TypeVar("M", bound=BaseModel)
Limit = Annotated[int, Query(ge=1, le=MOST)]


class HandledOnPage(Handled):
    """What a form says; ``kind`` is the page it stands on."""

    kind: ClueKind


def router(app: Registry) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/registry")
    _pages(routes, app)
    _api(routes, app)
    return routes


def _pages(routes: APIRouter, app: Registry) -> None:
    clues = Clues(app)

    @routes.get("/found", include_in_schema=False)
    async def found(request: Request, person: SignedIn) -> Response:
        return await _shown(request, app, person, ClueKind.OPENING)

    @routes.get("/counterfeits", include_in_schema=False)
    async def counterfeits(request: Request, person: SignedIn) -> Response:
        return await _shown(request, app, person, ClueKind.COUNTERFEIT)

    @routes.post("/clues", include_in_schema=False)
    async def report(request: Request, person: SignedIn) -> Response:
        form = await filled(request, Reported)
        act = _report(clues, person, form.model) if form.model else None
        return await _done(request, app, person, _kind(form), form, act)

    @routes.post("/clues/{id_}", include_in_schema=False)
    async def handle(request: Request, person: SignedIn, id_: str) -> Response:
        form = await filled(request, HandledOnPage)
        act = _handle(clues, person, id_, form.model) if form.model else None
        return await _done(request, app, person, _kind(form), form, act, row=id_)


def _api(routes: APIRouter, app: Registry) -> None:
    clues = Clues(app)

    @routes.get("/api/clues", tags=["registry"])
    async def listed(
        person: SignedIn, kind: ClueKind | None = None, state: ClueState | None = None, limit: Limit = 50
    ) -> dict[str, Any]:
        """Clues of regions and units one may see, the latest first, with who did what, when and why."""
        where = {name: value for name, value in (("clue.kind", kind), ("clue.state", state)) if value}
        return {"clues": [_json(one) for one in await _of(app, scope(person, Action.SEE), where, limit)]}

    @routes.post("/api/clues", tags=["registry"], status_code=201)
    async def report(person: SignedIn, asked: Reported) -> dict[str, Any]:
        """Report what may run without a filing, or be a counterfeit; reported again it is the same clue."""
        return _json(await _report(clues, person, asked))

    @routes.post("/api/clues/{id_}", tags=["registry"])
    async def handle(person: SignedIn, id_: str, asked: Handled) -> dict[str, Any]:
        """Verify, dismiss, link to a filing, hand over, close: what can be done depends on its state."""
        return _json(await _handle(clues, person, id_, asked))


def _kind(form: Filled[Any]) -> ClueKind:
    """The page a form stands on."""
    return ClueKind.COUNTERFEIT if form.values.get("kind") == ClueKind.COUNTERFEIT else ClueKind.OPENING


async def _report(clues: Clues, person: Person, asked: Reported) -> ClueDocument:
    with telling():
        return await clues.report(person, asked)


async def _handle(clues: Clues, person: Person, id_: str, asked: Handled) -> ClueDocument:
    with telling():
        return await clues.handle(person, id_, asked)


async def _of(app: Registry, seen: Scope, where: dict[str, Any], limit: int) -> list[ClueDocument]:
    return await app.store.clues.find(seen, where, sort=[("clue.history.0.at", -1), ("_id", 1)], limit=limit)


async def _done(
    request: Request,
    app: Registry,
    person: Person,
    kind: ClueKind,
    form: Filled[M],
    act: Awaitable[ClueDocument] | None,
    row: str = "",
) -> Response:
    """Do what a form (of a ``row``) asks; when it is refused, show its page with the reason and what was typed."""
    if act is None:
        return await _shown(request, app, person, kind, form=form, errors=dict(form.errors), status=422, row=row)
    try:
        kept = await act
    except web.Refused as refused:
        if not refused.fields:
            raise
        errors, status = dict(refused.fields), refused.status
        return await _shown(request, app, person, kind, form=form, errors=errors, status=status, row=row)
    return RedirectResponse(PAGES[kept.clue.kind], 303, {"Cache-Control": "no-store"})


async def _shown(
    request: Request,
    app: Registry,
    person: Person,
    kind: ClueKind,
    *,
    form: Filled[Any] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
    row: str = "",
) -> Response:
    seen = scope(person, Action.SEE)
    states = [state.value for state in OPEN]
    waiting = await _of(app, seen, {"clue.kind": kind.value, "clue.state": {"$in": states}}, MOST)
    done = await _of(app, seen, {"clue.kind": kind.value, "clue.state": {"$nin": states}}, 50)
    return page(
        request,
        "clues.html",
        status=status,
        kind=kind.value,
        title=TITLES[kind],
        waiting=waiting,
        done=done,
        outlets=await app.store.outlet_names(seen, [id_ for one in (*waiting, *done) for id_ in one.clue.found_on]),
        may_handle=scope(person, Action.INSPECT) != NOTHING,
        may_report=seen != NOTHING,
        acts=ACTS,
        states=STATES,
        handed=HANDED,
        values=dict(form.values) if form and not row else {},
        errors={} if row else errors or {},
        row=row,
        row_errors=errors if row and errors else {},
    )


def _json(document: ClueDocument) -> dict[str, Any]:
    return {"id": document.id, "region": document.region, **document.clue.model_dump(mode="json")}
