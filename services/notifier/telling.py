"""Making deliveries: who is told what, each as a document with its own first push in its outbox."""

from datetime import datetime

from services.notifier.app import ACTOR, Notifier
from services.notifier.delivery import Delivery, DeliveryState, Kind, delivery_id
from services.notifier.letter import Letter, alert_letter, notice_letter, overdue_letter
from services.notifier.message import Message
from services.notifier.routing import GAP_WORDS, Gap, Recipient, Route, route
from services.notifier.store import AlertDocument, DeliveryDocument, NoticeDocument
from shared.bus import TryAgain
from shared.events import Event
from shared.events.work import NotifierDue
from shared.identity import Role
from shared.outbox import say

OFFICE_ROLES = (Role.APPROVER, Role.INSPECTOR)
CHANNEL = "mail"
LONGEST_EARLY = 300.0

Topic = NoticeDocument | AlertDocument


async def tell(app: Notifier, topic: Topic, kind: Kind) -> Route:
    """Make the deliveries of ``topic``, each once however often this runs. Nobody to tell is recorded as well."""
    unit = await app.base.identity.contacts(unit=topic.unit)
    offices = await app.base.identity.contacts(region=topic.region, roles=OFFICE_ROLES)
    chosen = route(unit, offices)
    for recipient in chosen.recipients:
        document = _to_somebody(app, topic, kind, recipient, chosen.gap)
        push = due(NotifierDue(delivery=document.id), reason=f"told_{kind}")
        await app.store.deliveries.create(document, [push])
    if not chosen.recipients:
        await app.store.deliveries.create(_to_nobody(app, topic, kind))
    return chosen


def due(fact: NotifierDue, *, reason: str) -> Event[NotifierDue]:
    """A piece of the notifier's own work, under the id of the delivery or notice it is about."""
    return say(fact, subject=fact.delivery or fact.notice or "", region=None, actor=ACTOR, reason=reason)


def too_early(until: datetime, now: datetime) -> TryAgain:
    """To be raised for work that came before its time, because the clocks of the bus and of this host differ.

    A delay of the bus is a length of time; another plan would be fired at once, over and over.
    """
    return TryAgain(min((until - now).total_seconds(), LONGEST_EARLY), f"not before {until.isoformat()}")


def _to_somebody(app: Notifier, topic: Topic, kind: Kind, recipient: Recipient, gap: Gap | None) -> DeliveryDocument:
    now = app.base.now()
    id_ = delivery_id(topic.id, kind, CHANNEL, recipient.address)
    letter = _letter(app, topic, kind, recipient, gap)
    message = Message(
        id=id_,
        name=recipient.name,
        address=recipient.address,
        subject=letter.subject,
        text=letter.text(),
        html=letter.html(),
        written_at=now,
    )
    delivery = Delivery(
        about=topic.id,
        kind=kind,
        channel=CHANNEL,
        created_at=now,
        recipient=recipient,
        message=message,
        gap=gap,
    )
    return DeliveryDocument(id=id_, region=topic.region, unit=topic.unit, delivery=delivery)


def _to_nobody(app: Notifier, topic: Topic, kind: Kind) -> DeliveryDocument:
    delivery = Delivery(
        about=topic.id,
        kind=kind,
        channel=CHANNEL,
        created_at=app.base.now(),
        gap=Gap.NOBODY,
        state=DeliveryState.UNDELIVERABLE,
        why=GAP_WORDS[Gap.NOBODY],
    )
    id_ = delivery_id(topic.id, kind, CHANNEL, "")
    return DeliveryDocument(id=id_, region=topic.region, unit=topic.unit, delivery=delivery)


def _letter(app: Notifier, topic: Topic, kind: Kind, recipient: Recipient, gap: Gap | None) -> Letter:
    pages = f"{app.base.settings.origin}/notifier"
    if isinstance(topic, AlertDocument):
        return alert_letter(topic.alert, recipient, gap=gap, link=f"{pages}/alerts/{topic.id}")
    write = overdue_letter if kind is Kind.OVERDUE else notice_letter
    return write(topic.case, recipient, gap=gap, link=f"{pages}/notices/{topic.id}")
