"""The registry's pages: the register, one outlet, one filing, and the form to file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from services.registry import filing as decisions
from services.registry import life
from services.registry.answers import telling
from services.registry.api import search
from services.registry.app import Registry
from services.registry.desk import Desk, NotAllowed, actor
from services.registry.excusing import may_ask
from services.registry.exemptions import STATES
from services.registry.filing import LONGEST_NAME, LONGEST_TEXT, Asked, FilingState, Refusal
from services.registry.life import KINDS
from services.registry.platforms import platforms, title
from services.registry.refusal import Refused
from services.registry.store import Store
from services.registry.unfiled import FIELD_NAMES
from shared.documents import NOTHING
from shared.events.registry import FilingKind, NewMedia, Particulars, Website
from shared.identity import Action, Person, may, scope
from shared.web import Filled, Pager, SignedIn, Strict, filled, page

PLATFORMS = {code: title(code) for code in platforms()}
TITLES = {
    "code": "网站标识码",
    "name": "名称",
    "url": "网站地址",
    "site_class": "网站类别",
    "platform": "平台",
    "account": "账号标识",
    "verified_as": "认证主体",
    "source": "读取方式",
}


class FilingSent(Strict):
    """The filing form, of either kind of outlet."""

    key: str = Field("", max_length=LONGEST_NAME)
    kind: Literal["website", "new_media"] = "website"
    filing_kind: Literal["open", "change"] = "open"
    unit: str = Field("", max_length=LONGEST_NAME)
    code: str = Field("", max_length=LONGEST_NAME)
    name: str = Field("", max_length=LONGEST_NAME)
    url: str = Field("", max_length=LONGEST_TEXT)
    site_class: Literal["portal", "department"] = "department"
    platform: str = Field("", max_length=LONGEST_NAME)
    account: str = Field("", max_length=LONGEST_NAME)
    verified_as: str = Field("", max_length=LONGEST_NAME)
    source: str = Field("", max_length=LONGEST_TEXT)
    purpose: str = Field("", max_length=LONGEST_TEXT)


FILING_WORDS = {"states": decisions.WORDS, "acts": decisions.ACTS, "outlet_states": life.WORDS}
WORDS: dict[str, Any] = {
    "kinds": KINDS,
    "platforms": PLATFORMS,
    "titles": TITLES,
    "watched": FIELD_NAMES,
    **FILING_WORDS,
}


def router(app: Registry) -> APIRouter:
    """The routes."""
    routes = APIRouter(include_in_schema=False)
    _register(routes, app.store)
    _one(routes, app.store)
    _filing(routes, app, Desk(app))
    _deciding(routes, Desk(app))
    return routes


def _register(routes: APIRouter, store: Store) -> None:
    @routes.get("/")
    async def front() -> Response:
        return RedirectResponse("/registry/", 303)

    @routes.get("/registry/")
    async def register(request: Request, person: SignedIn, q: str = "") -> Response:
        seen = scope(person, Action.SEE)
        where = search(q)
        pager = Pager.of(request, await store.outlets.count(seen, where))
        submitted = {"filing.state": FilingState.SUBMITTED.value}
        return page(
            request,
            "register.html",
            q=q,
            pager=pager,
            outlets=await store.outlets.find(seen, where, sort=[("_id", 1)], skip=pager.skip, limit=pager.size),
            waiting=await store.filings.find(seen, submitted, sort=[("asked_at", 1)], limit=50),
            recent=await store.filings.find(
                seen, {"filing.state": {"$ne": FilingState.SUBMITTED.value}}, sort=[("asked_at", -1)], limit=10
            ),
            unfiled=await store.open_tracks(seen),
            may_file=scope(person, Action.FILE) != NOTHING,
            **WORDS,
        )


def _one(routes: APIRouter, store: Store) -> None:
    @routes.get("/registry/outlets/{id_}")
    async def outlet(request: Request, person: SignedIn, id_: str) -> Response:
        seen = scope(person, Action.SEE)
        kept = await store.outlet(id_, seen)
        if kept is None:
            raise HTTPException(404)
        return page(
            request,
            "outlet.html",
            outlet=kept.outlet,
            filings=await store.filings_of(id_, seen),
            tracks=list((await store.tracks_of(id_, seen)).values()),
            exemptions=await store.exempted(id_, kept.unit, seen),
            exemption_states=STATES,
            may_ask=may_ask(person, kept.region, kept.unit),
            may_file=may(person, Action.FILE, region=kept.region, unit=kept.unit),
            **WORDS,
        )

    @routes.get("/registry/filings/{id_}")
    async def filing(request: Request, person: SignedIn, id_: str) -> Response:
        seen = scope(person, Action.SEE)
        kept = await store.filing(id_, seen)
        if kept is None:
            raise HTTPException(404)
        before = await store.outlet(kept.filing.outlet, seen)
        submitted = kept.filing.state is FilingState.SUBMITTED
        return page(
            request,
            "filing.html",
            id=kept.id,
            region=kept.region,
            filing=kept.filing,
            before=before.outlet.filed if before and submitted else None,
            in_force=before is not None,
            may_decide=submitted
            and may(person, Action.APPROVE, region=kept.region, unit=kept.unit)
            and not kept.filing.submitted_by(actor(person)),
            may_mend=kept.filing.state is FilingState.RETURNED
            and may(person, Action.FILE, region=kept.region, unit=kept.unit),
            **WORDS,
        )


def _filing(routes: APIRouter, app: Registry, desk: Desk) -> None:
    @routes.get("/registry/file")
    async def form(
        request: Request,
        person: SignedIn,
        kind: FilingKind = FilingKind.OPEN,
        what: Annotated[str, Query(pattern="^(website|new_media)$")] = "website",
        outlet: str = "",
    ) -> Response:
        kept = await app.store.outlet(outlet, scope(person, Action.FILE)) if outlet else None
        if kind is not FilingKind.OPEN and kept is None:
            raise HTTPException(404)
        filed = kept.outlet.filed.model_dump() if kept else {"kind": what}
        return await _form(request, app, person, _Sheet(kind, filed, uuid4().hex))

    @routes.post("/registry/file")
    async def submit(request: Request, person: SignedIn) -> Response:
        form = await filled(request, FilingSent)
        sent = form.model or FilingSent()
        kind = FilingKind(sent.filing_kind)
        try:
            with telling(but_refusals=True):
                filed = particulars(form)
                asked = Asked(kind=kind, filed=filed, purpose=sent.purpose.strip())
                kept = await desk.submit(person, sent.unit, asked, sent.key)
        except Refused as refused:
            return await _form(request, app, person, _Sheet(kind, _typed(form), form.values.get("key", ""), refused))
        return RedirectResponse(f"/registry/filings/{kept.id}", 303)

    @routes.get("/registry/filings/{id_}/mend")
    async def mend_form(request: Request, person: SignedIn, id_: str) -> Response:
        kept = await app.store.filing(id_, scope(person, Action.FILE))
        if kept is None or kept.filing.state is not FilingState.RETURNED:
            raise HTTPException(404)
        return await _form(request, app, person, _Sheet(kept.filing.kind, kept.filing.filed.model_dump(), mends=id_))

    @routes.post("/registry/filings/{id_}/mend")
    async def mend(request: Request, person: SignedIn, id_: str) -> Response:
        form = await filled(request, FilingSent)
        try:
            with telling(but_refusals=True):
                await desk.resubmit(person, id_, particulars(form))
        except Refused as refused:
            kept = await app.store.filing(id_, scope(person, Action.FILE))
            kind = kept.filing.kind if kept else FilingKind.OPEN
            return await _form(request, app, person, _Sheet(kind, _typed(form), refused=refused, mends=id_))
        return RedirectResponse(f"/registry/filings/{id_}", 303)


def _deciding(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/registry/filings/{id_}/approve")
    async def approve(person: SignedIn, id_: str, reason: Annotated[str, Form(max_length=2000)] = "") -> Response:
        with telling():
            await desk.approve(person, id_, reason)
        return RedirectResponse(f"/registry/filings/{id_}", 303)

    @routes.post("/registry/filings/{id_}/return")
    async def send_back(person: SignedIn, id_: str, reason: Annotated[str, Form(max_length=2000)] = "") -> Response:
        with telling():
            await desk.send_back(person, id_, reason)
        return RedirectResponse(f"/registry/filings/{id_}", 303)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A filing form: what stands in its fields, the submission's key, why it was refused, the filing it mends."""

    kind: FilingKind
    values: Mapping[str, Any]
    key: str = ""
    refused: Refused | None = None
    mends: str = ""


