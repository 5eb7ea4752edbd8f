"""网站标识: which of the marks in the footer are absent.

The probe's ``measured["marks"]`` says for each mark by name that its ``state`` is ``present``, ``absent`` or
``unknown``, ``measured["report_entry"]`` says so of the 找错 entry. A mark is absent when the last looks, as many as
the ruleset asks for, agree; it is present when the last look saw it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue

from services.scorer.conclusion import NOTHING, Conclusion, Reason
from services.scorer.evaluators.agreeing import AgreeingParams, answered
from services.scorer.evaluators.evaluator import Evaluator
from services.scorer.observations import Observations, Sample, local
from services.scorer.ruleset import Criterion, Key, Text
from shared.events.score import Verdict

ENTRY = "report_entry"
State = Literal["present", "absent", "unconfirmed", "unknown"]


class MarksParams(AgreeingParams):
    """``marks`` is name -> official name; ``looks`` consecutive looks of ``observed_days`` must agree on an absence."""

    probes: ClassVar = frozenset({"marks"})

    marks: Annotated[dict[Key, Text], Field(min_length=1)] = Field(title="标识")


def judge(observations: Observations, criterion: Criterion, params: MarksParams, as_of: datetime) -> Conclusion:
    """The conclusion on one website; each absent mark costs the criterion's points."""
    looks = answered(observations, criterion, params, as_of)
    each = criterion.points or NOTHING
    if not looks:
        return Conclusion(
            verdict=Verdict.UNDETERMINED,
            reason=Reason.NOT_SEEN,
            why=f"{params.observed_days}日内没有一次读到页面，无法判断{len(params.marks)}项标识是否齐全。",
            at_most=each * len(params.marks),
        )
    states: dict[str, State] = {mark: _state(mark, looks, params.looks) for mark in params.marks}
    absent, unconfirmed, unknown = (
        [params.marks[mark] for mark, state in states.items() if state == wanted]
        for wanted in ("absent", "unconfirmed", "unknown")
    )
    doubtful = len(unconfirmed) + len(unknown)
    measured: dict[str, JsonValue] = {"looked_at": looks[0].looked_at.isoformat(), "marks": dict(states)}
    doubts = "".join(
        [
            f"{_names(unconfirmed)}一次未见，须连续{params.looks}次未见才能认定。" if unconfirmed else "",
            f"{_names(unknown)}无法识别，不作认定。" if unknown else "",
        ]
    )
    if absent:
        return Conclusion(
            verdict=Verdict.VIOLATED,
            reason=Reason.ABSENT,
            why=f"截至{local(looks[0].looked_at)}连续{params.looks}次查看，页面底部缺少{_names(absent)}，共{len(absent)}项。{doubts}",
            points=each * len(absent),
            at_most=each * (len(absent) + doubtful),
            evidence=tuple(look.exhibit(f"页面底部未见{_names(absent)}") for look in looks[: params.looks]),
            measured=measured,
        )
    if doubtful:
        return Conclusion(
            verdict=Verdict.UNDETERMINED,
            reason=Reason.NOT_CONFIRMED if unconfirmed else Reason.NOT_READABLE,
            why=f"最近一次查看：{doubts}",
            at_most=each * doubtful,
            measured=measured,
        )
    return Conclusion(
        verdict=Verdict.CLEAR,
        reason=Reason.ALL_PRESENT,
        why=f"页面底部{len(params.marks)}项标识齐全：{_names(list(params.marks.values()))}。",
        evidence=(looks[0].exhibit("页面底部标识齐全"),),
        measured=measured,
    )


def _state(mark: str, looks: list[Sample], needed: int) -> State:
    """What the looks (the newest first) say of one mark."""
    seen = [_saw(look, mark) for look in looks[:needed]]
    if seen[0] != "absent":
        return "present" if seen[0] == "present" else "unknown"
    return "absent" if len(seen) == needed and set(seen) == {"absent"} else "unconfirmed"


def _saw(look: Sample, mark: str) -> JsonValue:
    marks = look.measured.get("marks")
    seen = look.measured.get(mark) if mark == ENTRY else marks.get(mark) if isinstance(marks, Mapping) else None
    return seen.get("state") if isinstance(seen, Mapping) else None


def _names(names: list[str]) -> str:
    return "、".join(f"“{name}”" for name in names)


MARKS = Evaluator(MarksParams, judge)
