"""What is done about duty contacts: named, changed, leaving, looked at; and the watch that somebody is always there.

Who they are stays in the registry. Each look at them goes on record before they are shown.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time
from hashlib import sha256
from typing import Any

from services.registry import contact as decisions
from services.registry.app import Registry
from services.registry.contact import KEPT, DutyContact, Missing
from services.registry.desk import NotAllowed, NotThere, actor
from services.registry.records import ContactDocument, Lack, UnitDocument
from services.registry.unit_desk import told
from shared.audit import Deed, Entry, Thing, noted
from shared.documents import SYSTEM, Stale
from shared.events import Event, registry
from shared.events.registry import UnitRef
from shared.identity import Action, Identity, Person, Role, may, scope
from shared.outbox import say
from shared.web import Seen, unchanged
from shared.workdays import SHANGHAI

ACTOR = "service:registry"
LOOK_EVERY = 600.0
WORKING = (Action.ADMINISTER, Action.APPROVE, Action.REVIEW, Action.INSPECT, Action.REPLY)
"""Who works with a unit may see whom to call there; who only looks may not."""
NOT_SHOWN = "联络人信息只对与该单位有工作往来的人员开放。"
NOT_YOURS = "登记和变更联络人，由该单位的管理员或该地区的系统管理员办理。"


class Contacts:
    """The decisions. Raises NotThere, NotAllowed, Refused or Stale."""

    def __init__(self, app: Registry, identity: Identity) -> None:
        self._app = app
        self._store = app.store
        self._identity = identity

    async def look(self, person: Person, unit: str) -> tuple[UnitDocument, Sequence[ContactDocument]]:
        """The contacts of a unit, for somebody who works with it; the look is on record by then."""
        kept = await self._unit(person, unit)
        if not any(may(person, action, region=kept.region, unit=kept.unit) for action in WORKING):
            raise NotAllowed(NOT_SHOWN)
        await self._store.audit.append(_entry(Deed.CONTACTS_VIEWED, person, kept, "asked", {}))
        return kept, await self._store.contacts_of(unit, scope(person, Action.SEE))

    async def name(self, person: Person, unit: str, contact: DutyContact, key: str) -> ContactDocument:
        """One more contact. ``key`` names this act: the same key again gives the same contact."""
        kept = await self._manageable(person, unit)
        decisions.check(contact)
        id_ = "c-" + sha256(f"{person.id}\n{unit}\n{key}".encode()).hexdigest()[:20]
        document = ContactDocument(id=id_, region=kept.region, unit=unit, version=1, contact=contact)
        details = {"contact": id_, "duty": contact.duty.value}
        entry = _entry(Deed.CONTACT_CHANGED, person, kept, "named", details)
        created = await self._store.contacts.create(document, audit=[entry])
        await self.settle(unit)
        return document if created else await self._contact(unit, id_)

    async def change(
        self, person: Person, unit: str, id_: str, contact: DutyContact, version: int, seen: Seen = None
    ) -> ContactDocument:
        """Change how a contact is reached, or their duty. Raises Stale when ``version`` is old, or none of ``seen``."""
        kept = await self._manageable(person, unit)
        document = await self._contact(unit, id_)
        unchanged(document.version, seen)
        last = {"leaves_on": document.contact.leaves_on, "successor": document.contact.successor}
        after = contact.model_copy(update=last)
        decisions.check(after)
        return await self._save(
            document.model_copy(update={"contact": after, "version": version}), person, kept, "changed"
        )

    async def leave(
        self, person: Person, unit: str, id_: str, on: date, successor: str, version: int, seen: Seen = None
    ) -> ContactDocument:
        """A contact leaves, naming a successor or nobody. Raises Stale when ``version`` is old, or none of ``seen``."""
        kept = await self._manageable(person, unit)
        document, today = await self._contact(unit, id_), self.today()
        unchanged(document.version, seen)
        others = await self._store.contacts_of(unit, SYSTEM)
        colleagues = [one.id for one in others if one.id != id_ and one.contact.in_post(on)]
        contact = decisions.leave(document.contact, on, today, successor, colleagues)
        update = {"contact": contact, "forget_after": on + KEPT, "version": version}
        return await self._save(document.model_copy(update=update), person, kept, "left")

    async def sweep(self) -> None:
        """What days and administrators who leave bring about, for every unit; and who is to be forgotten."""
        contacts = defaultdict[str, list[DutyContact]](list)
        for one in await self._store.contacts.find(SYSTEM):
            contacts[one.unit].append(one.contact)
        administrators = await self._administrators()
        for unit in await self._store.units.find(SYSTEM):
            if self._settled(unit, contacts[unit.id], administrators.get(unit.id, 0)) != unit:
                await self.settle(unit.id)
        for due in await self._store.contacts.find(SYSTEM, {"forget_after": {"$lte": self.today().isoformat()}}):
            nobody = due.model_copy(update={"contact": decisions.forgotten(due.contact), "forget_after": None})
            with suppress(Stale):  # somebody is changing it this moment; the next look forgets it
                await self._store.contacts.change(nobody)

    async def settle(self, unit: str) -> None:
        """Bring what the unit's document says of its contacts in line with them, and say what changed."""
        while (kept := await self._store.units.get(unit, SYSTEM)) is not None:
            contacts = [one.contact for one in await self._store.contacts_of(unit, SYSTEM)]
            after = self._settled(kept, contacts, (await self._administrators()).get(unit, 0))
            if after == kept:
                return
            try:
                await self._store.units.change(after, self._said(kept, after))
            except Stale:
                continue
            return

    def _settled(self, unit: UnitDocument, contacts: Collection[DutyContact], administrators: int) -> UnitDocument:
        body = unit.body
        if contacts and not body.contacts_reported:
            body = body.model_copy(update={"contacts_reported": True, "revision": body.revision + 1})
        had = unit.had_administrator or administrators > 0
        lacking = decisions.lacking(
            reported=bool(body.contacts_reported),
            had_administrator=had,
            contacts=contacts,
            administrators=administrators,
            today=self.today(),
        )
        since = {lack.what: lack for lack in unit.lacks}
        lacks = tuple(since.get(what) or Lack(what=what, since=self._since(what, contacts)) for what in sorted(lacking))
        return unit.model_copy(update={"body": body, "had_administrator": had, "lacks": lacks})

    def _since(self, what: Missing, contacts: Collection[DutyContact]) -> datetime:
        days = [contact.leaves_on for contact in contacts if contact.leaves_on]
        if what is Missing.ADMINISTRATOR or not days:
            return self._app.now()
        return datetime.combine(max(days), time(), SHANGHAI).astimezone(UTC)

    def _said(self, before: UnitDocument, after: UnitDocument) -> list[Event[Any]]:
        now, unit = self._app.now(), UnitRef(id=after.id, name=after.body.name)
        begun = [(lack, None) for lack in after.lacks if lack not in before.lacks]
        ended = [(lack, now) for lack in before.lacks if lack not in after.lacks]
        missing = [
            say(
                registry.ContactsMissing(unit=unit, what=lack.what.value, since=lack.since, until=until),
                subject=after.id,
                region=after.region,
                actor=ACTOR,
                reason="named_again" if until else "nobody_left",
            )
            for lack, until in (*begun, *ended)
        ]
        return [*told(before.body, after.body, ACTOR, "contacts_reported"), *missing]

    async def _administrators(self) -> Mapping[str, int]:
        """How many active administrators each unit has."""
        counted = defaultdict[str, int](int)
        for person in await self._identity.people():
            for unit in {grant.unit for grant in person.grants if grant.role is Role.UNIT_ADMINISTRATOR and grant.unit}:
                counted[unit] += 1
        return counted

    async def _save(
        self, document: ContactDocument, person: Person, unit: UnitDocument, reason: str
    ) -> ContactDocument:
        details = {"contact": document.id, "duty": document.contact.duty.value}
        entry = _entry(Deed.CONTACT_CHANGED, person, unit, reason, details)
        saved = await self._store.contacts.change(document, audit=[entry])
        await self.settle(unit.id)
        return saved

    async def _unit(self, person: Person, unit: str) -> UnitDocument:
        kept = await self._store.units.get(unit, scope(person, Action.SEE))
        if kept is None:
            raise NotThere
        return kept

    async def _manageable(self, person: Person, unit: str) -> UnitDocument:
        kept = await self._unit(person, unit)
        if not any(
            may(person, action, region=kept.region, unit=kept.unit) for action in (Action.ADMINISTER, Action.FILE)
        ):
            raise NotAllowed(NOT_YOURS)
        return kept

    async def _contact(self, unit: str, id_: str) -> ContactDocument:
        kept = await self._store.contacts.get(id_, SYSTEM)
        if kept is None or kept.unit != unit:
            raise NotThere
        return kept

    def today(self) -> date:
        """The day it is in Beijing."""
        return self._app.now().astimezone(SHANGHAI).date()


def _entry(deed: Deed, person: Person, unit: UnitDocument, reason: str, details: dict[str, str]) -> Entry:
    thing = Thing("unit", unit.id, unit.region, unit.unit)
    return noted(deed, thing, actor=actor(person), reason=reason, details=details)
