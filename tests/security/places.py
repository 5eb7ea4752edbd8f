"""Objects of every kind at every place, stored by the services' own stores; everything about one carries its mark."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from zlib import compress

from services.notifier.alerts import Alert, AlertKind
from services.notifier.app import Notifier
from services.notifier.delivery import Delivery, Kind
from services.notifier.feeding import queued
from services.notifier.rectification import clear, issue, receive
from services.notifier.routing import Recipient, Side
from services.notifier.store import AlertDocument, DeliveryDocument, NoticeDocument
from services.prober.app import Prober
from services.prober.plan import Watching
from services.prober.state import Standing, State
from services.prober.store import SeenVisit, StateDocument, WatchDocument
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
    OutletDocument,
    PostDocument,
    RegionDocument,
    TrackDocument,
    UnitDocument,
)
from services.registry.rules import packaged
from services.registry.unfiled import Phase, Track
from services.scorer.app import Scorer
from shared.audit import Deed, Thing, noted
from shared.bus import Heard
from shared.documents import SYSTEM
from shared.events import notice, probe, registry
from shared.events.registry import Extranet, FilingKind, Outlet, Sighting, UnitRef
from shared.identity import Grant, Identity, Role
from shared.outbox import say
from shared.privacy import Personal
from tests.security.matrix import MARKS, REGIONS, Place
from tests.security.objects import FAILED, NOW, NUMBERS, RULESET, account, as_said, done, endpoint_of, finding, website

HOW_MANY = {Place.OWN: 1, Place.SAME_REGION: 2, Place.ELSEWHERE: 4}
"""So many outlets, filings, findings and notices lie at each place: every sum of them tells which were counted."""


ONE_OF = ("", "unit", "ruleset", "returned", "exempted", "import", "draft", "in_force", "fulfilled", "attached")
EACH = (
    "outlet",
    "submitted",
    "issued",
    "alert",
    "event",
    "person",
    "network",
    "exemption",
    "registered",
    "audited",
    "clue",
    "counterfeit",
)


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
    tomorrow: str = str(datetime.now(UTC).date() + timedelta(days=1))

    def fill(self, template: Any) -> Any:
        """``template`` with ``{id_}`` and the others put in, also inside mappings."""
        if isinstance(template, Mapping):
            return {name: self.fill(value) for name, value in template.items()}
        return template.format_map(asdict(self)) if isinstance(template, str) else template


@dataclass(frozen=True, slots=True)
class Places:
    """Makes objects in the databases of the four services."""

    identity: Identity
    registry: Registry
    prober: Prober
    scorer: Scorer
    notifier: Notifier
    standing: dict[tuple[str, Place], Made] = field(default_factory=dict)
    """One object of each kind at each place that no request changes."""

    async def furnish(self) -> None:
        """Everything that lists, counts and feeds could tell of, at every place."""
        for place, many in HOW_MANY.items():
            unit = registry.Unit(id=f"u-{place}", name=MARKS[place], region=REGIONS[place], revision=1)
            region = REGIONS[place]
            await self.registry.store.units.create(UnitDocument(id=unit.id, region=region, unit=unit.id, body=unit))
            await self._endpoint(place)
            for _ in range(many):
                for kind in EACH:
                    self.standing[kind, place] = await self.make(kind, place)
            for kind in (
                "",
                "unit",
                "ruleset",
                "returned",
                "exempted",
                "import",
                "draft",
                "in_force",
                "fulfilled",
                "attached",
            ):
                self.standing[kind, place] = await self.make(kind, place)

    async def make(self, kind: str, place: Place) -> Made:
        """One more object of a kind at a place."""
        kinds: Mapping[str, Callable[[Place], Awaitable[Made]]] = {
            "": _none,
            "ruleset": _none,
            "unit": _none,
            "outlet": self._outlet,
            "submitted": lambda where: self._filing(where, "submitted"),
            "returned": lambda where: self._filing(where, "returned"),
            "in_force": lambda where: self._filing(where, "in_force"),
            "fulfilled": lambda where: self._filing(where, "fulfilled"),
            "draft": self._draft,
            "attached": self._attached,
            "issued": lambda where: self._notice(where, "issued"),
            "received": lambda where: self._notice(where, "received"),
            "passed": lambda where: self._notice(where, "passed"),
            "alert": self._alert,
            "event": self._event,
            "person": self._person,
            "network": self._network,
            "import": self._import,
            "exemption": lambda where: self._exemption(where, granted=False),
            "exempted": lambda where: self._exemption(where, granted=True),
            "region": self._region,
            "clue": lambda where: self._clue(where, ClueKind.OPENING),
            "counterfeit": lambda where: self._clue(where, ClueKind.COUNTERFEIT),
            "audited": self._audited,
            "registered": self._registered,
        }
        return await kinds[kind](place)

    async def open(self, id_: str, place: Place) -> None:
        """An outlet in force at a place, under an id that may stand in a filing elsewhere."""
        outlet = account(place)
        kept = OutletDocument(id=id_, region=outlet.region, unit=outlet.unit.id, outlet=outlet, folded=())
        await self.registry.store.outlets.create(kept)

    async def _outlet(self, place: Place) -> Made:
        outlet = website(place)
        common: dict[str, Any] = {"id": outlet.id, "region": outlet.region, "unit": outlet.unit.id}
        await self.registry.store.outlets.create(OutletDocument(**common, outlet=outlet, folded=()))
        await self.registry.store.posts.create(PostDocument(**common, last_post_at=NOW - timedelta(days=999)))
        sighting = Sighting(seen_at=NOW, source="json_feed")
        seen = Track(
            outlet=outlet.id,
            field="name",
            phase=Phase.OPEN,
            filed=outlet.name,
            seen=f"{MARKS[place]}改名",
            sightings=(sighting,),
            looked_at=NOW,
        )
        await self.registry.store.tracks.create(TrackDocument(**{**common, "id": f"{outlet.id}-name"}, track=seen))
        opened = say(
            registry.Opened(outlet=outlet, filing="f"),
            subject=outlet.id,
            region=outlet.region,
            actor="service:registry",
            reason="test",
        )
        for directory in (self.prober.directory, self.scorer.directory):
            await directory.hear(Heard(opened, NOW, 1))
        evidence = await self._seen(outlet, common)
        for criterion, open_ in (("name", True), ("silent", False)):
            await self.scorer.store.findings.create(finding(outlet, criterion, open_=open_))
        return Made(id_=outlet.id, unit=outlet.unit.id, sha256=evidence)

    async def _seen(self, outlet: Outlet, common: dict[str, Any]) -> str:
        """What the prober keeps of an outlet; the hash of its evidence, which every place shares."""
        store, name = self.prober.store, outlet.name
        watch = WatchDocument(
            **common, name=name, unit_name=outlet.unit.name, kind="website", watching=Watching.RUNNING, interval=3600
        )
        await store.watches.create(watch)
        await store.states.create(StateDocument(**common, state=State(standing=Standing.DOWN)))
        body = outlet.unit.name.encode()
        sha256 = await store.keep_evidence(
            outlet, body, url=f"http://{name}/", content_type="text/plain; charset=utf-8", at=NOW
        )
        visit = SeenVisit(
            due_at=NOW,
            looked_at=NOW,
            purpose=probe.Purpose.SCHEDULED,
            results={"reachability": FAILED},
            evidence=sha256,
        )
        await store.remember(outlet, visit)
        return sha256

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

    async def _notice(self, place: Place, state: str) -> Made:
        outlet = account(place)
        found = as_said(finding(outlet, "name", open_=True))
        case = done(issue(found, number=f"整改{MARKS[place]}号", now=NOW, term=10))
        if state in ("received", "passed"):
            case = done(receive(case, by=MARKS[place], now=NOW))
        if state == "passed":
            case = done(clear(case, found, now=NOW))
        common: dict[str, Any] = {"region": outlet.region, "unit": outlet.unit.id}
        store = self.notifier.store
        await store.notices.create(NoticeDocument(id=case.notice.id, **common, case=case))
        told = Recipient(side=Side.UNIT, name=MARKS[place], address="somebody@zz.example")
        delivery = Delivery(about=case.notice.id, kind=Kind.ISSUED, channel="mail", created_at=NOW, recipient=told)
        await store.deliveries.create(DeliveryDocument(id=f"d-{case.notice.id}", **common, delivery=delivery))
        return Made(id_=case.notice.id, unit=outlet.unit.id)

    async def _alert(self, place: Place) -> Made:
        outlet = account(place)
        alert = Alert(
            id=f"al-{outlet.id}",
            kind=AlertKind.FAILED,
            outlet=outlet.id,
            outlet_name=outlet.name,
            unit=outlet.unit,
            says=MARKS[place],
            at=NOW,
        )
        document = AlertDocument(id=alert.id, region=outlet.region, unit=outlet.unit.id, alert=alert)
        await self.notifier.store.alerts.create(document)
        return Made(id_=alert.id, unit=outlet.unit.id)

    async def _event(self, place: Place) -> Made:
        outlet = account(place)
        said = notice.Issued(
            notice=issue(as_said(finding(outlet, "name", open_=True)), number="1", now=NOW, term=10).case.notice
        )
        event = say(said, subject=outlet.id, region=outlet.region, actor="service:notifier", reason="test")
        document = queued(endpoint_of(place), event, 1, origin="http://x.gov.cn", now=NOW)
        await self.notifier.store.feed.create(document)
        return Made(id_=document.id)

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

    async def _person(self, place: Place) -> Made:
        grant = Grant(role=Role.UNIT_ADMINISTRATOR, unit=f"u-{place}")
        login = f"{place}{next(NUMBERS)}"
        person = await self.identity.create_person(
            login=login,
            name=MARKS[place],
            email="somebody@zz.example",
            password="correct horse battery",
            grants=[grant],
        )
        return Made(id_=person.id, unit=f"u-{place}")

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
        outlet, until = account(place), datetime.now(UTC).date() + timedelta(days=9)
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

    async def _audited(self, place: Place) -> Made:
        thing = Thing("outlet", f"{place}{next(NUMBERS)}", REGIONS[place], f"u-{place}")
        entry = noted(Deed.FINDING_RAISED, thing, actor="service:x", reason="test", details={"words": MARKS[place]})
        for app in (self.registry, self.prober, self.scorer, self.notifier):
            await app.store.audit.append(entry)
        return Made(id_=thing.id)

    async def _endpoint(self, place: Place) -> None:
        await self.notifier.store.endpoints.create(endpoint_of(place))


async def _none(place: Place) -> Made:
    """Nothing is made: a unit that is there already, a ruleset, or nothing at all."""
    fresh, prefix = f"{place}{next(NUMBERS)}", REGIONS[place].removesuffix(".0")
    return Made(id_=RULESET, unit=f"u-{place}", fresh=fresh, prefix=prefix)


def _step(place: Place, act: filings.Act, actor: str = "person:p-1") -> filings.Step:
    return filings.Step(at=NOW, actor=actor, name=Personal(MARKS[place]), act=act, reason=MARKS[place])
