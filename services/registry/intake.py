"""Taking over what an office already has: units, offices, and lists of sites and accounts as filings in force.

A list is taken in batches: each is held against the register right before it is written, and every row is one document
that carries its own events. Whatever ends an import in the middle, running it again completes it; the same list again
changes nothing.
"""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

from services.registry import filing as decisions
from services.registry.alias import Found, Match, core
from services.registry.app import Registry
from services.registry.desk import public
from services.registry.filing import Step
from services.registry.known import known, meant
from services.registry.lists.compare import Above, Judged, Verdict, judge, unit_id
from services.registry.lists.files import BadList, text_of
from services.registry.lists.rows import KEYS, Entry, Fault, listed
from services.registry.lists.shapes import ColumnMap, Kind
from services.registry.outlet import Approved, fact_of, fold
from services.registry.records import FilingDocument, ListProfileDocument, OfficeDocument, OutletDocument, UnitDocument
from services.registry.unit_desk import Units, places, rule_act, told
from shared.documents import SYSTEM, Document, Documents, Taken
from shared.events import Event, registry
from shared.events.region import COUNTRY
from shared.events.registry import Office, Outlet, Unit, Website
from shared.outbox import say
from shared.workdays import SHANGHAI

__all__ = ["ACCOUNTS", "OPTIONAL", "SITES", "BadList", "Entry", "Fault", "Intake", "Outcome", "read", "text_of"]

PROFILE = re.compile(r"[^/\x00-\x1f\x7f]{1,40}")
OFFICE = re.compile(r"[A-Za-z0-9-]{1,40}")
D = TypeVar("D", bound=Document)
SITES = ("code", "name", "address", "unit", "region", "class")
ACCOUNTS = ("platform", "id", "name", "unit", "region", "source")
OPTIONAL = {"accounts": ("verified_as",), "sites": ()}
BATCH = 500
CODE_TAKEN = "导入期间，清单中某单位的统一社会信用代码被登记到另一个单位名下；请重新核对清单，已写入的各行不会重复。"


@dataclass
class Outcome:
    """What an import did, or in a dry run would do. ``faults`` are also the rows that contradict the register."""

    registered: int = 0
    changed: int = 0
    already: int = 0
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    rows_at_fault: int = 0

    def add(self, judged: Judged) -> None:
        """Count one row."""
        self.registered += judged.verdict is Verdict.NEW
        self.changed += judged.verdict is Verdict.CHANGED
        self.already += judged.verdict is Verdict.SAME
        key = KEYS["sites" if isinstance(judged.filed, Website) else "accounts"][0]
        if judged.sentence:
            self.rows_at_fault += 1
            self.faults.append(Fault(judged.entry.line, judged.field or key, judged.sentence))
        if judged.note:
            self.notes.append(Fault(judged.entry.line, "name", judged.note))

    def add_all(self, other: "Outcome", rows_at_fault: int) -> None:
        """Count what another list did, of which ``rows_at_fault`` could not be read."""
        self.registered += other.registered
        self.changed += other.changed
        self.already += other.already
        self.rows_at_fault += other.rows_at_fault + rows_at_fault


def read(data: bytes, kind: Kind) -> tuple[list[Entry], list[Fault]]:
    """The rows of a list: the good ones and what is wrong with the others. Raises BadList."""
    found = listed(data, kind)
    return list(found.entries), list(found.faults)


async def _keep(documents: Documents[D], document: D, event: Event[Any]) -> None:
    """Store ``document``, new or changed; somebody who was faster with the same is fine."""
    if document.version:
        await documents.change(document, [event])
    else:
        await documents.create(document, [event])


