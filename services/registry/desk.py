"""What people do at the registry's desk: submit, approve, send back, mend. Load, decide, save with events."""

from datetime import datetime
from hashlib import sha256
from typing import Any, Literal
from zoneinfo import ZoneInfo

from services.registry import filing as decisions
from services.registry.app import Registry
from services.registry.filing import Filing, Refusal, Standing, Step
from services.registry.outlet import fold, in_order
from services.registry.refusal import Refused
from services.registry.store import FilingDocument
from services.registry.unfiled import Phase
from shared.audit import derived
from shared.documents import SYSTEM, Scope, Taken
from shared.events import Event, registry
from shared.events.registry import FilingKind, Outlet, Particulars, UnitRef
from shared.identity import Action, Person, may, scope
from shared.outbox import say
from shared.web import Seen, unchanged

SHANGHAI = ZoneInfo("Asia/Shanghai")
ANOTHER = "该对象另有一件备案正在办理，办结后再提交。"


class NotThere(Exception):  # noqa: N818 - it is an answer to a person
    """There is no such thing, or this person may not see it: the two look the same from outside."""


class NotAllowed(Exception):  # noqa: N818 - it is an answer to a person
    """This person may not do this here."""


class Desk:
    """The registry's decisions that people ask for. Raises NotThere, NotAllowed, Refused or Stale."""

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
        self, person: Person, unit_id: str, kind: FilingKind, filed: Particulars, purpose: str, key: str
    ) -> FilingDocument:
        """Submit a filing for a unit. ``key`` names this submission: the same key again gives the same filing."""
        unit = await self.unit_of(person, unit_id)
        decisions.check(filed)
        outlet = decisions.outlet_id(filed)
        id_ = "f-" + sha256(f"{person.id}\n{key}".encode()).hexdigest()[:20]
        existing = await self._store.filings.get(id_, SYSTEM)
        if existing:
            return _the_same(existing, unit.id, kind, filed)
        in_force = await self._in_force(outlet)
        tracks = await self._store.tracks_of(outlet, SYSTEM)
        now = self._app.now()
        filing = decisions.submit(
            kind=kind,
            number="",
            unit=UnitRef(id=unit.id, name=unit.name),
            filed=filed,
            purpose=purpose.strip(),
            step=_step(person, now, "submit"),
            standing=Standing(
                in_force=in_force,
                under_way=len(await self._store.under_way(outlet)),
                open_fields=frozenset(field for field, kept in tracks.items() if kept.track.phase is Phase.OPEN),
            ),
        )
        filing = filing.model_copy(update={"number": await self.number(now)})
        document = FilingDocument(id=id_, region=unit.region, unit=unit.id, version=1, filing=filing, asked_at=now)
        event = _said(registry.FilingSubmitted(filing=public(document)), document)
        try:
            created = await self._store.filings.create(document, [event])
        except Taken as error:
            raise Refused(Refusal.ANOTHER_UNDER_WAY, ANOTHER) from error
        return document if created else await self._filing(id_, SYSTEM)

    async def approve(self, person: Person, id_: str, reason: str, seen: Seen = None) -> FilingDocument:
        """Approve a filing of one's region; ``seen`` are the versions the decision is about."""
        document = await self._decidable(person, id_, seen)
        step = _step(person, self._app.now(), "approve", reason)
        filing = decisions.approve(document.filing, step, await self._in_force(document.filing.outlet))
        changed = document.model_copy(update={"filing": filing})
        return await self._save(changed, registry.FilingApproved(filing=public(changed)))

    async def send_back(self, person: Person, id_: str, reason: str, seen: Seen = None) -> FilingDocument:
        """Return a filing of one's region and say what to mend; ``seen`` are the versions the decision is about."""
        document = await self._decidable(person, id_, seen)
        filing = decisions.send_back(document.filing, _step(person, self._app.now(), "return", reason))
        changed = document.model_copy(update={"filing": filing})
        return await self._save(changed, registry.FilingReturned(filing=public(changed), mend=reason))

    async def resubmit(self, person: Person, id_: str, filed: Particulars) -> FilingDocument:
        """Mend a returned filing of one's unit and submit it again."""
        document = await self._filing(id_, scope(person, Action.SEE))
        if not may(person, Action.FILE, region=document.region, unit=document.unit):
            raise NotAllowed("您不是该单位的管理员，不能补正这件备案。")
        now = self._app.now()
        step = _step(person, now, "resubmit")
        filing = decisions.resubmit(document.filing, filed, step, await self._in_force(document.filing.outlet))
        changed = document.model_copy(update={"filing": filing, "asked_at": now})
        try:
            return await self._save(changed, registry.FilingSubmitted(filing=public(changed)))
        except Taken as error:
            raise Refused(Refusal.ANOTHER_UNDER_WAY, ANOTHER) from error

    async def number(self, now: datetime) -> str:
        """The next filing number, for example 备〔2026〕12号."""
        year = now.astimezone(SHANGHAI).year
        return f"备〔{year}〕{await self._store.database.next_number(f'filings-{year}')}号"

    async def _in_force(self, outlet: str) -> Outlet | None:
        """The outlet as its approved filings make it: also those not folded into its document yet."""
        kept = await self._store.outlet(outlet, SYSTEM)
        outlets = fold(in_order(kept.folded if kept else (), await self._store.approved(outlet)))
        return outlets[-1] if outlets else None

    async def _filing(self, id_: str, who: Scope) -> FilingDocument:
        document = await self._store.filing(id_, who)
        if document is None:
            raise NotThere
        return document

    async def _decidable(self, person: Person, id_: str, seen: Seen) -> FilingDocument:
        document = await self._filing(id_, scope(person, Action.SEE))
        if not may(person, Action.APPROVE, region=document.region, unit=document.unit):
            raise NotAllowed("这件备案由其主管单位审批，您没有这项权限。")
        unchanged(document.version, seen)
        return document

    async def _save(self, document: FilingDocument, fact: Any) -> FilingDocument:
        event = _said(fact, document)
        on_record = derived([event], document.unit, document.filing.steps[-1].reason)
        return await self._store.filings.change(document, [event], on_record)


def public(document: FilingDocument) -> registry.Filing:
    """The filing as others hear of it: nothing personal."""
    filing: Filing = document.filing
    approved = filing.approved_at
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
        in_force_on=approved.astimezone(SHANGHAI).date() if approved else None,
    )


def actor(person: Person) -> str:
    """How a person is named in facts and histories."""
    return f"person:{person.id}"


def _the_same(existing: FilingDocument, unit: str, kind: FilingKind, filed: Particulars) -> FilingDocument:
    first = existing.filing
    if (existing.unit, first.kind, first.outlet) != (unit, kind, decisions.outlet_id(filed)):
        raise Refused(Refusal.KEY_USED, "这张表单已经提交过，请重新打开后再填写。")
    return existing


def _step(
    person: Person, now: datetime, act: Literal["submit", "approve", "return", "resubmit"], reason: str = ""
) -> Step:
    return Step(at=now, actor=actor(person), name=person.name, act=act, reason=reason.strip())


def _said(fact: Any, document: FilingDocument) -> Event[Any]:
    step = document.filing.steps[-1]
    return say(fact, subject=document.id, region=document.region, actor=step.actor, reason=step.act)
