"""首页不更新: no item of the home page has a day within the weeks before the time of checking.

The probe's ``measured`` says of the home page which is the ``latest`` day a person can read, how many ``items`` there
are and how many of them are ``undated``: those count as not updated. One look that saw a recent day is enough for
fresh; not updated only when several looks agree that they read the page and found none. A page without items (it may
be a mere entrance), one whose scripts may show more and that showed no day, and a recent day that stands in an address
alone tell nothing.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from services.scorer.conclusion import Conclusion, Reason
from services.scorer.evaluators.evaluator import Evaluator, window_of
from services.scorer.observations import Observations, Sample, day_of, days_back, local
from services.scorer.ruleset import Criterion, Days, Params
from shared.events.probe import Outcome
from shared.events.score import Verdict


class HomeFreshnessParams(Params):
    """An item within the criterion's window is needed; ``looks`` of ``observed_days`` must agree that there is none."""

    probes: ClassVar = frozenset({"content"})
    asks: ClassVar = frozenset({"window"})

    observed_days: Days = Field(title="查看的时效天数")
    looks: Annotated[int, Field(ge=1, le=10)] = Field(title="须一致的查看次数")

    def days(self) -> int:
        """The days whose looks count."""
        return self.observed_days


def judge(observations: Observations, criterion: Criterion, params: HomeFreshnessParams, as_of: datetime) -> Conclusion:
    """The conclusion on one website."""
    all_looks = observations.of(criterion.probes, days_back(as_of, params.observed_days))
    looks = [look for look in all_looks if look.outcome is Outcome.ANSWERED]
    window = window_of(criterion)
    first = window.first_day(day_of(as_of))
    newest = max(
        ((day, look) for look in looks if (day := _day(look, "latest"))), default=None, key=lambda each: each[0]
    )
    if newest and newest[0] >= first:
        day, look = newest
        return Conclusion(
            verdict=Verdict.CLEAR,
            reason=Reason.UPDATED,
            why=f"首页最新一条信息的日期为{day}，在{window}的时限之内。",
            evidence=(look.exhibit(f"首页最新一条信息的日期为{day}"),),
            measured={"latest": str(day)},
        )
    agreeing = looks[: params.looks]
    if len(agreeing) < params.looks or not all(_tells(look, first) for look in agreeing):
        return Conclusion(
            verdict=Verdict.UNDETERMINED,
            reason=Reason.NOT_READABLE if looks else Reason.NOT_SEEN,
            why=_why_not(agreeing, params, first),
            measured={"looks": len(looks)},
        )
    return Conclusion(
        verdict=Verdict.VIOLATED,
        reason=Reason.NOT_UPDATED,
        why=f"{_said(agreeing[0], as_of)}；{first}以来没有更新，经{params.looks}次查看确认。",
        evidence=tuple(look.exhibit("首页没有期限内的信息") for look in agreeing),
        measured={
            "latest": agreeing[0].measured.get("latest"),
            "items": _number(agreeing[0], "items"),
            "undated": _number(agreeing[0], "undated"),
        },
    )


def _tells(look: Sample, first: date) -> bool:
    """Whether a look read the items of the home page, and none of them may be newer than it could read."""
    dated, items = _number(look, "dated"), _number(look, "items")
    addressed = _day(look, "latest_by_address")
    return items > 0 and (dated > 0 or look.measured.get("complete") is True) and not (addressed and addressed >= first)


def _said(look: Sample, as_of: datetime) -> str:
    latest, undated = _day(look, "latest"), _number(look, "undated")
    counted = f"首页{_number(look, 'items')}条信息中"
    silent = (
        f"最新日期为{latest}，至{day_of(as_of)}已{(day_of(as_of) - latest) // timedelta(days=1)}日" if latest else ""
    )
    without = f"{undated}条没有注明发布时间，视为不更新" if undated else ""
    return f"截至{local(look.looked_at)}，{counted}，" + "，".join(part for part in (silent, without) if part)


def _why_not(looks: Sequence[Sample], params: HomeFreshnessParams, first: date) -> str:
    needed = f"须最近{params.looks}次查看一致才能认定首页未更新"
    if len(looks) < params.looks:
        return f"{params.observed_days}日内读到首页内容的查看只有{len(looks)}次，{needed}。"
    look = next(look for look in looks if not _tells(look, first))
    if not _number(look, "items"):
        return f"{local(look.looked_at)}查看，首页没有读到信息条目，可能只是栏目导航入口，也可能由脚本显示，{needed}。"
    return f"{local(look.looked_at)}查看，首页信息的日期没有注明在页面上，不能据此判断，{needed}。"


def _day(look: Sample, name: str) -> date | None:
    """A day a look saw; None when it saw none, or one that had not come yet."""
    text = look.measured.get(name)
    try:
        day = date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return day if day and day <= day_of(look.looked_at) else None


def _number(look: Sample, name: str) -> int:
    value = look.measured.get(name)
    return value if isinstance(value, int) else 0


HOME_FRESHNESS = Evaluator(HomeFreshnessParams, judge)
