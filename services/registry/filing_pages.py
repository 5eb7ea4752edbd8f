"""The page of one filing, and what people do to it there."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from services.registry import filing as decisions
from services.registry import filing_shown as shown
from services.registry.answers import telling
from services.registry.app import Registry
from services.registry.attaching import Attaching
from services.registry.desk import Desk, actor
from services.registry.filing import LONGEST_TEXT, Act
from services.registry.filing.deciding import LEVELS
from services.registry.life import WORDS as STATES
from services.registry.page_words import WORDS
from services.registry.particulars import TITLES, worded
from services.registry.records import FilingDocument
from services.registry.refusal import Refused
from services.registry.standing import earlier
from shared import web
from shared.documents import Stale
from shared.identity import Action, Person, scope
from shared.web import Filled, SignedIn, Strict, filled, page, saw

Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
UNSEEN = "您打开本页以后，这件备案已有变动，本次操作没有执行。请核对下面的内容后再办理。"


class Acted(Strict):
    """What is sent with an act: ``version`` and ``steps`` are the filing as the person saw it."""

    reason: str = Field("", max_length=LONGEST_TEXT)
    proof: str = Field("", max_length=LONGEST_TEXT)
    version: int | None = None
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Came:
    """Why a page is shown again instead of what was asked: a refusal, or a filing that moved on meanwhile."""

    refused: Refused | None = None
    stale: bool = False
    steps: int = 0

    @property
    def status(self) -> int:
        """Of the answer."""
        return 422 if self.refused is not None and self.refused.field else 409


def router(app: Registry) -> APIRouter:
    """The routes."""
    routes = APIRouter(include_in_schema=False)
    _deciding(routes, app, Desk(app))
    _own(routes, app, Desk(app))

    @routes.get("/registry/filings/{id_}")
    async def filing(request: Request, person: SignedIn, id_: str) -> Response:
        return await show(request, app, person, id_)

    @routes.get("/registry/filings/{id_}/print")
    async def sheet(request: Request, person: SignedIn, id_: str) -> Response:
        return await show(request, app, person, id_, template="filing-print.html")

    @routes.get("/registry/filings/{id_}/attachments/{sha256}", response_class=Response)
    async def attachment(person: SignedIn, id_: str, sha256: Sha256) -> Response:
        kept = await app.store.filing(id_, scope(person, Action.SEE))
        found = await Attaching(app.store).taken(person, kept, sha256) if kept else None
        if found is None:
            raise HTTPException(404)
        return Response(found[1], media_type=found[0].media_type, headers=headers_of(found[0].name))

    return routes


def headers_of(name: str) -> Mapping[str, str]:
    """Saved and never shown: what a file holds is not ours."""
    return {
        "Content-Disposition": f"attachment; filename=attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }


def _deciding(routes: APIRouter, app: Registry, desk: Desk) -> None:
    @routes.post("/registry/filings/{id_}/accept")
    async def accept(request: Request, person: SignedIn, id_: str) -> Response:
        form = await filled(request, Acted)
        return await _acted(
            request, app, person, id_, form, lambda sent: desk.accept(person, id_, sent.reason, saw(sent.version))
        )

    @routes.post("/registry/filings/{id_}/approve")
    async def approve(request: Request, person: SignedIn, id_: str) -> Response:
        form = await filled(request, Acted)
        return await _acted(
            request, app, person, id_, form, lambda sent: desk.approve(person, id_, sent.reason, saw(sent.version))
        )

    @routes.post("/registry/filings/{id_}/return")
    async def send_back(request: Request, person: SignedIn, id_: str) -> Response:
        form = await filled(request, Acted)
        return await _acted(
            request, app, person, id_, form, lambda sent: desk.send_back(person, id_, sent.reason, saw(sent.version))
        )

    @routes.post("/registry/filings/{id_}/archive")
    async def archive(request: Request, person: SignedIn, id_: str) -> Response:
        form = await filled(request, Acted)
        return await _acted(
            request, app, person, id_, form, lambda sent: desk.archive(person, id_, sent.reason, saw(sent.version))
        )


def _own(routes: APIRouter, app: Registry, desk: Desk) -> None:
    @routes.post("/registry/filings/{id_}/withdraw")
    async def withdraw(request: Request, person: SignedIn, id_: str) -> Response:
        form = await filled(request, Acted)
        return await _acted(
            request, app, person, id_, form, lambda sent: desk.withdraw(person, id_, sent.reason, saw(sent.version))
        )

    @routes.post("/registry/filings/{id_}/duties/{duty}")
    async def fulfil(request: Request, person: SignedIn, id_: str, duty: str) -> Response:
        form = await filled(request, Acted)
        return await _acted(
            request, app, person, id_, form, lambda sent: desk.fulfil(person, id_, duty, sent.proof, saw(sent.version))
        )


async def _acted(
    request: Request,
    app: Registry,
    person: Person,
    id_: str,
    form: Filled[Acted],
    act: Callable[[Acted], Awaitable[FilingDocument]],
) -> Response:
    if form.model is None:
        raise web.Refused(decisions.Refusal.BAD_FIELD, "填写有误，请按下面的提示改正后重新提交。", 422, form.errors)
    sent = form.model
    try:
        with telling(but_refusals=True):
            await act(sent)
    except Stale:
        return await show(request, app, person, id_, Came(stale=True, steps=sent.steps))
    except Refused as refused:
        return await show(request, app, person, id_, Came(refused=refused))
    return RedirectResponse(f"/registry/filings/{id_}", 303)


async def show(
    request: Request,
    app: Registry,
    person: Person,
    id_: str,
    came: Came | None = None,
    template: str = "filing.html",
) -> Response:
    """The page of a filing, or its printed form; with what ``came`` of an act that was not done."""
    kept = await app.store.filing(id_, scope(person, Action.SEE))
    if kept is None:
        raise HTTPException(404)
    filing = kept.filing
    return page(
        request,
        template,
        status=came.status if came else 200,
        kept=kept,
        filing=filing,
        told=worded(filing.filed),
        before=shown.differences(filing, await earlier(app, kept)),
        in_force=await app.store.outlet(filing.outlet, scope(person, Action.SEE)),
        first=await app.store.filing(filing.after, scope(person, Action.SEE)) if filing.after else None,
        next=shown.next_of(filing, decisions.day_of(app.now())),
        terms=shown.terms_of(filing.rule.rule) if filing.rule else {},
        may=shown.may_do(kept, person, actor(person)),
        last=len(filing.agreed) + 1 >= len(filing.levels),
        came=came,
        meanwhile=shown.since(filing, came.steps) if came else (),
        unseen=UNSEEN,
        Act=Act,
        levels=LEVELS,
        today=decisions.day_of(app.now()),
        **{**WORDS, "titles": TITLES, "outlet_states": STATES},
    )
