"""The page of one outlet: what is on file, what was on a day, how it came, and what is seen of it."""

from collections.abc import Collection
from datetime import date
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from services.registry.app import Registry
from services.registry.excusing import may_ask
from services.registry.exemptions import STATES as EXEMPTIONS
from services.registry.life import kinds_of
from services.registry.outlet import Approved, in_force_on, in_order
from services.registry.page_words import WORDS
from services.registry.proposal import Why
from services.registry.proposing import proposed
from services.registry.records import OutletDocument
from services.registry.search import CLASSES
from services.registry.sheet import MANY, groups, history, label_of
from services.registry.store import Store
from shared.identity import Action, may, scope
from shared.web import SignedIn, page

PROPOSED: dict[Why, tuple[str, str]] = {
    Why.NEW: ("pending", "未备案"),
    Why.CLASS_DIFFERS: ("pending", "类别不同"),
    Why.GONE: ("undetermined", "首页上没有见到"),
}
"""The badge and the words of each proposal about a column."""


def router(app: Registry) -> APIRouter:
    """The routes."""
    routes = APIRouter(include_in_schema=False)
    store = app.store

    @routes.get("/registry/outlets/{id_}")
    async def outlet(request: Request, person: SignedIn, id_: str, on: str = "") -> Response:
        seen = scope(person, Action.SEE)
        kept = await store.outlet(id_, seen)
        if kept is None:
            raise HTTPException(404)
        filings = await store.filings_of(id_, seen)
        approved = await _counting(store, kept, {one.id for one in filings})
        day, wrong = day_of(on)
        then = in_force_on(day, approved, id_) if day else None
        shown = then or kept.outlet
        into = await store.outlet_names(seen, [shown.into]) if shown.into else {}
        platforms: dict[str, str] = WORDS["platforms"]
        columns, fresh = await proposed(app, kept, seen)
        return page(
            request,
            "outlet.html",
            outlet=kept.outlet,
            shown=shown,
            into=into.get(shown.into or "", ""),
            day=day,
            on=on,
            wrong=wrong,
            known=day is None or then is not None,
            groups=groups(shown.filed, platforms),
            history=history(approved, platforms),
            changed_at=kept.changed_at,
            filings=filings,
            opens={one.id for one in filings},
            exemptions=await store.exempted(id_, kept.unit, seen),
            exemption_states=EXEMPTIONS,
            may_ask=may_ask(person, kept.region, kept.unit),
            tracks=list((await store.tracks_of(id_, seen)).values()),
            columns=columns,
            proposed=[(one, *PROPOSED[one.why]) for one in fresh],
            may_be_filed=kinds_of(kept.outlet.state, kept.outlet.filed.kind),
            may_file=may(person, Action.FILE, region=kept.region, unit=kept.unit),
            **{**WORDS, "classes": CLASSES, "label_of": label_of, "many": MANY},
        )

    return routes


async def _counting(store: Store, kept: OutletDocument, readable: Collection[str]) -> list[Approved]:
    """The filings of the unit that has the outlet, wherever that was then, of mergers, and what is readable anyway.

    A unit that moved left its filings in the region they were decided in; another unit's are not for everybody.
    """
    return [
        one
        for one in in_order(kept.folded, await store.approved(kept.id))
        if one.filing.unit.id == kept.unit or one.filing.into == kept.id or one.id in readable
    ]


def day_of(text: str) -> tuple[date | None, dict[str, Any]]:
    """The day asked for, or what is wrong with it by field."""
    try:
        return (date.fromisoformat(text) if text else None), {}
    except ValueError:
        return None, {"on": "日期应写作 2026-01-31。"}
