"""The registry's documents: units, offices, filings, outlets, and what is followed of each outlet."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.registry.alias import Named, Proposal
from services.registry.clue import Clue
from services.registry.contact import DutyContact, Missing
from services.registry.exemption import Exemption, State
from services.registry.extranet import Permission
from services.registry.filing import IN_FORCE, UNDER_WAY, Filing, FilingState, wakes_on
from services.registry.outlet import Approved
from services.registry.search import KEYED, SORTS, Query, keys
from services.registry.unfiled import Phase, Track
from services.registry.unit import UnitAct
from shared.audit.store import Chain
from shared.documents import SYSTEM, Database, Document, Index, Scope, Stale
from shared.events import Event
from shared.events.registry import LocalRegion, Office, Outlet, OutletState, Unit, Website


class Lack(BaseModel):
    """What a unit had and has no more, and since when."""

    model_config = ConfigDict(frozen=True)

    what: Missing
    since: AwareDatetime


class UnitDocument(Document):
    """主办单位. Its id is also its ``unit``. ``history`` is what people did to it, the oldest first."""

    body: Unit
    history: tuple[UnitAct, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    lacks: tuple[Lack, ...] = ()
    had_administrator: bool = False

    @property
    def named(self) -> Named:
        """The unit as far as names go."""
        return Named(self.body, tuple(one.alias for one in self.proposals if one.rejected))


class ContactDocument(Document):
    """值守联络人 of a unit. ``forget_after`` is the day from which who it was is no longer kept."""

    contact: DutyContact
    forget_after: date | None = None


class OfficeDocument(Document):
    """主管单位."""

    body: Office


class RegionDocument(Document):
    """A region with a local code (开发区, 管委会). Its id is its region."""

    body: LocalRegion


class PostDocument(Document):
    """When an account last posted, as far as was seen. Its id is the outlet's."""

    last_post_at: datetime


class ExtranetDocument(Document):
    """政务外网地址许可, with everything that was done about it."""

    permission: Permission


class ExemptionDocument(Document):
    """豁免, asked for or decided, with everything that was done about it."""

    exemption: Exemption


class FilingDocument(Document):
    """备案. What follows from the filing is kept beside it, to be found by.

    ``asked_at`` is when it was last submitted (of a draft, begun). Of one outlet only one filing may be under way in a
    ``lane``: ``main``, or ``after`` for one that waits for another; a report has none. ``wakes_on`` is the day on which
    it has to be looked at without anybody asking.
    """

    filing: Filing
    asked_at: datetime
    lane: str = ""
    wakes_on: date | None = None

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


class ClueDocument(Document):
    """线索 of something never filed, or of a counterfeit, with everything that was done about it."""

    clue: Clue


FILTERED = ("outlet.filed.kind", "outlet.state", "outlet.filed.platform")
"""What lists are most often narrowed by: in each index that sorts one, so that a page far down is found in it alone."""
SORTED = {field: Index(tuple(dict.fromkeys((field, "_id", "region", *FILTERED)))) for field, _ in SORTS.values()}
FIRST_DAY = datetime(1, 1, 1, tzinfo=UTC)
OUTLETS_COUNTED = Index(("region", *FILTERED[:2]))
OUTLET_INDEXES = (
    Index(("outlet.filed.url",)),
    Index(("keys",)),
    Index(("keyed",)),
    Index(("unit", "_id")),
    *SORTED.values(),
    OUTLETS_COUNTED,
)
"""What the register is searched, sorted and counted by."""


Order = Sequence[tuple[str, int]]
UNFILED = {"track.phase": Phase.OPEN.value}
WAITING = {"filing.state": {"$in": sorted(UNDER_WAY)}}


class Store:
    """Everything the registry keeps."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.audit = Chain(database, "registry")
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
        self.extranets = database.documents("extranets", ExtranetDocument)
        self.exemptions = database.documents(
            "exemptions",
            ExemptionDocument,
            [
                Index(
                    ("exemption.outlet", "unit", "exemption.wanted.criterion", "exemption.wanted.column"),
                    unique=True,
                    where={"exemption.state": State.ASKED.value},
                ),
                Index(("exemption.state", "exemption.wanted.until")),
                Index(("unit", "exemption.outlet")),
            ],
        )
        self.filings = database.documents(
            "filings",
            FilingDocument,
            [
                Index(("filing.outlet", "lane"), unique=True, where={"lane": {"$gt": ""}}),
                Index(("filing.outlet", "filing.state")),
                Index(("filing.into",), where={"filing.into": {"$gt": ""}}),
                Index(("filing.state", "-asked_at")),
                Index(("wakes_on",), where={"wakes_on": {"$gt": ""}}),
                Index(("unit", "-asked_at")),
                Index(("-asked_at",)),
            ],
        )
        self.outlets = database.documents("outlets", OutletDocument, OUTLET_INDEXES)
        self.clues = database.documents(
            "clues", ClueDocument, [Index(("clue.key",)), Index(("clue.kind", "clue.state"))]
        )
        self.tracks = database.documents(
            "tracks",
            TrackDocument,
            [Index(("track.outlet",)), Index(("track.phase",)), Index(("track.field", "track.phase"))],
        )

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

    async def running_of(self, unit: str, where: Mapping[str, Any]) -> int:
        """How many outlets of a unit that are not closed match ``where``."""
        alive = [OutletState.RUNNING.value, OutletState.SUSPENDED.value]
        return await self.outlets.count(SYSTEM, {"unit": unit, "outlet.state": {"$in": alive}, **where})

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

    async def filed_at(self, addresses: Collection[str], ids: Collection[str]) -> Sequence[Outlet]:
        """The outlets that were filed with one of these home pages, or have one of these ids."""
        where = {"$or": [{"outlet.filed.url": {"$in": list(addresses)}}, {"_id": {"$in": list(ids)}}]}
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
