"""The shape of a resolved ruleset: an official document as data.

Points are exact (text or whole numbers in YAML, ``Decimal`` here), ratios are fractions, windows are whole days or
calendar months.
"""

import hashlib
import json
from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from services.scorer.ruleset.criterion import Cited, Indicator, Status
from services.scorer.ruleset.exact import Exact, Key, Ratio, Strict, Text
from shared.events.region import RegionPrefix, covers
from shared.events.registry import NewMedia, Particulars, Website
from shared.events.score import CriterionKind


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
    """Which outlets something is for. What is said of websites narrows nothing of accounts, and the reverse.

    ``code_begins`` is the beginning of the 网站标识码 (``bm`` = 国务院部门). ``external_service``: only where the unit
    has 对外服务职能, by the rule of the ruleset's scoring; ``government_system``: only accounts of 政府系统.
    """

    id: Key
    outlets: tuple[Literal["website", "new_media"], ...] = Field(min_length=1)
    site_class: tuple[Literal["portal", "department"], ...] = ("portal", "department")
    code_begins: Annotated[str, StringConstraints(pattern=r"^(bm|\d{1,6})$")] | None = None
    external_service: bool = False
    platforms: tuple[Key, ...] = ()
    government_system: bool = False

    def includes(self, filed: Particulars, *, served: bool = True, government_system: bool = True) -> bool:
        """Whether an outlet filed like this is judged; ``served`` False: its unit need not serve the public."""
        match filed:
            case Website():
                return (
                    "website" in self.outlets
                    and filed.site_class in self.site_class
                    and filed.code.startswith(self.code_begins or "")
                    and (served or not self.external_service)
                )
            case NewMedia():
                return (
                    "new_media" in self.outlets
                    and (not self.platforms or filed.platform in self.platforms)
                    and (government_system or not self.government_system)
                )


class WithoutService(Strict):
    """没有对外服务职能: whom the rule is for, which category is left out, by what the rest is multiplied.

    ``applies`` is a scope; None = every website.
    """

    applies: Key | None = None
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
    """Whether this is the whole table. Only a whole table can pass an outlet. Stated sums are always checked."""

    complete: bool
    categories: tuple[Category, ...] = ()


class AnnualScoring(Strict):
    """How the points of a year's assessment become a verdict."""

    full: Exact
    fails_below: Exact
    bonus_above: Exact
    bonus_full: Exact


class AnnualRule(Cited):
    """One rule of a year's assessment."""

    kind: Literal[CriterionKind.VETO, CriterionKind.DEDUCTION, CriterionKind.BONUS]
    points: Exact | None = None
    per: Text | None = None

    @model_validator(mode="after")
    def _scored(self) -> "AnnualRule":
        if (self.kind is CriterionKind.VETO) == (self.points is not None):
            raise ValueError("points go with deductions and bonuses, and only with them")
        return self


class Annual(Strict):
    """年度考核 of units or offices: data for the assessment of a year, never part of an outlet's card."""

    assesses: Text
    complete: bool
    scoring: AnnualScoring | None = None
    rules: tuple[AnnualRule, ...] = Field(min_length=1)
    note: str = ""


class Duty(Cited):
    """An obligation of a unit or an office that is neither scored nor judged here."""

    who: Literal["unit", "office"]


class Change(Strict):
    """One override of this ruleset: what it changes in what it extends, and why."""

    id: Text
    op: Literal["add", "replace", "remove"]
    reason: Text


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
    annual: Annual | None = None
    duties: tuple[Duty, ...] = ()
    changes: tuple[Change, ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical form; what a card or a finding names, to be judged the same way again."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def canonical(self) -> str:
        """The one way to write this ruleset as JSON: keys sorted, no spaces, exact numbers as text."""
        return json.dumps(
            self.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )

    @property
    def differences(self) -> tuple[Change, ...]:
        """What it changes in what it extends, without the duties it adds: they stand by themselves."""
        duties = {duty.id for duty in self.duties}
        return tuple(change for change in self.changes if change.op != "add" or change.id not in duties)

    def scope(self, name: str) -> Scope:
        """The scope called ``name``; the loader made sure that it exists."""
        return next(scope for scope in self.scopes if scope.id == name)

    def without_service(self, filed: Particulars, *, serves_public: bool) -> bool:
        """Whether the rule for 没有对外服务职能 is used on an outlet filed like this."""
        rule = self.scoring.without_external_service
        return not serves_public and (rule.applies is None or self.scope(rule.applies).includes(filed))

    def indicators_for(
        self, filed: Particulars, *, serves_public: bool = True, government_system: bool = True
    ) -> tuple[Indicator, ...]:
        """The indicators an outlet filed like this is judged by, each with the criteria that apply to it.

        ``serves_public`` False = its unit has no 对外服务职能; ``government_system`` False = it is not of 政府系统.
        """
        served = not self.without_service(filed, serves_public=serves_public)
        holding = {
            scope.id
            for scope in self.scopes
            if scope.includes(filed, served=served, government_system=government_system)
        }
        return tuple(
            narrowed
            for indicator in self.indicators
            if indicator.applies in holding
            and (served or indicator.category != self.scoring.without_external_service.drop)
            and (narrowed := _narrowed(indicator, holding))
        )

    def holds(self, region: str, on: date) -> bool:
        """Whether it is in force on a day in a region (four tokens)."""
        return (
            covers(self.region, region)
            and self.effective.since <= on
            and (self.effective.until is None or on <= self.effective.until)
        )


def _narrowed(indicator: Indicator, holding: set[str]) -> Indicator | None:
    """``indicator`` with the criteria whose own scope holds; None when there are none."""
    left_out = [c.id for c in indicator.criteria if c.applies is not None and c.applies not in holding]
    if not left_out:
        return indicator
    criteria = tuple(criterion for criterion in indicator.criteria if criterion.id not in left_out)
    return indicator.model_copy(update={"criteria": criteria}) if criteria else None
