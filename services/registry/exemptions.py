"""豁免: the pages where exemptions are asked for, decided on, taken back and looked through."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from services.registry.answers import telling
from services.registry.app import Registry
from services.registry.excusing import Excusing, may_ask
from services.registry.exemption import LONGEST_REASON, TERMS, State
from services.registry.exemption_api import LONGEST_ID, ExemptionAsked, Which, chosen, requested
from services.registry.records import ExemptionDocument
from services.registry.store import Store
from shared import web
from shared.identity import Action, Person, may, scope
from shared.web import Filled, Pager, SignedIn, filled, page

STATES = {
    State.ASKED: ("pending", "待审批"),
    State.GRANTED: ("undetermined", "豁免中"),
    State.REFUSED: ("neutral", "不予批准"),
    State.EXPIRED: ("neutral", "已到期"),
    State.REVOKED: ("neutral", "已收回"),
}
ACTS = {"ask": "申请", "grant": "批准", "refuse": "不予批准", "expire": "到期", "revoke": "收回"}
LABELS = {
    "criterion": "指标编号",
    "column": "仅限栏目",
    "reason": "理由",
    "evidence": "留存证据的编号",
    "evidence_url": "说明材料的地址",
    "since": "开始日",
    "until": "到期日",
}
WORDS: dict[str, Any] = {"states": STATES, "acts": ACTS, "labels": LABELS, "terms": TERMS}
Reason = Annotated[str, Form(max_length=LONGEST_REASON)]


class ExemptionSent(ExemptionAsked):
    """The same as a form sends it, with the key of the submission."""

    key: str = Field("", max_length=LONGEST_ID)


def router(app: Registry) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/registry", include_in_schema=False)
    excusing = Excusing(app)
    _lists(routes, app, excusing)
    _asking(routes, app, excusing)
    _one(routes, app.store)
    _deciding(routes, excusing)
    return routes


def _lists(routes: APIRouter, app: Registry, excusing: Excusing) -> None:
    store = app.store

    @routes.get("/exemptions")
    async def exemptions(request: Request, person: SignedIn, state: Which | None = None) -> Response:
        seen, today = scope(person, Action.SEE), excusing.today()
        where = chosen(state, today)
        pager = Pager.of(request, await store.exemptions.count(seen, where))
        order = [("exemption.wanted.until", 1 if state in ("soon", "granted", "asked") else -1), ("_id", 1)]
        return page(
            request,
            "exemptions.html",
            found=await store.exemptions.find(seen, where, sort=order, skip=pager.skip, limit=pager.size),
            soon=await store.exemptions.count(seen, chosen("soon", today)),
            asked=await store.exemptions.count(seen, chosen("asked", today)),
            state=state or "",
            today=today,
            pager=pager,
            **WORDS,
        )


def _asking(routes: APIRouter, app: Registry, excusing: Excusing) -> None:
    @routes.get("/exemptions/ask")
    async def form(
        request: Request, person: SignedIn, outlet: str = "", unit: str = "", criterion: str = "", column: str = ""
    ) -> Response:
        values = {"outlet": outlet, "unit": unit, "criterion": criterion, "column": column, "key": uuid4().hex}
        return await _form(request, app, person, {**values, "since": str(excusing.today())}, {})

    @routes.post("/exemptions/ask")
    async def ask(request: Request, person: SignedIn) -> Response:
        sent: Filled[ExemptionSent] = await filled(request, ExemptionSent)
        errors = dict(sent.errors)
        if sent.model is not None:
            try:
                with telling():
                    kept = await requested(excusing, person, sent.model, sent.model.key or uuid4().hex)
            except web.Refused as refused:
                if not refused.fields:
                    raise
                errors = dict(refused.fields)
            else:
                return RedirectResponse(f"/registry/exemptions/{kept.id}", 303)
        return await _form(request, app, person, dict(sent.values), errors)


def _one(routes: APIRouter, store: Store) -> None:
    @routes.get("/exemptions/{id_}")
    async def exemption(request: Request, person: SignedIn, id_: str) -> Response:
        kept = await store.exemptions.get(id_, scope(person, Action.SEE))
        if kept is None:
            raise HTTPException(404)
        approves = may(person, Action.APPROVE, region=kept.region, unit=kept.unit)
        mine = kept.exemption.asked_by(f"person:{person.id}")
        return page(
            request,
            "exemption.html",
            id=kept.id,
            region=kept.region,
            exemption=kept.exemption,
            may_decide=approves and not mine and kept.exemption.state is State.ASKED,
            may_revoke=approves and kept.exemption.state is State.GRANTED,
            may_ask=may_ask(person, kept.region, kept.unit),
            **WORDS,
        )


def _deciding(routes: APIRouter, excusing: Excusing) -> None:
    @routes.post("/exemptions/{id_}/grant")
    async def grant(person: SignedIn, id_: str, reason: Reason = "") -> Response:
        return await _then_shown(excusing.grant, person, id_, reason)

    @routes.post("/exemptions/{id_}/refuse")
    async def refuse(person: SignedIn, id_: str, reason: Reason = "") -> Response:
        return await _then_shown(excusing.refuse, person, id_, reason)

    @routes.post("/exemptions/{id_}/revoke")
    async def revoke(person: SignedIn, id_: str, reason: Reason = "") -> Response:
        return await _then_shown(excusing.revoke, person, id_, reason)


async def _then_shown(
    act: Callable[[Person, str, str], Awaitable[ExemptionDocument]], person: Person, id_: str, reason: str
) -> Response:
    with telling():
        await act(person, id_, reason)
    return RedirectResponse(f"/registry/exemptions/{id_}", 303)


async def _form(
    request: Request, app: Registry, person: Person, values: dict[str, str], errors: dict[str, str]
) -> Response:
    """The form for an outlet or a unit that is seen and may be asked for; 404 for any other."""
    seen = scope(person, Action.SEE)
    outlet = await app.store.outlet(values.get("outlet", ""), seen)
    unit = await app.store.units.get(outlet.unit if outlet else values.get("unit", ""), seen)
    about = outlet or (None if values.get("outlet") else unit)
    if about is None or not may_ask(person, about.region, about.unit):
        raise HTTPException(404)
    return page(
        request,
        "exemption-ask.html",
        status=422 if errors else 200,
        outlet=outlet.outlet if outlet else None,
        unit_name=outlet.outlet.unit.name if outlet else unit.body.name if unit else "",
        values={**dict.fromkeys(ExemptionSent.model_fields, ""), **values},
        errors=errors,
        **WORDS,
    )
