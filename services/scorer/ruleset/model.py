"""The shape of a resolved ruleset: an official document as data.

Points are exact (text or whole numbers in YAML, ``Decimal`` here), ratios are fractions, windows are whole days.
"""

import hashlib
import json
import re
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    model_validator,
)

from shared.events.region import RegionPrefix, covers
from shared.events.registry import NewMedia, Particulars, Website
from shared.events.score import CriterionKind

POINTS = re.compile(r"(0|[1-9][0-9]{0,3})(\.[0-9]{1,3})?")
FRACTION = re.compile(r"([0-9]{1,6})/([1-9][0-9]{0,5})")


def _exact(value: object) -> Decimal:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not POINTS.fullmatch(text):
        raise ValueError('an exact number is a whole number or text like "0.5"')
    return Decimal(text)


def plain(number: Decimal) -> str:
    """A decimal as people write it, without exponent or trailing zeros: ``0.5``, ``100``."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _fraction(value: object) -> Fraction:
    match = FRACTION.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError("a ratio is an exact fraction like 5/100")
    return Fraction(int(match[1]), int(match[2]))


Exact = Annotated[Decimal, BeforeValidator(_exact), PlainSerializer(plain, return_type=str)]
Ratio = Annotated[Fraction, PlainValidator(_fraction), PlainSerializer(str, return_type=str)]
Days = Annotated[int, Field(ge=1, le=400)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]


class Strict(BaseModel):
    """Frozen, no unknown keys, no conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Params(Strict):
    """What an evaluator needs to know; every number of a rule is here, none is in code."""

    def days(self) -> int:
        """How many calendar days of observations the evaluator looks back."""
        raise NotImplementedError

    def rests_on(self, day: date, today: date) -> bool:
        """Whether a look due on ``day`` can change what is concluded ``today`` (days in Asia/Shanghai)."""
        return day <= today


S = TypeVar("S", bound=Strict)


def strictly(shape: type[S], value: object) -> S:
    """``value`` (plain JSON-like) as a ``shape``. Raises pydantic's ValidationError."""
    return shape.model_validate_json(json.dumps(value, default=date.isoformat))


