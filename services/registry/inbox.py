"""The inbox: filings that wait for somebody of this person's level, or of their unit; the nearest deadline first."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from services.registry.app import Registry
from services.registry.filing import FilingState, day_of
from services.registry.filing_shown import next_of
from services.registry.page_words import WORDS
from services.registry.records import ARCHIVE, NO_DAY, UNIT
from services.registry.rules import Level
from shared.documents import NOTHING
from shared.events.region import RegionPrefix
from shared.events.registry import FilingKind
from shared.identity import Action, Person, scope
from shared.web import Pager, SignedIn, page

STATES = (
    *(FilingState.SUBMITTED, FilingState.ACCEPTED, FilingState.RETURNED),
    *(FilingState.IN_FORCE, FilingState.ANNOUNCED),
)


def router(app: Registry) -> APIRouter:
    """The routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/registry/inbox")
    async def inbox(
        request: Request,
        person: SignedIn,
        kind: FilingKind | None = None,
        state: FilingState | None = None,
        region: Annotated[RegionPrefix, Query()] = "",
    ) -> Response:
        today, seen = day_of(app.now()), scope(person, Action.SEE)
        where = {"$and": [waiting(person), _narrowed(kind, state, region)]}
        pager = Pager.of(request, await app.store.filings.count(seen, where))
        late = {"$and": [where, {"due_by": {"$lt": today.isoformat()}}]}
        files = scope(person, Action.FILE)
        return page(
            request,
            "inbox.html",
            pager=pager,
            found=await app.store.waiting(seen, where, skip=pager.skip, limit=pager.size),
            overdue=await app.store.filings.count(seen, late),
            drafts=await app.store.drafts_of(files) if files != NOTHING else [],
            may_file=files != NOTHING,
            today=today,
            no_day=NO_DAY,
            next_of=_next(today),
            values={"kind": kind or "", "state": state or "", "region": region},
            kind_choices=[(one.value, WORDS["kinds"][one]) for one in FilingKind],
            state_choices=[(one.value, WORDS["states"][one]) for one in STATES],
            **WORDS,
        )

    return routes


def waiting(person: Person) -> Mapping[str, Any]:
    """The filings that wait for somebody who holds what ``person`` holds."""
    choices: list[Mapping[str, Any]] = []
    for prefix in scope(person, Action.APPROVE).regions:
        tokens = len(prefix.split(".")) if prefix else 0
        levels = [level.value for level in Level if level.reached(prefix, tokens)]
        choices.append({"$and": [{"waits": {"$in": [*levels, ARCHIVE]}}, _under(prefix)]})
    if units := scope(person, Action.FILE).units:
        choices.append({"waits": UNIT, "unit": {"$in": list(units)}})
    return {"$or": choices} if choices else {"waits": {"$in": []}}


def _narrowed(kind: FilingKind | None, state: FilingState | None, region: str) -> Mapping[str, Any]:
    asked = {"filing.kind": kind, "filing.state": state}
    return {**{field: value.value for field, value in asked.items() if value}, **_under(region)}


def _under(prefix: str) -> Mapping[str, Any]:
    if not prefix:
        return {}
    return {"$or": [{"region": prefix}, {"region": {"$gte": f"{prefix}.", "$lt": f"{prefix}/"}}]}


def _next(today: date) -> Any:
    return lambda filing: next_of(filing, today)
