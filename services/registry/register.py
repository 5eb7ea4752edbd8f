"""The register's pages: what is in it, found by words and filters; and the changes nobody filed."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.registry.app import Registry
from services.registry.browsing import SIZE, Browsing
from services.registry.compared import FIELD_NAMES
from services.registry.particulars import PLATFORMS
from services.registry.search import (
    CLASSES,
    KINDS,
    SORT_NAMES,
    STATES,
    TITLES,
    Query,
    asked,
)
from shared.documents import NOTHING, Scope
from shared.identity import Action, Person, scope
from shared.web import Pager, SignedIn, page, region_name

TABS = (
    ("/registry/", "在册对象"),
    ("/registry/inbox", "待办备案"),
    ("/registry/units", "单位"),
    ("/registry/unfiled", "未备案变更"),
    ("/registry/found", "疑似未备案"),
    ("/registry/counterfeits", "假冒线索"),
    ("/registry/exemptions", "豁免"),
    ("/registry/cleanup", "清理整合"),
    ("/registry/statistics", "统计"),
)
ADMINISTRATORS_TABS = (
    ("/registry/people", "人员"),
    ("/registry/networks", "政务外网网段"),
    ("/registry/regions", "行政区划"),
    ("/registry/import", "导入导出"),
)
WORDS: dict[str, Any] = {
    "kinds": KINDS,
    "states": STATES,
    "classes": CLASSES,
    "sorts": SORT_NAMES,
    "filters": TITLES,
    "platforms": PLATFORMS,
}


def router(app: Registry, browsing: Browsing) -> APIRouter:
    """The routes."""
    routes = APIRouter(include_in_schema=False)
    _register(routes, app, browsing)
    _unfiled(routes, app)
    return routes


def tabs(person: Person) -> list[tuple[str, str]]:
    """The parts of the register this person has to do with."""
    administers = scope(person, Action.ADMINISTER) != NOTHING
    return [*TABS, *(ADMINISTRATORS_TABS if administers else ())]


def _register(routes: APIRouter, app: Registry, browsing: Browsing) -> None:
    store = app.store

    @routes.get("/")
    async def front() -> Response:
        return RedirectResponse("/registry/", 303)

    @routes.get("/registry/")
    async def register(request: Request, person: SignedIn) -> Response:
        seen = scope(person, Action.SEE)
        query = asked(request.query_params, PLATFORMS)
        figures = await browsing.figures(seen)
        pager = Pager.of(request, await browsing.count(query, seen), SIZE)
        outlets = await browsing.entries(query, seen, pager.total, pager.skip)
        ids = [kept.id for kept in outlets]
        at, parts = figures.parts(query.region)
        return page(
            request,
            "register.html",
            query=query,
            pager=pager,
            outlets=outlets,
            figures=figures,
            crumbs=crumbs(at, seen),
            parts=parts,
            unfiled=await store.changed_unfiled(seen, ids),
            under_way=await store.being_filed(seen, ids),
            unfiled_total=await store.count_unfiled(seen),
            under_way_total=await store.count_under_way(seen),
            chips=await _chips(app, query, seen),
            may_file=scope(person, Action.FILE) != NOTHING,
            **WORDS,
        )


def crumbs(prefix: str, seen: Scope) -> list[str]:
    """The regions above ``prefix`` and itself, the widest first, from where the reader's own begins."""
    tokens = prefix.split(".") if prefix else []
    ways = ["", *(".".join(tokens[:length]) for length in range(1, len(tokens) + 1))]
    return [way for way in ways if any(seen_from == "" or f"{way}.".startswith(f"{seen_from}.")
                                       for seen_from in seen.regions)]  # fmt: skip  # one condition


async def _chips(app: Registry, query: Query, seen: Scope) -> list[tuple[str, str]]:
    """What the list is narrowed to, in words, each with the address without it."""
    named = {"kind": KINDS, "platform": PLATFORMS, "state": STATES, "class": CLASSES}
    unit = await app.store.units.get(query.exact["unit"], seen) if "unit" in query.exact else None
    units = {unit.id: unit.body.name} if unit else {}
    chips = []
    for name, value in query.values.items():
        if name in ("q", "sort"):
            continue
        text = {**named, "unit": units}.get(name, {}).get(value, value)
        words = region_name(value) if name == "region" else "" if name in ("unfiled", "under_way") else text
        chips.append((f"{TITLES[name]}{'：' if words else ''}{words}", query.link(**{name: ""})))
    return chips


def _unfiled(routes: APIRouter, app: Registry) -> None:
    @routes.get("/registry/unfiled")
    async def unfiled(request: Request, person: SignedIn) -> Response:
        seen = scope(person, Action.SEE)
        pager = Pager.of(request, await app.store.count_unfiled(seen), SIZE)
        tracks = await app.store.open_tracks(seen, skip=pager.skip, limit=pager.size)
        return page(
            request,
            "unfiled.html",
            pager=pager,
            tracks=tracks,
            outlets=await app.store.outlet_names(seen, [one.track.outlet for one in tracks]),
            watched=FIELD_NAMES,
        )
