"""The notifier's pages, under /notifier/."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.notifier import showing
from services.notifier.app import Notifier
from services.notifier.desk import Desk, ReceiptAsked, ReplyAsked, ReviewAsked, actor
from services.notifier.store import NoticeDocument
from shared import web
from shared.identity import Action, Person, may, scope
from shared.web import Filled, Pager, SignedIn, filled, page

M = TypeVar("M", bound=BaseModel)


def router(app: Notifier) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/notifier", include_in_schema=False)
    pages = Pages(app)
    routes.get("/")(pages.notices)
    routes.get("/notices/{id_}")(pages.notice)
    routes.get("/alerts/{id_}")(pages.alert)
    routes.post("/notices/{id_}/receipt")(pages.receipt)
    routes.post("/notices/{id_}/reply")(pages.reply)
    routes.post("/notices/{id_}/review")(pages.review)
    return routes


class Pages:
    """What each route shows or does."""

    def __init__(self, app: Notifier) -> None:
        self._store = app.store
        self._desk = Desk(app)

    async def notices(self, request: Request, person: SignedIn) -> Response:
        """整改通知: the list, and the newest alerts."""
        asked = request.query_params.get("state", "open")
        which = asked if asked in showing.FILTER_WORDS else "open"
        seen = scope(person, Action.SEE)
        figures = {name: await self._store.count_notices(seen, name) for name, _, _ in showing.FIGURES}
        pager = Pager.of(request, await self._store.count_notices(seen, which))
        return page(
            request,
            "notices.html",
            which=which,
            figures=figures,
            pager=pager,
            notices=await self._store.find_notices(seen, which, limit=pager.size, skip=pager.skip),
            alerts=await self._store.newest_alerts(seen),
            showing=showing,
        )

    async def notice(self, request: Request, person: SignedIn, id_: str) -> Response:
        """One notice."""
        return await self._shown(request, person, await self._desk.notice(person, id_))

    async def alert(self, request: Request, person: SignedIn, id_: str) -> Response:
        """One alert, and the notices about the same outlet."""
        seen = scope(person, Action.SEE)
        document = await self._store.alerts.get(id_, seen)
        if document is None:
            raise HTTPException(404)
        return page(
            request,
            "alert.html",
            alert=document.alert,
            region=document.region,
            notices=await self._store.notices_of(document.alert.outlet, seen),
            deliveries=await self._store.deliveries_about(id_, seen),
            showing=showing,
        )

    async def receipt(self, request: Request, person: SignedIn, id_: str) -> Response:
        """签收."""
        return await self._done(request, person, id_, ReceiptAsked, self._desk.receipt)

    async def reply(self, request: Request, person: SignedIn, id_: str) -> Response:
        """反馈."""
        return await self._done(request, person, id_, ReplyAsked, self._desk.reply)

    async def review(self, request: Request, person: SignedIn, id_: str) -> Response:
        """复核."""
        return await self._done(request, person, id_, ReviewAsked, self._desk.review)

    async def _done(
        self,
        request: Request,
        person: Person,
        id_: str,
        model: type[M],
        act: Callable[[Person, str, M], Awaitable[NoticeDocument]],
    ) -> Response:
        """Do what the form asks and show the notice; when refused, show it with the reason and what was typed."""
        form = await filled(request, model)
        if form.model is None:
            document = await self._desk.notice(person, id_)
            return await self._shown(request, person, document, form=form, errors=dict(form.errors), status=422)
        try:
            await act(person, id_, form.model)
        except web.Refused as refused:
            document = await self._desk.notice(person, id_)
            errors, said = dict(refused.fields), "" if refused.fields else refused.message
            return await self._shown(
                request, person, document, form=form, errors=errors, said=said, status=refused.status
            )
        return RedirectResponse(f"/notifier/notices/{id_}", 303, {"Cache-Control": "no-store"})

    async def _shown(
        self,
        request: Request,
        person: Person,
        document: NoticeDocument,
        *,
        form: Filled[Any] | None = None,
        errors: dict[str, str] | None = None,
        said: str = "",
        status: int = 200,
    ) -> Response:
        seen, notice = scope(person, Action.SEE), document.case.notice
        where = {"region": document.region, "unit": document.unit}
        return page(
            request,
            "notice.html",
            status=status,
            document=document,
            case=document.case,
            notice=notice,
            deliveries=await self._store.deliveries_about(document.id, seen),
            alerts=await self._store.alerts_of(notice.target, seen),
            may_reply=may(person, Action.REPLY, **where),
            may_review=may(person, Action.REVIEW, **where) and not document.case.replied(actor(person)),
            values=form.values if form else {},
            errors=errors or {},
            said=said,
            showing=showing,
        )
