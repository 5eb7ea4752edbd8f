"""单位: the pages on which units are found, looked at, registered, changed, moved, and their names settled."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from services.registry.answers import telling
from services.registry.app import Registry
from services.registry.filing import day_of
from services.registry.records import UnitDocument
from services.registry.refusal import Refused
from services.registry.rules import Demand, lacking
from services.registry.search import STATES
from services.registry.unit import FIELD_NAMES, LONGEST_NAME
from services.registry.unit_api import MoveAsked, UnitMended, UnitNew, UnitsAsked
from services.registry.unit_desk import Units
from shared.documents import NOTHING
from shared.events.registry import UnitKind, UnitLevel
from shared.identity import Action, Identity, Person, Role, may, scope
from shared.web import Filled, Pager, SignedIn, filled, messages, page

PAGE = "/registry/units"
SHOWN = 100
LEVELS: Mapping[str, str] = {
    UnitLevel.COUNTRY: "国家级",
    UnitLevel.PROVINCE: "省级",
    UnitLevel.CITY: "市级",
    UnitLevel.COUNTY: "县级",
    UnitLevel.TOWN: "乡镇（街道）级",
}
KINDS: Mapping[str, str] = {
    UnitKind.GOVERNMENT: "政府",
    UnitKind.DEPARTMENT: "政府部门",
    UnitKind.INSTITUTION: "事业单位",
    UnitKind.DEVELOPMENT_ZONE: "开发区、管委会",
    UnitKind.PARTY: "党群机关、司法机关",
    UnitKind.ENTERPRISE: "企业",
    UnitKind.OTHER: "其他",
}
WORDS: dict[str, Any] = {
    "levels": list(LEVELS.items()),
    "unit_kinds": list(KINDS.items()),
    "titles": FIELD_NAMES,
    "states": STATES,
    "values_of": {**LEVELS, **KINDS, "true": "是", "false": "否"},
    "acts": {
        "create": "登记",
        "change": "变更",
        "move": "划转",
        "propose": "提出别名",
        "confirm": "确认别名",
        "reject": "否定别名",
    },
    "lacking": {"contact": "联络人全部离任", "administrator": "没有可用的单位管理员"},
    "labels": {**FIELD_NAMES, "reason": "理由", "on": "划转日期", "alias": "别名"},
}


def router(app: Registry, identity: Identity) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix=PAGE, include_in_schema=False)
    _listing(routes, app)
    _adding(routes, Units(app))
    _one(routes, app, identity)
    _mending(routes, app, Units(app))
    _naming(routes, Units(app))
    return routes


def _listing(routes: APIRouter, app: Registry) -> None:
    @routes.get("")
    async def listing(request: Request, person: SignedIn) -> Response:
        values = {name: request.query_params.get(name, "").strip() for name in UnitsAsked.model_fields}
        errors: Mapping[str, str] = {}
        try:
            asked = UnitsAsked.model_validate({name: text for name, text in values.items() if text}, strict=False)
        except ValidationError as error:
            asked, errors = UnitsAsked(), messages(error.errors())
        seen, where = scope(person, Action.SEE), asked.where()
        pager = Pager.of(request, await app.store.units.count(seen, where))
        by_name = [("body.name", 1), ("_id", 1)]
        lacks = {"lacks.0": {"$exists": True}}
        return page(
            request,
            "units.html",
            status=422 if errors else 200,
            values=values,
            errors=errors,
            pager=pager,
            units=await app.store.units.find(seen, where, sort=by_name, skip=pager.skip, limit=pager.size),
            alone=await app.store.units.find(seen, lacks, sort=[("lacks.since", 1)], limit=SHOWN),
            unreported=await app.store.units.count(seen, {"body.contacts_reported": {"$ne": True}}),
            may_add=scope(person, Action.ADMINISTER) != NOTHING,
            **WORDS,
        )


def _adding(routes: APIRouter, units: Units) -> None:
    @routes.get("/add")
    async def form(request: Request, person: SignedIn) -> Response:
        if scope(person, Action.ADMINISTER) == NOTHING:
            raise HTTPException(403)
        return _form(request, {}, {})

    @routes.post("/add")
    async def add(request: Request, person: SignedIn) -> Response:
        sent = await filled(request, UnitNew)
        if sent.model is None:
            return _form(request, sent.values, sent.errors)
        try:
            with telling(but_refusals=True):
                kept = await units.create(person, sent.model.region, sent.model.fields(), sent.model.reason)
        except Refused as refused:
            return _form(request, sent.values, {refused.field or "name": refused.sentence})
        return _to(kept.id)


def _one(routes: APIRouter, app: Registry, identity: Identity) -> None:
    @routes.get("/{id_}")
    async def one(request: Request, person: SignedIn, id_: str) -> Response:
        kept = await _seen(app, person, id_)
        seen = scope(person, Action.SEE)
        above = await app.store.units.get(kept.body.parent, seen) if kept.body.parent else None
        office = await app.store.offices.get(kept.body.office, seen) if kept.body.office else None
        return page(
            request,
            "unit.html",
            unit=kept.body,
            kept=kept,
            above=above,
            office=office,
            below=await app.store.units.find(seen, {"body.parent": id_}, sort=[("_id", 1)], limit=SHOWN),
            outlets=await app.store.outlets.find(seen, {"unit": id_}, sort=[("_id", 1)], limit=SHOWN),
            operated=await app.store.outlets.find(
                seen, {"outlet.filed.operator": kept.body.name}, sort=[("_id", 1)], limit=SHOWN
            ),
            owed=await _lacking(app, person, kept),
            co_supervisors=await _co_supervisors(identity, kept),
            may_administer=may(person, Action.ADMINISTER, region=kept.region),
            may_propose=_may_propose(person, kept),
            **WORDS,
        )


def _mending(routes: APIRouter, app: Registry, units: Units) -> None:
    @routes.get("/{id_}/change")
    async def form(request: Request, person: SignedIn, id_: str) -> Response:
        kept = await _administered(app, person, id_)
        return _form(request, _typed(kept), {}, kept)

    @routes.post("/{id_}/change")
    async def change(request: Request, person: SignedIn, id_: str) -> Response:
        sent = await filled(request, UnitMended)
        kept = await _administered(app, person, id_)
        if sent.model is None:
            return _form(request, sent.values, sent.errors, kept)
        asked = sent.model
        try:
            with telling(but_refusals=True):
                await units.change(person, id_, asked.fields(), asked.revision, asked.reason)
        except Refused as refused:
            return _form(request, sent.values, {refused.field or "form": refused.sentence}, kept)
        return _to(id_)

    @routes.get("/{id_}/move")
    async def move_form(request: Request, person: SignedIn, id_: str) -> Response:
        kept = await _administered(app, person, id_)
        return _move_form(request, kept, {"revision": str(kept.body.revision)}, {})

    @routes.post("/{id_}/move")
    async def move(request: Request, person: SignedIn, id_: str) -> Response:
        sent: Filled[MoveAsked] = await filled(request, MoveAsked)
        kept = await _administered(app, person, id_)
        if sent.model is None:
            return _move_form(request, kept, sent.values, sent.errors)
        asked = sent.model
        try:
            with telling(but_refusals=True):
                await units.move(person, id_, asked.region, asked.on, asked.revision, asked.reason)
        except Refused as refused:
            return _move_form(request, kept, sent.values, {refused.field or "form": refused.sentence})
        return _to(id_)


def _naming(routes: APIRouter, units: Units) -> None:
    alias_form = Annotated[str, Form(max_length=LONGEST_NAME)]

    @routes.post("/{id_}/aliases")
    async def propose(person: SignedIn, id_: str, alias: alias_form = "") -> Response:
        with telling():
            await units.propose(person, id_, alias)
        return _to(id_)

    @routes.post("/{id_}/aliases/confirm")
    async def confirm(person: SignedIn, id_: str, alias: alias_form = "") -> Response:
        with telling():
            await units.confirm(person, id_, alias)
        return _to(id_)

    @routes.post("/{id_}/aliases/reject")
    async def reject(person: SignedIn, id_: str, alias: alias_form = "") -> Response:
        with telling():
            await units.reject(person, id_, alias)
        return _to(id_)


async def _seen(app: Registry, person: Person, id_: str) -> UnitDocument:
    kept = await app.store.units.get(id_, scope(person, Action.SEE))
    if kept is None:
        raise HTTPException(404)
    return kept


async def _administered(app: Registry, person: Person, id_: str) -> UnitDocument:
    kept = await _seen(app, person, id_)
    if not may(person, Action.ADMINISTER, region=kept.region):
        raise HTTPException(403)
    return kept


async def _lacking(app: Registry, person: Person, kept: UnitDocument) -> list[Demand]:
    """What the documents of its region want every unit to have, and this one has not."""
    demands = app.rules.required(kept.region, day_of(app.now()))
    return lacking(demands, await app.store.platforms_of(kept.unit, scope(person, Action.SEE)) if demands else ())


async def _co_supervisors(identity: Identity, kept: UnitDocument) -> list[Person]:
    """Who looks at this one unit beside those of its region (编办, 公安, 网信 …)."""
    return [
        person
        for person in await identity.people()
        if any(grant.role is Role.CO_SUPERVISOR and grant.unit == kept.unit for grant in person.grants)
    ]


def _may_propose(person: Person, kept: UnitDocument) -> bool:
    if may(person, Action.ADMINISTER, region=kept.region):
        return True
    return may(person, Action.FILE, region=kept.region, unit=kept.unit)


def _typed(kept: UnitDocument) -> dict[str, str]:
    """What stands in a unit, as its form has it."""
    body = kept.body.model_dump(mode="json", exclude_none=True, include=set(UnitMended.model_fields))
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in body.items()}


def _form(
    request: Request, values: Mapping[str, str], errors: Mapping[str, str], kept: UnitDocument | None = None
) -> Response:
    status = 422 if errors else 200
    return page(request, "unit-form.html", status=status, values=values, errors=errors, kept=kept, **WORDS)


def _move_form(request: Request, kept: UnitDocument, values: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    status = 422 if errors else 200
    return page(request, "unit-move.html", status=status, values=values, errors=errors, kept=kept, **WORDS)


def _to(id_: str) -> Response:
    return RedirectResponse(f"{PAGE}/{id_}", 303, {"Cache-Control": "no-store"})
