"""Objects of every kind at every place, stored by the services' own stores; everything about one carries its mark."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

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
from services.registry.app import Registry
from services.registry.clue import ClueKind
from services.registry.records import (
    OutletDocument,
    PostDocument,
    TrackDocument,
    UnitDocument,
)
from services.registry.unfiled import Phase, Track
from services.scorer.app import Scorer
from shared.audit import Deed, Thing, noted
from shared.bus import Heard
from shared.events import notice, probe, registry
from shared.events.registry import Outlet, Sighting
from shared.identity import Grant, Identity, Role
from shared.outbox import say
from tests.security.matrix_rules import MARKS, REGIONS, Place
from tests.security.objects import FAILED, NOW, NUMBERS, RULESET, account, as_said, done, endpoint_of, finding, website
from tests.security.places_registry import InRegistry, Made

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
class Places(InRegistry):
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
