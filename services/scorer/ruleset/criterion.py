"""One rule of a table and the indicator it stands under: what it says, what it costs, who can tell."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue, model_validator

from services.scorer.ruleset.exact import Exact, Key, Period, Strict, Text, Window
from shared.events.score import CriterionKind

NOTHING = Decimal(0)


class Status(StrEnum):
    """Whether somebody compared the text with the original document."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"


class Method(StrEnum):
    """Who can tell: a machine, a machine that prepares and a person who decides, a person."""

    AUTOMATIC = "automatic"
    ASSISTED = "assisted"
    MANUAL = "manual"


class Decides(StrEnum):
    """Whose word counts where no machine decides: an inspector's, who looks or confirms what a probe kept.

    Two people agree before anything vetoes.
    """

    INSPECTOR = "inspector"
    CONFIRMATION = "confirmation"
    TWO_PEOPLE = "two_people"


class Citation(Strict):
    """The document and the place in it: part and row."""

    document: Text
    where: Text

    def __str__(self) -> str:
        return f"{self.document} {self.where}"


class Cited(Strict):
    """A sentence of a document in our own words, with the place it stands at. Numbers and names are as they stand."""

    id: Key
    text: Text
    citation: Citation
    status: Status
    note: str = ""


class Sample(Strict):
    """随机抽查: how many are drawn, of what, and whether all are looked at when there are fewer."""

    n: Annotated[int, Field(ge=1, le=100)]
    of: Text
    all_if_fewer: bool = False


class Criterion(Cited):
    """One 评分细则. ``points`` is what one occurrence costs (or earns), ``times`` how often it can be counted at most.

    Criteria of one indicator with the same ``tier_of`` are stages of one thing: only the greatest counts. ``applies``
    narrows the scope of the indicator. ``needs`` says what a person must look at to decide it.
    """

    method: Method
    decides: Decides | None = None
    needs: Text | None = None
    applies: Key | None = None
    points: Exact | None = None
    per: Text | None = None
    times: Annotated[int, Field(ge=1, le=100)] | None = None
    tier_of: Key | None = None
    window: Window | None = None
    within: Period | None = None
    sample: Sample | None = None
    evaluator: str | None = None
    params: dict[str, JsonValue] = Field(default_factory=dict)
    probes: tuple[Key, ...] = ()
    close: Literal["automatic", "reviewed"] = "reviewed"
    severity: Literal["ordinary", "serious"] = "ordinary"
    deadline_working_days: Annotated[int, Field(ge=1, le=250)] | None = None

    @model_validator(mode="after")
    def _who_can_tell(self) -> "Criterion":
        automatic = self.method is Method.AUTOMATIC
        if automatic and not self.evaluator:
            raise ValueError("an automatic criterion names its evaluator")
        if self.method is Method.MANUAL and self.evaluator:
            raise ValueError("a manual criterion has no evaluator")
        if self.evaluator and not self.probes:
            raise ValueError("a criterion with an evaluator names the probes that feed it")
        if self.method is Method.ASSISTED and not self.probes:
            raise ValueError("an assisted criterion names the probes that prepare it")
        if self.params and not self.evaluator:
            raise ValueError("params are for an evaluator, and none is named")
        if automatic in (self.decides is not None, self.needs is not None):
            raise ValueError("'decides' and 'needs' go with assisted and manual criteria, and only with them")
        return self

    @model_validator(mode="after")
    def _counts(self) -> "Criterion":
        if self.times is not None and self.per is None:
            raise ValueError("'times' counts what 'per' names, and it names nothing")
        if self.tier_of is not None and self.points is None:
            raise ValueError("only points have tiers")
        return self

    def most(self, cap: Decimal | None) -> Decimal:
        """What it can cost (or earn) at most under an indicator of ``cap``; nothing for a veto or an obligation."""
        if self.points is None:
            return NOTHING
        if self.per is None:
            return self.points
        known = cap if self.times is None else self.points * self.times
        return self.points if known is None else known


class Indicator(Strict):
    """One 检查指标 with its criteria. ``cap`` is its 分值: what its criteria can cost (or earn) together.

    ``row`` tells two rows of one official name apart. What the indicators of ``not_again`` were already charged for
    (不重复扣分) is not charged here.
    """

    id: Key
    name: Text
    row: Text | None = None
    kind: CriterionKind
    applies: Key
    category: Text | None = None
    cap: Exact | None = None
    not_again: tuple[Key, ...] = ()
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    note: str = ""

    @property
    def title(self) -> str:
        """The official name, and which of its rows."""
        return f"{self.name}（{self.row}）" if self.row else self.name

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

    @model_validator(mode="after")
    def _decided_by_enough(self) -> "Indicator":
        tiers = [criterion.tier_of for criterion in self.criteria if criterion.tier_of is not None]
        for criterion in self.criteria:
            if self.kind is CriterionKind.VETO and criterion.decides not in (None, Decides.TWO_PEOPLE):
                raise ValueError(f"criterion {criterion.id}: two people decide a veto that no machine decides")
            if criterion.tier_of is not None and tiers.count(criterion.tier_of) == 1:
                raise ValueError(f"criterion {criterion.id} is the only tier of {criterion.tier_of}")
        return self
