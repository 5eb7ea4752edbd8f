"""The shapes of the registry's documents, and what each collection is found by."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.registry.alias import Named, Proposal
from services.registry.clue import Clue
from services.registry.contact import DutyContact, Missing
from services.registry.exemption import Exemption, State
from services.registry.extranet import Permission
from services.registry.filing import IN_FORCE, UNDER_WAY, Filing, FilingState, left, wakes_on
from services.registry.lists.shapes import ColumnMap, Kind
from services.registry.lists.task import Task
from services.registry.search import KEYED, SORTS, keys
from services.registry.unfiled import Phase, Track
from services.registry.unit import UnitAct
from shared.documents import Document, Index
from shared.events.probe import ColumnSeen
from shared.events.registry import LocalRegion, Office, Outlet, Unit

UNIT, ARCHIVE = "unit", "archive"
NO_DAY = date.max


class Lack(BaseModel):
    """What a unit had and has no more, and since when."""

    model_config = ConfigDict(frozen=True)

    what: Missing
    since: AwareDatetime


FILES_KEPT = 30 * 86_400
"""Seconds."""


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
    """When an account last posted and how many follow it, as far as was seen. Its id is the outlet's."""

    last_post_at: datetime | None = None
    followers: int | None = None
    counted_at: datetime | None = None


class ColumnsDocument(Document):
    """The columns that a website was last seen to have. Its id is the outlet's; ``whole`` = they are all there are."""

    seen: tuple[ColumnSeen, ...]
    whole: bool
    seen_at: datetime
    evidence: str | None = None


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


class ListProfileDocument(Document):
    """How the columns of an office's lists of one kind are read."""

    kind: Kind
    mapping: ColumnMap


class ListFileDocument(Document):
    """A list as it was sent, compressed, by its SHA-256. Forgotten ``FILES_KEPT`` after it was last sent."""

    packed: bytes
    sent_at: datetime


class ImportDocument(Document):
    """An import that somebody asked for on a page, with how far it is."""

    task: Task


class ClueDocument(Document):
    """线索 of something never filed, or of a counterfeit, with everything that was done about it.

    When it was reported is written with it every time, to be sorted by.
    """

    clue: Clue

    @property
    def reported_at(self) -> datetime:
        """When it was first reported or found."""
        return self.clue.history[0].at

    def to_bson(self) -> dict[str, Any]:
        """Every field, and when it was reported."""
        return {**super().to_bson(), "reported_at": self.reported_at}


FILTERED = ("outlet.filed.kind", "outlet.state", "outlet.filed.platform")
"""What lists are most often narrowed by: in each index that sorts one, so that a page far down is found in it alone."""
SORTED = {field: Index(tuple(dict.fromkeys((field, "_id", "region", *FILTERED)))) for field, _ in SORTS.values()}
FIRST_DAY = datetime(1, 1, 1, tzinfo=UTC)
OUTLETS_COUNTED = Index(("region", *FILTERED[:2]))
OUTLET_INDEXES = (
    Index(("outlet.filed.name",)),
    Index(("outlet.filed.url",)),
    Index(("keys",)),
    Index(("keyed",)),
    Index(("unit", "_id")),
    Index(("outlet.filed.operator", "_id"), where={"outlet.filed.operator": {"$gt": ""}}),
    *SORTED.values(),
    OUTLETS_COUNTED,
)
"""What the register is searched, sorted and counted by."""


Order = Sequence[tuple[str, int]]
UNFILED = {"track.phase": Phase.OPEN.value}
WAITING = {"filing.state": {"$in": sorted(UNDER_WAY)}}
FILING_INDEXES = (
    Index(("filing.outlet", "lane"), unique=True, where={"lane": {"$gt": ""}}),
    Index(("filing.outlet", "filing.state")),
    Index(("filing.into",), where={"filing.into": {"$gt": ""}}),
    Index(("filing.state", "-asked_at")),
    Index(("waits", "due_by", "asked_at"), where={"waits": {"$gt": ""}}),
    Index(("wakes_on",), where={"wakes_on": {"$gt": ""}}),
    Index(("unit", "-asked_at")),
    Index(("-asked_at", "_id")),
)
"""What filings are found, told apart and woken by."""
EXEMPTION_INDEXES = (
    Index(
        ("exemption.outlet", "unit", "exemption.wanted.criterion", "exemption.wanted.column"),
        unique=True,
        where={"exemption.state": State.ASKED.value},
    ),
    Index(("exemption.state", "exemption.wanted.until")),
    Index(("unit", "exemption.outlet")),
)
"""One open request for a thing and a criterion; what runs out when."""


def _waits(filing: Filing) -> str:
    if filing.state in {FilingState.SUBMITTED, FilingState.ACCEPTED}:
        return filing.waits_for.value if filing.waits_for else ""
    if filing.state in {FilingState.IN_FORCE, FilingState.ANNOUNCED}:
        return UNIT if left(filing) else ARCHIVE
    return UNIT if filing.state is FilingState.RETURNED else ""


def _due_by(filing: Filing) -> date:
    days = [duty.due_on for duty in left(filing) if duty.due_on] if filing.state in IN_FORCE else [filing.due_on]
    return min((one for one in days if one), default=NO_DAY)
