"""What the scorer says: findings that changed state, and cards."""

from enum import StrEnum
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.events.envelope import Fact, Shape
from shared.events.registry import UnitRef


class Verdict(StrEnum):
    """The conclusion on one criterion."""

    VIOLATED = "violated"
    CLEAR = "clear"
    UNDETERMINED = "undetermined"


class CriterionKind(StrEnum):
    """单项否决, 扣分, 加分; an obligation stands outside the score."""

    VETO = "veto"
    DEDUCTION = "deduction"
    BONUS = "bonus"
    OBLIGATION = "obligation"


class Exhibit(Shape):
    """One piece of evidence: when, what was seen, where the evidence lies."""

    seen_at: AwareDatetime
    note: str
    sha256: str | None = None


class Criterion(Shape):
    """The rule a finding cites."""

    id: str
    name: str
    kind: CriterionKind
    citation: str
    ruleset: str
    digest: str
    close: Literal["automatic", "reviewed"]
    probes: tuple[str, ...]


class Finding(Shape):
    """The conclusion on one criterion of one target. ``episode`` counts the times it became violated."""

    id: str
    target: str
    target_name: str
    unit: UnitRef
    criterion: Criterion
    verdict: Verdict
    why: str
    points: str = "0"
    evidence: tuple[Exhibit, ...] = ()
    measured: dict[str, Any] = Field(default_factory=dict)
    as_of: AwareDatetime
    episode: int


class _FindingFact(Fact):
    finding: Finding


class FindingRaised(_FindingFact):
    """A criterion is violated that was not."""

    type: ClassVar[str] = "score.finding_raised"


class FindingCleared(_FindingFact):
    """A criterion that was violated is clear."""

    type: ClassVar[str] = "score.finding_cleared"
