"""What people do about exemptions: ask for one, grant or refuse it, take it back; and ending those whose time is over.

Load, decide, save with events.
"""

from datetime import date
from hashlib import sha256
from typing import Literal

from services.registry import exemption as decisions
from services.registry.app import Registry
from services.registry.desk import NotAllowed, NotThere
from services.registry.exemption import Exemption, Refusal, State, Step, Wanted
from services.registry.records import ExemptionDocument
from services.registry.refusal import Refused
from shared.audit import Deed, Entry, Thing, derived, noted
from shared.documents import SYSTEM, Stale, Taken
from shared.events import Event, covers, registry
from shared.events.registry import UnitRef
from shared.identity import Action, Person, may, scope
from shared.outbox import say
from shared.privacy import Personal
from shared.web import Seen, unchanged
from shared.workdays import SHANGHAI

ACTOR = "service:registry"
AT_A_TIME = 200
NOT_YOURS = "豁免由单位管理员或检查人员申请，您没有这项权限。"
NOT_YOUR_DECISION = "豁免由该地区的审批人员决定，您没有这项权限。"


class Excusing:
    """The decisions. Raises NotThere, NotAllowed, Refused or Stale."""

    def __init__(self, app: Registry) -> None:
        self._app = app
        self._store = app.store

    def today(self) -> date:
        """The day it is in Asia/Shanghai."""
        return self._app.now().astimezone(SHANGHAI).date()

    async def ask(self, person: Person, outlet: str, unit: str, wanted: Wanted, key: str) -> ExemptionDocument:
        """Ask for an exemption of ``outlet``, or of ``unit`` as a whole; the same ``key`` again gives the same one."""
        region, host, name = await self._about(person, outlet, unit)
        id_ = "e-" + sha256(f"{person.id}\n{key}".encode()).hexdigest()[:20]
        if existing := await self._store.exemptions.get(id_, scope(person, Action.SEE)):
            return _the_same(existing, outlet, host.id, wanted)
        exemption = decisions.ask(
            wanted,
            unit=host,
            step=self._step(person, "ask", ""),
            today=self.today(),
            outlet=outlet,
            outlet_name=name,
        )
        document = ExemptionDocument(id=id_, region=region, unit=host.id, version=1, exemption=exemption)
        try:
            created = await self._store.exemptions.create(document, audit=[_noted(Deed.EXEMPTION_ASKED, document)])
        except Taken as error:
            sentence = "同一对象的同一指标已有一件豁免申请等待审批，请等它办结。"
            raise Refused(Refusal.ANOTHER_ASKED, sentence) from error
        return document if created else _the_same(await self._one(person, id_), outlet, host.id, wanted)

    async def grant(self, person: Person, id_: str, reason: str, seen: Seen = None) -> ExemptionDocument:
        """Grant an exemption of one's region; ``seen`` are the versions this is about."""
        document = await self._decidable(person, id_, seen)
        step = self._step(person, "grant", reason)
        office = await self._office(person, document.region)
        return await self._save(document, decisions.grant(document.exemption, step, today=self.today(), office=office))

    async def refuse(self, person: Person, id_: str, reason: str, seen: Seen = None) -> ExemptionDocument:
        """Refuse an exemption of one's region."""
        document = await self._decidable(person, id_, seen)
        return await self._save(document, decisions.refuse(document.exemption, self._step(person, "refuse", reason)))

    async def revoke(self, person: Person, id_: str, reason: str, seen: Seen = None) -> ExemptionDocument:
        """Take back an exemption of one's region at once."""
        document = await self._decidable(person, id_, seen)
        return await self._save(document, decisions.revoke(document.exemption, self._step(person, "revoke", reason)))

    async def expire(self) -> None:
        """End every exemption whose last day is over, however long ago. Who was slower than another replica lets be."""
        where = {"exemption.state": State.GRANTED.value, "exemption.wanted.until": {"$lt": str(self.today())}}
        while over := await self._store.exemptions.find(SYSTEM, where, sort=[("_id", 1)], limit=AT_A_TIME):
            for document in over:
                step = Step(at=self._app.now(), actor=ACTOR, name=Personal("系统"), act="expire")
                try:
                    await self._save(document, decisions.expire(document.exemption, step, today=self.today()))
                except Stale:
                    continue

    async def _about(self, person: Person, outlet: str, unit: str) -> tuple[str, UnitRef, str]:
        """The region, the unit and the outlet's name (if it is about one) of what ``person`` asks for."""
        seen = scope(person, Action.SEE)
        if outlet:
            kept = await self._store.outlet(outlet, seen)
            about = (kept.region, kept.outlet.unit, kept.outlet.name) if kept else None
        else:
            whole = await self._store.units.get(unit, seen)
            about = (whole.region, UnitRef(id=whole.id, name=whole.body.name), "") if whole else None
        if about is None:
            raise NotThere
        if not may_ask(person, about[0], about[1].id):
            raise NotAllowed(NOT_YOURS)
        return about

    async def _one(self, person: Person, id_: str) -> ExemptionDocument:
        document = await self._store.exemptions.get(id_, scope(person, Action.SEE))
        if document is None:
            raise NotThere
        return document

    async def _decidable(self, person: Person, id_: str, seen: Seen) -> ExemptionDocument:
        document = await self._one(person, id_)
        if not may(person, Action.APPROVE, region=document.region, unit=document.unit):
            raise NotAllowed(NOT_YOUR_DECISION)
        unchanged(document.version, seen)
        return document

    async def _office(self, person: Person, region: str) -> str:
        """The name of the office ``person`` decides for: the highest of those that look after ``region`` under them."""
        mine = [prefix for prefix in scope(person, Action.APPROVE).regions if covers(prefix, region)]
        offices = [
            office.body
            for office in await self._store.offices.find(SYSTEM)
            if covers(office.body.looks_after, region) and any(covers(one, office.body.looks_after) for one in mine)
        ]
        return min(offices, key=lambda office: (len(office.looks_after), office.id)).name if offices else ""

    async def _save(self, document: ExemptionDocument, exemption: Exemption) -> ExemptionDocument:
        changed = document.model_copy(update={"exemption": exemption})
        step = exemption.steps[-1]
        if exemption.state is State.REFUSED:
            return await self._store.exemptions.change(changed, audit=[_noted(Deed.EXEMPTION_REFUSED, changed)])
        event = _said(changed)
        return await self._store.exemptions.change(changed, [event], derived([event], changed.unit, step.reason))

    def _step(self, person: Person, act: Literal["ask", "grant", "refuse", "revoke"], reason: str) -> Step:
        return Step(at=self._app.now(), actor=f"person:{person.id}", name=person.name, act=act, reason=reason.strip())


