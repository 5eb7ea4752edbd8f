"""What people do at the registry's desk: submit, decide, mend, put away. Load, decide, save with events."""

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from services.registry import filing as decisions
from services.registry import standing
from services.registry.app import Registry
from services.registry.filing import Act, Asked, Filing, FilingState, Refusal, Step
from services.registry.refusal import Refused
from services.registry.remarking import insist, remarks
from services.registry.store import FilingDocument
from shared.audit import Deed, Entry, Thing, derived, noted
from shared.documents import SYSTEM, Scope, Taken
from shared.events import Event, Fact, registry
from shared.events.registry import Particulars, UnitRef
from shared.identity import Action, Person, height, may, scope
from shared.outbox import say
from shared.privacy import Personal
from shared.workdays import SHANGHAI

ANOTHER = "该对象另有一件备案正在办理，办结后再提交。"
ACTOR = "service:registry"


class NotThere(Exception):  # noqa: N818 - it is an answer to a person
    """There is no such thing, or this person may not see it: the two look the same from outside."""


class NotAllowed(Exception):  # noqa: N818 - it is an answer to a person
    """This person may not do this here."""


class Desk:
    """The registry's decisions that people ask for. Raises NotThere, NotAllowed, Refused or Stale.

    ``version`` is what the person saw: given, and no longer true, the act is Stale.
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

    async def draft(self, person: Person, unit_id: str, asked: Asked, key: str) -> FilingDocument:
        """Keep what a unit has begun to write; the same key again replaces it."""
        unit = await self.unit_of(person, unit_id)
        step = _step(person, self._app.now(), Act.DRAFT)
        id_ = _id(person, key)
        filing = decisions.draft(asked, unit=UnitRef(id=unit.id, name=unit.name), step=step)
        document = FilingDocument.wrap(filing, id_=id_, region=unit.region)
        if await self._store.filings.create(document, (), ()):
            return document
        kept = await self._own(person, id_)
        if kept.filing.state is not FilingState.DRAFT:
            raise Refused(Refusal.KEY_USED, "这张表单已经提交过，请重新打开后再填写。")
        return await self._store.filings.change(kept.moved(filing), (), ())

    async def submit(self, person: Person, unit_id: str, asked: Asked, key: str) -> FilingDocument:
        """Submit a filing for a unit. ``key`` names this submission: the same key again gives the same filing."""
        unit = await self.unit_of(person, unit_id)
        decisions.check(asked.filed)
        id_ = _id(person, key)
        existing = await self._store.filings.get(id_, SYSTEM)
        if existing and existing.filing.state is not FilingState.DRAFT:
            return _the_same(existing, unit.id, asked)
        now = self._app.now()
        state = await standing.to_file(self._app, asked, unit, now)
        found = await remarks(self._app, asked.filed, unit, state.in_force.filed if state.in_force else None)
        insist(found)
        pinned = self._app.rules.rule(unit.region, decisions.day_of(now), asked.kind, asked.filed)
        filing = decisions.submit(
            asked,
            number="",
            unit=UnitRef(id=unit.id, name=unit.name),
            step=_step(person, now, Act.SUBMIT),
            standing=state,
            pinned=pinned,
            begun=existing.filing if existing else None,
        )
        told = (*filing.remarks, *(one.sentence for one in found))
        filing = filing.model_copy(update={"number": await self.number(now), "remarks": told})
        document = FilingDocument.wrap(filing, id_=id_, region=unit.region)
        facts = [registry.FilingSubmitted(filing=public(document)), *breaches(document, filing.broken)]
        try:
            if existing:
                return await self._save(existing.moved(filing), *facts)
            created = await self._store.filings.create(document, [said(fact, document) for fact in facts])
        except Taken as error:
            raise Refused(Refusal.ANOTHER_UNDER_WAY, ANOTHER) from error
        return document if created else await self._filing(id_, SYSTEM)

    async def accept(self, person: Person, id_: str, reason: str, version: int | None = None) -> FilingDocument:
        """Take a filing of one's region in."""
        document = await self._decidable(person, id_, version)
        step = _step(person, self._app.now(), Act.ACCEPT, reason)
        changed = document.moved(decisions.accept(document.filing, step))
        return await self._save(changed, registry.FilingAccepted(filing=public(changed)))

    async def approve(self, person: Person, id_: str, reason: str, version: int | None = None) -> FilingDocument:
        """Approve a filing of one's region, as the level that has to agree next; the last makes it count."""
        document = await self._decidable(person, id_, version)
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

    async def send_back(self, person: Person, id_: str, reason: str, version: int | None = None) -> FilingDocument:
        """Return a filing of one's region and say what to mend."""
        document = await self._decidable(person, id_, version)
        filing = decisions.send_back(document.filing, _step(person, self._app.now(), Act.RETURN, reason))
        changed = document.moved(filing)
        return await self._save(changed, registry.FilingReturned(filing=public(changed), mend=reason))

    async def resubmit(
        self, person: Person, id_: str, filed: Particulars, version: int | None = None
    ) -> FilingDocument:
        """Mend a returned filing of one's unit and submit it again."""
        document = await self._own(person, id_, version)
        step = _step(person, self._app.now(), Act.RESUBMIT)
        in_force = await standing.in_force(self._app, document.filing.outlet)
        changed = document.moved(decisions.resubmit(document.filing, filed, step, in_force))
        try:
            return await self._save(changed, registry.FilingSubmitted(filing=public(changed)))
        except Taken as error:
            raise Refused(Refusal.ANOTHER_UNDER_WAY, ANOTHER) from error

    async def withdraw(self, person: Person, id_: str, reason: str, version: int | None = None) -> FilingDocument:
        """Take back a filing of one's unit before it counts."""
        document = await self._own(person, id_, version)
        step = _step(person, self._app.now(), Act.WITHDRAW, reason)
        changed = document.moved(decisions.withdraw(document.filing, step))
        if document.filing.state is FilingState.DRAFT:
            return await self._store.filings.change(changed, (), ())
        return await self._save(changed, registry.FilingWithdrawn(filing=public(changed)))

    async def fulfil(
        self, person: Person, id_: str, duty: str, proof: str, version: int | None = None
    ) -> FilingDocument:
        """Show that a duty of a filing in force was done: an announcement's address, or words."""
        document = await self._own(person, id_, version)
        step = _step(person, self._app.now(), Act.FULFIL)
        changed = document.moved(decisions.fulfil(document.filing, duty, proof, step))
        return await self._store.filings.change(changed, (), [_noted(changed, Deed.FILING_DUTY_DONE, duty)])

    async def archive(self, person: Person, id_: str, reason: str, version: int | None = None) -> FilingDocument:
        """Put a filing of one's region away: everything is done."""
        document = await self._decidable(person, id_, version)
        step = _step(person, self._app.now(), Act.ARCHIVE, reason)
        changed = document.moved(decisions.archive(document.filing, step))
        return await self._store.filings.change(changed, (), [_noted(changed, Deed.FILING_ARCHIVED)])

    async def number(self, now: datetime) -> str:
        """The next filing number, for example 备〔2026〕12号."""
        year = now.astimezone(SHANGHAI).year
        return f"备〔{year}〕{await self._store.database.next_number(f'filings-{year}')}号"

    async def _filing(self, id_: str, who: Scope, version: int | None = None) -> FilingDocument:
        document = await self._store.filing(id_, who)
        if document is None:
            raise NotThere
        return document if version is None else document.model_copy(update={"version": version})

    async def _own(self, person: Person, id_: str, version: int | None = None) -> FilingDocument:
        document = await self._filing(id_, scope(person, Action.SEE), version)
        if not may(person, Action.FILE, region=document.region, unit=document.unit):
            raise NotAllowed("您不是该单位的管理员，不能办理这件备案。")
        return document

    async def _decidable(self, person: Person, id_: str, version: int | None = None) -> FilingDocument:
        document = await self._filing(id_, scope(person, Action.SEE), version)
        if document.filing.state is FilingState.DRAFT:
            raise NotThere
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


def _id(person: Person, key: str) -> str:
    return "f-" + sha256(f"{person.id}\n{key}".encode()).hexdigest()[:20]


def _the_same(existing: FilingDocument, unit: str, asked: Asked) -> FilingDocument:
    first = existing.filing
    if (existing.unit, first.kind, first.outlet) != (unit, asked.kind, decisions.outlet_id(asked.filed)):
        raise Refused(Refusal.KEY_USED, "这张表单已经提交过，请重新打开后再填写。")
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
