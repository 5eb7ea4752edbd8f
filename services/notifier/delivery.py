"""One message to one person: what was intended, what was tried, how it ended, and what to do next. Pure.

The intent is recorded before a message is handed over and the outcome after. When the process dies in between, the
attempt stays open; once it is older than ``LEASE`` nobody is working on it any more and the same message goes again.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.notifier.message import Again, Delivered, Message, Result
from services.notifier.routing import Gap, Recipient
from shared.events.notice import NoticeState
from shared.privacy import Personal

LEASE = timedelta(seconds=30)
FIRST_DELAY = 5.0
LONGEST_DELAY = 3600.0
LONGEST_ASKED = 6 * 3600.0
PATIENCE = timedelta(days=3)
FORGOTTEN = "收件人的个人信息已按期清除"


class Kind(StrEnum):
    """What a message is about."""

    ISSUED = "issued"
    OVERDUE = "overdue"
    ALERT = "alert"
    EVENT = "event"
    FEED_STOPPED = "feed_stopped"


class DeliveryState(StrEnum):
    """How far a message is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    SUPERSEDED = "superseded"
    UNDELIVERABLE = "undeliverable"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Attempt(_Part):
    """One try; ``ended_at`` None while it is under way, or when its process died."""

    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    outcome: str = ""


class Delivery(_Part):
    """A message to ``recipient`` about a notice or an alert; nobody and nothing when it is undeliverable."""

    about: str
    kind: Kind
    channel: str
    created_at: AwareDatetime
    recipient: Recipient | None = None
    message: Message | None = None
    gap: Gap | None = None
    state: DeliveryState = DeliveryState.WAITING
    settled_at: AwareDatetime | None = None
    why: str = ""
    attempts: tuple[Attempt, ...] = ()
    next_at: AwareDatetime | None = None


@dataclass(frozen=True, slots=True)
class Nothing:
    """It is settled."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again at ``until``."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Settle:
    """Do not send: this is how it ends."""

    after: Delivery


@dataclass(frozen=True, slots=True)
class Try:
    """Record ``intent``, then send ``message``."""

    intent: Delivery
    message: Message


Next = Nothing | Wait | Settle | Try


def delivery_id(about: str, kind: Kind, channel: str, address: str) -> str:
    """The same message to the same person always has the same id."""
    key = f"{about}\n{kind}\n{channel}\n{address.casefold()}"
    return "d-" + hashlib.sha256(key.encode()).hexdigest()[:32]


def next_step(delivery: Delivery, notice: NoticeState | None, *, now: datetime, patience: timedelta = PATIENCE) -> Next:
    """What to do with ``delivery`` at ``now``; ``notice`` is the state of the notice it is about, None for an alert."""
    if delivery.state is not DeliveryState.WAITING or delivery.message is None:
        return Nothing()
    if words := _superseded(delivery.kind, notice):
        return Settle(_settled(delivery, DeliveryState.SUPERSEDED, words, now))
    last = delivery.attempts[-1] if delivery.attempts else None
    if last and last.ended_at is None and now < last.started_at + LEASE:
        return Wait(last.started_at + LEASE)
    if delivery.next_at and now < delivery.next_at:
        return Wait(delivery.next_at)
    if now > delivery.created_at + patience:
        words = f"连续{patience.days}天未能送达：{delivery.why}"
        return Settle(_settled(delivery, DeliveryState.GIVEN_UP, words, now))
    intent = delivery.model_copy(update={"attempts": (*delivery.attempts, Attempt(started_at=now)), "next_at": None})
    return Try(intent, delivery.message)


def record(delivery: Delivery, result: Result, *, jitter: float, now: datetime) -> Delivery:
    """The delivery after its open attempt ended with ``result``. ``jitter`` (0 to 1) spreads the next tries."""
    said = result.said if isinstance(result, Delivered) else result.why
    closed = delivery.attempts[-1].model_copy(update={"ended_at": now, "outcome": said})
    after = delivery.model_copy(update={"attempts": (*delivery.attempts[:-1], closed), "why": said})
    if isinstance(result, Delivered):
        return _settled(after, DeliveryState.DELIVERED, said, now)
    if isinstance(result, Again):
        wait = delay(len(after.attempts), result.after) * (0.8 + 0.4 * jitter)
        return after.model_copy(update={"next_at": now + timedelta(seconds=wait)})
    return _settled(after, DeliveryState.GIVEN_UP, said, now)


def delay(tries: int, asked: float | None) -> float:
    """Seconds before the next try: three times longer each time, or as asked for, both within reason."""
    if asked is not None:
        return min(max(asked, FIRST_DELAY), LONGEST_ASKED)
    return float(min(FIRST_DELAY * 3 ** min(tries - 1, 10), LONGEST_DELAY))


def forget(delivery: Delivery, name: str, now: datetime) -> Delivery:
    """The delivery without what it says of its recipient, who is called ``name`` from now on; nothing more is sent.

    That it was made, about what, when, and how it ended stays; the words of the relay go, since they repeat addresses.
    """
    if delivery.recipient is None:
        return delivery
    recipient = delivery.recipient.model_copy(update={"name": Personal(name), "address": Personal("")})
    attempts = tuple(one.model_copy(update={"outcome": ""}) for one in delivery.attempts)
    waits = delivery.state is DeliveryState.WAITING
    after = _settled(delivery, DeliveryState.SUPERSEDED, FORGOTTEN, now) if waits else delivery
    why = FORGOTTEN if after.why else ""
    return after.model_copy(update={"recipient": recipient, "message": None, "attempts": attempts, "why": why})


def _superseded(kind: Kind, notice: NoticeState | None) -> str:
    if notice is NoticeState.WITHDRAWN:
        return "通知已撤回"
    if notice is NoticeState.CLOSED and kind is Kind.OVERDUE:
        return "通知已销号"
    return ""


def _settled(delivery: Delivery, state: DeliveryState, why: str, now: datetime) -> Delivery:
    return delivery.model_copy(update={"state": state, "why": why, "settled_at": now, "next_at": None})
