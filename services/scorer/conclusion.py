"""The conclusion on one criterion: verdict, named reason, a Chinese sentence with the facts, points. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from pydantic import JsonValue

from shared.events.score import Exhibit, Verdict

NOTHING = Decimal(0)
EXHIBITS = 10
"""How many pieces of evidence travel with a conclusion; all of them stay with the prober."""


class Reason(StrEnum):
    """Why a criterion was judged as it was."""

    WITHIN_LIMIT = "within_limit"
    LIMIT_REACHED = "limit_reached"
    TOO_FEW_SAMPLES = "too_few_samples"
    ALL_PRESENT = "all_present"
    ABSENT = "absent"
    NOT_CONFIRMED = "not_confirmed"
    NOT_READABLE = "not_readable"
    NOT_SEEN = "not_seen"
    UPDATED = "updated"
    NOT_UPDATED = "not_updated"
    NOTHING_UNFILED = "nothing_unfiled"
    UNFILED = "unfiled"
    BROKEN = "broken"
    NOTHING_BROKEN = "nothing_broken"
    NEEDS_A_PERSON = "needs_a_person"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the observations say of one criterion.

    ``points`` are established; ``at_most`` is what it would be if everything we could not tell counted. For a
    deduction they are lost, for a bonus earned. ``charges`` says what the points were charged for (a column by its
    address), where another indicator must not charge it again.
    """

    verdict: Verdict
    reason: Reason
    why: str
    points: Decimal = NOTHING
    at_most: Decimal = NOTHING
    evidence: tuple[Exhibit, ...] = ()
    measured: Mapping[str, JsonValue] = field(default_factory=dict)
    charges: Mapping[str, Decimal] = field(default_factory=dict)
