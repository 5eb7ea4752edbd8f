"""变更未报备: an outlet shows something else than what was filed, and no filing covers it.

The registry compares and confirms (``registry.change_unfiled``) and says when it is settled: filed after all, undone,
or over with what was filed. Here an open difference is a violation.
"""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field, JsonValue

from services.scorer.conclusion import EXHIBITS, Conclusion, Reason
from services.scorer.evaluators.evaluator import Evaluator
from services.scorer.observations import PROFILE, Observations, Unfiled, days_back, local
from services.scorer.ruleset import Criterion, Days, Key, Params, Text
from shared.events.probe import Outcome
from shared.events.score import Exhibit, Verdict


class FilingParams(Params):
    """``fields`` must be filed before they change (name -> official name); a look of ``observed_days`` is needed."""

    probes: ClassVar = frozenset({PROFILE})

    observed_days: Days = Field(title="查看的时效天数")
    fields: Annotated[dict[Key, Text], Field(min_length=1)] = Field(title="须报备的事项")

    def days(self) -> int:
        """The days whose looks count."""
        return self.observed_days


def judge(observations: Observations, criterion: Criterion, params: FilingParams, as_of: datetime) -> Conclusion:
    """The conclusion on one outlet."""
    ours = [each for each in observations.unfiled if each.difference.field in params.fields]
    open_ = sorted((each for each in ours if not each.settled), key=lambda each: each.difference.since)
    if open_:
        changes: dict[str, JsonValue] = {
            each.difference.field: {"filed": each.difference.filed, "seen": each.difference.seen} for each in open_
        }
        return Conclusion(
            verdict=Verdict.VIOLATED,
            reason=Reason.UNFILED,
            why="".join(_sentence(each, params) for each in open_),
            evidence=tuple(exhibit for each in open_ for exhibit in _exhibits(each, params))[:EXHIBITS],
            measured={"unfiled": changes},
        )
    looks = observations.of(criterion.probes, days_back(as_of, params.observed_days))
    if not ours and not any(look.outcome is Outcome.ANSWERED for look in looks):
        return Conclusion(
            verdict=Verdict.UNDETERMINED,
            reason=Reason.NOT_SEEN,
            why=f"{params.observed_days}日内没有读到该对象的公开信息，无法与备案比对。",
        )
    return Conclusion(
        verdict=Verdict.CLEAR,
        reason=Reason.NOTHING_UNFILED,
        why=_settled(ours) + "公开信息与备案一致，没有未报备的变更。",
    )


def _sentence(unfiled: Unfiled, params: FilingParams) -> str:
    it = unfiled.difference
    return (
        f"{params.fields[it.field]}备案为“{it.filed}”，自{local(it.since)}起显示为“{it.seen}”，"
        f"经{len(it.sightings)}次查看确认，未见变更备案。"
    )


def _settled(ours: list[Unfiled]) -> str:
    if not ours:
        return ""
    late, ended = (sum(each.settled == how for each in ours) for how in ("filed_late", "ended"))
    over = f"、因原备案终止不再比对{ended}项" if ended else ""
    return f"曾有{len(ours)}项变更未报备，其中补办备案{late}项、恢复原状{len(ours) - late - ended}项{over}。"


def _exhibits(unfiled: Unfiled, params: FilingParams) -> list[Exhibit]:
    it = unfiled.difference
    note = f"{params.fields[it.field]}显示为“{it.seen}”"
    return [Exhibit(seen_at=sight.seen_at, note=note, sha256=sight.evidence) for sight in it.sightings]


FILING = Evaluator(FilingParams, judge, on_unfiled=True)
