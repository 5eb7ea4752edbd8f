"""Each service's own read-model of outlets, units and offices, fed by what the registry says."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.bus import Heard
from shared.documents import SYSTEM, Database, Document, Index, Scope, Stale
from shared.events import covers, registry

HEARS = (
    registry.Opened,
    registry.Changed,
    registry.Suspended,
    registry.Closed,
    registry.UnitChanged,
    registry.OfficeChanged,
)


class OutletEntry(Document):
    """An outlet as last heard of."""

    outlet: registry.Outlet


class UnitEntry(Document):
    """A unit as last heard of."""

    body: registry.Unit


class OfficeEntry(Document):
    """An office as last heard of."""

    body: registry.Office


class Directory:
    """Who is who. The highest revision wins, whatever order facts arrive in."""

    def __init__(self, database: Database) -> None:
        self._outlets = database.documents("directory_outlets", OutletEntry, [Index(("unit",))])
        self._units = database.documents("directory_units", UnitEntry)
        self._offices = database.documents("directory_offices", OfficeEntry)

    async def hear(self, heard: Heard[Any]) -> None:
        """Take in one of the facts in ``HEARS``."""
        fact = heard.fact
        if isinstance(fact, registry.UnitChanged):
            unit = fact.unit
            entry = UnitEntry(id=unit.id, region=unit.region, unit=unit.id, body=unit)
            await _keep_newest(self._units, entry, unit.revision, lambda kept: kept.body.revision)
        elif isinstance(fact, registry.OfficeChanged):
            office = fact.office
            await _keep_newest(
                self._offices,
                OfficeEntry(id=office.id, region=office.region, body=office),
                office.revision,
                lambda kept: kept.body.revision,
            )
        else:
            outlet: registry.Outlet = fact.outlet
            await _keep_newest(
                self._outlets,
                OutletEntry(id=outlet.id, region=outlet.region, unit=outlet.unit.id, outlet=outlet),
                outlet.revision,
                lambda kept: kept.outlet.revision,
            )

    async def outlet(self, id_: str, scope: Scope) -> registry.Outlet | None:
        """The outlet, or None when unknown (yet) or out of ``scope``."""
        entry = await self._outlets.get(id_, scope)
        return entry.outlet if entry else None

    async def outlets(
        self, scope: Scope, where: Mapping[str, Any] | None = None, *, limit: int = 0, skip: int = 0
    ) -> Sequence[registry.Outlet]:
        """Outlets in ``scope``, by id; ``where`` filters on the stored entry (``outlet.…``)."""
        entries = await self._outlets.find(scope, where, sort=[("_id", 1)], limit=limit, skip=skip)
        return [entry.outlet for entry in entries]

    async def unit(self, id_: str) -> registry.Unit | None:
        """The unit, or None when unknown (yet)."""
        entry = await self._units.get(id_, SYSTEM)
        return entry.body if entry else None

    async def offices_of(self, region: str) -> Sequence[registry.Office]:
        """The offices that look after ``region``, the nearest first."""
        entries = await self._offices.find(SYSTEM)
        mine = [entry.body for entry in entries if covers(entry.body.looks_after, region)]
        return sorted(mine, key=lambda office: (-len(office.looks_after), office.id))


async def _keep_newest(documents: Any, entry: Any, revision: int, revision_of: Any) -> None:
    while not await documents.create(entry):
        kept = await documents.get(entry.id, SYSTEM)
        if kept is None or revision_of(kept) >= revision:
            return
        try:
            await documents.change(entry.model_copy(update={"version": kept.version}))
        except Stale:
            continue
        return
