"""What a check found, and the exit code it leads to. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from services.prober.look import Look
from services.scorer.observations import Sample
from services.scorer.scorecard import Card, Row
from shared.events.probe import Outcome
from shared.events.registry import Website
from shared.events.score import Verdict

PAGE = "page"
"""The name of the observation of a page beside the home page: what the probe of reachability says of it."""


class Exit(IntEnum):
    """What the command says with its exit code."""

    CLEAR = 0
    VIOLATED = 1
    NOT_OBSERVED = 2
    USAGE = 64


@dataclass(frozen=True, slots=True)
class Checked:
    """One website, looked at and judged.

    ``typed`` is the address as it was given; ``website`` what it was judged as, its ``name`` the title of the home page
    or else the host. ``samples`` are what each probe said of each look at the home page, the first look first, then
    one of each further page; ``look`` is the last look at the home page of ``looks``. ``addresses``: SHA-256 -> address
    of the page. ``cut_short``: the time for it was used up before everything had been looked at.
    """

    typed: str
    website: Website
    region: str
    as_of: datetime
    samples: Sequence[Sample]
    look: Look
    looks: int
    card: Card
    addresses: Mapping[str, str]
    cut_short: bool = False

    @property
    def opened(self) -> Sample:
        """The last word on whether the website opens."""
        return [sample for sample in self.samples if sample.probe == "reachability"][-1]

    @property
    def observed(self) -> bool:
        """Whether the home page was seen."""
        return self.opened.outcome is Outcome.ANSWERED

    @property
    def pages(self) -> list[Sample]:
        """The looks at further pages."""
        return [sample for sample in self.samples if sample.probe == PAGE]

    def rows(self, verdict: Verdict) -> list[Row]:
        """The rows that are judged so without waiting for a person."""
        return [row for row in self.card.rows if row.conclusion.verdict is verdict and not row.waits_for_a_person]

    @property
    def waiting(self) -> list[Row]:
        """The rows only people can tell."""
        return [row for row in self.card.rows if row.waits_for_a_person]

    @property
    def exit(self) -> Exit:
        """1 something is violated, else 2 the website could not be observed, else 0."""
        if self.rows(Verdict.VIOLATED):
            return Exit.VIOLATED
        return Exit.CLEAR if self.observed else Exit.NOT_OBSERVED


@dataclass(frozen=True, slots=True)
class Crashed:
    """A website whose check ended in an error of ours, told in ``error``; nothing is known of it."""

    typed: str
    error: str

    @property
    def exit(self) -> Exit:
        """It could not be observed."""
        return Exit.NOT_OBSERVED


def worst(exits: Iterable[Exit]) -> Exit:
    """The exit code of several websites: violated before not observed before clear."""
    found = set(exits)
    return next((each for each in (Exit.VIOLATED, Exit.NOT_OBSERVED) if each in found), Exit.CLEAR)
