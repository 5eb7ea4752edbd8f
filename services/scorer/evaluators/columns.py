"""栏目不更新: how many columns of some classes are not updated, or how many are empty (空白栏目).

The class of a column is what its name or its ColumnType says. Fewer than ``at_least`` are clear only when all the rest
could be read: what was not tried or not readable could make up the number.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from services.scorer.columns_seen import Class, Column, Due, State, agreed, blank, named, not_updated, untried
from services.scorer.conclusion import EXHIBITS, Conclusion, Reason
from services.scorer.evaluators.agreeing import AgreeingParams, answered
from services.scorer.evaluators.evaluator import Evaluator, window_of
from services.scorer.observations import Observations, Sample, day_of, local
from services.scorer.ruleset import Criterion
from shared.events.score import Exhibit, Verdict


class BlankColumnsParams(AgreeingParams):
    """``at_least`` empty columns are too many; the last ``looks`` of ``observed_days`` must agree on each."""

    probes: ClassVar = frozenset({"content"})

    at_least: Annotated[int, Field(ge=1, le=100)] = Field(title="栏目个数（含）")


class StaleColumnsParams(BlankColumnsParams):
    """``at_least`` columns of ``classes`` together, each without an update in the window of its class."""

    classes: Annotated[tuple[Due, ...], Field(min_length=1)] = Field(title="栏目类别与更新期限")


class ClassFreshnessParams(AgreeingParams):
    """One of ``columns`` must be updated in the criterion's window; ``looks`` of ``observed_days`` must agree."""

    probes: ClassVar = frozenset({"content"})
    asks: ClassVar = frozenset({"window"})

    columns: Class = Field(title="栏目类别")


def judge_blank(
    observations: Observations, criterion: Criterion, params: BlankColumnsParams, as_of: datetime
) -> Conclusion:
    """The conclusion on the empty columns of one website."""
    looks = answered(observations, criterion, params, as_of)
    return _counted(looks, params, blank, ("空白栏目", lambda _: ""))


def judge_stale(
    observations: Observations, criterion: Criterion, params: StaleColumnsParams, as_of: datetime
) -> Conclusion:
    """The conclusion on the columns of some classes of one website."""

    def asked(column: Column) -> State:
        found = next((each for each in params.classes if each.holds(column)), None)
        return not_updated(column, found.window.first_day(day_of(as_of))) if found else State.NO

    looks = answered(observations, criterion, params, as_of)
    return _counted(looks, params, asked, ("超过期限没有更新的栏目", lambda column: f"（{column.latest()}）"))


def judge_class(
    observations: Observations, criterion: Criterion, params: ClassFreshnessParams, as_of: datetime
) -> Conclusion:
    """The conclusion on the columns of one class: violated when all there are were not updated."""
    looks = answered(observations, criterion, params, as_of)
    window = window_of(criterion)
    first = window.first_day(day_of(as_of))
    states = [
        (column, state)
        for column, state in agreed(
            looks, min(len(looks), params.looks), lambda column: not_updated(column, first)
        ).values()
        if params.columns.holds(column)
    ]
    fresh = [column for column, state in states if state is State.NO and column.told.get("latest")]
    if fresh:
        return Conclusion(
            verdict=Verdict.CLEAR,
            reason=Reason.UPDATED,
            why=f"{named(fresh, lambda column: f'（{column.latest()}）')}，在{window}的期限之内。",
            evidence=_exhibits(looks, fresh, "期限内有更新"),
        )
    stale = [column for column, state in states if state is State.YES]
    unread = untried(looks[0]) if looks else 0
    in_doubt = not stale or len(stale) < len(states) or unread > 0
    if in_doubt or len(looks) < params.looks:
        not_yet = Reason.NOT_READABLE if in_doubt else Reason.NOT_CONFIRMED
        return Conclusion(
            verdict=Verdict.UNDETERMINED,
            reason=not_yet if looks else Reason.NOT_SEEN,
            why=_why_not(looks, params, len(states), len(stale), unread),
            at_most=criterion.most(None),
        )
    return Conclusion(
        verdict=Verdict.VIOLATED,
        reason=Reason.NOT_UPDATED,
        why=(
            f"截至{local(looks[0].looked_at)}，这一类栏目{len(stale)}个，{first}以来都没有更新："
            f"{named(stale, lambda column: f'（{column.latest()}）')}，经{params.looks}次查看确认。"
        ),
        points=criterion.most(None),
        at_most=criterion.most(None),
        evidence=_exhibits(looks, stale, "期限内没有更新"),
        measured={"columns": [column.url for column in stale]},
    )


