"""What the registry says: outlets and units in force, filings, and changes nobody filed."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime

from shared.events.envelope import Fact
from shared.events.outlets import (
    Assessment,
    Column,
    Difference,
    Exemption,
    Extranet,
    Filing,
    FilingKind,
    LocalRegion,
    NewMedia,
    Outlet,
    OutletState,
    Particulars,
    SharedPlatform,
    Sighting,
    Website,
)
from shared.events.region import Region
from shared.events.units import Office, Unit, UnitKind, UnitLevel, UnitRef

__all__ = [
    "Assessment",
    "ChangeUnfiled",
    "Changed",
    "Closed",
    "ClosureUnfiled",
    "Column",
    "ContactsMissing",
    "Difference",
    "Exemption",
    "ExemptionEnded",
    "ExemptionGranted",
    "Extranet",
    "ExtranetChanged",
    "Filing",
    "FilingAccepted",
    "FilingApproved",
    "FilingInForce",
    "FilingKind",
    "FilingOverdue",
    "FilingReturned",
    "FilingSubmitted",
    "FilingWithdrawn",
    "LocalRegion",
    "NewMedia",
    "Office",
    "OfficeChanged",
    "Opened",
    "OpeningUnfiled",
    "Outlet",
    "OutletState",
    "Particulars",
    "RegionChanged",
    "SharedPlatform",
    "Sighting",
    "StillAlive",
    "Suspended",
    "UnfiledSettled",
    "Unit",
    "UnitChanged",
    "UnitKind",
    "UnitLevel",
    "UnitRef",
    "Website",
]


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


class ContactsMissing(Fact):
    """A unit that had duty contacts, or an administrator, has none any more; with ``until``, it has again. No names."""

    type: ClassVar[str] = "registry.contacts_missing"
    unit: UnitRef
    what: Literal["contact", "administrator"]
    since: AwareDatetime
    until: AwareDatetime | None = None


class OfficeChanged(Fact):
    """An office is new or changed."""

    type: ClassVar[str] = "registry.office_changed"
    office: Office


class ExtranetChanged(Fact):
    """An administrator opened a private network (a government extranet) for a region, or closed it again."""

    type: ClassVar[str] = "registry.extranet_changed"
    extranet: Extranet


class RegionChanged(Fact):
    """A region with a local code (开发区, 管委会) is new, has another name, or ended."""

    type: ClassVar[str] = "registry.region_changed"
    region: LocalRegion


class _FilingFact(Fact):
    filing: Filing


class FilingSubmitted(_FilingFact):
    """A unit asks."""

    type: ClassVar[str] = "registry.filing_submitted"


class FilingReturned(_FilingFact):
    """An office sends a filing back and says what to mend."""

    type: ClassVar[str] = "registry.filing_returned"
    mend: str


class FilingAccepted(_FilingFact):
    """An office has taken a filing in: what it says is complete, and the time to decide runs."""

    type: ClassVar[str] = "registry.filing_accepted"


class FilingApproved(_FilingFact):
    """Every level that has to agree has agreed. It counts from its day on: see ``FilingInForce``."""

    type: ClassVar[str] = "registry.filing_approved"


class FilingInForce(_FilingFact):
    """An approved filing counts from now on: the registry folds it into the outlet."""

    type: ClassVar[str] = "registry.filing_in_force"


class FilingWithdrawn(_FilingFact):
    """A unit takes back what it asked for, before it counts."""

    type: ClassVar[str] = "registry.filing_withdrawn"


class FilingOverdue(_FilingFact):
    """A limit of the region's filing rules was broken: ``rule`` is its id, ``what`` a sentence, ``due_on`` the day."""

    type: ClassVar[str] = "registry.filing_overdue"
    rule: str
    what: str
    due_on: date


class ChangeUnfiled(Fact):
    """An outlet was changed and nobody filed it (the 郑州网警 case); confirmed by a second sighting."""

    type: ClassVar[str] = "registry.change_unfiled"
    outlet: str
    unit: UnitRef
    name: str
    difference: Difference


class UnfiledSettled(Fact):
    """An unfiled change was undone, or filed after all; or the filing it was held against ended (``ended``)."""

    type: ClassVar[str] = "registry.unfiled_settled"
    outlet: str
    unit: UnitRef
    name: str
    difference: Difference
    how: Literal["reverted", "filed_late", "ended"]
    filing: str | None = None


class OpeningUnfiled(Fact):
    """Something that runs as a government outlet was never filed; a person confirmed it. ``candidate`` is its id."""

    type: ClassVar[str] = "registry.opening_unfiled"
    candidate: str
    region: Region
    name: str
    url: str
    unit: UnitRef | None = None
    platform: str = ""
    sightings: tuple[Sighting, ...] = ()


class ClosureUnfiled(Fact):
    """An outlet filed as running is gone, and nobody filed its closing or suspension."""

    type: ClassVar[str] = "registry.closure_unfiled"
    outlet: str
    unit: UnitRef
    name: str
    since: AwareDatetime
    sightings: tuple[Sighting, ...]


class StillAlive(Fact):
    """An outlet filed as closed or permanently offline still answers, under its unit's name.

    With ``suspended_until`` it was filed as suspended to that day, and runs after it though nobody filed its return.
    """

    type: ClassVar[str] = "registry.still_alive"
    outlet: str
    unit: UnitRef
    name: str
    closed_on: date | None = None
    suspended_until: date | None = None
    sightings: tuple[Sighting, ...]


class ExemptionGranted(Fact):
    """An office excused something for a time."""

    type: ClassVar[str] = "registry.exemption_granted"
    exemption: Exemption


class ExemptionEnded(Fact):
    """An exemption ran out, or was taken back. It is never renewed by itself."""

    type: ClassVar[str] = "registry.exemption_ended"
    exemption: Exemption
    how: Literal["expired", "revoked"]
