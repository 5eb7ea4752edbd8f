"""The notifier's API, under /notifier/api/."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Response

from services.notifier.app import Notifier
from services.notifier.desk import Desk, ReceiptAsked, ReplyAsked, ReviewAsked
from services.notifier.showing import shown_delivery
from services.notifier.store import FILTERS, NoticeDocument
from shared import web
from shared.events.envelope import CONTENT_TYPE
from shared.identity import Action, scope
from shared.web import SignedIn

Limit = Annotated[int, Query(ge=1, le=200)]
Skip = Annotated[int, Query(ge=0, le=1_000_000)]


def router(app: Notifier) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/notifier/api", tags=["notifier"])
    desk = Desk(app)
    store = app.store

    @routes.get("/notices")
    async def notices(person: SignedIn, state: str = "all", limit: Limit = 50, skip: Skip = 0) -> dict[str, Any]:
        """Notices, the newest first; ``state`` is a state, or ``open``, ``overdue``, ``all``."""
        if state not in FILTERS:
            raise web.Refused("invalid", "没有这种状态。", 422, {"state": f"应为下列之一：{'、'.join(FILTERS)}"})
        seen = scope(person, Action.SEE)
        found = await store.find_notices(seen, state, limit=limit, skip=skip)
        return {"notices": [_notice(one) for one in found], "total": await store.count_notices(seen, state)}

    @routes.get("/notices/{id_}")
    async def notice(person: SignedIn, id_: str) -> dict[str, Any]:
        """One notice with its history, deliveries, and the alerts about the same outlet."""
        document = await desk.notice(person, id_)
        seen = scope(person, Action.SEE)
        alerts = await store.alerts_of(document.case.notice.target, seen)
        deliveries = await store.deliveries_about(id_, seen)
        return {
            **_notice(document),
            "deliveries": [shown_delivery(one.delivery) for one in deliveries],
            "alerts": [one.alert.model_dump(mode="json") for one in alerts],
        }

    @routes.post("/notices/{id_}/receipt")
    async def receipt(person: SignedIn, id_: str, asked: ReceiptAsked) -> dict[str, Any]:
        """签收."""
        return _notice(await desk.receipt(person, id_, asked))

    @routes.post("/notices/{id_}/reply")
    async def reply(person: SignedIn, id_: str, asked: ReplyAsked) -> dict[str, Any]:
        """反馈. The prober looks again at once; the notice stays open until the look says it may close."""
        return _notice(await desk.reply(person, id_, asked))

    @routes.post("/notices/{id_}/review")
    async def review(person: SignedIn, id_: str, asked: ReviewAsked) -> dict[str, Any]:
        """复核通过: closes a notice whose criterion a person must review."""
        return _notice(await desk.review(person, id_, asked))

    return routes


def events(app: Notifier) -> APIRouter:
    """The route that gives events whole."""
    routes = APIRouter(prefix="/notifier/api", tags=["notifier"])

    @routes.get("/events/{id_}")
    async def event(person: SignedIn, id_: str) -> Response:
        """The whole of an event that was too large for a webhook, by its ``webhook-id``."""
        document = await app.store.feed.get(id_, scope(person, Action.SUBSCRIBE))
        if document is None or document.delivery.message is None:
            raise HTTPException(404)
        return Response(document.whole or document.delivery.message.text, media_type=CONTENT_TYPE)

    return routes


def _notice(document: NoticeDocument) -> dict[str, Any]:
    case = document.case.model_dump(mode="json")
    notice = case.pop("notice")
    return {**notice, "region": document.region, "version": document.version, **case}
