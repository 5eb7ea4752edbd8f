"""What the notifier keeps: notices, alerts and deliveries, and nobody else's documents."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

from services.notifier.alerts import Alert
from services.notifier.case import OPEN, Rectification
from services.notifier.delivery import Delivery, DeliveryState
from services.notifier.endpoint import Endpoint
from shared.audit.store import Chain
from shared.documents import SYSTEM, Database, Document, Documents, Index, Scope
from shared.events.notice import NoticeState
from shared.once import Once
from shared.workdays import SHANGHAI

D = TypeVar("D", bound=Document)
PAGE = 500
NEXT_IN_FEED = 100
FEED_KEPT = 90 * 86_400
NEWEST_FIRST = (("case.notice.issued_at", -1), ("_id", 1))
STATES = {"$in": [state.value for state in OPEN]}


class NoticeDocument(Document):
    """A notice; its id is the notice's."""

    case: Rectification


class AlertDocument(Document):
    """An alert; its id is the alert's."""

    alert: Alert


class DeliveryDocument(Document):
    """A delivery; its region and unit are those of what it is about."""

    delivery: Delivery


class EndpointDocument(Document):
    """An office's endpoint; its id is the office's."""

    endpoint: Endpoint


class FeedDocument(DeliveryDocument):
    """An event for an endpoint; its id is the webhook-id. ``whole`` is the event when it is too large to be sent."""

    endpoint: str
    sequence: int
    whole: str = ""


class Store:
    """The collections and the questions asked of them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.audit = Chain(database, "notifier")
        self.once = Once(database)
        self.notices: Documents[NoticeDocument] = database.documents(
            "notices",
            NoticeDocument,
            [
                Index(("case.notice.state", "-case.notice.issued_at")),
                Index(("case.notice.target", "-case.notice.issued_at")),
                Index(("unit",)),
            ],
        )
        self.alerts: Documents[AlertDocument] = database.documents(
            "alerts", AlertDocument, [Index(("alert.outlet", "-alert.at")), Index(("-alert.at",)), Index(("unit",))]
        )
        self.deliveries: Documents[DeliveryDocument] = database.documents(
            "deliveries", DeliveryDocument, [Index(("delivery.about",)), Index(("delivery.state",))]
        )
        self.endpoints: Documents[EndpointDocument] = database.documents("endpoints", EndpointDocument)
        self.feed: Documents[FeedDocument] = database.documents(
            "feed",
            FeedDocument,
            [
                Index(("endpoint", "delivery.state", "delivery.next_at", "sequence")),
                Index(("delivery.settled_at",), expire_after=FEED_KEPT),
            ],
        )

    async def next_number(self, now: datetime) -> str:
        """The number of the next notice of this year (in Asia/Shanghai): 整改〔2026〕12号."""
        year = now.astimezone(SHANGHAI).year
        return f"整改〔{year}〕{await self.database.next_number(f'notices-{year}')}号"

    async def find_notices(self, scope: Scope, which: str, *, limit: int, skip: int) -> list[NoticeDocument]:
        """Notices in ``scope``, newest first; ``which`` is one of ``FILTERS``."""
        return await self.notices.find(scope, FILTERS[which], sort=NEWEST_FIRST, limit=limit, skip=skip)

    async def count_notices(self, scope: Scope, which: str) -> int:
        """How many ``find_notices`` would give without a limit."""
        return await self.notices.count(scope, FILTERS[which])

    async def notices_of(self, target: str, scope: Scope) -> list[NoticeDocument]:
        """The newest notices about one target."""
        return await self.notices.find(scope, {"case.notice.target": target}, sort=NEWEST_FIRST, limit=20)

    async def alerts_of(self, outlet: str, scope: Scope) -> list[AlertDocument]:
        """The newest alerts about one outlet."""
        return await self.alerts.find(scope, {"alert.outlet": outlet}, sort=[("alert.at", -1)], limit=20)

    async def newest_alerts(self, scope: Scope) -> list[AlertDocument]:
        """The newest alerts."""
        return await self.alerts.find(scope, sort=[("alert.at", -1)], limit=20)

    async def deliveries_about(self, about: str, scope: Scope) -> list[DeliveryDocument]:
        """Every delivery of a notice or an alert, the oldest first."""
        order = [("delivery.created_at", 1), ("_id", 1)]
        return await self.deliveries.find(scope, {"delivery.about": about}, sort=order)

    async def next_in_feed(self, endpoint: str, now: datetime) -> list[FeedDocument]:
        """Events that may be sent to ``endpoint`` at ``now``, the untried before those that failed."""
        where = {"delivery.state": DeliveryState.WAITING.value, "delivery.next_at": {"$not": {"$gt": now}}}
        order = [("delivery.next_at", 1), ("sequence", 1)]
        return await self.feed.find(SYSTEM, {"endpoint": endpoint, **where}, sort=order, limit=NEXT_IN_FEED)

    def running_terms(self) -> AsyncIterator[NoticeDocument]:
        """Open notices whose deadline has still to be seen to."""
        return _each(self.notices, {"case.notice.state": STATES, "case.overdue_at": None, "case.passed_at": None})

    def waiting_deliveries(self) -> AsyncIterator[DeliveryDocument]:
        """Deliveries that are not settled."""
        return _each(self.deliveries, {"delivery.state": DeliveryState.WAITING.value})

    def with_recipient(self, before: datetime) -> AsyncIterator[DeliveryDocument]:
        """Deliveries settled before ``before`` that still say to whom."""
        return _each(
            self.deliveries, {"delivery.settled_at": {"$lt": before}, "delivery.recipient.address": {"$gt": ""}}
        )

    def undeliverable(self) -> AsyncIterator[DeliveryDocument]:
        """What could be told to nobody."""
        return _each(self.deliveries, {"delivery.state": DeliveryState.UNDELIVERABLE.value})


FILTERS: Mapping[str, Mapping[str, Any]] = {
    "all": {},
    "open": {"case.notice.state": STATES},
    "overdue": {"case.notice.state": STATES, "case.overdue_at": {"$ne": None}},
    **{state.value: {"case.notice.state": state.value} for state in NoticeState},
}
"""What a list of notices can be narrowed to."""


async def _each(documents: Documents[D], where: Mapping[str, Any]) -> AsyncIterator[D]:
    """Every match, a page at a time in the order of ids, so that a long list is never in memory at once."""
    last = ""
    while page := await documents.find(SYSTEM, {**where, "_id": {"$gt": last}}, sort=[("_id", 1)], limit=PAGE):
        for document in page:
            yield document
        last = page[-1].id
