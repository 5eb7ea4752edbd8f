"""内容不更新: one look that saw a post is enough for fresh, an absence needs looks that agree."""

from datetime import datetime
from typing import Any

import pytest

from services.scorer.conclusion import Reason
from services.scorer.observations import Observations
from shared.events.score import Verdict
from shared.workdays import SHANGHAI
from tests.scorer.given import FENGDU, NATIONAL, NOON, cases, changed, judge, look, profile, title


def posts(*times: str | None) -> Observations:
    moments = [datetime.fromisoformat(text).replace(tzinfo=SHANGHAI) if text else None for text in times]
    return Observations(tuple(profile(moment, hours_ago=1 + n) for n, moment in enumerate(moments)))


@pytest.mark.parametrize("case", cases("freshness"), ids=title)
def test_the_table(case: dict[str, Any]) -> None:
    known = posts(*case["posts"])
    assert judge(NATIONAL, "V-A2-1", known).verdict == case["national"]
    assert judge(FENGDU, "V-A2-1", known).verdict == case["fengdu"]


def test_it_says_how_long_it_has_been_silent() -> None:
    conclusion = judge(NATIONAL, "V-A2-1", posts("2026-10-01 08:00", "2026-10-01 08:00"))
    assert conclusion.why == (
        "最近一次发布在2026-10-01 08:00，至2026-11-22已52日；2026-11-09以来没有更新，经2次查看确认。"
    )
    assert conclusion.measured["silent_days"] == 52
    assert len(conclusion.evidence) == 2


def test_looks_of_last_week_say_nothing_of_today() -> None:
    old = profile(datetime(2026, 10, 1, tzinfo=SHANGHAI), hours_ago=72)
    assert judge(NATIONAL, "V-A2-1", Observations((old, old))).reason is Reason.NOT_SEEN


@pytest.mark.parametrize("text", ["yesterday", "2026-11-22T08:00:00", 5])
def test_a_time_that_is_none_is_not_read(text: Any) -> None:
    strange = look("profile", NOON, measured={"last_post_at": text})
    assert judge(NATIONAL, "V-A2-1", Observations((strange, strange))).verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ("window_days: 14", "window_days: 60", Verdict.CLEAR),
        ("looks: 2\n        probes: [profile]", "looks: 3\n        probes: [profile]", Verdict.UNDETERMINED),
        ("probes: [profile]", "probes: [marks]", Verdict.UNDETERMINED),
    ],
)
def test_changing_only_the_yaml_changes_the_verdict(old: str, new: str, verdict: Verdict) -> None:
    known = posts("2026-10-01 08:00", "2026-10-01 08:00")
    assert judge(NATIONAL, "V-A2-1", known).verdict is Verdict.VIOLATED
    assert judge(changed(old, new), "V-A2-1", known).verdict is verdict
