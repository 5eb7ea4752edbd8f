"""What people do at the registry's desk: submit, decide, mend, put away. Load, decide, save with events."""

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from services.registry import filing as decisions
from services.registry import standing
from services.registry.app import Registry
from services.registry.filing import Act, Asked, Filing, FilingState, Refusal, Step
from services.registry.records import FilingDocument
from services.registry.refusal import Refused
from services.registry.remarking import insist, remarks
from services.registry.remarks import Remark
from services.registry.rules import Pinned
from shared.audit import Deed, Entry, Thing, derived, noted
from shared.documents import SYSTEM, Scope, Taken
from shared.events import Event, Fact, registry
from shared.events.registry import UnitRef
from shared.identity import Action, Person, height, may, scope
from shared.outbox import say
from shared.privacy import Personal
from shared.web import Seen, unchanged
from shared.workdays import SHANGHAI

ANOTHER = "该对象另有一件备案正在办理，办结后再提交。"
SENT = "这张表单已经提交过，请重新打开后再填写。"
ACTOR = "service:registry"


class NotThere(Exception):  # noqa: N818 - it is an answer to a person
    """There is no such thing, or this person may not see it: the two look the same from outside."""


class NotAllowed(Exception):  # noqa: N818 - it is an answer to a person
    """This person may not do this here."""