class Status(StrEnum):
    """Whether somebody compared the text with the original document."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"


class Method(StrEnum):
    """Who can tell: a machine, a machine that prepares and a person who decides, a person."""

    AUTOMATIC = "automatic"
    ASSISTED = "assisted"
    MANUAL = "manual"


class Source(Strict):
    """The official document. ``cite`` is how a notice names it."""

    cite: Text
    issuer: Text
    issued_on: date
    status: Status
    note: str = ""


class Effective(Strict):
    """In force from a day, to a day (included) or until further notice."""

    since: date = Field(alias="from")
    until: date | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _ordered(self) -> "Effective":
        if self.until and self.until < self.since:
            raise ValueError("'to' lies before 'from'")
        return self


class Scope(Strict):
    """Which outlets a criterion is for. ``site_class`` narrows websites and says nothing of accounts."""

    id: Key
    outlets: tuple[Literal["website", "new_media"], ...] = Field(min_length=1)
    site_class: tuple[Literal["portal", "department"], ...] = ("portal", "department")

    def includes(self, filed: Particulars) -> bool:
        """Whether an outlet filed like this is judged."""
        match filed:
            case Website():
                return "website" in self.outlets and filed.site_class in self.site_class
            case NewMedia():
                return "new_media" in self.outlets


class Citation(Strict):
    """The document and the place in it."""

    document: Text
    where: Text

    def __str__(self) -> str:
        return f"{self.document} {self.where}"


class Criterion(Strict):
    """One 评分细则. ``points`` is what one occurrence costs (or earns); ``text`` is the rule as the document has it."""

    id: Key
    text: Text
    citation: Citation
    status: Status
    method: Method
    points: Exact | None = None
    per: Text | None = None
    evaluator: str | None = None
    params: dict[str, JsonValue] = {}
    probes: tuple[Key, ...] = ()
    close: Literal["automatic", "reviewed"]
    severity: Literal["ordinary", "serious"]
    deadline_working_days: Annotated[int, Field(ge=1, le=250)] | None = None
    note: str = ""

    @model_validator(mode="after")
    def _who_can_tell(self) -> "Criterion":
        if self.method is Method.AUTOMATIC and not self.evaluator:
            raise ValueError("an automatic criterion names its evaluator")
        if self.method is Method.MANUAL and self.evaluator:
            raise ValueError("a manual criterion has no evaluator")
        if self.evaluator and not self.probes:
            raise ValueError("a criterion with an evaluator names the probes that feed it")
        if self.params and not self.evaluator:
            raise ValueError("params are for an evaluator, and none is named")
        return self


class Indicator(Strict):
    """One 检查指标 with its criteria. ``cap`` is its 分值: what its criteria can cost (or earn) together."""

    id: Key
    name: Text
    kind: CriterionKind
    applies: Key
    category: Text | None = None
    cap: Exact | None = None
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    note: str = ""

    @model_validator(mode="after")
    def _points_fit(self) -> "Indicator":
        scored = self.kind in (CriterionKind.DEDUCTION, CriterionKind.BONUS)
        if scored != (self.cap is not None) or scored != (self.category is not None):
            raise ValueError("deductions and bonuses have a cap and a category, vetoes and obligations have neither")
        for criterion in self.criteria:
            if criterion.id != self.id and not criterion.id.startswith(f"{self.id}-"):
                raise ValueError(f"criterion {criterion.id} is not named after its indicator {self.id}")
            if scored != (criterion.points is not None):
                raise ValueError(f"criterion {criterion.id}: points go with deductions and bonuses, and only with them")
            if criterion.points is not None and self.cap is not None and criterion.points > self.cap:
                raise ValueError(f"criterion {criterion.id} has more points than the cap of its indicator")
        return self


class WithoutService(Strict):
    """没有对外服务职能: which category is left out, and by what the rest is multiplied."""

    drop: Text
    multiply: Ratio


class Scoring(Strict):
    """How a score becomes a verdict."""

    full: Exact
    fails_below: Exact
    bonus_above: Exact
    bonus_full: Exact
    without_external_service: WithoutService


class Category(Strict):
    """一级指标 and the points its indicators add up to."""

    kind: Literal[CriterionKind.DEDUCTION, CriterionKind.BONUS]
    name: Text
    points: Exact


class Extent(Strict):
    """Whether this is the whole table. Only a whole table can pass an outlet, and its sums are checked."""

    complete: bool
    categories: tuple[Category, ...] = ()


class Ruleset(Strict):
    """One official document, resolved: everything it extends is written out."""

    id: Key = Field(alias="ruleset")
    version: Text
    extends: Key | None = None
    region: RegionPrefix
    effective: Effective
    document: Source
    restates_base: bool = False
    scopes: tuple[Scope, ...] = Field(min_length=1)
    scoring: Scoring
    table: Extent
    indicators: tuple[Indicator, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form; what a card or a finding names, to be judged the same way again."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def canonical(self) -> str:
        """The one way to write this ruleset as JSON: keys sorted, no spaces, exact numbers as text."""
        return json.dumps(
            self.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )

    def scope(self, name: str) -> Scope:
        """The scope called ``name``; the loader made sure that it exists."""
        return next(scope for scope in self.scopes if scope.id == name)

    def indicators_for(self, filed: Particulars) -> tuple[Indicator, ...]:
        """The indicators an outlet filed like this is judged by."""
        return tuple(each for each in self.indicators if self.scope(each.applies).includes(filed))

    def holds(self, region: str, on: date) -> bool:
        """Whether it is in force on a day in a region (four tokens)."""
        return (
            covers(self.region, region)
            and self.effective.since <= on
            and (self.effective.until is None or on <= self.effective.until)
        )
