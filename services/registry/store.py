"""The registry's documents: units, offices, filings, outlets, and what is followed of each outlet."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime

from services.registry.extranet import Permission
from services.registry.filing import Filing, FilingState
from services.registry.outlet import Approved
from services.registry.search import KEYED, SORTS, Query, keys
from services.registry.unfiled import Phase, Track
from shared.audit.store import Chain
from shared.documents import SYSTEM, Database, Document, Index, Scope, Stale
from shared.events import Event
from shared.events.registry import Office, Outlet, Unit


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
    """监管对象 in force; ``folded`` are the ids of the filings it is made of, in order.

    ``changed_at`` is when the last of them came into force. What it is searched by (``keys``; ``keyed`` says by which
    way of making them) is written with it every time, and never read back.
    """

    outlet: Outlet
    folded: tuple[str, ...]
    changed_at: AwareDatetime | None = None

    def to_bson(self) -> dict[str, Any]:
        """Every field, and what it is searched by."""
        changed_at = self.changed_at or self.outlet.since
        return {**super().to_bson(), "changed_at": changed_at, "keyed": KEYED, "keys": list(keys(self.outlet))}


class TrackDocument(Document):
    """One watched field of one outlet."""

    track: Track


FILTERED = ("outlet.filed.kind", "outlet.state", "outlet.filed.platform")
"""What lists are most often narrowed by: in each index that sorts one, so that a page far down is found in it alone."""
SORTED = {field: Index(tuple(dict.fromkeys((field, "_id", "region", *FILTERED)))) for field, _ in SORTS.values()}
FIRST_DAY = datetime(1, 1, 1, tzinfo=UTC)
OUTLETS_COUNTED = Index(("region", *FILTERED[:2]))
OUTLET_INDEXES = (
    Index(("keys",)),
    Index(("keyed",)),
    Index(("unit", "_id")),
    *SORTED.values(),
    OUTLETS_COUNTED,
)
"""What the register is searched, sorted and counted by."""


Order = Sequence[tuple[str, int]]
UNFILED = {"track.phase": Phase.OPEN.value}
UNDER_WAY = {"filing.state": FilingState.SUBMITTED.value}


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
                Index(("filing.outlet",), unique=True, where={"filing.state": FilingState.SUBMITTED.value}),
                Index(("filing.outlet", "filing.state")),
                Index(("-asked_at",)),
            ],
        )
        self.outlets = database.documents("outlets", OutletDocument, OUTLET_INDEXES)
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

    async def approved(self, outlet: str, scope: Scope = SYSTEM) -> list[Approved]:
        """The approved filings of an outlet."""
        where = {"filing.outlet": outlet, "filing.state": FilingState.APPROVED.value}
        return [
            Approved(id=kept.id, region=kept.region, filing=kept.filing, at=at)
            for kept in await self.filings.find(scope, where)
            if (at := kept.filing.approved_at) is not None
        ]

    async def under_way(self, outlet: str) -> Sequence[FilingDocument]:
        """The filings of an outlet that wait for an office."""
        return await self.filings.find(SYSTEM, {"filing.outlet": outlet, **UNDER_WAY})

    async def outlet(self, id_: str, scope: Scope) -> OutletDocument | None:
        """One outlet."""
        return await self.outlets.get(id_, scope)

    async def asked_for(self, query: Query, scope: Scope) -> dict[str, Any]:
        """The filter of ``query``, with what only other documents tell: open unfiled changes, filings under way."""
        parts = [query.where()]
        if query.unfiled:
            parts.append({"_id": {"$in": await self.changed_unfiled(scope)}})
        if query.under_way:
            parts.append({"_id": {"$in": await self.being_filed(scope)}})
        return {"$and": parts}

    async def browse(
        self, scope: Scope, where: Mapping[str, Any], order: Order, skip: int, limit: int, *, dense: bool
    ) -> list[OutletDocument]:
        """Outlets ``skip`` to ``skip + limit`` of those that match, in ``order``.

        ``dense``: so many match, and by fields of ``FILTERED`` alone, that walking the index of the order is best. The
        planner uses an index for all its fields only when the first is asked for: every value is.
        """
        field, along = order[0][0], None
        if dense:
            every = FIRST_DAY if field in ("outlet.since", "changed_at") else ""
            where, along = {"$and": [where, {field: {"$gte": every}}]}, SORTED[field]
        ids = await self.outlets.ids(scope, where, sort=order, skip=skip, limit=limit, along=along)
        found = {kept.id: kept for kept in await self.outlets.find(scope, {"_id": {"$in": ids}})}
        return [found[id_] for id_ in ids if id_ in found]

    async def tracks_of(self, outlet: str, scope: Scope) -> dict[str, TrackDocument]:
        """What is followed of an outlet, by field."""
        found = await self.tracks.find(scope, {"track.outlet": outlet})
        return {kept.track.field: kept for kept in found}

    async def open_tracks(self, scope: Scope, skip: int = 0, limit: int = 200) -> Sequence[TrackDocument]:
        """Unfiled changes that are open, the latest first."""
        sort = [("track.looked_at", -1), ("_id", 1)]
        return await self.tracks.find(scope, UNFILED, sort=sort, skip=skip, limit=limit)

    async def count_unfiled(self, scope: Scope) -> int:
        """How many unfiled changes are open."""
        return await self.tracks.count(scope, UNFILED)

    async def changed_unfiled(self, scope: Scope, outlets: Sequence[str] | None = None) -> list[str]:
        """The outlets (of those named, or of all) with an unfiled change that is open."""
        among = {} if outlets is None else {"track.outlet": {"$in": list(outlets)}}
        return await self.tracks.distinct(scope, "track.outlet", {**UNFILED, **among})

    async def count_under_way(self, scope: Scope) -> int:
        """How many filings wait for an office."""
        return await self.filings.count(scope, UNDER_WAY)

    async def being_filed(self, scope: Scope, outlets: Sequence[str] | None = None) -> list[str]:
        """The outlets (of those named, or of all) with a filing under way."""
        among = {} if outlets is None else {"filing.outlet": {"$in": list(outlets)}}
        return await self.filings.distinct(scope, "filing.outlet", {**UNDER_WAY, **among})

    async def outlet_names(self, scope: Scope, ids: Sequence[str]) -> dict[str, str]:
        """The names in force of outlets by id."""
        return {kept.id: kept.outlet.name for kept in await self.outlets.find(scope, {"_id": {"$in": list(ids)}})}

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