def _counted(
    looks: Sequence[Sample],
    params: BlankColumnsParams,
    asked: Callable[[Column], State],
    what: tuple[str, Callable[[Column], str]],
) -> Conclusion:
    if not looks:
        why = f"{params.observed_days}日内没有一次读到各栏目，无法判断。"
        return Conclusion(verdict=Verdict.UNDETERMINED, reason=Reason.NOT_SEEN, why=why)
    confirmed = len(looks) >= params.looks
    states = agreed(looks, min(len(looks), params.looks), asked).values()
    bad = [column for column, state in states if state is State.YES]
    doubtful = sum(state is State.UNKNOWN for _, state in states) + untried(looks[0])
    words, note = what
    said = f"{words}{len(bad)}个" + (f"：{named(bad, note)}" if bad else "")
    doubts = f"；另有{doubtful}个没有打开、一次未能认定或者无法识别" if doubtful else ""
    enough, possible = len(bad) >= params.at_least, len(bad) + doubtful >= params.at_least
    doubts += "" if confirmed or not enough else f"，须{params.looks}次查看一致才能认定"
    verdict = Verdict.VIOLATED if enough and confirmed else Verdict.UNDETERMINED if possible else Verdict.CLEAR
    reason = {
        Verdict.VIOLATED: Reason.LIMIT_REACHED,
        Verdict.UNDETERMINED: Reason.NOT_CONFIRMED if enough else Reason.NOT_READABLE,
        Verdict.CLEAR: Reason.WITHIN_LIMIT,
    }[verdict]
    return Conclusion(
        verdict=verdict,
        reason=reason,
        why=f"{local(looks[0].looked_at)}查看，{said}，限度为{params.at_least}个{doubts}。",
        evidence=_exhibits(looks, bad, words),
        measured={"columns": [column.url for column in bad], "untold": doubtful},
    )


def _why_not(looks: Sequence[Sample], params: ClassFreshnessParams, found: int, stale: int, unread: int) -> str:
    if not looks:
        return f"{params.observed_days}日内没有一次读到各栏目，无法判断。"
    if not found:
        return f"{local(looks[0].looked_at)}查看，没有按名称认出这一类栏目，是否开设须由人查看。"
    doubts = (
        f"其中{found - stale}个没有信息、没有读全或者无法识别更新日期" if found > stale else "",
        f"首页另有{unread}个栏目没有打开" if unread else "",
        f"须{params.looks}次查看一致才能认定，现有{len(looks)}次" if len(looks) < params.looks else "",
    )
    why = "，".join(doubt for doubt in doubts if doubt)
    return f"{local(looks[0].looked_at)}查看，这一类栏目{found}个，没有看到期限内更新的{stale}个；{why}，不能认定。"


def _exhibits(looks: Sequence[Sample], columns: Sequence[Column], note: str) -> tuple[Exhibit, ...]:
    seen_at = looks[0].looked_at
    return tuple(
        Exhibit(seen_at=seen_at, note=f"栏目“{column.name}”{note}", sha256=column.evidence)
        for column in columns[:EXHIBITS]
    )


BLANK_COLUMNS = Evaluator(BlankColumnsParams, judge_blank)
STALE_COLUMNS = Evaluator(StaleColumnsParams, judge_stale)
CLASS_FRESHNESS = Evaluator(ClassFreshnessParams, judge_class)
