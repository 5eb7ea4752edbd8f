"""The notifier's API, under /notifier/api/."""

from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import AwareDatetime, BaseModel

from services.notifier.alerts import Alert
from services.notifier.app import Notifier
from services.notifier.case import Reply, Step
from services.notifier.desk import Desk, ReceiptAsked, ReplyAsked, ReviewAsked
from services.notifier.showing import DeliveryShown, shown_delivery
from services.notifier.store import FILTERS, NEWEST_FIRST, NoticeDocument, Store
from shared.events.envelope import CONTENT_TYPE
from shared.events.notice import Notice
from shared.events.score import Exhibit
from shared.identity import Action, scope
from shared.web import After, IfMatch, Limit, Order, SignedIn, api_router, matching, part, tagged

Which = Literal["all", "open", "overdue", "issued", "received", "replied", "closed", "withdrawn"]
NOTICES = Order("notices", NEWEST_FIRST)
EVENT: dict[int | str, dict[str, Any]] = {200: {"description": "the event", "content": {CONTENT_TYPE: {}}}}


class NoticeShown(Notice):
    """A notice with everything that happened to it."""

    region: str
    version: int
    evidence: tuple[Exhibit, ...]
    found_at: AwareDatetime
    term: int
    overdue_at: AwareDatetime | None
    passed_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    replies: tuple[Reply, ...]
    history: tuple[Step, ...]


class NoticesShown(BaseModel):
    """A part of the notices, and how many there are; ``after`` is the cursor for the next part, null at the end."""

    notices: list[NoticeShown]
    total: int
    after: str | None


class NoticeWhole(NoticeShown):
    """A notice with its deliveries, and the alerts about the same outlet."""

    deliveries: list[DeliveryShown]
    alerts: list[Alert]


def router(app: Notifier) -> APIRouter:
    """The routes."""
    routes = api_router("notifier", "/api", app.store.once)
    _notices(routes, app.store, Desk(app))
    _answering(routes, Desk(app))
    return routes


def _notices(routes: APIRouter, store: Store, desk: Desk) -> None:
    @routes.get("/notices")
    async def notices(person: SignedIn, state: Which = "all", after: After = "", limit: Limit = 50) -> NoticesShown:
        """Notices, the newest first; ``state`` is a state, or ``open``, ``overdue``, ``all``."""
        seen = scope(person, Action.SEE)
        found = await part(store.notices, seen, FILTERS[state], NOTICES, after=after, limit=limit)
        total = await store.count_notices(seen, state)
        return NoticesShown(
            notices=[NoticeShown(**_notice(one)) for one in found.entries], total=total, after=found.after
        )

    @routes.get("/notices/{id_}", response_model=NoticeWhole)
    async def notice(request: Request, person: SignedIn, id_: str) -> Response:
        """One notice with its history, deliveries, and the alerts about the same outlet."""
        document = await desk.notice(person, id_)
        seen = scope(person, Action.SEE)
        alerts = await store.alerts_of(document.case.notice.target, seen)
        deliveries = await store.deliveries_about(id_, seen)
        whole = NoticeWhole(
            **_notice(document),
            deliveries=[shown_delivery(one.delivery) for one in deliveries],
            alerts=[one.alert for one in alerts],
        )
        return tagged(request, whole, document.version)


def _answering(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/notices/{id_}/receipt", response_model=NoticeShown)
    async def receipt(request: Request, person: SignedIn, id_: str, asked: ReceiptAsked, seen: IfMatch) -> Response:
        """签收."""
        with matching(seen):
            return _done(request, await desk.receipt(person, id_, asked, seen))

    @routes.post("/notices/{id_}/reply", response_model=NoticeShown)
    async def reply(request: Request, person: SignedIn, id_: str, asked: ReplyAsked, seen: IfMatch) -> Response:
        """反馈. The prober looks again at once; the notice stays open until the look says it may close."""
        with matching(seen):
            return _done(request, await desk.reply(person, id_, asked, seen))

    @routes.post("/notices/{id_}/review", response_model=NoticeShown)
    async def review(request: Request, person: SignedIn, id_: str, asked: ReviewAsked, seen: IfMatch) -> Response:
        """复核通过: closes a notice whose criterion a person must review."""
        with matching(seen):
            return _done(request, await desk.review(person, id_, asked, seen))


def events(app: Notifier) -> APIRouter:
    """The route that gives events whole."""
    routes = api_router("notifier", "/api")

    @routes.get("/events/{id_}", response_class=Response, responses=EVENT)
    async def event(person: SignedIn, id_: str) -> Response:
        """The whole of an event that was too large for a webhook, by its ``webhook-id``."""
        document = await app.store.feed.get(id_, scope(person, Action.SUBSCRIBE))
        if document is None or document.delivery.message is None:
            raise HTTPException(404)
        return Response(document.whole or document.delivery.message.text, media_type=CONTENT_TYPE)

    return routes


def _done(request: Request, document: NoticeDocument) -> Response:
    return tagged(request, NoticeShown(**_notice(document)), document.version)


def _notice(document: NoticeDocument) -> dict[str, Any]:
    case = dict(document.case)
    return {**dict(case.pop("notice")), "region": document.region, "version": document.version, **case}