async def _form(request: Request, app: Registry, person: Person, sheet: _Sheet) -> Response:
    units = await app.store.units.find(scope(person, Action.FILE), sort=[("_id", 1)])
    if not units:
        with telling():
            raise NotAllowed("只有单位管理员可以提交备案；请以单位管理员身份登录。")
    return page(
        request,
        "file.html",
        status=422 if sheet.refused else 200,
        filing_kind=sheet.kind,
        values={name: "" if value is None else str(value) for name, value in sheet.values.items()},
        units=[unit.body for unit in units],
        unit_choices=[(unit.id, unit.body.name) for unit in units],
        key=sheet.key,
        refused=sheet.refused,
        mends=sheet.mends,
        **WORDS,
    )


def particulars(form: Filled[FilingSent]) -> Particulars:
    """What a form says shall be in force; ``filing.check`` judges it. Raises Refused when it says too much."""
    sent = form.model
    if sent is None:
        field, sentence = next(iter(form.errors.items()))
        raise Refused(Refusal.BAD_FIELD, sentence, field)
    if sent.kind == "new_media":
        names = {"platform", "account", "name", "verified_as", "source"}
        return NewMedia(**sent.model_dump(include=names))
    return Website(code=sent.code, name=sent.name, url=sent.url, site_class=sent.site_class)


def _typed(form: Filled[FilingSent]) -> Mapping[str, str]:
    """What was typed, with an empty place for each field left out."""
    return {**FilingSent().model_dump(), **form.values}