def may_ask(person: Person, region: str, unit: str) -> bool:
    """Whether ``person`` may ask for an exemption of what is of ``region`` and ``unit``."""
    return any(may(person, action, region=region, unit=unit) for action in (Action.FILE, Action.INSPECT))


def _the_same(existing: ExemptionDocument, outlet: str, unit: str, wanted: Wanted) -> ExemptionDocument:
    first = existing.exemption
    if (first.unit.id, first.outlet, first.wanted.criterion) != (unit, outlet, wanted.criterion):
        raise Refused(Refusal.KEY_USED, "这张表单已经提交过，请重新打开后再填写。")
    return existing


def _said(document: ExemptionDocument) -> Event[registry.ExemptionGranted] | Event[registry.ExemptionEnded]:
    exemption, told = document.exemption, decisions.public(document.id, document.exemption)
    step = exemption.steps[-1]
    if exemption.state is State.GRANTED:
        fact: registry.ExemptionGranted | registry.ExemptionEnded = registry.ExemptionGranted(exemption=told)
    else:
        how: Literal["expired", "revoked"] = "expired" if exemption.state is State.EXPIRED else "revoked"
        fact = registry.ExemptionEnded(exemption=told, how=how)
    return say(fact, subject=document.id, region=document.region, actor=step.actor, reason=step.act, time=step.at)


def _noted(deed: Deed, document: ExemptionDocument) -> Entry:
    exemption, step = document.exemption, document.exemption.steps[-1]
    details = {"criterion": exemption.wanted.criterion, "outlet": exemption.outlet, "words": step.reason}
    return noted(
        deed,
        Thing("exemption", document.id, document.region, document.unit),
        actor=step.actor,
        reason=step.act,
        details={name: value for name, value in details.items() if value},
        at=step.at,
    )
