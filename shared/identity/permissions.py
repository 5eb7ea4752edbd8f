"""Who may do what, where. Pure: a person's grants are those in force, and nobody reads a clock here.

Separation of duties between two acts on one thing (nobody approves a filing they made) needs that thing, and is
decided by the service that owns it.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator

from shared.documents.scope import Scope
from shared.events.region import RegionPrefix, covers
from shared.privacy import Personal

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


class Role(StrEnum):
    """What a person is to a region or a unit."""

    ADMINISTRATOR = "administrator"
    APPROVER = "approver"
    INSPECTOR = "inspector"
    REVIEWER = "reviewer"
    UNIT_ADMINISTRATOR = "unit_administrator"
    CO_SUPERVISOR = "co_supervisor"
    AUDITOR = "auditor"
    SUBSCRIBER = "subscriber"


class Action(StrEnum):
    """What can be done to a thing of a region and a unit."""

    SEE = "see"
    FILE = "file"
    APPROVE = "approve"
    REPLY = "reply"
    REVIEW = "review"
    INSPECT = "inspect"
    IMPORT = "import"
    ADMINISTER = "administer"
    AUDIT = "audit"
    SUBSCRIBE = "subscribe"


ALLOWED: Mapping[Role, frozenset[Action]] = {
    Role.ADMINISTRATOR: frozenset({Action.SEE, Action.IMPORT, Action.ADMINISTER, Action.AUDIT}),
    Role.APPROVER: frozenset({Action.SEE, Action.APPROVE}),
    Role.INSPECTOR: frozenset({Action.SEE, Action.INSPECT}),
    Role.REVIEWER: frozenset({Action.SEE, Action.REVIEW}),
    Role.UNIT_ADMINISTRATOR: frozenset({Action.SEE, Action.FILE, Action.REPLY}),
    Role.CO_SUPERVISOR: frozenset({Action.SEE}),
    Role.AUDITOR: frozenset({Action.SEE, Action.AUDIT}),
    Role.SUBSCRIBER: frozenset({Action.SUBSCRIBE}),
}
"""What each role allows: one kind of act beside looking. Somebody who does two kinds holds two grants."""

OVER_A_UNIT = frozenset({Role.UNIT_ADMINISTRATOR, Role.CO_SUPERVISOR})
OVER_A_REGION = frozenset(Role) - {Role.UNIT_ADMINISTRATOR}


class Grant(BaseModel):
    """A role over a region prefix (the empty one is the whole country), or over one unit, from a day to a day.

    A unit administrator is one of a unit; a co-supervisor looks at a region, or at one unit wherever it is (the
    hospitals of a health commission, say); every other role is over a region. Anything else is refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    region: RegionPrefix | None = None
    unit: str | None = None
    since: AwareDatetime = ALWAYS
    until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _of_a_region_or_of_a_unit(self) -> Self:
        units, regions = self.role in OVER_A_UNIT, self.role in OVER_A_REGION
        fits = (units and self.region is None) if self.unit else (regions and self.region is not None)
        if not fits or self.unit == "":
            over = " or ".join(what for what, may_be in (("one region", regions), ("one unit", units)) if may_be)
            raise ValueError(f"a grant of {self.role} is over {over}")
        if self.until is not None and self.until <= self.since:
            raise ValueError("a grant ends after it begins")
        return self

    def in_force(self, at: datetime) -> bool:
        """Whether this grant counts at ``at``."""
        return self.since <= at and (self.until is None or at < self.until)

    def over(self, region: str, unit: str) -> bool:
        """Whether a thing of ``region`` and ``unit`` lies under this grant."""
        if self.unit is not None:
            return self.unit == unit
        return self.region is not None and covers(self.region, region)


class Person(BaseModel):
    """Somebody signed in, with the grants in force when they were looked up.

    ``password_due``: their password was made by somebody else; nothing works until they have made one of their own.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    login: Personal
    name: Personal
    email: Personal
    grants: tuple[Grant, ...] = ()
    password_due: bool = False


def grants_in_force(grants: Iterable[Grant], at: datetime) -> tuple[Grant, ...]:
    """Those of ``grants`` that count at ``at``, in their order."""
    return tuple(grant for grant in grants if grant.in_force(at))


def may(person: Person, action: Action, *, region: str, unit: str = "") -> bool:
    """Whether ``person`` may do ``action`` to a thing of ``region`` (four tokens) and ``unit`` (an id)."""
    return any(action in ALLOWED[grant.role] and grant.over(region, unit) for grant in person.grants)


def height(person: Person, action: Action, *, region: str) -> int | None:
    """How many tokens the widest grant of ``person`` for ``action`` over ``region`` names; None when there is none.

    0 is the whole country, 1 a province, 2 a city, 3 a county.
    """
    prefixes = (grant.region for grant in person.grants if action in ALLOWED[grant.role])
    return min(
        (len(one.split(".")) if one else 0 for one in prefixes if one is not None and covers(one, region)), default=None
    )


def scope(person: Person, action: Action) -> Scope:
    """Everything ``person`` may do ``action`` to, as the filter of a query. Agrees with ``may``."""
    grants = [grant for grant in person.grants if action in ALLOWED[grant.role]]
    return Scope(
        regions=tuple(sorted({grant.region for grant in grants if grant.region is not None})),
        units=tuple(sorted({grant.unit for grant in grants if grant.unit is not None})),
    )
