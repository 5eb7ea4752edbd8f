"""The notifier's duty: whatever was lost on the way is taken up again from the store."""

from contextlib import suppress
from datetime import datetime, timedelta

from services.notifier.app import ACTOR, Notifier
from services.notifier.delivery import PATIENCE, DeliveryState, Wait, forget
from services.notifier.handlers import plan_deadline, save
from services.notifier.rectification import settle_deadline
from services.notifier.sending import plan_delivery
from services.notifier.store import DeliveryDocument, NoticeDocument
from services.notifier.telling import Topic, tell
from shared.documents import SYSTEM, Stale
from shared.events.work import NotifierDue
from shared.privacy.policy import kept
from shared.telemetry import logger

EVERY = 300.0
FORGET_EVERY = 6 * 3600.0
SOMEBODY = "（已清除）"
UNDER_WAY = timedelta(seconds=60)
log = logger("notifier")


async def follow_up(app: Notifier) -> None:
    """Plan deadlines and deliveries that have no plan, count provisional terms again, look again for people to tell."""
    planned = await app.base.bus.planned(NotifierDue.type)
    deadlines = await _deadlines(app, planned)
    deliveries = await _deliveries(app, planned)
    told = [document.id async for document in app.store.undeliverable() if await _tell_after_all(app, document)]
    log.info("followed up", deadlines=deadlines, deliveries=deliveries, told=len(told))


async def forget_recipients(app: Notifier) -> None:
    """Take name, address and letter out of deliveries that were settled as long ago as the policy of retention says."""
    now = app.base.now()
    forgotten = 0
    async for document in app.store.with_recipient(now - kept("notifier", "deliveries")):
        after = forget(document.delivery, SOMEBODY, now)
        with suppress(Stale):
            await app.store.deliveries.change(document.model_copy(update={"delivery": after}))
            forgotten += 1
    log.info("recipients forgotten", deliveries=forgotten)


async def _deadlines(app: Notifier, planned: set[str]) -> int:
    count = 0
    async for document in app.store.running_terms():
        moved = settle_deadline(document.case, now=app.base.now())
        current = await save(app, document, moved, actor=ACTOR) if moved else document
        if moved or current.id not in planned:
            await plan_deadline(app, current)
            count += 1
    return count


async def _deliveries(app: Notifier, planned: set[str]) -> int:
    count, now = 0, app.base.now()
    async for document in app.store.waiting_deliveries():
        if document.id not in planned and document.delivery.created_at < now - UNDER_WAY:
            await plan_delivery(app, document, Wait(document.delivery.next_at or now))
            count += 1
    return count


async def _tell_after_all(app: Notifier, document: DeliveryDocument) -> bool:
    delivery = document.delivery
    topic: Topic | None = await app.store.notices.get(delivery.about, SYSTEM)
    topic = topic or await app.store.alerts.get(delivery.about, SYSTEM)
    if topic is None or not _matters(topic, app.base.now()):
        return False
    if not (await tell(app, topic, delivery.kind)).recipients:
        return False
    after = delivery.model_copy(
        update={"state": DeliveryState.SUPERSEDED, "why": "已有联系人，改为送达联系人", "settled_at": app.base.now()}
    )
    await app.store.deliveries.change(document.model_copy(update={"delivery": after}))
    return True


def _matters(topic: Topic, now: datetime) -> bool:
    """Whether it is still worth telling somebody who was not there before."""
    return topic.case.is_open if isinstance(topic, NoticeDocument) else topic.alert.at > now - PATIENCE
