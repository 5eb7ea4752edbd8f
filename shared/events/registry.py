"""What the registry says: outlets and units in force, filings, and changes nobody filed."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.events.envelope import Fact, Shape
from shared.events.region import Region, RegionPrefix


class UnitRef(Shape):
    """主办单位, by id and name."""

    id: str
    name: str


class Website(Shape):
    """What was filed of a government website. ``code`` is the 网站标识码: ten digits, or bm and eight."""

    kind: Literal["website"] = "website"
    code: str
    name: str
    url: str
    site_class: Literal["portal", "department"] = "department"


class NewMedia(Shape):
    """What was filed of a government new-media account.

    ``source`` says how it is read, as ``<name of the source>:<what it needs>``, for example
    ``json_feed:http://feeds.example/weibo/zzwj``; empty when nothing can read it yet. ``verified_as`` is the 认证主体.
    """

    kind: Literal["new_media"] = "new_media"
    platform: str
    account: str
    name: str
    verified_as: str = ""
    source: str = ""


Particulars = Annotated[Website | NewMedia, Field(discriminator="kind")]


class OutletState(StrEnum):
    """Life-cycle of an outlet."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class Outlet(Shape):
    """监管对象 as it is in force. ``revision`` counts the filings folded into it: the higher one wins."""

    id: str
    region: Region
    unit: UnitRef
    state: OutletState
    revision: int
    since: AwareDatetime
    filed: Particulars

    @property
    def name(self) -> str:
        """The filed name."""
        return self.filed.name


class Unit(Shape):
    """主办单位."""

    id: str
    name: str
    region: Region
    revision: int


class Office(Shape):
    """主管单位; ``looks_after`` is the region prefix of what it supervises."""

    id: str
    name: str
    region: Region
    looks_after: str
    revision: int


class Extranet(Shape):
    """A private network (CIDR) that may be visited for the outlets and offices of ``prefix``, from when to when."""

    id: str
    prefix: RegionPrefix
    network: str
    since: AwareDatetime
    until: AwareDatetime
    revision: int

    def in_force(self, at: datetime) -> bool:
        """Whether it counts at ``at``."""
        return self.since <= at < self.until


class FilingKind(StrEnum):
    """备案事项."""

    OPEN = "open"
    CHANGE = "change"
    SUSPEND = "suspend"
    RESUME = "resume"
    CLOSE = "close"


class Filing(Shape):
    """A filing as others see it. ``late`` = it was submitted after the change it covers had been found unfiled."""

    id: str
    number: str
    kind: FilingKind
    outlet: str
    region: Region
    unit: UnitRef
    title: str
    filed: Particulars
    fields: tuple[str, ...] = ()
    late: bool = False
    in_force_on: date | None = None


class _OutletFact(Fact):
    outlet: Outlet
    filing: str


class Opened(_OutletFact):
    """An outlet is in force for the first time."""

    type: ClassVar[str] = "registry.opened"


class Changed(_OutletFact):
    """What is in force of an outlet changed; ``fields`` names what."""

    type: ClassVar[str] = "registry.changed"
    kind: FilingKind = FilingKind.CHANGE
    fields: tuple[str, ...] = ()


class Suspended(_OutletFact):
    """An outlet is temporarily offline with permission."""

    type: ClassVar[str] = "registry.suspended"


class Closed(_OutletFact):
    """An outlet is permanently closed."""

    type: ClassVar[str] = "registry.closed"


class UnitChanged(Fact):
    """A unit is new, renamed or moved."""

    type: ClassVar[str] = "registry.unit_changed"
    unit: Unit


class OfficeChanged(Fact):
    """An office is new or changed."""

    type: ClassVar[str] = "registry.office_changed"
    office: Office


class ExtranetChanged(Fact):
    """An administrator opened a private network (a government extranet) for a region, or closed it again."""

    type: ClassVar[str] = "registry.extranet_changed"
    extranet: Extranet


class _FilingFact(Fact):
    filing: Filing


class FilingSubmitted(_FilingFact):
    """A unit asks."""

    type: ClassVar[str] = "registry.filing_submitted"


class FilingReturned(_FilingFact):
    """An office sends a filing back and says what to mend."""

    type: ClassVar[str] = "registry.filing_returned"
    mend: str


class FilingApproved(_FilingFact):
    """An office agrees: the registry folds it into the outlet."""

    type: ClassVar[str] = "registry.filing_approved"


class Sighting(Shape):
    """One time somebody looked and saw it."""

    seen_at: AwareDatetime
    source: str
    evidence: str | None = None


class Difference(Shape):
    """A field that is not what was filed. One per outlet, field and episode."""

    id: str
    field: str
    filed: str
    seen: str
    since: AwareDatetime
    sightings: tuple[Sighting, ...]


class ChangeUnfiled(Fact):
    """An outlet was changed and nobody filed it (the 郑州网警 case); confirmed by a second sighting."""

    type: ClassVar[str] = "registry.change_unfiled"
    outlet: str
    unit: UnitRef
    name: str
    difference: Difference


class UnfiledSettled(Fact):
    """An unfiled change was undone, or filed after all."""

    type: ClassVar[str] = "registry.unfiled_settled"
    outlet: str
    unit: UnitRef
    name: str
    difference: Difference
    how: Literal["reverted", "filed_late"]
    filing: str | None = None
