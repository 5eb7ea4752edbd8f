"""The registry's documents: units, offices, filings, outlets, and what is followed of each outlet."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from services.registry.extranet import Permission
from services.registry.filing import Filing, FilingState
from services.registry.outlet import Approved
from services.registry.unfiled import Phase, Track
from shared.audit.store import Chain
from shared.documents import SYSTEM, Database, Document, Index, Scope, Stale
from shared.events import Event
from shared.events.registry import Office, Outlet, Unit
from shared.once import Once


class UnitDocument(Document):
    """主办单位. Its id is also its ``unit``."""

    body: Unit


class OfficeDocument(Document):
    """主管单位."""

    body: Office


class ExtranetDocument(Document):
    """政务外网地址许可, with everything that was done about it."""

    permission: Permission


class FilingDocument(Document):
    """备案. ``asked_at`` is when it was last submitted."""

    filing: Filing
    asked_at: datetime


class OutletDocument(Document):
    """监管对象 in force; ``folded`` are the ids of the filings it is made of, in order."""

    outlet: Outlet
    folded: tuple[str, ...]


class TrackDocument(Document):
    """One watched field of one outlet."""

    track: Track


class Store:
    """Everything the registry keeps."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.audit = Chain(database, "registry")
        self.once = Once(database)
        self.units = database.documents("units", UnitDocument)
        self.offices = database.documents("offices", OfficeDocument)
        self.extranets = database.documents("extranets", ExtranetDocument)
        self.filings = database.documents(
            "filings",
            FilingDocument,
            [
                Index(("filing.outlet",), unique=True, where={"filing.state": FilingState.SUBMITTED.value}),
                Index(("filing.outlet", "filing.state")),
                Index(("-asked_at",)),
            ],
        )
        self.outlets = database.documents("outlets", OutletDocument)
        self.tracks = database.documents("tracks", TrackDocument, [Index(("track.outlet",)), Index(("track.phase",))])

    async def unit_names(self, ids: Collection[str]) -> dict[str, str]:
        """The names of units by id, as far as they are known."""
        found = await self.units.find(SYSTEM, {"_id": {"$in": list(ids)}})
        return {unit.id: unit.body.name for unit in found}

    async def filing(self, id_: str, scope: Scope) -> FilingDocument | None:
        """One filing."""
        return await self.filings.get(id_, scope)

    async def filings_of(self, outlet: str, scope: Scope) -> Sequence[FilingDocument]:
        """The filings of an outlet, the newest first."""
        return await self.filings.find(scope, {"filing.outlet": outlet}, sort=[("asked_at", -1), ("_id", 1)])

    async def approved(self, outlet: str) -> list[Approved]:
        """The approved filings of an outlet."""
        where = {"filing.outlet": outlet, "filing.state": FilingState.APPROVED.value}
        return [
            Approved(id=kept.id, region=kept.region, filing=kept.filing, at=at)
            for kept in await self.filings.find(SYSTEM, where)
            if (at := kept.filing.approved_at) is not None
        ]

    async def under_way(self, outlet: str) -> Sequence[FilingDocument]:
        """The filings of an outlet that wait for an office."""
        where = {"filing.outlet": outlet, "filing.state": FilingState.SUBMITTED.value}
        return await self.filings.find(SYSTEM, where)

    async def outlet(self, id_: str, scope: Scope) -> OutletDocument | None:
        """One outlet."""
        return await self.outlets.get(id_, scope)

    async def tracks_of(self, outlet: str, scope: Scope) -> dict[str, TrackDocument]:
        """What is followed of an outlet, by field."""
        found = await self.tracks.find(scope, {"track.outlet": outlet})
        return {kept.track.field: kept for kept in found}

    async def open_tracks(self, scope: Scope) -> Sequence[TrackDocument]:
        """Unfiled changes that are open, the latest first."""
        where = {"track.phase": Phase.OPEN.value}
        return await self.tracks.find(scope, where, sort=[("track.looked_at", -1)], limit=200)

    async def networks(self, scope: Scope) -> Sequence[ExtranetDocument]:
        """Private networks that were opened, the latest first."""
        return await self.extranets.find(scope, sort=[("permission.extranet.since", -1), ("_id", 1)], limit=200)

    async def follow(self, document: TrackDocument, events: Sequence[Event[Any]] = ()) -> None:
        """Keep a track, new or changed. Raises Stale when somebody else was faster."""
        if document.version == 0:
            if not await self.tracks.create(document, events):
                raise Stale(f"track {document.id} appeared meanwhile")
        else:
            await self.tracks.change(document, events)


def track_id(outlet: str, field: str) -> str:
    """The id of a track."""
    return f"{outlet}-{field}"
