"""The registry's documents: units, offices, filings, outlets, and what is followed of each outlet."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Self

from services.registry.extranet import Permission
from services.registry.filing import IN_FORCE, UNDER_WAY, Filing, FilingState, left, wakes_on
from services.registry.outlet import Approved
from services.registry.unfiled import Phase, Track
from shared.audit.store import Chain
from shared.documents import SYSTEM, Database, Document, Index, Scope, Stale
from shared.events import Event
from shared.events.registry import Office, Outlet, OutletState, Unit

UNIT, ARCHIVE = "unit", "archive"
NO_DAY = date.max


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
    """备案. What follows from the filing is kept beside it, to be found by.

    ``asked_at`` is when it was last submitted (of a draft, begun). Of one outlet only one filing may be under way in a
    ``lane``: ``main``, or ``after`` for one that waits for another; a report has none. ``wakes_on`` is the day on which
    it has to be looked at without anybody asking. ``waits`` is whom it waits for (a level, ``UNIT``, or an office to
    put it away; empty: nobody), ``due_by`` until when (``NO_DAY``: no limit).
    """

    filing: Filing
    asked_at: datetime
    lane: str = ""
    wakes_on: date | None = None
    waits: str = ""
    due_by: date = NO_DAY

    @classmethod
    def wrap(cls, filing: Filing, *, id_: str, region: str, version: int = 1) -> Self:
        """``filing`` as it is kept."""
        under_way = filing.exclusive and filing.state in UNDER_WAY
        return cls(
            id=id_,
            region=region,
            unit=filing.unit.id,
            version=version,
            filing=filing,
            asked_at=filing.asked_at or filing.steps[0].at,
            lane=("after" if filing.after else "main") if under_way else "",
            wakes_on=wakes_on(filing),
            waits=_waits(filing),
            due_by=_due_by(filing),
        )

    def moved(self, filing: Filing) -> Self:
        """This document with the filing as it has become."""
        return type(self).wrap(filing, id_=self.id, region=self.region, version=self.version)

    @classmethod
    def from_bson(cls, stored: Mapping[str, Any]) -> Self:
        """Read back; a filing approved before approval and force were two things counts from its approval."""
        filing = stored["filing"]
        if filing["state"] == FilingState.APPROVED and "rule" not in filing:
            at = next(step["at"] for step in filing["steps"] if step["act"] in ("approve", "import"))
            filing = {**filing, "state": FilingState.ARCHIVED, "in_force_at": at}
        return super().from_bson({**stored, "filing": filing})


class AttachmentDocument(Document):
    """A document that came with filings; the id is its SHA-256, ``units`` are those that sent it."""

    data: bytes
    units: tuple[str, ...]


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
        self.units = database.documents("units", UnitDocument)
        self.offices = database.documents("offices", OfficeDocument)
        self.extranets = database.documents("extranets", ExtranetDocument)
        self.filings = database.documents(
            "filings",
            FilingDocument,
            [
                Index(("filing.outlet", "lane"), unique=True, where={"lane": {"$gt": ""}}),
                Index(("filing.outlet", "filing.state")),
                Index(("filing.into",), where={"filing.into": {"$gt": ""}}),
                Index(("filing.state", "-asked_at")),
                Index(("waits", "due_by", "asked_at"), where={"waits": {"$gt": ""}}),
                Index(("wakes_on",), where={"wakes_on": {"$gt": ""}}),
                Index(("unit", "-asked_at")),
                Index(("-asked_at",)),
            ],
        )
        self.attachments = database.documents("attachments", AttachmentDocument)
        self.drafts = database.documents("drafts", FilingDocument, [Index(("unit", "-asked_at"))])
        self.outlets = database.documents("outlets", OutletDocument, [Index(("unit",))])
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

    async def drafts_of(self, scope: Scope) -> Sequence[FilingDocument]:
        """What units have begun to write, the latest first: only for those who may file for them."""
        return await self.drafts.find(scope, sort=[("asked_at", -1), ("_id", 1)], limit=200)

    async def approved(self, outlet: str) -> list[Approved]:
        """The filings in force for an outlet, also those that merged another into it."""
        counting = [FilingState.APPROVED, *sorted(IN_FORCE)]
        of = {"$or": [{"filing.outlet": outlet}, {"filing.into": outlet}]}
        found = await self.filings.find(SYSTEM, {**of, "filing.state": {"$in": counting}})
        return [
            Approved(id=kept.id, region=kept.region, filing=kept.filing, at=at)
            for kept in found
            if (at := kept.filing.in_force_at) is not None
        ]

    async def under_way(self, outlet: str) -> Sequence[FilingDocument]:
        """The filings of an outlet that wait for an office, or for their day."""
        where = {"filing.outlet": outlet, "filing.state": {"$in": sorted(UNDER_WAY)}}
        return await self.filings.find(SYSTEM, where)

    async def waking(self, day: date, limit: int) -> Sequence[FilingDocument]:
        """Filings that have to be looked at on ``day``, the oldest first."""
        where = {"wakes_on": {"$gt": "", "$lte": day.isoformat()}}
        return await self.filings.find(SYSTEM, where, sort=[("wakes_on", 1)], limit=limit)

    async def waiting(
        self, scope: Scope, where: Mapping[str, Any], *, skip: int, limit: int
    ) -> Sequence[FilingDocument]:
        """Filings that match ``where``, the nearest deadline first, then the oldest."""
        order = [("due_by", 1), ("asked_at", 1), ("_id", 1)]
        return await self.filings.find(scope, where, sort=order, skip=skip, limit=limit)

    async def running_of(self, unit: str, where: Mapping[str, Any]) -> int:
        """How many outlets of a unit that are not closed match ``where``."""
        alive = [OutletState.RUNNING.value, OutletState.SUSPENDED.value]
        return await self.outlets.count(SYSTEM, {"unit": unit, "outlet.state": {"$in": alive}, **where})

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


def _waits(filing: Filing) -> str:
    if filing.state in {FilingState.SUBMITTED, FilingState.ACCEPTED}:
        return filing.waits_for.value if filing.waits_for else ""
    if filing.state in {FilingState.IN_FORCE, FilingState.ANNOUNCED}:
        return UNIT if left(filing) else ARCHIVE
    return UNIT if filing.state is FilingState.RETURNED else ""


def _due_by(filing: Filing) -> date:
    days = [duty.due_on for duty in left(filing) if duty.due_on] if filing.state in IN_FORCE else [filing.due_on]
    return min((one for one in days if one), default=NO_DAY)
