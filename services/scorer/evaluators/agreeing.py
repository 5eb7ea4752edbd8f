"""What evaluators share that judge by the last few looks: how far back they look, and how many must agree."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.scorer.observations import Observations, Sample, days_back
from services.scorer.ruleset import Criterion, Days, Params
from shared.events.probe import Outcome


class RecentParams(Params):
    """Only looks of the last ``observed_days`` count."""

    observed_days: Days = Field(title="查看的时效天数")

    def days(self) -> int:
        """The days whose looks count."""
        return self.observed_days


class AgreeingParams(RecentParams):
    """The last ``looks`` of them must agree before anybody is accused."""

    looks: Annotated[int, Field(ge=1, le=10)] = Field(title="须一致的查看次数")


def answered(observations: Observations, criterion: Criterion, params: RecentParams, as_of: datetime) -> list[Sample]:
    """The looks of the criterion's probes that count and read something, the newest first."""
    recent = observations.of(criterion.probes, days_back(as_of, params.observed_days))
    return [look for look in recent if look.outcome is Outcome.ANSWERED]
