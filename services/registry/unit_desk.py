"""What people do about units: register, change, move, and settle other names. Load, decide, save with events."""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any, Literal
from uuid import uuid4

from services.registry import alias as names
from services.registry import unit as decisions
from services.registry.alias import Found, Match, Proposal
from services.registry.app import Registry
from services.registry.desk import NotAllowed, NotThere, actor
from services.registry.records import UnitDocument
from services.registry.refusal import Refused
from services.registry.unit import Refusal, UnitAct
from shared.audit import derived
from shared.documents import SYSTEM, Scope, Taken
from shared.events import Event, covers, registry
from shared.events.registry import Unit
from shared.identity import Action, Person, may, scope
from shared.outbox import say
from shared.privacy import Personal
from shared.web import Seen, short_region_name, unchanged
from shared.workdays import SHANGHAI

DEEPEST = 12
NOT_YOURS = "登记、变更单位和确认别名，由该地区的系统管理员办理。"
NOT_BOTH = "划转单位，由管辖原地区和新地区的同一级系统管理员办理。"


class Units:
    """The decisions. Raises NotThere, NotAllowed, Refused or Stale."""

    def __init__(self, app: Registry) -> None:
        self._app = app
        self._store = app.store

    async def create(self, person: Person, region: str, wanted: Mapping[str, Any], reason: str) -> UnitDocument:
        """Register a unit. The same again by the same person is the one that is there."""
        if not _administers(person, region):
            raise NotAllowed(NOT_YOURS)
        blank = Unit(id="", name="", region=region, revision=0)
        unit = blank.model_copy(update={**wanted, "revision": 1, "contacts_reported": False})
        decisions.check(unit)
        found = await self.match(unit.name, region, SYSTEM)
        if found.how in (Match.EXACT, Match.ALIAS) and found.unit:
            return await self._the_same(found.unit.id, unit, actor(person))
        id_ = unit_id(unit.name, region)
        if await self._store.units.get(id_, SYSTEM):
            id_ = f"u-{uuid4().hex[:12]}"
        unit = unit.model_copy(update={"id": id_})
        await self._check_around(unit)
        act = decisions.noted(blank, unit, self._act(person, "create", reason))
        document = UnitDocument(id=id_, region=region, unit=id_, version=1, body=unit, history=(act,))
        events = told(None, unit, act.actor, act.act)
        try:
            await self._store.units.create(document, events, derived(events, id_, act.reason))
        except Taken as error:
            raise _code_taken() from error
        if found.unit:
            await self.put_forward(found.unit.id, unit.name, "rule", self._act(person, "propose", ""))
        return document

    async def change(
        self, person: Person, id_: str, wanted: Mapping[str, Any], revision: int, reason: str, seen: Seen = None
    ) -> UnitDocument:
        """Change fields of a unit as it was at ``revision``; ``seen`` are the versions of all that is kept of it."""
        kept = await self._administered(person, id_, seen)
        decisions.check_fresh(revision, kept.history)
        after, act = decisions.changed(kept.body, wanted, self._act(person, "change", reason))
        await self._check_around(after)
        return await self._save(kept, after, act)

    async def move(
        self, person: Person, id_: str, region: str, on: date, revision: int, reason: str, seen: Seen = None
    ) -> UnitDocument:
        """Move a unit to another region, with its outlets: see ``moving``."""
        kept = await self._seen(person, id_)
        administered = scope(person, Action.ADMINISTER).regions
        if not any(covers(own, kept.region) and covers(own, region) for own in administered):
            raise NotAllowed(NOT_BOTH)
        unchanged(kept.version, seen)
        decisions.check_fresh(revision, kept.history)
        asked = self._act(person, "move", reason).model_copy(update={"on": on})
        after, act = decisions.moved(kept.body, region, asked, self._today())
        return await self._save(kept, after, act)

    async def propose(self, person: Person, id_: str, alias: str, seen: Seen = None) -> UnitDocument:
        """Put forward another name of a unit."""
        kept = await self._seen(person, id_)
        if not (_administers(person, kept.region) or may(person, Action.FILE, region=kept.region, unit=kept.unit)):
            raise NotAllowed(NOT_YOURS)
        unchanged(kept.version, seen)
        proposals = names.put_forward(kept.named, kept.proposals, alias, "typed")
        return await self._save(kept, kept.body, self._act(person, "propose", alias.strip()), proposals)

    async def confirm(self, person: Person, id_: str, alias: str, seen: Seen = None) -> UnitDocument:
        """Say that a name put forward is the unit."""
        kept = await self._administered(person, id_, seen)
        others = await self._store.units.find(SYSTEM, {"region": kept.region, "_id": {"$ne": id_}})
        unit, rest = names.confirm(kept.body, kept.proposals, alias, [one.body for one in others])
        act = decisions.noted(kept.body, unit, self._act(person, "confirm", alias))
        return await self._save(kept, unit, act, rest)

    async def reject(self, person: Person, id_: str, alias: str, seen: Seen = None) -> UnitDocument:
        """Say that a name is not the unit, or no more."""
        kept = await self._administered(person, id_, seen)
        unit, proposals = names.reject(kept.body, kept.proposals, alias)
        act = self._act(person, "reject", alias)
        changes = decisions.differences(kept.body, unit)
        if changes:
            act = act.model_copy(update={"changes": changes, "revision": unit.revision})
        return await self._save(kept, unit, act, proposals)

    async def put_forward(self, id_: str, alias: str, source: Literal["rule"], act: UnitAct) -> None:
        """What a rule proposes for a unit, kept for a person to decide; what is there already is no fault."""
        kept = await self._store.units.get(id_, SYSTEM)
        if kept is None or names.plain(alias) in {names.plain(one.alias) for one in kept.proposals}:
            return
        proposals = names.put_forward(kept.named, kept.proposals, alias, source)
        await self._save(kept, kept.body, act.model_copy(update={"reason": alias}), proposals)

    async def match(self, name: str, region: str, seen: Scope) -> Found:
        """What ``name`` means in a region (four tokens) among the units in ``seen``."""
        units = await self._store.units.find(seen, {"region": region}, sort=[("_id", 1)])
        return names.match(name, [one.named for one in units], places(region))

    async def _save(
        self, kept: UnitDocument, unit: Unit, act: UnitAct, proposals: Sequence[Proposal] | None = None
    ) -> UnitDocument:
        update = {"body": unit, "region": unit.region, "history": (*kept.history, act)}
        if proposals is not None:
            update["proposals"] = tuple(proposals)
        events = told(kept.body, unit, act.actor, act.act)
        try:
            return await self._store.units.change(
                kept.model_copy(update=update), events, derived(events, kept.id, act.reason)
            )
        except Taken as error:
            raise _code_taken() from error

    async def _check_around(self, unit: Unit) -> None:
        """Refuse a parent or an office that cannot be."""
        decisions.check_parent(unit, await self._above(unit.parent))
        office = await self._store.offices.get(unit.office, SYSTEM) if unit.office else None
        if unit.office and (office is None or not covers(office.body.looks_after, unit.region)):
            raise Refused(Refusal.NO_OFFICE, "没有登记这个主管单位，或它不管辖该地区；请核对其编号。", "office")

    async def _above(self, parent: str) -> list[str]:
        above = list[str]()
        while parent and len(above) < DEEPEST and (found := await self._store.units.get(parent, SYSTEM)):
            above.append(parent)
            parent = found.body.parent
        return above

    async def _the_same(self, id_: str, unit: Unit, by: str) -> UnitDocument:
        kept = await self._store.units.get(id_, SYSTEM)
        first = kept.history[0] if kept and kept.history else None
        same = {"id": id_, "revision": kept.body.revision if kept else 0}
        if kept and first and first.actor == by and kept.body == unit.model_copy(update=same):
            return kept
        raise Refused(Refusal.EXISTS, "该地区已登记同名单位，或此名称是已登记单位的别名。", "name")

    async def _seen(self, person: Person, id_: str) -> UnitDocument:
        kept = await self._store.units.get(id_, scope(person, Action.SEE))
        if kept is None:
            raise NotThere
        return kept

    async def _administered(self, person: Person, id_: str, seen: Seen) -> UnitDocument:
        kept = await self._seen(person, id_)
        if not _administers(person, kept.region):
            raise NotAllowed(NOT_YOURS)
        unchanged(kept.version, seen)
        return kept

    def _today(self) -> date:
        return self._app.now().astimezone(SHANGHAI).date()

    def _act(self, person: Person, act: str, reason: str) -> UnitAct:
        asked = {"at": self._app.now(), "actor": actor(person), "name": person.name, "act": act, "reason": reason}
        return UnitAct.model_validate(asked)


