"""清理整合: the page and the API with the lists of what to close, merge or rename, each row with its filing form."""

from itertools import groupby
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from services.registry.app import Registry
from services.registry.cleanup import Known, Row, Why, lists
from shared import web
from shared.events.region import RegionPrefix
from shared.events.registry import FilingKind, OutletState, UnitRef
from shared.identity import Action, Identity, Person, Role, may, scope
from shared.identity.permissions import grants_in_force
from shared.web import BEIJING, After, Limit, Order, SignedIn, api_router, page

MOST = 20_000
"""Outlets that are compared at once; more are asked for region by region."""
LONG, FEW = 90, 100
TITLES = {
    Why.NO_MAINTAINER: "没有人管理",
    Why.SILENT: "长期不更新",
    Why.FEW_FOLLOWERS: "关注度低",
    Why.SEVERAL: "一个单位在同一平台有多个账号",
    Why.NEAR_NAMES: "不同单位的名称相近",
}
KINDS = {"close": "关停", "offline": "永久下线", "merge": "整合", "change": "变更"}
Days = Annotated[int, Query(ge=7, le=3650)]
Fewer = Annotated[int, Query(ge=0, le=10_000_000)]
Under = Annotated[RegionPrefix, Query(max_length=30)]
ROWS = Order("cleanup", (("place", 1), ("unit.name", 1), ("name", 1), ("outlet", 1)))
LIVING = {"outlet.state": {"$in": [OutletState.RUNNING.value, OutletState.SUSPENDED.value]}}


class Wanted(NamedTuple):
    """What is listed: below which region, how many days without a post are long, fewer than how many followers few."""

    under: str
    days: int
    fewer: int


class RowShown(BaseModel):
    """One outlet on one list: why, a sentence, the kind of filing that would mend it, and the address of its form.

    ``into`` is the outlet it may be merged into.
    """

    why: Why
    outlet: str
    name: str
    unit: UnitRef
    region: str
    sentence: str
    kind: FilingKind
    into: str
    form: str

    @property
    def place(self) -> str:
        """Where its list stands among the others."""
        return str([*Why].index(self.why))


class RowsShown(BaseModel):
    """A part of the lists; ``after`` is the cursor for the next, null at the end."""

    rows: list[RowShown]
    after: str | None


def router(app: Registry, identity: Identity) -> APIRouter:
    """The page."""
    routes = APIRouter(prefix="/registry", include_in_schema=False)

    @routes.get("/cleanup")
    async def shown(
        request: Request, person: SignedIn, under: Under = "", days: Days = LONG, fewer: Fewer = FEW
    ) -> Response:
        rows = await rows_for(app, identity, person, Wanted(under, days, fewer))
        return page(
            request,
            "cleanup.html",
            lists=[(TITLES[why], list(found)) for why, found in groupby(rows, key=lambda row: row.why)],
            kinds=KINDS,
            may_file={
                row.outlet.id: may(person, Action.FILE, region=row.outlet.region, unit=row.outlet.unit.id)
                for row in rows
            },
            under=under,
            days=days,
            fewer=fewer,
        )

    return routes


def api(app: Registry, identity: Identity) -> APIRouter:
    """The API."""
    routes = api_router("registry", "/api")

    @routes.get("/cleanup")
    async def listed(
        person: SignedIn,
        under: Under = "",
        days: Days = LONG,
        fewer: Fewer = FEW,
        after: After = "",
        limit: Limit = 50,
    ) -> RowsShown:
        """What to close, merge or rename in the regions one sees.

        ``days`` without a post count as long, fewer followers than ``fewer`` as few.
        """
        rows = [_shown(row) for row in await rows_for(app, identity, person, Wanted(under, days, fewer))]
        found = ROWS.cut(rows, after=after, limit=limit)
        return RowsShown(rows=found.entries, after=found.after)

    return routes


async def rows_for(app: Registry, identity: Identity, person: Person, wanted: Wanted) -> list[Row]:
    """The lists of what ``person`` sees. Raises Refused when that is too much to compare."""
    seen = scope(person, Action.SEE)
    store, below = app.store, _below(wanted.under)
    if await store.outlets.count(seen, {**LIVING, **below}) > MOST:
        sentence = f"在册对象超过 {MOST} 个，请选择一个地区再看。"
        raise web.Refused("too_many", sentence, 422, {"under": sentence})
    outlets = [kept.outlet for kept in await store.outlets.find(seen, {**LIVING, **below})]
    posts = await store.posts.find(seen, below)
    known = Known(
        units={unit.id: unit.body for unit in await store.units.find(seen, below)},
        administered=await _administered(app, identity),
        posts={kept.id: kept.last_post_at for kept in posts if kept.last_post_at is not None},
        followers={kept.id: kept.followers for kept in posts if kept.followers is not None},
    )
    return lists(outlets, known, app.now().astimezone(BEIJING).date(), wanted.days, wanted.fewer)


async def _administered(app: Registry, identity: Identity) -> set[str]:
    """The units that have an administrator now."""
    held = [grant for record in await identity.records() for grant in grants_in_force(record.grants, app.now())]
    return {grant.unit for grant in held if grant.role is Role.UNIT_ADMINISTRATOR and grant.unit is not None}


def _below(under: str) -> dict[str, Any]:
    return {"region": {"$regex": f"^{under.replace('.', '[.]')}([.]|$)"}} if under else {}


def _shown(row: Row) -> RowShown:
    outlet = row.outlet
    return RowShown(
        why=row.why,
        outlet=outlet.id,
        name=outlet.name,
        unit=outlet.unit,
        region=outlet.region,
        sentence=row.sentence,
        kind=row.kind,
        into=row.into,
        form=row.form,
    )
