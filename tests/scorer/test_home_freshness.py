"""首页不更新: one look that saw a recent day clears, and nobody is accused of what could not be read."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.scorer.conclusion import Conclusion, Reason
from services.scorer.evaluators.home_freshness import HOME_FRESHNESS
from services.scorer.observations import Observations
from services.scorer.ruleset import Criterion
from services.scorer.ruleset.exact import strictly
from shared.events.probe import Outcome
from shared.events.score import Verdict
from tests.scorer.given import NATIONAL, NOON, TODAY, look, rule

STALE = "2026-10-01"


def criterion(window: int = 14, **params: int) -> Criterion:
    """首页不更新 with another window or some params otherwise."""
    _, written = rule(NATIONAL, "V-S3-1")
    changes = {"window": {"days": window}, "params": {**written.params, **params}}
    return strictly(Criterion, written.model_dump(mode="json") | changes)


def seen(latest: str | None, hours_ago: float = 1.0, **measured: Any) -> Any:
    """A look at a home page with ten items, of which the newest is of this day."""
    counts = {"items": 10, "dated": 10 if latest else 0, "undated": 0 if latest else 10, "by_address": 0, "unopened": 0}
    elsewhere = {"items": 0, "undated": 0, "latest": None}
    told = {"latest": latest, "latest_by_address": None, "complete": True, "elsewhere": elsewhere, **counts, **measured}
    return look("content", NOON - timedelta(hours=hours_ago), measured=told)


def concluded(*looks: Any, **changes: int) -> Conclusion:
    """What the evaluator says."""
    return HOME_FRESHNESS(Observations(looks), criterion(**changes), NOON)


@pytest.mark.parametrize(
    ("newest", "verdict"),
    [
        ("2026-11-22", Verdict.CLEAR),
        ("2026-11-09", Verdict.CLEAR),
        ("2026-11-08", Verdict.VIOLATED),
        (STALE, Verdict.VIOLATED),
        (None, Verdict.VIOLATED),
    ],
)
def test_two_weeks_are_fourteen_days_with_today(newest: str | None, verdict: Verdict) -> None:
    assert concluded(seen(newest), seen(newest, 25)).verdict is verdict


def test_it_says_how_old_it_is_and_that_undated_items_count_as_not_updated() -> None:
    conclusion = concluded(seen(STALE, dated=7, undated=3), seen(STALE, 25, dated=7, undated=3))
    assert conclusion.why == (
        "截至2026-11-22 11:00，首页10条信息中，最新日期为2026-10-01，至2026-11-22已52日，3条没有注明发布时间，"
        "视为不更新；2026-11-09以来没有更新，经2次查看确认。"
    )
    assert conclusion.reason is Reason.NOT_UPDATED
    assert len(conclusion.evidence) == 2
    assert "10条没有注明发布时间，视为不更新" in concluded(seen(None), seen(None, 25)).why


@pytest.mark.parametrize("looks", [[seen(STALE)], [seen(STALE), seen(STALE, 100)], [seen(None)]])
def test_what_only_waits_for_another_look_says_so(looks: list[Any]) -> None:
    conclusion = concluded(*looks)
    assert (conclusion.verdict, conclusion.reason) == (Verdict.UNDETERMINED, Reason.NOT_CONFIRMED)
    assert conclusion.why == (
        "3日内读到首页内容的查看只有1次，没有看到期限内的信息，须最近2次查看一致才能认定首页未更新。"
    )


DOUBTS = {
    "no items": {"items": 0, "dated": 0},
    "a script may bring more": {"complete": False},
    "some were not opened": {"unopened": 1},
    "looks of before": {"unopened": None},
    "a recent day in an address": {"by_address": 1, "latest_by_address": "2026-11-20"},
    "an old day in an address": {"by_address": 1, "latest_by_address": STALE},
    "recent ones of other sites": {"elsewhere": {"items": 1, "undated": 0, "latest": "2026-11-20"}},
    "undated ones of other sites": {"elsewhere": {"items": 1, "undated": 1, "latest": None}},
}


@pytest.mark.parametrize("doubt", DOUBTS.values(), ids=DOUBTS)
@pytest.mark.parametrize("latest", [STALE, None])
def test_nobody_is_accused_of_what_could_not_be_read(latest: str | None, doubt: dict[str, Any]) -> None:
    for looks in ([(1.0, doubt), (25.0, doubt)], [(1.0, {}), (25.0, doubt)], [(1.0, doubt)]):
        conclusion = concluded(*(seen(latest, hours, **told) for hours, told in looks))
        assert (conclusion.verdict, conclusion.reason) == (Verdict.UNDETERMINED, Reason.NOT_READABLE), conclusion.why


def test_old_ones_of_other_sites_are_no_doubt() -> None:
    elsewhere = {"items": 3, "undated": 0, "latest": STALE}
    assert concluded(*(seen(STALE, ago, elsewhere=elsewhere) for ago in (1, 25))).verdict is Verdict.VIOLATED


@pytest.mark.parametrize(
    "looks",
    [
        [seen("not a day", dated=0, items=0), seen("", 25, dated=0, items=0)],
        [seen("2026-12-24", items=0), seen("2026-12-24", 25, items=0)],
        [look("content", NOON, outcome=Outcome.UNDETERMINED)],
        [],
    ],
)
def test_what_makes_no_sense_accuses_nobody(looks: list[Any]) -> None:
    conclusion = concluded(*looks)
    assert conclusion.verdict is Verdict.UNDETERMINED, conclusion.why
    assert conclusion.reason in (Reason.NOT_READABLE, Reason.NOT_SEEN)


def test_one_look_that_saw_a_recent_day_is_enough() -> None:
    assert concluded(seen(STALE), seen("2026-11-21", 25)).verdict is Verdict.CLEAR


def test_the_numbers_are_those_of_the_ruleset() -> None:
    assert concluded(seen(STALE), seen(STALE, 25), window=60).verdict is Verdict.CLEAR
    assert concluded(seen(STALE), looks=1).verdict is Verdict.VIOLATED
    assert (TODAY - date.fromisoformat(STALE)).days == 52
