"""Making deliveries: who is told what, each as a document with its own first push in its outbox."""

from datetime import datetime

from services.notifier.app import ACTOR, Notifier
from services.notifier.delivery import Delivery, DeliveryState, Kind, delivery_id
from services.notifier.letter import Letter, alert_letter, feed_stopped_letter, notice_letter, overdue_letter
from services.notifier.message import Message
from services.notifier.routing import GAP_WORDS, Gap, Recipient, Route, route
from services.notifier.store import AlertDocument, DeliveryDocument, EndpointDocument, NoticeDocument
from shared.bus import TryAgain
from shared.events import Event
from shared.events.work import NotifierDue
from shared.identity import Role
from shared.outbox import say

OFFICE_ROLES = (Role.APPROVER, Role.INSPECTOR, Role.REVIEWER)
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


async def tell_feed_stopped(app: Notifier, document: EndpointDocument, why: str) -> None:
    """Write to the people of an office that nothing is sent to its endpoint, once for each time it is switched off."""
    office, now = document.endpoint.office, app.base.now()
    since = document.endpoint.off_at or now
    people = await app.base.identity.contacts(region=office.region, roles=OFFICE_ROLES)
    for recipient in route((), people).recipients:
        link = f"{app.base.settings.origin}/notifier"
        letter = feed_stopped_letter(recipient, office=office.name, why=why, since=since, link=link)
        delivery = _mail(f"{document.id}:{since.isoformat()}", Kind.FEED_STOPPED, recipient, letter, now=now)
        told = DeliveryDocument(id=_id(delivery), region=office.region, delivery=delivery)
        await app.store.deliveries.create(told, [due(NotifierDue(delivery=told.id), reason="told_feed_stopped")])


def due(fact: NotifierDue, *, reason: str) -> Event[NotifierDue]:
    """A piece of the notifier's own work, under the id of the delivery or notice it is about."""
    return say(fact, subject=fact.delivery or fact.notice or "", region=None, actor=ACTOR, reason=reason)


def too_early(until: datetime, now: datetime) -> TryAgain:
    """To be raised for work that came before its time, because the clocks of the bus and of this host differ.

    A delay of the bus is a length of time; another plan would be fired at once, over and over.
    """
    return TryAgain(min((until - now).total_seconds(), LONGEST_EARLY), f"not before {until.isoformat()}")


def _to_somebody(app: Notifier, topic: Topic, kind: Kind, recipient: Recipient, gap: Gap | None) -> DeliveryDocument:
    letter = _letter(app, topic, kind, recipient, gap)
    delivery = _mail(topic.id, kind, recipient, letter, now=app.base.now(), gap=gap)
    return DeliveryDocument(id=_id(delivery), region=topic.region, unit=topic.unit, delivery=delivery)


def _mail(
    about: str, kind: Kind, recipient: Recipient, letter: Letter, *, now: datetime, gap: Gap | None = None
) -> Delivery:
    message = Message(
        id=delivery_id(about, kind, CHANNEL, recipient.address),
        name=recipient.name,
        address=recipient.address,
        subject=letter.subject,
        text=letter.text(),
        html=letter.html(),
        written_at=now,
    )
    return Delivery(
        about=about, kind=kind, channel=CHANNEL, created_at=now, recipient=recipient, message=message, gap=gap
    )


def _id(delivery: Delivery) -> str:
    address = delivery.recipient.address if delivery.recipient else ""
    return delivery_id(delivery.about, delivery.kind, delivery.channel, address)


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
    return DeliveryDocument(id=_id(delivery), region=topic.region, unit=topic.unit, delivery=delivery)


def _letter(app: Notifier, topic: Topic, kind: Kind, recipient: Recipient, gap: Gap | None) -> Letter:
    pages = f"{app.base.settings.origin}/notifier"
    if isinstance(topic, AlertDocument):
        return alert_letter(topic.alert, recipient, gap=gap, link=f"{pages}/alerts/{topic.id}")
    write = overdue_letter if kind is Kind.OVERDUE else notice_letter
    return write(topic.case, recipient, gap=gap, link=f"{pages}/notices/{topic.id}")
