"""Everything the registry keeps, and how it is asked for."""

import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from services.registry.filing import IN_FORCE, FilingState
from services.registry.outlet import Approved
from services.registry.records import (
    EXEMPTION_INDEXES,
    FILES_KEPT,
    FILING_INDEXES,
    FIRST_DAY,
    OUTLET_INDEXES,
    SORTED,
    UNFILED,
    WAITING,
    AttachmentDocument,
    ClueDocument,
    ColumnsDocument,
    ContactDocument,
    ExemptionDocument,
    ExtranetDocument,
    FilingDocument,
    ImportDocument,
    ListFileDocument,
    ListProfileDocument,
    OfficeDocument,
    Order,
    OutletDocument,
    PostDocument,
    RegionDocument,
    TrackDocument,
    UnitDocument,
)
from services.registry.search import Query, host_of
from shared.audit.store import Chain
from shared.documents import SYSTEM, Database, Index, Scope, Stale
from shared.events import Event
from shared.events.registry import FilingKind, LocalRegion, Outlet, OutletState, Website
from shared.once import Once

ALIVE = {"outlet.state": {"$in": [OutletState.RUNNING.value, OutletState.SUSPENDED.value]}}


class Store:
    """Everything the registry keeps."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.audit = Chain(database, "registry")
        self.once = Once(database)
        self.units = database.documents(
            "units",
            UnitDocument,
            [
                Index(("body.credit_code",), unique=True, where={"body.credit_code": {"$gt": ""}}),
                Index(("region", "body.name")),
                Index(("body.parent",)),
            ],
        )
        self.contacts = database.documents("contacts", ContactDocument, [Index(("unit",))])
        self.offices = database.documents("offices", OfficeDocument)
        self.regions = database.documents("regions", RegionDocument)
        self.posts = database.documents("posts", PostDocument)
        self.columns = database.documents("columns", ColumnsDocument)
        self.extranets = database.documents("extranets", ExtranetDocument)
        self.exemptions = database.documents("exemptions", ExemptionDocument, EXEMPTION_INDEXES)
        self.filings = database.documents("filings", FilingDocument, FILING_INDEXES)
        self.outlets = database.documents("outlets", OutletDocument, OUTLET_INDEXES)
        self.clues = database.documents(
            "clues", ClueDocument, [Index(("clue.key",)), Index(("clue.kind", "clue.state"))]
        )
        self.tracks = database.documents(
            "tracks",
            TrackDocument,
            [Index(("track.outlet",)), Index(("track.phase",)), Index(("track.field", "track.phase"))],
        )
        self.list_profiles = database.documents("list_profiles", ListProfileDocument)
        self.list_files = database.documents(
            "list_files", ListFileDocument, [Index(("sent_at",), expire_after=FILES_KEPT)]
        )
        self.imports = database.documents(
            "imports", ImportDocument, [Index(("-task.asked_at",)), Index(("task.stage",))]
        )
        self.attachments = database.documents("attachments", AttachmentDocument)
        self.drafts = database.documents("drafts", FilingDocument, [Index(("unit", "-asked_at"))])

    async def unit_names(self, ids: Collection[str]) -> dict[str, str]:
        """The names of units by id, as far as they are known."""
        found = await self.units.find(SYSTEM, {"_id": {"$in": list(ids)}})
        return {unit.id: unit.body.name for unit in found}

    async def contacts_of(self, unit: str, scope: Scope) -> Sequence[ContactDocument]:
        """The contacts a unit named, those who left included, in the order they began."""
        return await self.contacts.find(scope, {"unit": unit}, sort=[("contact.since", 1), ("_id", 1)])

    async def filing(self, id_: str, scope: Scope) -> FilingDocument | None:
        """One filing."""
        return await self.filings.get(id_, scope)

    async def filings_of(self, outlet: str, scope: Scope) -> Sequence[FilingDocument]:
        """The filings of an outlet, the newest first."""
        return await self.filings.find(scope, {"filing.outlet": outlet}, sort=[("asked_at", -1), ("_id", 1)])

    async def drafts_of(self, scope: Scope) -> Sequence[FilingDocument]:
        """What units have begun to write, the latest first: only for those who may file for them."""
        return await self.drafts.find(scope, sort=[("asked_at", -1), ("_id", 1)], limit=200)

    async def approved(self, outlet: str, scope: Scope = SYSTEM) -> list[Approved]:
        """The filings in force for an outlet, also those that merged another into it."""
        counting = [FilingState.APPROVED, *sorted(IN_FORCE)]
        of = {"$or": [{"filing.outlet": outlet}, {"filing.into": outlet}]}
        found = await self.filings.find(scope, {**of, "filing.state": {"$in": counting}})
        return [
            Approved(id=kept.id, region=kept.region, filing=kept.filing, at=at)
            for kept in found
            if (at := kept.filing.in_force_at) is not None
        ]

    async def under_way(self, outlet: str) -> Sequence[FilingDocument]:
        """The filings of an outlet that wait for an office, or for their day."""
        where = {"filing.outlet": outlet, **WAITING}
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

    async def held_on(self, unit: str, platform: str) -> int:
        """How many accounts of a platform a unit has that are not closed, or has asked to open."""
        alive = [OutletState.RUNNING.value, OutletState.SUSPENDED.value]
        has = {"unit": unit, "outlet.state": {"$in": alive}, "outlet.filed.platform": platform}
        asks = {**WAITING, "unit": unit, "filing.kind": FilingKind.OPEN.value, "filing.filed.platform": platform}
        return await self.outlets.count(SYSTEM, has) + await self.filings.count(SYSTEM, asks)

    async def platforms_of(self, unit: str, scope: Scope) -> list[str]:
        """The platforms on which a unit has an account that is not closed."""
        return await self.outlets.distinct(scope, "outlet.filed.platform", {"unit": unit, **ALIVE})

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

    async def track(self, outlet: str, field: str) -> TrackDocument | None:
        """What is followed of one field of an outlet."""
        return await self.tracks.get(track_id(outlet, field), SYSTEM)

    async def followed(self, field: str, where: Mapping[str, Any]) -> Sequence[TrackDocument]:
        """The tracks of ``field`` everywhere that match ``where``."""
        return await self.tracks.find(SYSTEM, {"track.field": field, **where})

    async def clues_of(self, keys: Collection[str]) -> Sequence[ClueDocument]:
        """Every clue to one of these addresses."""
        return await self.clues.find(SYSTEM, {"clue.key": {"$in": list(keys)}})

    async def filed_at(self, keys: Collection[str]) -> Sequence[Outlet]:
        """The outlets that have one of these ids, or were filed on one of these hosts or as where it leads."""
        of_hosts = [f"={what}:{host}" for key in keys if (host := host_of(key)) for what in ("host", "page")]
        where = {"$or": [{"keys": {"$in": of_hosts}}, {"_id": {"$in": list(keys)}}]}
        return [kept.outlet for kept in await self.outlets.find(SYSTEM, where)]

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
        return await self.filings.count(scope, WAITING)

    async def being_filed(self, scope: Scope, outlets: Sequence[str] | None = None) -> list[str]:
        """The outlets (of those named, or of all) with a filing under way."""
        among = {} if outlets is None else {"filing.outlet": {"$in": list(outlets)}}
        return await self.filings.distinct(scope, "filing.outlet", {**WAITING, **among})

    async def outlet_names(self, scope: Scope, ids: Sequence[str]) -> dict[str, str]:
        """The names in force of outlets by id."""
        return {kept.id: kept.outlet.name for kept in await self.outlets.find(scope, {"_id": {"$in": list(ids)}})}

    async def list_file(self, sha256: str) -> bytes | None:
        """The list with this hash, None when it was forgotten."""
        kept = await self.list_files.get(sha256, SYSTEM)
        return zlib.decompress(kept.packed) if kept else None

    async def imports_in(self, scope: Scope) -> Sequence[ImportDocument]:
        """The imports, the latest first."""
        return await self.imports.find(scope, sort=[("task.asked_at", -1), ("_id", 1)], limit=20)

    async def portal_of(self, region: str) -> str:
        """The address of the running portal of a region, empty when none is known."""
        where = {"region": region, "outlet.filed.site_class": "portal", "outlet.state": OutletState.RUNNING.value}
        found = await self.outlets.find(SYSTEM, where, sort=[("_id", 1)], limit=1)
        filed = found[0].outlet.filed if found else None
        return filed.url if isinstance(filed, Website) else ""

    async def local_regions(self) -> list[LocalRegion]:
        """Every region with a local code, by code, also those that ended."""
        return [kept.body for kept in await self.regions.find(SYSTEM, sort=[("_id", 1)])]

    async def region(self, region: str) -> RegionDocument | None:
        """One region with a local code."""
        return await self.regions.get(region, SYSTEM)

    async def networks(self, scope: Scope) -> Sequence[ExtranetDocument]:
        """Private networks that were opened, the latest first."""
        return await self.extranets.find(scope, sort=[("permission.extranet.since", -1), ("_id", 1)], limit=200)

    async def exempted(self, outlet: str, unit: str, scope: Scope) -> Sequence[ExemptionDocument]:
        """The exemptions of an outlet and those of its whole unit, the last to end first."""
        where = {"unit": unit, "exemption.outlet": {"$in": [outlet, ""]}}
        return await self.exemptions.find(scope, where, sort=[("exemption.wanted.until", -1), ("_id", 1)], limit=50)

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
