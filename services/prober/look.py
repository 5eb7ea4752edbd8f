"""What one look at an address gave, and what a probe made of it. Pure data: nothing here goes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from shared.events.probe import Outcome, Reason


@dataclass(frozen=True, slots=True)
class Page:
    """A response that arrived. ``warnings`` are faults a browser forgives (see ``shared.egress.Answer``)."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    text: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why no response arrived: the outcome, the reason from the closed list, and the words for the log."""

    outcome: Outcome
    reason: Reason
    told: str


@dataclass(frozen=True, slots=True)
class Look:
    """One look: exactly one of ``page`` and ``trouble`` is there. ``seconds`` runs until the page or the trouble."""

    url: str
    looked_at: datetime
    seconds: float
    phases: Mapping[str, float]
    page: Page | None = None
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a probe says of a look. ``measured`` is documented by each probe.

    ``pages`` are those beside the home page that it rests on: they are kept as evidence, too.
    """

    outcome: Outcome
    reason: Reason
    measured: Mapping[str, JsonValue] = field(default_factory=dict)
    pages: Sequence[Page] = ()


def undetermined(reason: Reason) -> Measurement:
    """Could not tell, because of ``reason``."""
    return Measurement(Outcome.UNDETERMINED, reason)
