"""Units under /registry/api/: find, look, register, change, move, and settle other names."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Response
from pydantic import Field

from services.registry.answers import telling
from services.registry.app import Registry
from services.registry.records import UnitDocument
from services.registry.unit import LONGEST_NAME, LONGEST_REASON
from services.registry.unit_desk import Units
from shared.documents import Scope
from shared.events.region import PREFIX, REGION, RegionPrefix
from shared.events.registry import UnitKind, UnitLevel
from shared.identity import Action, scope
from shared.web import SignedIn, Strict

Reason = Annotated[str, Field(max_length=LONGEST_REASON)]
Name = Annotated[str, Field(max_length=LONGEST_NAME)]
Revision = Annotated[int, Field(ge=0, le=2**31)]


class UnitWanted(Strict):
    """What shall stand in a unit; what is not given is not stated."""

    name: Name
    level: UnitLevel | None = None
    unit_kind: UnitKind | None = None
    in_government: bool | None = None
    external_service: bool | None = None
    credit_code: str = Field("", max_length=18)
    parent: Name = ""
    office: Name = ""
    reason: Reason = ""

    def fields(self) -> dict[str, Any]:
        """The fields of the unit."""
        return self.model_dump(exclude={"reason", "region", "revision"})


class UnitNew(UnitWanted):
    """A unit to register in ``region`` (four tokens)."""

    region: str = Field(pattern=REGION, max_length=30)


class UnitMended(UnitWanted):
    """What shall stand in a unit from now on, as it was at ``revision``."""

    revision: Revision


class MoveAsked(Strict):
    """A unit moves to ``region`` (four tokens), counting from a day that has come."""

    region: str = Field(pattern=REGION, max_length=30)
    on: date
    revision: Revision
    reason: Reason = ""


class AliasAsked(Strict):
    """Another name of a unit."""

    alias: Name


class UnitsAsked(Strict):
    """Which units: words of the name, a region prefix, level, kind, and what they lack of contacts."""

    q: str = Field("", max_length=100)
    region: RegionPrefix = Field("", pattern=PREFIX, max_length=30)
    level: UnitLevel | None = None
    unit_kind: UnitKind | None = None
    contacts: Literal["unreported", "missing", ""] = ""

    def where(self) -> dict[str, Any]:
        """The filter of the query."""
        conditions: list[dict[str, Any]] = []
        if self.q:
            pattern = {"$regex": re.escape(self.q), "$options": "i"}
            names = ("_id", "body.name", "body.aliases", "body.credit_code")
            conditions.append({"$or": [{name: pattern} for name in names]})
        if self.region:
            conditions.append(Scope(regions=(self.region,)).where())
        if self.level:
            conditions.append({"body.level": self.level.value})
        if self.unit_kind:
            conditions.append({"body.unit_kind": self.unit_kind.value})
        if self.contacts == "unreported":
            conditions.append({"body.contacts_reported": {"$ne": True}})
        if self.contacts == "missing":
            conditions.append({"lacks.0": {"$exists": True}})
        return {"$and": conditions} if conditions else {}


class UnitsPaged(UnitsAsked):
    """The same, page by page; ``after`` is the last id of the page before."""

    after: str = Field("", max_length=64)
    limit: int = Field(50, ge=1, le=200, strict=False)


def router(app: Registry) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/registry/api", tags=["registry"])
    _looking(routes, app)
    _changing(routes, Units(app))
    _naming(routes, Units(app))
    return routes


def _looking(routes: APIRouter, app: Registry) -> None:
    @routes.get("/units")
    async def units(person: SignedIn, asked: Annotated[UnitsPaged, Query()]) -> dict[str, Any]:
        """Units by id; ``after`` is the last id of the page before. ``contacts``: never reported, or missing now."""
        where = {"$and": [{"_id": {"$gt": asked.after}}, asked.where()]}
        found = await app.store.units.find(scope(person, Action.SEE), where, sort=[("_id", 1)], limit=asked.limit)
        more = len(found) == asked.limit
        return {"units": [unit_json(one) for one in found], "after": found[-1].id if more else None}

    @routes.get("/units/{id_}")
    async def unit(person: SignedIn, id_: str) -> dict[str, Any]:
        """One unit with what was done to it."""
        kept = await app.store.units.get(id_, scope(person, Action.SEE))
        if kept is None:
            raise HTTPException(404)
        return {**unit_json(kept), "history": [one.model_dump(mode="json") for one in kept.history]}

    @routes.get("/unit-names")
    async def named(
        person: SignedIn,
        name: Annotated[str, Query(max_length=LONGEST_NAME)],
        region: Annotated[str, Query(pattern=REGION, max_length=30)],
    ) -> dict[str, Any]:
        """What a name means in a region: ``exact``, ``alias``, ``proposed`` (ask a person first) or ``none``."""
        found = await Units(app).match(name, region, scope(person, Action.SEE))
        return {"how": found.how.value, "unit": found.unit.model_dump(mode="json") if found.unit else None}


def _changing(routes: APIRouter, units: Units) -> None:
    @routes.post("/units", status_code=201)
    async def create(person: SignedIn, asked: UnitNew, response: Response) -> dict[str, Any]:
        """Register a unit in a region one administers."""
        with telling():
            kept = await units.create(person, asked.region, asked.fields(), asked.reason)
        response.headers["Location"] = f"/registry/api/units/{kept.id}"
        return unit_json(kept)

    @routes.post("/units/{id_}/change")
    async def change(person: SignedIn, id_: str, asked: UnitMended) -> dict[str, Any]:
        """Change a unit of a region one administers."""
        with telling():
            return unit_json(await units.change(person, id_, asked.fields(), asked.revision, asked.reason))

    @routes.post("/units/{id_}/move")
    async def move(person: SignedIn, id_: str, asked: MoveAsked) -> dict[str, Any]:
        """Move a unit with its outlets, by somebody who administers a region that covers both."""
        with telling():
            kept = await units.move(person, id_, asked.region, asked.on, asked.revision, asked.reason)
        return unit_json(kept)


def _naming(routes: APIRouter, units: Units) -> None:
    @routes.post("/units/{id_}/aliases")
    async def propose(person: SignedIn, id_: str, asked: AliasAsked) -> dict[str, Any]:
        """Put forward another name of a unit."""
        with telling():
            return unit_json(await units.propose(person, id_, asked.alias))

    @routes.post("/units/{id_}/aliases/confirm")
    async def confirm(person: SignedIn, id_: str, asked: AliasAsked) -> dict[str, Any]:
        """Say that a name put forward is this unit: imports and look-ups use it from now on."""
        with telling():
            return unit_json(await units.confirm(person, id_, asked.alias))

    @routes.post("/units/{id_}/aliases/reject")
    async def reject(person: SignedIn, id_: str, asked: AliasAsked) -> dict[str, Any]:
        """Say that a name is not this unit, or no more: no rule proposes it again."""
        with telling():
            return unit_json(await units.reject(person, id_, asked.alias))


def unit_json(kept: UnitDocument) -> dict[str, Any]:
    """A unit as the API shows it."""
    return {
        **kept.body.model_dump(mode="json"),
        "proposals": [one.model_dump(mode="json") for one in kept.proposals],
        "lacks": [one.model_dump(mode="json") for one in kept.lacks],
    }
