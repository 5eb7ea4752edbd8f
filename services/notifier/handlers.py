"""What the notifier does when it hears: load, decide, save with events."""

from datetime import timedelta

from services.notifier.alerts import alert_of
from services.notifier.app import ACTOR, Notifier
from services.notifier.case import notice_id, signed
from services.notifier.delivery import Kind
from services.notifier.rectification import Done, Refusal, Refused, clear, issue, pass_deadline
from services.notifier.sending import send_due
from services.notifier.store import AlertDocument, NoticeDocument
from services.notifier.telling import due, tell, too_early
from shared.audit import Deed, Thing, noted, witnessed
from shared.bus import Heard
from shared.documents import SYSTEM
from shared.events import Event, Fact
from shared.events.audit import Anchored
from shared.events.notice import Closed, Issued, Overdue
from shared.events.registry import ExtranetChanged
from shared.events.score import FindingCleared, FindingRaised
from shared.events.work import NotifierDue
from shared.outbox import say
from shared.telemetry import logger

log = logger("notifier")
A_SECOND = timedelta(seconds=1)
A_DAY = timedelta(days=1)


class NotRaisedYet(LookupError):  # noqa: N818 - it reads as what happened
    """A finding was cleared whose raising we have not heard: order is not promised, so it is worth another try."""


async def on_finding(app: Notifier, heard: Heard[FindingRaised | FindingCleared]) -> None:
    """A finding raised opens its one notice; cleared, it closes it, or has it wait for a person."""
    if isinstance(heard.fact, FindingRaised):
        await _open(app, heard.fact, heard.event.region or "")
    else:
        await _clear(app, heard.fact)


async def on_extranet(app: Notifier, heard: Heard[ExtranetChanged]) -> None:
    """Know which private networks are open for the endpoints of which offices."""
    await app.extranets.hear(heard)


async def on_alert(app: Notifier, heard: Heard[Fact]) -> None:
    """Keep the alert and tell people, early and without a notice."""
    alert = alert_of(heard.event)
    document = AlertDocument(id=alert.id, region=heard.event.region or "", unit=alert.unit.id, alert=alert)
    await app.store.alerts.create(document)
    chosen = await tell(app, document, Kind.ALERT)
    log.info("alert", id=alert.id, kind=alert.kind, told=len(chosen.recipients), gap=chosen.gap)


async def on_notice(app: Notifier, heard: Heard[Issued | Overdue | Closed]) -> None:
    """Our own decisions: tell people, and see to the deadline."""
    document = await app.store.notices.get(heard.fact.notice.id, SYSTEM)
    if document is None:
        raise LookupError(f"notice {heard.fact.notice.id} is not in the store that said it")
    if isinstance(heard.fact, Closed):
        await app.base.bus.unplan(NotifierDue.type, document.id)
        return
    if isinstance(heard.fact, Issued):
        await plan_deadline(app, document)
    kind = Kind.ISSUED if isinstance(heard.fact, Issued) else Kind.OVERDUE
    chosen = await tell(app, document, kind)
    log.info("notice", id=document.id, kind=kind, told=len(chosen.recipients), gap=chosen.gap)


async def on_anchored(app: Notifier, heard: Heard[Anchored]) -> None:
    """Put what another service says of its chain into ours: neither can be rewritten without the other."""
    if entry := witnessed(heard.event, by=app.store.audit.service):
        await app.store.audit.append(entry)


async def on_due(app: Notifier, heard: Heard[NotifierDue]) -> None:
    """A delivery to send, or a deadline to look at."""
    if heard.fact.delivery:
        await send_due(app, heard.fact.delivery)
    elif heard.fact.notice:
        await _deadline(app, heard.fact.notice)


async def plan_deadline(app: Notifier, document: NoticeDocument) -> None:
    """Have the deadline of an open notice looked at when it has passed; at once when it has."""
    if document.case.is_open:
        at = document.case.notice.due_at + A_SECOND
        await app.base.bus.plan_at(due(NotifierDue(notice=document.id, at=at), reason="deadline"), at)


async def save(app: Notifier, document: NoticeDocument, done: Done, *, actor: str) -> NoticeDocument:
    """Store what was decided about a notice with its fact. Raises Stale."""
    changed = document.model_copy(update={"case": signed(done.case, document.case, actor)})
    events = _said(changed, done, actor)
    thing = Thing("notice", document.id, document.region, document.unit)
    silent = [noted(Deed.NOTICE_CHANGED, thing, actor=actor, reason=done.why)]
    return await app.store.notices.change(changed, events, None if events else silent)


async def _open(app: Notifier, fact: FindingRaised, region: str) -> None:
    id_ = notice_id(fact.finding)
    if await app.store.notices.get(id_, SYSTEM):
        return
    now = app.base.now()
    number = await app.store.next_number(now)
    done = issue(fact.finding, number=number, now=now, term=app.base.settings.notice_working_days)
    document = NoticeDocument(id=id_, region=region, unit=fact.finding.unit.id, case=signed(done.case, None, ACTOR))
    created = await app.store.notices.create(document, _said(document, done, ACTOR))
    log.info("notice issued", id=id_, number=number, reason=done.why, created=created)


async def _clear(app: Notifier, fact: FindingCleared) -> None:
    id_ = notice_id(fact.finding)
    document = await app.store.notices.get(id_, SYSTEM)
    if document is None:
        raise NotRaisedYet(f"finding {fact.finding.id} was cleared and has no notice {id_}")
    decision = clear(document.case, fact.finding, now=app.base.now())
    if isinstance(decision, Done):
        await save(app, document, decision, actor=ACTOR)
    log.info("finding cleared", id=id_, reason=decision.refusal if isinstance(decision, Refused) else decision.why)


async def _deadline(app: Notifier, id_: str) -> None:
    document = await app.store.notices.get(id_, SYSTEM)
    if document is None:
        raise LookupError(f"a deadline was planned for notice {id_}, which is not there")
    decision = pass_deadline(document.case, now=app.base.now())
    if isinstance(decision, Done):
        await save(app, document, decision, actor=ACTOR)
    elif decision.refusal is Refusal.NOT_DUE:
        await _not_yet(app, document)
    log.info("deadline", id=id_, reason=decision.refusal if isinstance(decision, Refused) else decision.why)


async def _not_yet(app: Notifier, document: NoticeDocument) -> None:
    now, due_at = app.base.now(), document.case.notice.due_at + A_SECOND
    if due_at - now < A_DAY:
        raise too_early(due_at, now)
    await plan_deadline(app, document)


def _said(document: NoticeDocument, done: Done, actor: str) -> list[Event[Fact]]:
    if done.says is None:
        return []
    return [say(done.says, subject=document.id, region=document.region, actor=actor, reason=done.why)]