class Intake:
    """Writes what an office has into the register."""

    def __init__(self, app: Registry) -> None:
        self._app = app
        self._store = app.store
        self._units_desk = Units(app)

    async def unit(self, name: str, region: str, actor: str, id_: str = "") -> Unit:
        """The unit ``id_``, registered or brought up to date; without an id, the one this name means in the region.

        A name that may be another name of a registered unit becomes a unit of its own, and is put forward there.
        """
        found = Found(Match.NONE) if id_ else await self._units_desk.match(name, region, SYSTEM)
        if found.unit and found.how is not Match.PROPOSED:
            return found.unit
        fixed, id_ = bool(id_), id_ or unit_id(name, region)
        kept = await self._store.units.get(id_, SYSTEM)
        if kept and (not fixed or (kept.body.name, kept.region) == (name, region)):
            return kept.body
        if kept:
            unit = kept.body.model_copy(update={"name": name, "region": region, "revision": kept.body.revision + 1})
            changed = kept.model_copy(update={"body": unit, "region": region})
            await self._store.units.change(changed, told(kept.body, unit, actor, "imported"))
            return unit
        unit = Unit(id=id_, name=name, region=region, revision=1)
        document = UnitDocument(id=id_, region=region, unit=id_, body=unit)
        await self._store.units.create(document, told(None, unit, actor, "imported"))
        if found.unit:
            await self._put_forward(found.unit.id, name, actor)
        return unit

    async def office(self, id_: str, name: str, region: str, looks_after: str, actor: str) -> Office:
        """The office ``id_``, registered or brought up to date. Raises BadList for an id that cannot be one."""
        if not OFFICE.fullmatch(id_):
            raise BadList(f"an office's id is 1 to 40 letters, digits and -, not {id_!r}")
        kept = await self._store.offices.get(id_, SYSTEM)
        revision = kept.body.revision + 1 if kept else 1
        office = Office(id=id_, name=name, region=region, looks_after=looks_after, revision=revision)
        if kept and kept.body == office.model_copy(update={"revision": kept.body.revision}):
            return kept.body
        event = say(registry.OfficeChanged(office=office), subject=id_, region=region, actor=actor, reason="imported")
        document = OfficeDocument(id=id_, region=region, version=kept.version if kept else 0, body=office)
        await _keep(self._store.offices, document, event)
        return office

    async def profile(self, kind: Kind, name: str) -> ColumnMap:
        """How the columns of lists of ``kind`` are read, as kept under ``name``. Raises BadList."""
        kept = await self._store.list_profiles.get(f"{kind}:{name}", SYSTEM)
        if kept is None:
            raise BadList(f"没有名为“{name}”的列对应方案。")
        return kept.mapping

    async def keep_profile(self, kind: Kind, name: str, mapping: ColumnMap) -> None:
        """Keep ``mapping`` under ``name``, which is ``<office>/<name>`` for an office's own. Raises BadList."""
        office, slash, rest = name.rpartition("/")
        kept_office = await self._store.offices.get(office, SYSTEM) if slash else None
        if (slash and kept_office is None) or not PROFILE.fullmatch(rest):
            raise BadList(f"列对应方案的名称应为 1 至 40 个字，或“单位代号/名称”（单位须已登记），不能是“{name}”。")
        id_ = f"{kind}:{name}"
        kept = await self._store.list_profiles.get(id_, SYSTEM)
        document = ListProfileDocument(
            id=id_,
            region=kept_office.region if kept_office else COUNTRY,
            version=kept.version if kept else 0,
            kind=kind,
            mapping=mapping,
        )
        if kept is None:
            await self._store.list_profiles.create(document)
        elif kept.mapping != mapping:
            await self._store.list_profiles.change(document)

    async def judged(self, entries: Sequence[Entry], regions: Sequence[str] = ("",)) -> AsyncIterator[list[Judged]]:
        """``entries`` held against the register, batch after batch, each as the register is when it is asked for.

        Who asks may hear of what lies in ``regions``.
        """
        above = Above()
        for start in range(0, len(entries), BATCH):
            batch = entries[start : start + BATCH]
            knowledge = await known(self._store, batch, regions)
            yield [judge(entry, knowledge, above) for entry in batch]

    async def take(
        self, entries: Sequence[Entry], actor: str, outcome: Outcome, progress: Callable[[int], None] | None = None
    ) -> None:
        """Register good rows as filings in force, reason ``imported``; ``progress`` hears how many rows are done.

        Raises BadList when somebody registers one of the units' codes meanwhile.
        """
        async for done in self.taken(entries, actor, outcome):
            if progress:
                progress(done)

    async def taken(
        self, entries: Sequence[Entry], actor: str, outcome: Outcome, regions: Sequence[str] = ("",)
    ) -> AsyncIterator[int]:
        """``take``, batch after batch: how many rows are done after each."""
        done = 0
        async for batch in self.judged(entries, regions):
            fresh = [one for one in batch if one.verdict in (Verdict.NEW, Verdict.CHANGED)]
            await self._units([one for one in fresh if one.unit.id == unit_id(one.unit.name, one.entry.region)], actor)
            await self._file(fresh, actor, self._app.now())
            for one in batch:
                outcome.add(one)
            done += len(batch)
            yield done

    async def _units(self, fresh: Sequence[Judged], actor: str) -> None:
        """The units of new rows, where they are registered by name and region alone and not there yet.

        A name that may be another name of a unit, registered or above it in the list, is put forward there.
        """
        wanted = {
            one.unit.id: Unit(
                id=one.unit.id, name=one.unit.name, region=one.entry.region, revision=1, **asdict(one.entry.about)
            )
            for one in reversed(fresh)
        }
        there = {kept.id for kept in await self._store.units.find(SYSTEM, {"_id": {"$in": list(wanted)}})}
        new = [unit for id_, unit in reversed(wanted.items()) if id_ not in there]
        near = await meant(self._store, {(unit.name, unit.region) for unit in new})
        for unit in new:
            found = near[unit.name, unit.region]
            if found.how is Match.PROPOSED and found.unit:
                await self._put_forward(found.unit.id, unit.name, actor)
        created = [
            (
                UnitDocument(id=unit.id, region=unit.region, unit=unit.id, body=unit),
                [_imported(registry.UnitChanged(unit=unit), unit.id, unit.region, actor)],
            )
            for unit in new
        ]
        try:
            await self._store.units.create_all(created)
        except Taken as error:
            raise BadList(CODE_TAKEN) from error
        firsts: dict[tuple[str, str], Unit] = {}
        for unit in new:
            first = firsts.setdefault((core(unit.name, places(unit.region)) or unit.name, unit.region), unit)
            if first is not unit and near[unit.name, unit.region].unit is None:
                await self._put_forward(first.id, unit.name, actor)

    async def _put_forward(self, unit: str, name: str, actor: str) -> None:
        await self._units_desk.put_forward(unit, name, "rule", rule_act(self._app, actor))

    async def _file(self, fresh: Sequence[Judged], actor: str, now: datetime) -> None:
        """One filing in force for each row; what is opened stands in the register at once.

        A change is folded into its outlet when the registry hears of it, as every change is.
        """
        if not fresh:
            return
        year = now.astimezone(SHANGHAI).year
        numbers = await self._store.database.next_numbers(f"filings-{year}", len(fresh))
        step = Step(at=now, actor=actor, name=actor, act=decisions.Act.IMPORT, reason="imported")
        filings: list[tuple[FilingDocument, list[Event[Any]]]] = []
        for number, one in zip(numbers, fresh, strict=True):
            filing = decisions.imported(
                number=f"备〔{year}〕{number}号", unit=one.unit, filed=one.filed, step=step, standing=one.standing
            )
            id_, region = _filing_id(one), one.entry.region
            document = FilingDocument.wrap(filing, id_=id_, region=region)
            event = _imported(registry.FilingInForce(filing=public(document)), id_, region, actor)
            filings.append((document, [event]))
        stored = await self._store.filings.create_all(filings)
        opened = [
            _opened(document)
            for (document, _), one, new in zip(filings, fresh, stored, strict=True)
            if new and one.verdict is Verdict.NEW
        ]
        await self._store.outlets.create_all(opened)


def _imported(fact: Any, subject: str, region: str, actor: str) -> Event[Any]:
    return say(fact, subject=subject, region=region, actor=actor, reason="imported")


def _filing_id(one: Judged) -> str:
    """The same decision has the same id: an opening by its outlet, a change by what it changes and into what."""
    said = decisions.outlet_id(one.filed)
    in_force = one.standing.in_force
    if in_force is not None:
        said += f"\n{in_force.revision}\n{one.filed.model_dump_json()}"
    return f"f-import-{sha256(said.encode()).hexdigest()[:20]}"


def _opened(document: FilingDocument) -> tuple[OutletDocument, list[Event[Any]]]:
    """The outlet that one opening makes: what the registry would fold when it hears of it, with the same words."""
    filing = document.filing
    approved = Approved(id=document.id, region=document.region, filing=filing, at=filing.steps[-1].at)
    outlet: Outlet = fold([approved], filing.outlet)[-1]
    step = filing.steps[-1]
    fact = fact_of(approved, outlet)
    event = say(fact, subject=outlet.id, region=outlet.region, actor=step.actor, reason=step.act)
    return OutletDocument(
        id=outlet.id, region=outlet.region, unit=outlet.unit.id, outlet=outlet, folded=(approved.id,)
    ), [event]