class Desk:
    """The registry's decisions that people ask for. Raises NotThere, NotAllowed, Refused or Stale.

    ``seen`` are the versions an act is about: when it is none of them any more, the act is Stale.
    """

    def __init__(self, app: Registry) -> None:
        self._app = app
        self._store = app.store

    async def unit_of(self, person: Person, unit: str) -> registry.Unit:
        """The unit ``person`` files for."""
        kept = await self._store.units.get(unit, scope(person, Action.FILE))
        if kept is None:
            raise NotAllowed("您不是该单位的管理员，不能替它提交备案。")
        return kept.body

    async def submit(
        self, person: Person, unit_id: str, asked: Asked, key: str, *, begun: str = "", seen: Seen = None
    ) -> FilingDocument:
        """Submit a filing for a unit. ``key``, or the draft ``begun``, names it: the same again is the same filing."""
        unit = await self.unit_of(person, unit_id)
        decisions.check(asked.filed)
        id_ = begun or draft_id(person, key)
        if existing := await self._store.filings.get(id_, SYSTEM):
            return _the_same(existing, unit.id, asked)
        draft = await self._store.drafts.get(id_, scope(person, Action.FILE))
        if begun and draft is None:
            raise NotThere
        if draft is not None:
            unchanged(draft.version, seen)
        now = self._app.now()
        state = await standing.to_file(self._app, asked, unit, now)
        found = await remarks(self._app, asked.filed, unit, state.in_force.filed if state.in_force else None)
        insist(found)
        filing = decisions.submit(
            asked,
            number="",
            unit=UnitRef(id=unit.id, name=unit.name),
            step=_step(person, now, Act.SUBMIT),
            standing=state,
            pinned=self._rule(unit.region, now, asked),
            begun=draft.filing if draft else None,
        )
        filing = warned(filing, found).model_copy(update={"number": await self.number(now)})
        document = FilingDocument.wrap(filing, id_=id_, region=unit.region)
        facts = [registry.FilingSubmitted(filing=public(document)), *breaches(document, filing.broken)]
        try:
            if existing:
                return await self._save(existing.moved(filing), *facts)
            created = await self._store.filings.create(document, [said(fact, document) for fact in facts])
        except Taken as error:
            raise Refused(Refusal.ANOTHER_UNDER_WAY, ANOTHER) from error
        await self._store.drafts.delete(scope(person, Action.FILE), {"_id": id_})
        return document if created else await self._filing(id_, SYSTEM)

    async def accept(self, person: Person, id_: str, reason: str, seen: Seen = None) -> FilingDocument:
        """Take a filing of one's region in."""
        document = await self._decidable(person, id_, seen)
        step = _step(person, self._app.now(), Act.ACCEPT, reason)
        changed = document.moved(decisions.accept(document.filing, step))
        return await self._save(changed, registry.FilingAccepted(filing=public(changed)))

    async def approve(self, person: Person, id_: str, reason: str, seen: Seen = None) -> FilingDocument:
        """Approve a filing of one's region, as the level that has to agree next; the last makes it count."""
        document = await self._decidable(person, id_, seen)
        now = self._app.now()
        tokens = height(person, Action.APPROVE, region=document.region)
        filing = decisions.approve(
            document.filing,
            _step(person, now, Act.APPROVE, reason),
            await standing.to_decide(self._app, document.filing),
            region=document.region,
            tokens=tokens if tokens is not None else len(document.region),
        )
        if filing.state is not FilingState.APPROVED:
            changed = document.moved(filing)
            return await self._save(changed, registry.FilingAccepted(filing=public(changed)))
        facts: list[Fact] = [registry.FilingApproved(filing=public(document.moved(filing)))]
        if decisions.is_due(filing, now):
            filing = decisions.take_effect(filing, of_service(now))
            facts.append(registry.FilingInForce(filing=public(document.moved(filing))))
        return await self._save(document.moved(filing), *facts, by=actor(person), reason=reason.strip())

    async def send_back(self, person: Person, id_: str, reason: str, seen: Seen = None) -> FilingDocument:
        """Return a filing of one's region and say what to mend."""
        document = await self._decidable(person, id_, seen)
        filing = decisions.send_back(document.filing, _step(person, self._app.now(), Act.RETURN, reason))
        changed = document.moved(filing)
        return await self._save(changed, registry.FilingReturned(filing=public(changed), mend=reason))

    async def resubmit(self, person: Person, id_: str, asked: Asked, seen: Seen = None) -> FilingDocument:
        """Mend a returned filing of one's unit and submit it again."""
        document = await self._own(person, id_, seen)
        unit = await self.unit_of(person, document.unit)
        now = self._app.now()
        state = await standing.to_file(self._app, asked, unit, now, id_)
        found = await remarks(self._app, asked.filed, unit, state.in_force.filed if state.in_force else None)
        insist(found)
        filing = decisions.resubmit(
            document.filing,
            asked,
            _step(person, now, Act.RESUBMIT),
            state,
            document.filing.rule or self._rule(document.region, now, asked),
        )
        changed = document.moved(warned(filing, found))
        fresh = filing.broken[len(document.filing.broken) :]
        try:
            told = registry.FilingSubmitted(filing=public(changed))
            return await self._save(changed, told, *breaches(changed, fresh))
        except Taken as error:
            raise Refused(Refusal.ANOTHER_UNDER_WAY, ANOTHER) from error

    async def withdraw(self, person: Person, id_: str, reason: str, seen: Seen = None) -> FilingDocument:
        """Take back a filing of one's unit before it counts."""
        document = await self._own(person, id_, seen)
        step = _step(person, self._app.now(), Act.WITHDRAW, reason)
        changed = document.moved(decisions.withdraw(document.filing, step))
        return await self._save(changed, registry.FilingWithdrawn(filing=public(changed)))

    async def fulfil(self, person: Person, id_: str, duty: str, proof: str, seen: Seen = None) -> FilingDocument:
        """Show that a duty of a filing in force was done: an announcement's address, or words."""
        document = await self._own(person, id_, seen)
        step = _step(person, self._app.now(), Act.FULFIL)
        changed = document.moved(decisions.fulfil(document.filing, duty, proof, step))
        return await self._store.filings.change(changed, (), [_noted(changed, Deed.FILING_DUTY_DONE, duty)])

    async def archive(self, person: Person, id_: str, reason: str, seen: Seen = None) -> FilingDocument:
        """Put a filing of one's region away: everything is done."""
        document = await self._decidable(person, id_, seen)
        step = _step(person, self._app.now(), Act.ARCHIVE, reason)
        changed = document.moved(decisions.archive(document.filing, step))
        return await self._store.filings.change(changed, (), [_noted(changed, Deed.FILING_ARCHIVED)])

    async def number(self, now: datetime) -> str:
        """The next filing number, for example 备〔2026〕12号."""
        year = now.astimezone(SHANGHAI).year
        return f"备〔{year}〕{await self._store.database.next_number(f'filings-{year}')}号"

    async def _filing(self, id_: str, who: Scope, seen: Seen = None) -> FilingDocument:
        document = await self._store.filing(id_, who)
        if document is None:
            raise NotThere
        unchanged(document.version, seen)
        return document

    def _rule(self, region: str, now: datetime, asked: Asked) -> Pinned:
        return self._app.rules.rule(region, decisions.day_of(now), asked.kind, asked.filed)

    async def _own(self, person: Person, id_: str, seen: Seen = None) -> FilingDocument:
        document = await self._filing(id_, scope(person, Action.SEE), seen)
        if not may(person, Action.FILE, region=document.region, unit=document.unit):
            raise NotAllowed("您不是该单位的管理员，不能办理这件备案。")
        return document

    async def _decidable(self, person: Person, id_: str, seen: Seen = None) -> FilingDocument:
        document = await self._filing(id_, scope(person, Action.SEE), seen)
        if not may(person, Action.APPROVE, region=document.region, unit=document.unit):
            raise NotAllowed("这件备案由其主管单位审批，您没有这项权限。")
        return document

    async def _save(self, document: FilingDocument, *facts: Fact, by: str = "", reason: str = "") -> FilingDocument:
        events = [said(fact, document, by) for fact in facts]
        on_record = derived(events, document.unit, reason or document.filing.steps[-1].reason)
        return await self._store.filings.change(document, events, on_record)


