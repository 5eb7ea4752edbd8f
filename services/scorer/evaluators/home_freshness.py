"""首页不更新: no item of the home page has a day within the weeks before the time of checking.

One look that saw a recent day of the site's own items is enough for fresh. Not updated, which is a veto, only when
several looks agree that there can be none: everything the home page holds was seen (``complete``), and each of its
``items`` is dated beside its title or by its own page, or that page was read whole and states no day (``undated``). A
page without items (it may be a mere entrance), days that stand in an address alone, pages that could not be opened,
and recent or undated items that lead to other sites tell nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import ClassVar

from pydantic import JsonValue

from services.scorer.conclusion import Conclusion, Reason
from services.scorer.evaluators.agreeing import AgreeingParams, answered
from services.scorer.evaluators.evaluator import Evaluator, window_of
from services.scorer.observations import Observations, Sample, day_of, local
from services.scorer.ruleset import Criterion
from shared.events.score import Verdict


class HomeFreshnessParams(AgreeingParams):
    """An item within the criterion's window is needed; ``looks`` of ``observed_days`` must agree that there is none."""

    probes: ClassVar = frozenset({"content"})
    asks: ClassVar = frozenset({"window"})


def judge(observations: Observations, criterion: Criterion, params: HomeFreshnessParams, as_of: datetime) -> Conclusion:
    """The conclusion on one website."""
    looks = answered(observations, criterion, params, as_of)
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
    doubtful = next(((look, doubt) for look in agreeing if (doubt := _doubt(look, first))), None)
    if doubtful or len(agreeing) < params.looks:
        not_yet = Reason.NOT_READABLE if doubtful else Reason.NOT_CONFIRMED
        return Conclusion(
            verdict=Verdict.UNDETERMINED,
            reason=not_yet if looks else Reason.NOT_SEEN,
            why=_why_not(agreeing, params, doubtful),
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


def _doubt(look: Sample, first: date) -> str | None:
    """Why there may be a recent item that a look did not see, for a notice; None when there can be none."""
    if not _number(look, "items"):
        return "首页没有读到信息条目，可能只是栏目导航入口，也可能由脚本显示"
    if look.measured.get("complete") is not True:
        return "首页可能还有由脚本显示的信息没有读到"
    unknown = _number(look, "unopened") + _number(look, "by_address")
    if unknown or not isinstance(look.measured.get("unopened"), int):
        return f"首页有{unknown or '若干'}条信息的标题旁没有注明日期，其稿件发布页没有打开或者没有读全"
    elsewhere = look.measured.get("elsewhere")
    latest, undated = (elsewhere.get("latest"), elsewhere.get("undated")) if isinstance(elsewhere, Mapping) else ("", 0)
    day = _as_day(latest)
    return (
        "首页有近期或者未注明日期的信息链接到其他网站，算不算更新须由人查看"
        if undated or (day and day >= first)
        else None
    )


def _said(look: Sample, as_of: datetime) -> str:
    latest, undated = _day(look, "latest"), _number(look, "undated")
    counted = f"首页{_number(look, 'items')}条信息中"
    silent = (
        f"最新日期为{latest}，至{day_of(as_of)}已{(day_of(as_of) - latest) // timedelta(days=1)}日" if latest else ""
    )
    without = f"{undated}条没有注明发布时间，视为不更新" if undated else ""
    return f"截至{local(look.looked_at)}，{counted}，" + "，".join(part for part in (silent, without) if part)


def _why_not(looks: Sequence[Sample], params: HomeFreshnessParams, doubtful: tuple[Sample, str] | None) -> str:
    if doubtful:
        look, doubt = doubtful
        return f"{local(look.looked_at)}查看，{doubt}，不能据此认定首页未更新。"
    seen = f"{params.observed_days}日内读到首页内容的查看只有{len(looks)}次"
    found = "，没有看到期限内的信息" if looks else ""
    return f"{seen}{found}，须最近{params.looks}次查看一致才能认定首页未更新。"


def _day(look: Sample, name: str) -> date | None:
    """A day a look saw; None when it saw none, or one that had not come yet."""
    day = _as_day(look.measured.get(name))
    return day if day and day <= day_of(look.looked_at) else None


def _as_day(text: JsonValue) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _number(look: Sample, name: str) -> int:
    value = look.measured.get(name)
    return value if isinstance(value, int) else 0


HOME_FRESHNESS = Evaluator(HomeFreshnessParams, judge)
