"""The shape of filing rules. Nothing here has a value of its own: what a document does not say is not demanded."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.events.region import RegionPrefix, covers
from shared.events.registry import FilingKind, NewMedia, Particulars
from shared.workdays import add_working_days

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
MUNICIPALITIES = frozenset({"11", "12", "31", "50"})
"""直辖市: what a city is elsewhere, the municipality itself is here."""


class Strict(BaseModel):
    """Data that may hold nothing we do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Level(StrEnum):
    """Whose agreement is needed: ``office`` is any that looks after the region, the others one at least so high."""

    OFFICE = "office"
    COUNTY = "county"
    CITY = "city"
    PROVINCE = "province"
    COUNTRY = "country"

    def reached(self, region: str, tokens: int) -> bool:
        """Whether a grant over a prefix of ``tokens`` tokens (0 the country, 1 a province …) is of this level."""
        match self:
            case Level.OFFICE:
                return True
            case Level.COUNTY:
                return tokens <= len(("省", "市", "县"))
            case Level.CITY:
                return tokens <= (1 if region[:2] in MUNICIPALITIES else 2)
            case Level.PROVINCE:
                return tokens <= 1
            case Level.COUNTRY:
                return tokens == 0


class Unit(StrEnum):
    """How the days of a term are counted."""

    WORKING = "working"
    CALENDAR = "calendar"


class Term(Strict):
    """A number of days; the day it is counted from does not count (民法典第二百零一条)."""

    days: Annotated[int, Field(ge=1, le=366)]
    unit: Unit = Unit.WORKING

    def last_day(self, since: date) -> date:
        """The last day of a term that is counted from ``since``."""
        if self.unit is Unit.WORKING:
            return add_working_days(since, self.days)
        return since + timedelta(days=self.days)

    def __str__(self) -> str:
        """In Chinese: 5个工作日, 30日."""
        return f"{self.days}{'个工作日' if self.unit is Unit.WORKING else '日'}"


class Duty(Strict):
    """What the unit still has to do once a filing is in force, for example announce it; ``proof`` is how it shows that.

    ``when`` are the fields whose change makes it a duty; empty is always.
    """

    id: Key
    title: Text
    proof: Literal["url", "text"] = "text"
    announces: bool = False
    within: Term | None = None
    when: tuple[Key, ...] = ()


class Attachment(Strict):
    """A document that comes with the filing; without one that is ``required`` the filing is not taken."""

    id: Key
    title: Text
    required: bool = True


class Breach(StrEnum):
    """What happens to a filing that does not keep to a limit."""

    WARN = "warn"
    REFUSE = "refuse"


class Longest(Strict):
    """临时下线: at most ``days`` days at a time, ``per_year`` times in a calendar year."""

    days: Annotated[int, Field(ge=1)] | None = None
    per_year: Annotated[int, Field(ge=1)] | None = None
    breach: Breach = Breach.REFUSE


class Which(Strict):
    """Which outlets a rule is for; empty is all."""

    outlets: tuple[Literal["website", "new_media"], ...] = ()
    platforms: tuple[str, ...] = ()
    subtypes: tuple[str, ...] = ()

    def fits(self, filed: Particulars) -> bool:
        """Whether ``filed`` is one of them. Of ``platforms`` and ``subtypes`` either is enough."""
        if self.outlets and filed.kind not in self.outlets:
            return False
        if not self.platforms and not self.subtypes:
            return True
        return isinstance(filed, NewMedia) and (filed.platform in self.platforms or filed.subtype in self.subtypes)

    @property
    def weight(self) -> int:
        """How closely it says which: the closer rule wins."""
        return 2 if self.platforms or self.subtypes else int(bool(self.outlets))


class KindRule(Strict):
    """What holds for filings of one kind. Terms that a document does not give are None: nothing is demanded.

    ``before``: submitted so long before the day it takes effect; ``first``: submitted before that day at all;
    ``within``: submitted so long after it was done; ``decide``: each level decides within; ``mend``: a returned filing
    is mended within; ``after``: one of these kinds must be in force for the same outlet first; ``may_change``: the only
    fields such a filing may change.
    """

    kind: FilingKind
    which: Which = Which()
    levels: tuple[Level, ...] = (Level.OFFICE,)
    before: Term | None = None
    first: bool = False
    within: Term | None = None
    decide: Term | None = None
    mend: Term | None = None
    after: tuple[FilingKind, ...] = ()
    may_change: tuple[Key, ...] = ()
    duties: tuple[Duty, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    longest: Longest | None = None
    cite: Text
    note: str = ""
    status: Literal["verified", "unverified"] = "verified"

    @model_validator(mode="after")
    def _makes_sense(self) -> "KindRule":
        if not self.levels:
            raise ValueError("somebody has to agree: name at least one level")
        if self.longest and self.kind is not FilingKind.SUSPEND:
            raise ValueError("only a suspension has a longest time")
        if self.kind in self.after:
            raise ValueError("a filing cannot wait for one of its own kind")
        if len({duty.id for duty in self.duties}) != len(self.duties):
            raise ValueError("two duties have the same id")
        return self


class Count(StrEnum):
    """What is counted of one unit."""

    ACCOUNTS_ON_A_PLATFORM = "accounts_on_a_platform"
    APPLICATIONS = "applications"


class Limit(Strict):
    """How many a unit may have."""

    count: Count
    most: Annotated[int, Field(ge=0)]
    breach: Breach = Breach.WARN
    cite: Text


class Required(Strict):
    """A platform or a service entry every unit must have: one of ``platforms`` in its register."""

    id: Key
    title: Text
    platforms: tuple[str, ...]
    cite: Text


class Grace(Strict):
    """What excuses what was seen: a filing under way, and what was in force until ``lately`` days ago.

    A website that did not answer for ``gone`` days is gone. What was closed is looked at ``every`` so many days until
    ``afterwards`` days have passed. No document sets these: they are ours.
    """

    pending: bool = True
    lately: Annotated[int, Field(ge=0, le=90)] = 15
    sightings: Annotated[int, Field(ge=2, le=10)] = 2
    gone: Annotated[int, Field(ge=1, le=90)] = 14
    afterwards: Annotated[int, Field(ge=1, le=366)] = 90
    every: Annotated[int, Field(ge=1, le=30)] = 7


class Effective(Strict):
    """In force from a day, to a day (included) or until further notice."""

    since: date = Field(alias="from")
    until: date | None = Field(default=None, alias="to")

    def holds(self, day: date) -> bool:
        """Whether ``day`` is one of its days."""
        return self.since <= day and (self.until is None or day <= self.until)


class Ruleset(Strict):
    """One official document."""

    filing_rules: str
    version: str
    title: Text
    issuer: Text
    region: RegionPrefix
    effective: Effective
    note: str = ""
    rules: tuple[KindRule, ...] = ()
    limits: tuple[Limit, ...] = ()
    required: tuple[Required, ...] = ()
    grace: Grace | None = None

    def holds(self, region: str, day: date) -> bool:
        """Whether it counts in ``region`` (four tokens) on ``day``."""
        return covers(self.region, region) and self.effective.holds(day)


class Pinned(BaseModel):
    """The rule a filing was submitted under. It stays with the filing, whatever becomes of the document."""

    model_config = ConfigDict(frozen=True)

    ruleset: str
    version: str
    digest: str
    title: str
    rule: KindRule
