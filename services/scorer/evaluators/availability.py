"""站点无法访问: the share of visits on which a website did not open, over a week of whole days.

A visit is one scheduled slot: it failed only if no vantage could open the site in time, and one that could not tell
counts neither way. The window is the last whole calendar days (Asia/Shanghai) before ``as_of`` on which the site was
not offline by filing; when any of them has too few spaced visits, nothing is concluded. Visits that a person put in
afterwards count as any others, and the conclusion says how many they are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, ClassVar

from pydantic import Field, JsonValue

from services.scorer.conclusion import EXHIBITS, Conclusion, Reason
from services.scorer.evaluators.evaluator import Evaluator
from services.scorer.observations import Observations, Sample, day_of, online_days
from services.scorer.ruleset import Criterion, Days, Exact, Params, Ratio, plain
from shared.events.probe import Outcome, Purpose
from shared.events.probe import Reason as Why
from shared.events.score import Verdict

FAILURES: Mapping[Why, str] = {
    Why.DNS: "域名无法解析",
    Why.CONNECT: "无法建立连接",
    Why.TLS: "加密连接错误",
    Why.TIMEOUT: "超时",
    Why.HTTP_4XX: "服务器称页面不可访问",
    Why.HTTP_5XX: "服务器出错",
    Why.BROKEN_RESPONSE: "页面传输不完整",
    Why.TOO_MANY_REDIRECTS: "跳转过多",
}


class AvailabilityParams(Params):
    """``fails_at`` of the visits failed is a violation; a visit of ``too_slow_seconds`` or more has failed."""

    probes: ClassVar = frozenset({"reachability"})

    window_days: Days = Field(title="监测天数")
    visits_per_day: Annotated[int, Field(ge=1, le=288)] = Field(title="每日访问次数不少于")
    spacing_minutes: Annotated[int, Field(ge=0, le=60)] = Field(title="访问间隔分钟数不少于")
    too_slow_seconds: Annotated[Exact, Field(gt=0)] = Field(title="视为打不开的秒数")
    fails_at: Annotated[Ratio, Field(gt=0, le=1)] = Field(title="打不开的占比限度")

    def days(self) -> int:
        """The whole days of the window and the day of judging."""
        return self.window_days + 1

    def rests_on(self, day: date, today: date) -> bool:
        """Only whole days count, so a look of today changes nothing before midnight."""
        return day < today


@dataclass(frozen=True, slots=True)
class _Visit:
    due_at: datetime
    failed: bool
    look: Sample


def judge(observations: Observations, criterion: Criterion, params: AvailabilityParams, as_of: datetime) -> Conclusion:
    """The conclusion on one website."""
    last = day_of(as_of) - timedelta(days=1)
    window = online_days(observations.offline, last, params.window_days)
    first = window[0] if window else last
    by_day: dict[date, list[_Visit]] = {day: [] for day in window}
    for visit in _visits(observations.of(criterion.probes, first), params):
        if day_of(visit.due_at) in by_day:
            by_day[day_of(visit.due_at)].append(visit)
    counts = {day: len(_spaced(visits, params.spacing_minutes)) for day, visits in by_day.items()}
    visits = [visit for day in window for visit in by_day[day]]
    failed = [visit for visit in visits if visit.failed]
    origins = [visit.look.origin for visit in visits if visit.look.origin]
    left_out = (last - first).days + 1 - len(window)
    measured: dict[str, JsonValue] = {
        "first_day": str(first),
        "last_day": str(last),
        "visits": len(visits),
        "failed": len(failed),
        "visits_by_day": {str(day): count for day, count in counts.items()},
        "backfilled": len(origins),
        "days_offline": left_out,
    }
    told = _told(origins, left_out)
    if len(window) < params.window_days or any(count < params.visits_per_day for count in counts.values()):
        return _too_few(counts, params, last, told, measured)
    reached = len(failed) * params.fails_at.denominator >= len(visits) * params.fails_at.numerator
    why = (
        f"{first}至{last}共有效访问{len(visits)}次（每日不少于{params.visits_per_day}次），"
        f"其中{len(failed)}次打不开或用时达到{plain(params.too_slow_seconds)}秒，"
        f"占{_percent(Fraction(len(failed), len(visits)))}，"
        f"{'达到' if reached else '低于'}{_percent(params.fails_at)}的限度。{told}"
    )
    return Conclusion(
        verdict=Verdict.VIOLATED if reached else Verdict.CLEAR,
        reason=Reason.LIMIT_REACHED if reached else Reason.WITHIN_LIMIT,
        why=why,
        evidence=tuple(visit.look.exhibit(_seen(visit.look)) for visit in failed[-EXHIBITS:]),
        measured=measured,
    )


def _visits(samples: Iterable[Sample], params: AvailabilityParams) -> list[_Visit]:
    """One visit a slot, in order: open if any vantage opened it in time, failed if some failed and none opened it."""
    slots: defaultdict[datetime, list[Sample]] = defaultdict(list)
    for sample in samples:
        if sample.purpose is Purpose.SCHEDULED and _failed(sample, params.too_slow_seconds) is not None:
            slots[sample.due_at].append(sample)
    visits = []
    for due_at, looks in sorted(slots.items()):
        opened = [look for look in looks if not _failed(look, params.too_slow_seconds)]
        visits.append(_Visit(due_at, failed=not opened, look=(opened or looks)[0]))
    return visits


def _failed(sample: Sample, too_slow: Decimal) -> bool | None:
    """Whether the look failed; None when it could not tell."""
    if sample.outcome is Outcome.FAILED:
        return True
    seconds = sample.measured.get("seconds")
    if sample.outcome is Outcome.UNDETERMINED or isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    return Decimal(str(seconds)) >= too_slow


def _spaced(visits: list[_Visit], minutes: int) -> list[_Visit]:
    """Those visits that keep the least distance to the one counted before."""
    counted: list[_Visit] = []
    for visit in visits:
        if not counted or visit.due_at - counted[-1].due_at >= timedelta(minutes=minutes):
            counted.append(visit)
    return counted


def _too_few(
    counts: Mapping[date, int],
    params: AvailabilityParams,
    last: date,
    told: str,
    measured: Mapping[str, JsonValue],
) -> Conclusion:
    days = list(counts)
    lacking = {day: params.visits_per_day - n for day, n in counts.items() if n < params.visits_per_day}
    missing = sum(lacking.values()) + params.visits_per_day * (params.window_days - len(days))
    good_days = len(days) - 1 - days.index(max(lacking)) if lacking else len(days)
    decidable = last + timedelta(days=params.window_days - good_days + 1)
    why = (
        f"需要连续{params.window_days}个自然日、每日不少于{params.visits_per_day}次有效的间隔访问，"
        f"{_span(days, last)}有{len(lacking) + params.window_days - len(days)}日不足，共缺{missing}次，暂不能下结论；"
        f"此后每日样本充足时，最早{decidable}可以判定。{told}"
    )
    return Conclusion(
        verdict=Verdict.UNDETERMINED,
        reason=Reason.TOO_FEW_SAMPLES,
        why=why,
        measured={**measured, "missing": missing, "decidable_on": str(decidable)},
    )


def _span(days: Sequence[date], last: date) -> str:
    return f"{days[0]}至{days[-1]}" if days else f"截至{last}"


def _told(origins: Sequence[str], left_out: int) -> str:
    """What has to be said of the visits besides their number."""
    return "".join(
        [
            f"其中{len(origins)}次为事后补录（来源：{'、'.join(sorted(set(origins)))}）。" if origins else "",
            f"按备案临时下线的{left_out}日不计在内。" if left_out else "",
        ]
    )


def _percent(share: Fraction) -> str:
    return f"{plain(Decimal(share.numerator * 10000 // share.denominator) / 100)}%"


def _seen(look: Sample) -> str:
    origin = f"（补录，来源：{look.origin}）" if look.origin else ""
    if look.outcome is Outcome.FAILED:
        return f"打不开：{FAILURES.get(look.reason, look.reason.value)}{origin}"
    return f"用时{look.measured.get('seconds')}秒{origin}"


AVAILABILITY = Evaluator(AvailabilityParams, judge)
