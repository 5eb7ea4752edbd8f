"""内容不更新 (accounts): no post in the weeks before the time of checking.

Fresh as soon as any recent look saw a post inside the window; not updated only when several looks agree that they
could read the newest post and that it is older. A look that shows no date, or a date yet to come, tells nothing.
"""

from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import Field

from services.scorer.conclusion import Conclusion, Reason
from services.scorer.evaluators.agreeing import AgreeingParams
from services.scorer.evaluators.evaluator import Evaluator
from services.scorer.observations import PROFILE, Observations, Sample, day_of, days_back, local
from services.scorer.ruleset import Criterion, Days
from shared.events.probe import Outcome
from shared.events.score import Verdict


class FreshnessParams(AgreeingParams):
    """A post of the last ``window_days`` is needed; ``looks`` of the last ``observed_days`` must agree on none."""

    probes: ClassVar = frozenset({PROFILE})

    window_days: Days = Field(title="监测天数")


def judge(observations: Observations, criterion: Criterion, params: FreshnessParams, as_of: datetime) -> Conclusion:
    """The conclusion on one account."""
    looks = observations.of(criterion.probes, days_back(as_of, params.observed_days))
    posts = [(post, look) for look in looks if (post := _last_post(look)) is not None]
    first = days_back(as_of, params.window_days)
    if posts and day_of(max(posts, key=lambda each: each[0])[0]) >= first:
        post, look = max(posts, key=lambda each: each[0])
        return Conclusion(
            verdict=Verdict.CLEAR,
            reason=Reason.UPDATED,
            why=f"最近一次发布在{local(post)}，在{params.window_days}日的时限之内。",
            evidence=(look.exhibit(f"最近一次发布 {local(post)}"),),
            measured={"last_post_at": post.isoformat()},
        )
    agreeing = posts[: params.looks]
    if len(agreeing) < params.looks or [look for _, look in agreeing] != list(looks[: params.looks]):
        return Conclusion(
            verdict=Verdict.UNDETERMINED,
            reason=Reason.NOT_READABLE if looks else Reason.NOT_SEEN,
            why=f"{params.observed_days}日内能读出最近发布时间的查看只有{len(posts)}次，须最近{params.looks}次一致才能认定未更新。",
            measured={"readable_looks": len(posts)},
        )
    post = max(post for post, _ in agreeing)
    silent = day_of(as_of) - day_of(post)
    return Conclusion(
        verdict=Verdict.VIOLATED,
        reason=Reason.NOT_UPDATED,
        why=(
            f"最近一次发布在{local(post)}，至{day_of(as_of)}已{silent.days}日；"
            f"{first}以来没有更新，经{params.looks}次查看确认。"
        ),
        evidence=tuple(look.exhibit(f"最近一次发布 {local(post)}") for post, look in agreeing),
        measured={"last_post_at": post.isoformat(), "silent_days": silent // timedelta(days=1)},
    )


def _last_post(look: Sample) -> datetime | None:
    """The newest post a look saw; None when it saw none or one that cannot be."""
    text = look.measured.get("last_post_at")
    if look.outcome is not Outcome.ANSWERED or not isinstance(text, str):
        return None
    try:
        post = datetime.fromisoformat(text)
    except ValueError:
        return None
    return post if post.tzinfo and post <= look.looked_at else None


FRESHNESS = Evaluator(FreshnessParams, judge)
