"""What is of the registry: an object of each kind at a place, for the matrix."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from zlib import compress

from services.registry import exemption as exemptions
from services.registry import filing as filings
from services.registry.alias import Proposal
from services.registry.app import Registry
from services.registry.attaching import Attaching
from services.registry.attachment import received
from services.registry.clue import ClueAct, ClueKind, ClueStep, reported
from services.registry.contact import Duty, DutyContact
from services.registry.extranet import Act, Permission
from services.registry.lists.shapes import ColumnMap
from services.registry.lists.task import Stage, Task
from services.registry.records import (
    ClueDocument,
    ContactDocument,
    ExemptionDocument,
    ExtranetDocument,
    FilingDocument,
    ImportDocument,
    ListFileDocument,
    RegionDocument,
    UnitDocument,
)
from services.registry.rules import packaged
from shared.documents import SYSTEM
from shared.events import registry
from shared.events.registry import Extranet, FilingKind, UnitRef
from shared.privacy import Personal
from shared.workdays import SHANGHAI
from tests.security.matrix_rules import MARKS, REGIONS, Place
from tests.security.objects import NOW, NUMBERS, account


@dataclass(frozen=True, slots=True)
class Made:
    """What a request may name of an object: its id, its unit, evidence of it, and an account still to be filed."""

    id_: str = ""
    unit: str = ""
    sha256: str = ""
    fresh: str = ""
    prefix: str = ""
    contact: str = ""
    duty: str = "announce"
    tomorrow: str = str(datetime.now(SHANGHAI).date() + timedelta(days=1))

    def fill(self, template: Any) -> Any:
        """``template`` with ``{id_}`` and the others put in, also inside mappings."""
        if isinstance(template, Mapping):
            return {name: self.fill(value) for name, value in template.items()}
        return template.format_map(asdict(self)) if isinstance(template, str) else template


class InRegistry:
    """Makes what the registry keeps."""

    registry: Registry

    async def _filing(self, place: Place, state: str) -> Made:
        outlet = account(place)
        kind = FilingKind.OPEN if state in ("submitted", "returned") else FilingKind.CLOSE
        filing = filings.submit(
            filings.Asked(kind=kind, filed=outlet.filed, purpose=MARKS[place]),
            number=f"备{MARKS[place]}号",
            unit=outlet.unit,
            step=_step(place, filings.Act.SUBMIT, "person:p-of-the-unit"),
            standing=filings.Standing(in_force=None if kind is FilingKind.OPEN else outlet),
            pinned=packaged().rule(outlet.region, NOW.date(), kind, outlet.filed),
            begun=None,
        )
        if state == "returned":
            filing = filings.send_back(filing, _step(place, filings.Act.RETURN))
        elif state != "submitted":
            still = filings.Standing(in_force=outlet)
            approving = _step(place, filings.Act.APPROVE)
            filing = filings.approve(filing, approving, still, region=outlet.region, tokens=0)
            filing = filings.take_effect(filing, _step(place, filings.Act.TAKE_EFFECT))
        if state == "fulfilled":
            proof = "https://www.zz.example/notice"
            filing = filings.fulfil(filing, "announce", proof, _step(place, filings.Act.FULFIL))
        document = FilingDocument.wrap(filing, id_=f"f-{outlet.id}", region=outlet.region)
        await self.registry.store.filings.create(document)
        return Made(id_=document.id, unit=outlet.unit.id, fresh=outlet.id.removeprefix("a-weibo-"))

    async def _attached(self, place: Place) -> Made:
        """A filing with a document that every place sent: who may have it is the filing's matter."""
        made, data = await self._filing(place, "submitted"), f"%PDF-1.7 {MARKS[place]}".encode()
        attached = received(f"{MARKS[place]}.pdf", data)
        await Attaching(self.registry.store).keep(made.unit, [(attached, data)])
        document = await self.registry.store.filings.get(made.id_, SYSTEM)
        assert document is not None
        filing = document.filing.model_copy(update={"attached": (attached,)})
        await self.registry.store.filings.change(document.moved(filing))
        return replace(made, sha256=attached.sha256)

    async def _draft(self, place: Place) -> Made:
        outlet = account(place)
        asked = filings.Asked(kind=FilingKind.OPEN, filed=outlet.filed, purpose=MARKS[place])
        filing = filings.draft(asked, unit=outlet.unit, step=_step(place, filings.Act.DRAFT))
        document = FilingDocument.wrap(filing, id_=f"f-{outlet.id}", region=outlet.region)
        await self.registry.store.drafts.create(document)
        return Made(id_=document.id, unit=outlet.unit.id)

    async def _import(self, place: Place) -> Made:
        data = f"code,name\n{next(NUMBERS)},{MARKS[place]}\n".encode()
        task = Task(
            kind="sites",
            file=sha256(data).hexdigest(),
            name=MARKS[place],
            actor="person:p-1",
            regions=(REGIONS[place],),
            asked_at=NOW,
            stage=Stage.CHECKED,
            mapping=ColumnMap(constants={"address": "a.cn", "unit": "x", "region": "410105", "class": "portal"}),
        )
        store, region = self.registry.store, REGIONS[place]
        packed = ListFileDocument(id=task.file, region=region, packed=compress(data), sent_at=NOW)
        await store.list_files.create(packed)
        await store.imports.create(ImportDocument(id=f"i-{task.file[:16]}", region=region, task=task))
        return Made(id_=f"i-{task.file[:16]}")

    async def _network(self, place: Place) -> Made:
        prefix, now = REGIONS[place].removesuffix(".0"), datetime.now(UTC)
        extranet = Extranet(
            id=f"x-{place}{next(NUMBERS)}",
            prefix=prefix,
            network="10.41.0.0/16",
            since=now,
            until=now + timedelta(days=1),
            revision=1,
        )
        act = Act(at=now, actor="person:p-1", name=MARKS[place], act="open", reason=f"{MARKS[place]}{extranet.id}")
        permission = Permission(extranet=extranet, acts=(act,))
        document = ExtranetDocument(id=extranet.id, region=REGIONS[place], permission=permission)
        await self.registry.store.extranets.create(document)
        return Made(id_=extranet.id)

    async def _exemption(self, place: Place, *, granted: bool) -> Made:
        outlet, until = account(place), datetime.now(SHANGHAI).date() + timedelta(days=9)
        asked = exemptions.Step(at=NOW, actor="person:p-of-the-unit", name=MARKS[place], act="ask")
        body = exemptions.Exemption(
            outlet=outlet.id,
            unit=outlet.unit,
            wanted=exemptions.Wanted(criterion="V-S4-1", reason=MARKS[place], since=until, until=until),
            state=exemptions.State.GRANTED if granted else exemptions.State.ASKED,
            steps=(asked,),
        )
        document = ExemptionDocument(id=f"e-{outlet.id}", region=outlet.region, unit=outlet.unit.id, exemption=body)
        await self.registry.store.exemptions.create(document)
        return Made(id_=document.id, unit=outlet.unit.id)

    async def _region(self, place: Place) -> Made:
        """A region with a local code; its name is no secret, so it carries no mark."""
        region = f"{REGIONS[place].removesuffix('.0')}.{place}{next(NUMBERS)}"
        body = registry.LocalRegion(region=region, name=f"高新区 {region}", since=NOW.date(), revision=1)
        await self.registry.store.regions.create(RegionDocument(id=region, region=region, body=body))
        return Made(id_=region)

    async def _registered(self, place: Place) -> Made:
        """One more unit, with a contact and a name put forward, seen by whoever sees the unit of the place."""
        number = next(NUMBERS)
        id_, alias, region = f"u-{place}-{number}", f"别名{number}", REGIONS[place]
        used = (f"常用名{id_}",)
        body = registry.Unit(id=id_, name=f"{MARKS[place]}{number}", region=region, revision=1, aliases=used)
        common: dict[str, Any] = {"region": region, "unit": f"u-{place}"}
        proposals = (Proposal(alias=alias, source="typed"),)
        await self.registry.store.units.create(UnitDocument(id=id_, **common, body=body, proposals=proposals))
        contact = DutyContact(duty=Duty.STAFF, name=Personal(MARKS[place]), phone=Personal("12345"), since=NOW.date())
        document = ContactDocument(id=f"c-{id_}", **{**common, "unit": id_}, contact=contact)
        await self.registry.store.contacts.create(document)
        prefix = region.removesuffix(".0")
        return Made(id_=id_, unit=common["unit"], fresh=alias, prefix=prefix, contact=document.id)

    async def _clue(self, place: Place, kind: ClueKind) -> Made:
        id_, unit = f"c-{place}{next(NUMBERS)}", UnitRef(id=f"u-{place}", name=MARKS[place])
        reporter = Personal(MARKS[place])
        step = ClueStep(at=NOW, actor="person:p-1", name=reporter, act=ClueAct.REPORT, reason=f"{MARKS[place]}{id_}")
        body = reported(kind, f"https://{id_}.example/", MARKS[place], step, unit=unit)
        document = ClueDocument(id=id_, region=REGIONS[place], unit=unit.id, clue=body)
        await self.registry.store.clues.create(document)
        return Made(id_=document.id)


def _step(place: Place, act: filings.Act, actor: str = "person:p-1") -> filings.Step:
    return filings.Step(at=NOW, actor=actor, name=Personal(MARKS[place]), act=act, reason=MARKS[place])
