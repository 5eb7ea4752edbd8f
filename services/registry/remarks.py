"""What is said of something filed before it counts: a refusal, or a warning for who submits and who approves."""

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """Whether a remark stops the filing. What is fine has no remark."""

    REFUSE = "refuse"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to say: how heavy, its named reason, the field it is about, a Chinese sentence."""

    weight: Weight
    reason: StrEnum
    field: str
    sentence: str


def refuse(reason: StrEnum, field: str, sentence: str) -> Remark:
    """A remark that stops the filing."""
    return Remark(Weight.REFUSE, reason, field, sentence)


def warn(reason: StrEnum, field: str, sentence: str) -> Remark:
    """A remark that is shown and stops nothing."""
    return Remark(Weight.WARN, reason, field, sentence)