def public(document: FilingDocument) -> registry.Filing:
    """The filing as others hear of it: nothing personal."""
    filing: Filing = document.filing
    return registry.Filing(
        id=document.id,
        number=filing.number,
        kind=filing.kind,
        outlet=filing.outlet,
        region=document.region,
        unit=filing.unit,
        title=filing.filed.name,
        filed=filing.filed,
        fields=filing.fields,
        late=filing.late,
        state=filing.state.value,
        asked_on=_day(filing.asked_at),
        approved_on=_day(filing.approved_at),
        in_force_on=_day(filing.in_force_at),
        due_on=filing.due_on,
        until=filing.until,
        into=filing.into,
    )


def breaches(document: FilingDocument, broken: Sequence[decisions.Broken]) -> list[registry.FilingOverdue]:
    """What is said of limits that were not kept."""
    told = public(document)
    return [registry.FilingOverdue(filing=told, rule=one.rule, what=one.what, due_on=one.due_on) for one in broken]


def actor(person: Person) -> str:
    """How a person is named in facts and histories."""
    return f"person:{person.id}"


def of_service(now: datetime) -> Step:
    """A step the registry takes by itself when a filing's day has come."""
    return Step(at=now, actor=ACTOR, name=Personal("系统"), act=Act.TAKE_EFFECT)


def said(fact: Fact, document: FilingDocument, by: str = "") -> Event[Any]:
    """``fact`` about a filing, in its envelope."""
    step = document.filing.steps[-1]
    reason = Act.APPROVE if isinstance(fact, registry.FilingApproved) else step.act
    return say(fact, subject=document.id, region=document.region, actor=by or step.actor, reason=reason)


def draft_id(person: Person, key: str) -> str:
    """The id of what ``person`` writes on the form with this ``key``, a draft first and then a filing."""
    return "f-" + sha256(f"{person.id}\n{key}".encode()).hexdigest()[:20]


def warned(filing: Filing, found: Sequence[Remark]) -> Filing:
    """``filing`` with what the review has to say of it."""
    return filing.model_copy(update={"remarks": (*filing.remarks, *(one.sentence for one in found))})


def _the_same(existing: FilingDocument, unit: str, asked: Asked) -> FilingDocument:
    first = existing.filing
    if (existing.unit, first.kind, first.outlet) != (unit, asked.kind, decisions.outlet_id(asked.filed)):
        raise Refused(Refusal.KEY_USED, SENT)
    return existing


def _step(person: Person, now: datetime, act: Act, reason: str = "") -> Step:
    return Step(at=now, actor=actor(person), name=person.name, act=act, reason=reason.strip())


def _noted(document: FilingDocument, deed: Deed, what: str = "") -> Entry:
    step = document.filing.steps[-1]
    return noted(
        deed,
        Thing("filing", document.id, document.region, document.unit),
        actor=step.actor,
        reason=step.act,
        details={"number": document.filing.number, **({"words": what or step.reason} if what or step.reason else {})},
        at=step.at,
    )


def _day(at: datetime | None) -> date | None:
    return decisions.day_of(at) if at else None