def told(before: Unit | None, after: Unit, by: str, reason: str) -> list[Event[Any]]:
    """What is said of a unit that changed: a move under the region it left and under the one it came to."""
    if before is not None and before.revision == after.revision:
        return []
    regions = dict.fromkeys([before.region if before else after.region, after.region])
    fact = registry.UnitChanged(unit=after)
    return [say(fact, subject=after.id, region=region, actor=by, reason=reason) for region in regions]


def unit_id(name: str, region: str) -> str:
    """The id a unit gets when it is first named in a region."""
    return "u-" + sha256(f"{region}\n{name}".encode()).hexdigest()[:12]


def places(region: str) -> list[str]:
    """The names of a region and of those above it, the widest first."""
    tokens = region.split(".")
    prefixes = [".".join(tokens[:length]) for length in range(1, len(tokens) + 1)]
    return list(dict.fromkeys(short_region_name(prefix) for prefix in prefixes))


def rule_act(app: Registry, by: str) -> UnitAct:
    """The act of a rule that proposes a name while ``by`` (an actor) registers something."""
    return UnitAct(at=app.now(), actor=by, name=Personal(by), act="propose")


def _administers(person: Person, region: str) -> bool:
    return may(person, Action.ADMINISTER, region=region)


def _code_taken() -> Refused:
    return Refused(Refusal.CODE_TAKEN, "此统一社会信用代码已登记在另一个单位名下，请核对。", "credit_code")
