"""Sending one delivery: the intent is stored before, the outcome after; safe to run twice, and to die in between."""

import asyncio
import random
from datetime import timedelta
from typing import TypeVar

from services.notifier.app import Notifier
from services.notifier.channels import CHANNELS
from services.notifier.channels.means import Means
from services.notifier.delivery import Delivery, DeliveryState, Kind, Nothing, Settle, Try, Wait, next_step, record
from services.notifier.message import Result
from services.notifier.store import DeliveryDocument
from services.notifier.telling import due, too_early
from shared.bus import TryAgain
from shared.documents import SYSTEM, UNAVAILABLE, Documents, Stale
from shared.events.notice import NoticeState
from shared.events.work import NotifierDue
from shared.telemetry import logger

PAUSE = 0.5
ALMOST_A_SECOND = timedelta(microseconds=999_999)
D = TypeVar("D", bound=DeliveryDocument)
log = logger("notifier")


async def send_due(app: Notifier, id_: str) -> None:
    """Do what is next for a delivery: send it, wait, or settle it without sending."""
    document = await app.store.deliveries.get(id_, SYSTEM)
    if document is None:
        raise LookupError(f"delivery {id_} is not there")
    step = next_step(document.delivery, await _notice_state(app, document.delivery), now=app.base.now())
    if isinstance(step, Nothing):
        return
    if isinstance(step, Wait):
        raise too_early(step.until, app.base.now())
    if isinstance(step, Settle):
        await app.store.deliveries.change(_with(document, step.after))
        log.info("delivery settled", id=id_, state=step.after.state, why=step.after.why)
        return
    await _try(app, document, step)


async def plan_delivery(app: Notifier, document: DeliveryDocument, wait: Wait) -> None:
    """Have a delivery looked at again later, at a whole second: the bus plans no finer.

    A plan holds up nobody else's message, where one that waits for its redelivery would.
    """
    at = (wait.until + ALMOST_A_SECOND).replace(microsecond=0)
    await app.base.bus.plan_at(due(NotifierDue(delivery=document.id, at=at), reason="again"), at)


async def _try(app: Notifier, document: DeliveryDocument, step: Try) -> None:
    try:
        trying = await app.store.deliveries.change(_with(document, step.intent))
    except Stale as error:
        raise TryAgain(1.0, "somebody else is at this delivery") from error
    means = Means(app.base.settings, app.base.egress, app.base.now)
    result = await CHANNELS[trying.delivery.channel](step.message, means)
    ended = await keep_outcome(app, app.store.deliveries, trying, result)
    outcome = ended.delivery
    log.info("delivery tried", id=document.id, state=outcome.state, tries=len(outcome.attempts), why=outcome.why)
    if outcome.state is DeliveryState.WAITING and outcome.next_at:
        await plan_delivery(app, ended, Wait(outcome.next_at))


async def keep_outcome(app: Notifier, documents: Documents[D], trying: D, result: Result) -> D:
    """Store how a try ended, for as long as it takes: what the other side took must not be sent again."""
    jitter = random.random()  # noqa: S311 - spreading load, not a secret
    ended = _with(trying, record(trying.delivery, result, jitter=jitter, now=app.base.now()))
    while True:
        try:
            return await documents.change(ended)
        except UNAVAILABLE as error:
            log.warning("an outcome waits to be recorded", id=ended.id, error=str(error))
            await asyncio.sleep(PAUSE)
        except Stale:
            stored = await documents.get(ended.id, SYSTEM)
            if stored is None or not _says_the_same(stored.delivery, ended.delivery):
                raise
            return stored


def _says_the_same(stored: Delivery, ended: Delivery) -> bool:
    """Whether our outcome did arrive, though its answer did not: the store keeps milliseconds, so times may differ."""
    here, there = ended.attempts, stored.attempts
    return len(here) == len(there) and here[-1].outcome == there[-1].outcome


async def _notice_state(app: Notifier, delivery: Delivery) -> NoticeState | None:
    if delivery.kind is Kind.ALERT:
        return None
    notice = await app.store.notices.get(delivery.about, SYSTEM)
    return notice.case.notice.state if notice else None


def _with(document: D, delivery: Delivery) -> D:
    return document.model_copy(update={"delivery": delivery})
