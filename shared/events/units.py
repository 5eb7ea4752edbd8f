"""Who opens outlets and who supervises them: units and offices."""

from enum import StrEnum

from shared.events.envelope import Shape
from shared.events.region import Region


class UnitRef(Shape):
    """主办单位, by id and name."""

    id: str
    name: str


class UnitLevel(StrEnum):
    """单位层级."""

    COUNTRY = "country"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWN = "town"


class UnitKind(StrEnum):
    """单位性质."""

    GOVERNMENT = "government"
    DEPARTMENT = "department"
    INSTITUTION = "institution"
    DEVELOPMENT_ZONE = "development_zone"
    PARTY = "party"
    ENTERPRISE = "enterprise"
    OTHER = "other"


class Unit(Shape):
    """主办单位. ``parent`` is the unit it belongs to; ``office`` the 主管单位 it reports to when that is stated.

    ``in_government`` tells whether it is part of 政府系统 (a court is not), ``external_service`` whether it serves the
    public; None is not stated. ``aliases`` are other names a person confirmed. ``contacts_reported`` tells whether the
    unit has named its duty contacts: who they are never travels.
    """

    id: str
    name: str
    region: Region
    revision: int
    level: UnitLevel | None = None
    unit_kind: UnitKind | None = None
    in_government: bool | None = None
    external_service: bool | None = None
    credit_code: str = ""
    parent: str = ""
    office: str = ""
    aliases: tuple[str, ...] = ()
    contacts_reported: bool | None = None


class Office(Shape):
    """主管单位; ``looks_after`` is the region prefix of what it supervises."""

    id: str
    name: str
    region: Region
    looks_after: str
    revision: int
