"""未备案与假冒线索: the two pages and the API on which people report addresses and offices handle them."""

from collections.abc import Awaitable
from functools import partial
from typing import Any, TypeVar

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel

from services.registry.answers import answered, telling
from services.registry.app import Registry
from services.registry.clue import ACTS, HANDED, STATES, Clue, ClueKind, ClueState
from services.registry.clues import OPEN, Clues, Handled, Reported
from services.registry.records import ClueDocument
from shared.documents import NOTHING, Scope
from shared.identity import Action, Person, scope
from shared.web import (
    After,
    Filled,
    IfMatch,
    Limit,
    Order,
    Seen,
    SignedIn,
    api_router,
    filled,
    matching,
    page,
    part,
    tagged,
)

PAGES = {ClueKind.OPENING: "/registry/found", ClueKind.COUNTERFEIT: "/registry/counterfeits"}
TITLES = {ClueKind.OPENING: "疑似未备案", ClueKind.COUNTERFEIT: "假冒线索"}
MOST = 200
M = TypeVar("M", bound=BaseModel)
CLUES = Order("clues", (("reported_at", -1), ("_id", 1)))


class HandledOnPage(Handled):
    """What a form says; ``kind`` is the page it stands on."""

    kind: ClueKind


class ClueShown(Clue):
    """A clue as programs see it, with who did what, when and why."""

    id: str
    region: str
    version: int


class CluesShown(BaseModel):
    """A part of the clues; ``after`` is the cursor for the next, null at the end."""

    clues: list[ClueShown]
    after: str | None


def router(app: Registry) -> APIRouter:
    """The pages."""
    routes = APIRouter(prefix="/registry", include_in_schema=False)
    clues = Clues(app)

    @routes.get("/found")
    async def found(request: Request, person: SignedIn) -> Response:
        return await _shown(request, app, person, ClueKind.OPENING)

    @routes.get("/counterfeits")
    async def counterfeits(request: Request, person: SignedIn) -> Response:
        return await _shown(request, app, person, ClueKind.COUNTERFEIT)

    @routes.post("/clues")
    async def report(request: Request, person: SignedIn) -> Response:
        form = await filled(request, Reported)
        act = _report(clues, person, form.model) if form.model else None
        return await _done(request, app, person, _kind(form), form, act)

    @routes.post("/clues/{id_}")
    async def handle(request: Request, person: SignedIn, id_: str) -> Response:
        form = await filled(request, HandledOnPage)
        act = _handle(clues, person, id_, form.model) if form.model else None
        return await _done(request, app, person, _kind(form), form, act, row=id_)

    return routes


def api(app: Registry) -> APIRouter:
    """The API."""
    routes = api_router("registry", kept=app.store.once)
    clues = Clues(app)

    @routes.get("/api/clues")
    async def listed(
        person: SignedIn,
        kind: ClueKind | None = None,
        state: ClueState | None = None,
        after: After = "",
        limit: Limit = 50,
    ) -> CluesShown:
        """Clues of regions and units one may see, the latest first, with who did what, when and why."""
        where = {name: value for name, value in (("clue.kind", kind), ("clue.state", state)) if value}
        found = await part(app.store.clues, scope(person, Action.SEE), where, CLUES, after=after, limit=limit)
        return CluesShown(clues=[_shown_one(one) for one in found.entries], after=found.after)

    @routes.get("/api/clues/{id_}", response_model=ClueShown)
    async def clue(request: Request, person: SignedIn, id_: str) -> Response:
        """One clue."""
        kept = await app.store.clues.get(id_, scope(person, Action.SEE))
        if kept is None:
            raise HTTPException(404)
        return tagged(request, _shown_one(kept), kept.version)

    @routes.post("/api/clues", status_code=201, response_model=ClueShown)
    async def report(request: Request, person: SignedIn, asked: Reported) -> Response:
        """Report what may run without a filing, or be a counterfeit; reported again it is the same clue."""
        kept = await _report(clues, person, asked)
        location = {"Location": f"/registry/api/clues/{kept.id}"}
        return tagged(request, _shown_one(kept), kept.version, 201, location)

    @routes.post("/api/clues/{id_}", response_model=ClueShown)
    async def handle(request: Request, person: SignedIn, id_: str, asked: Handled, seen: IfMatch) -> Response:
        """Verify, dismiss, link to a filing, hand over, close: what can be done depends on its state."""
        with matching(seen):
            kept = await _handle(clues, person, id_, asked, seen)
        return tagged(request, _shown_one(kept), kept.version)

    return routes


def _kind(form: Filled[Any]) -> ClueKind:
    """The page a form stands on."""
    return ClueKind.COUNTERFEIT if form.values.get("kind") == ClueKind.COUNTERFEIT else ClueKind.OPENING


async def _report(clues: Clues, person: Person, asked: Reported) -> ClueDocument:
    with telling():
        return await clues.report(person, asked)


async def _handle(clues: Clues, person: Person, id_: str, asked: Handled, seen: Seen = None) -> ClueDocument:
    with telling():
        return await clues.handle(person, id_, asked, seen)


async def _of(app: Registry, seen: Scope, where: dict[str, Any], limit: int) -> list[ClueDocument]:
    return await app.store.clues.find(seen, where, sort=CLUES.keys, limit=limit)


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
    again = partial(_shown, request, app, person, kind, form=form, row=row)
    return await answered(act, form.errors, again, lambda kept: PAGES[kept.clue.kind])


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


def _shown_one(kept: ClueDocument) -> ClueShown:
    return ClueShown(id=kept.id, region=kept.region, version=kept.version, **dict(kept.clue))
