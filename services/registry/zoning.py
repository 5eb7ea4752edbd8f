"""What administrators do about local codes of their region: add one, rename it, end it. Load, decide, save."""

from collections.abc import Sequence
from datetime import date

from services.registry import locality
from services.registry.app import Registry
from services.registry.desk import NotAllowed, NotThere, actor
from services.registry.locality import Refusal
from services.registry.records import RegionDocument
from services.registry.refusal import Refused
from shared.audit import derived
from shared.events import Event, covers, registry
from shared.events.region import prefix_of
from shared.events.registry import LocalRegion
from shared.identity import Action, Person, scope
from shared.outbox import say
from shared.web import Seen, unchanged

NOT_YOURS = "开发区等本地区划代码，由其上级地区的系统管理员登记、更名和停用。"


class Zoning:
    """The decisions. Raises NotThere, NotAllowed, Refused or Stale."""

    def __init__(self, app: Registry) -> None:
        self._store = app.store

    async def add(self, person: Person, region: str, name: str, since: date) -> RegionDocument:
        """Add a region with a local code."""
        _require_any(person)
        above = locality.parent_of(region)
        _require(person, above)
        body = locality.add(region, name, since, await self._below(above))
        document = RegionDocument(id=region, region=region, body=body)
        event = _said(person, body, "region_added")
        if not await self._store.regions.create(document, [event], derived([event])):
            raise Refused(Refusal.CODE_TAKEN, f"代码“{region}”已经用过，停用后也不再分配给别处。", "region")
        return document.model_copy(update={"version": 1})

    async def rename(self, person: Person, region: str, name: str, seen: Seen = None) -> RegionDocument:
        """Give it another name; what lay there shows the new one. ``seen`` are the versions this is about."""
        kept = await self._kept(person, region, seen)
        body = locality.rename(kept.body, name, await self._below(locality.parent_of(region)))
        return await self._changed(person, kept, body, "region_renamed")

    async def end(self, person: Person, region: str, until: date, seen: Seen = None) -> RegionDocument:
        """Let it end with a day. ``seen`` are the versions this is about."""
        kept = await self._kept(person, region, seen)
        units = await self._store.units.count(scope(person, Action.ADMINISTER), {"body.region": region})
        return await self._changed(person, kept, locality.end(kept.body, until, units), "region_ended")

    async def _below(self, above: str) -> Sequence[LocalRegion]:
        return [one for one in await self._store.local_regions() if locality.parent_of(one.region) == above]

    async def _kept(self, person: Person, region: str, seen: Seen) -> RegionDocument:
        _require_any(person)
        kept = await self._store.region(region)
        if kept is None:
            raise NotThere
        _require(person, locality.parent_of(region))
        unchanged(kept.version, seen)
        return kept

    async def _changed(self, person: Person, kept: RegionDocument, body: LocalRegion, why: str) -> RegionDocument:
        event = _said(person, body, why)
        return await self._store.regions.change(kept.model_copy(update={"body": body}), [event], derived([event]))


def _said(person: Person, body: LocalRegion, why: str) -> Event[registry.RegionChanged]:
    fact = registry.RegionChanged(region=body)
    return say(fact, subject=body.region, region=body.region, actor=actor(person), reason=why)


def _require_any(person: Person) -> None:
    """Refuse who administers no region at all, whatever they ask for."""
    if not scope(person, Action.ADMINISTER).regions:
        raise NotAllowed(NOT_YOURS)


def _require(person: Person, above: str) -> None:
    """Refuse unless ``person`` administers all of the region above."""
    if not any(covers(prefix, prefix_of(above)) for prefix in scope(person, Action.ADMINISTER).regions):
        raise NotAllowed(NOT_YOURS)
