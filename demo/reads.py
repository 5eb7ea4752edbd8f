"""What the people of the city read of govwatch's answers. Everything else in an answer is not for them."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Read(BaseModel):
    """What a person reads of an answer; the rest is not for them."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Filing(Read):
    """A filing as the registry shows it."""

    id: str
    outlet: str
    state: str
    late: bool = False


class Watched(Read):
    """One field of an outlet as the registry follows it."""

    field: str
    phase: str
    looked_at: AwareDatetime | None = None


class Outlet(Read):
    """An outlet in force."""

    id: str
    state: str
    filed: dict[str, Any]
    filings: tuple[Filing, ...] = ()
    watched: tuple[Watched, ...] = ()


class Criterion(Read):
    """What a finding is about."""

    id: str


class Finding(Read):
    """A finding as the scorer shows it."""

    target: str
    criterion: Criterion
    open: bool
    verdict: str | None


class Row(Read):
    """One line of a card; ``method`` says who judges it."""

    criterion: str
    kind: str
    verdict: str
    method: str


class Notice(Read):
    """A notice as the notifier shows it."""

    id: str
    number: str
    target: str
    state: str


class Visit(Read):
    """A visit as the prober shows it: what each probe gave, and what a source showed of an account."""

    purpose: str
    looked_at: AwareDatetime
    results: dict[str, dict[str, Any]] = {}
    profile: dict[str, Any] | None = None
