"""Units under /registry/api/: find, look, register, change, move, and settle other names."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from services.registry.alias import Match, Proposal
from services.registry.answers import telling
from services.registry.app import Registry
from services.registry.records import Lack, UnitDocument
from services.registry.unit import LONGEST_NAME, LONGEST_REASON, UnitAct
from services.registry.unit_desk import Units
from shared.documents import Scope
from shared.events.region import PREFIX, REGION, RegionPrefix
from shared.events.registry import Unit, UnitKind, UnitLevel
from shared.identity import Action, scope
from shared.web import IfMatch, Order, SignedIn, Strict, api_router, matching, part, tagged
from shared.web.cursor import LONGEST

UNITS = Order("units", (("_id", 1),))
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
    """The same, in parts; ``after`` is the cursor of the part before."""

    after: str = Field("", max_length=LONGEST)
    limit: int = Field(50, ge=1, le=200, strict=False)


class UnitShown(Unit):
    """A unit as programs see it, with the names put forward and what it lacks of contacts."""

    proposals: tuple[Proposal, ...]
    lacks: tuple[Lack, ...]
    version: int


class WholeUnit(UnitShown):
    """A unit with what was done to it, the oldest first."""

    history: tuple[UnitAct, ...]


class UnitsShown(BaseModel):
    """A part of the units; ``after`` is the cursor for the next, null at the end."""

    units: list[UnitShown]
    after: str | None


class NameFound(BaseModel):
    """What a name means in a region."""

    how: Match
    unit: Unit | None


def router(app: Registry) -> APIRouter:
    """The routes."""
    routes = api_router("registry", "/api", app.store.once)
    _looking(routes, app)
    _changing(routes, Units(app))
    _naming(routes, Units(app))
    return routes


def _looking(routes: APIRouter, app: Registry) -> None:
    @routes.get("/units")
    async def units(person: SignedIn, asked: Annotated[UnitsPaged, Query()]) -> UnitsShown:
        """Units by id. ``contacts``: never reported, or missing now."""
        seen = scope(person, Action.SEE)
        found = await part(app.store.units, seen, asked.where(), UNITS, after=asked.after, limit=asked.limit)
        return UnitsShown(units=[_shown(one) for one in found.entries], after=found.after)

    @routes.get("/units/{id_}", response_model=WholeUnit)
    async def unit(request: Request, person: SignedIn, id_: str) -> Response:
        """One unit with what was done to it."""
        kept = await app.store.units.get(id_, scope(person, Action.SEE))
        if kept is None:
            raise HTTPException(404)
        return tagged(request, WholeUnit(**dict(_shown(kept)), history=kept.history), kept.version)

    @routes.get("/unit-names")
    async def named(
        person: SignedIn,
        name: Annotated[str, Query(max_length=LONGEST_NAME)],
        region: Annotated[str, Query(pattern=REGION, max_length=30)],
    ) -> NameFound:
        """What a name means in a region: ``exact``, ``alias``, ``proposed`` (ask a person first) or ``none``."""
        found = await Units(app).match(name, region, scope(person, Action.SEE))
        return NameFound(how=found.how, unit=found.unit)


def _changing(routes: APIRouter, units: Units) -> None:
    @routes.post("/units", status_code=201, response_model=UnitShown)
    async def create(request: Request, person: SignedIn, asked: UnitNew) -> Response:
        """Register a unit in a region one administers."""
        with telling():
            kept = await units.create(person, asked.region, asked.fields(), asked.reason)
        location = {"Location": f"/registry/api/units/{kept.id}"}
        return tagged(request, _shown(kept), kept.version, 201, location)

    @routes.post("/units/{id_}/change", response_model=UnitShown)
    async def change(request: Request, person: SignedIn, id_: str, asked: UnitMended, seen: IfMatch) -> Response:
        """Change a unit of a region one administers."""
        with telling(), matching(seen):
            kept = await units.change(person, id_, asked.fields(), asked.revision, asked.reason, seen)
        return tagged(request, _shown(kept), kept.version)

    @routes.post("/units/{id_}/move", response_model=UnitShown)
    async def move(request: Request, person: SignedIn, id_: str, asked: MoveAsked, seen: IfMatch) -> Response:
        """Move a unit with its outlets, by somebody who administers a region that covers both."""
        with telling(), matching(seen):
            kept = await units.move(person, id_, asked.region, asked.on, asked.revision, asked.reason, seen)
        return tagged(request, _shown(kept), kept.version)


def _naming(routes: APIRouter, units: Units) -> None:
    @routes.post("/units/{id_}/aliases", response_model=UnitShown)
    async def propose(request: Request, person: SignedIn, id_: str, asked: AliasAsked, seen: IfMatch) -> Response:
        """Put forward another name of a unit."""
        with telling(), matching(seen):
            kept = await units.propose(person, id_, asked.alias, seen)
        return tagged(request, _shown(kept), kept.version)

    @routes.post("/units/{id_}/aliases/confirm", response_model=UnitShown)
    async def confirm(request: Request, person: SignedIn, id_: str, asked: AliasAsked, seen: IfMatch) -> Response:
        """Say that a name put forward is this unit: imports and look-ups use it from now on."""
        with telling(), matching(seen):
            kept = await units.confirm(person, id_, asked.alias, seen)
        return tagged(request, _shown(kept), kept.version)

    @routes.post("/units/{id_}/aliases/reject", response_model=UnitShown)
    async def reject(request: Request, person: SignedIn, id_: str, asked: AliasAsked, seen: IfMatch) -> Response:
        """Say that a name is not this unit, or no more: no rule proposes it again."""
        with telling(), matching(seen):
            kept = await units.reject(person, id_, asked.alias, seen)
        return tagged(request, _shown(kept), kept.version)


def _shown(kept: UnitDocument) -> UnitShown:
    return UnitShown(**dict(kept.body), proposals=kept.proposals, lacks=kept.lacks, version=kept.version)
