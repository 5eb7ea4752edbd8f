"""The public look-up: anybody asks whether an address, a name or an account is an official one. Nobody signs in.

It counts against a limit of its own (``shared/web/limits.py``), reads by at most two look-ups in one index, and never
more than ``MOST`` outlets, and shows what ``lookup.public`` lets through.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from services.registry.app import Registry
from services.registry.lookup import LONGEST, MOST, Answer, answer, fitting, marks_of, public, similar
from services.registry.particulars import PLATFORMS
from services.registry.search import STATES
from services.registry.store import Store
from shared.documents import SYSTEM
from shared.web import api_router, page

Asked = Annotated[str, Query(max_length=LONGEST)]


def router(app: Registry) -> APIRouter:
    """The page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/is-official")
    async def ask(request: Request, q: Asked = "") -> Response:
        given = await looked_up(app.store, q) if q.strip() else None
        words: dict[str, Any] = {"platforms": PLATFORMS, "states": STATES}
        return page(request, "is-official.html", q=q, answer=given, **words)

    return routes


def api(app: Registry) -> APIRouter:
    """The API."""
    routes = api_router("registry", "/api", public=True)

    @routes.get("/is-official")
    async def ask_by_program(q: Annotated[str, Query(min_length=1, max_length=LONGEST)]) -> Answer:
        """Whether an address, a name or an account is an official one. Public."""
        return await looked_up(app.store, q)

    return routes


async def looked_up(store: Store, text: str) -> Answer:
    """What the register answers to ``text``. Whoever reads an address better than its text does so here."""
    asked = text.strip()
    by_mark = {"keys": {"$in": list(marks_of(asked))}}
    kept = {one.id: one for one in await store.outlets.find(SYSTEM, by_mark, limit=5 * MOST)}
    exact = fitting(asked, [one.outlet for one in kept.values()])
    if exact:
        return answer(asked, [public(one, kept[one.id].changed_at) for one in exact])
    conditions = similar(asked)
    like = await store.outlets.find(SYSTEM, {"$and": conditions}, limit=MOST + 1) if conditions else []
    return answer(asked, (), [public(one.outlet, one.changed_at) for one in like])
