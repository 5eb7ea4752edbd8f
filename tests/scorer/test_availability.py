"""站点无法访问: judged by whole days with enough spaced visits, exactly at the limit of the table."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scorer.evaluators.availability import AVAILABILITY
from services.scorer.observations import Observations
from shared.events.probe import Outcome, Purpose
from shared.events.score import Verdict
from tests.scorer.given import NATIONAL, NOON, TODAY, cases, changed, judge, look, rule, title, visits, week

FULL = [{"good": 20}] * 6


@pytest.mark.parametrize("case", cases("availability"), ids=title)
def test_the_table(case: dict[str, Any]) -> None:
    conclusion = judge(NATIONAL, "V-S2", week(case["days"]))
    assert conclusion.verdict == case["verdict"], conclusion.why
    assert conclusion.measured.get("missing") == case.get("missing")
    assert conclusion.measured.get("decidable_on") == case.get("decidable_on")
    assert str(case.get("decidable_on", "%")) in conclusion.why


def test_it_says_what_was_counted() -> None:
    conclusion = judge(NATIONAL, "V-S2", week([{"good": 10, "failed": 10}, *FULL]))
    assert conclusion.why == (
        "2026-11-15至2026-11-21共有效访问140次（每日不少于20次），其中10次打不开或用时达到15秒，占7.14%，达到5%的限度。"
    )
    assert len(conclusion.evidence) == 10
    assert conclusion.measured["failed"] == 10


def test_it_says_what_is_missing_and_when_it_can_be_told() -> None:
    conclusion = judge(NATIONAL, "V-S2", week([*FULL, {"good": 5}]))
    assert conclusion.why == (
        "需要连续7个自然日、每日不少于20次有效的间隔访问，2026-11-15至2026-11-21有1日不足，共缺15次，暂不能下结论；"
        "此后每日样本充足时，最早2026-11-29可以判定。"
    )


def test_today_and_last_week_do_not_count() -> None:
    around = (*visits(TODAY, 0, 60), *visits(TODAY - timedelta(days=8), 0, 60))
    week_of_good = week([{"good": 20}] * 7)
    conclusion = judge(NATIONAL, "V-S2", Observations((*around, *week_of_good.samples)))
    assert (conclusion.verdict, conclusion.measured["visits"]) == (Verdict.CLEAR, 140)


def test_a_day_is_a_day_in_shanghai() -> None:
    midnight = NOON - timedelta(hours=12)
    bad = [look("reachability", midnight - timedelta(seconds=1 + n), outcome=Outcome.FAILED) for n in range(7)]
    good = week([{"good": 20}] * 7).samples
    assert judge(NATIONAL, "V-S2", Observations((*good, *bad))).measured["failed"] == 7
    later = [look("reachability", midnight + timedelta(seconds=n), outcome=Outcome.FAILED) for n in range(7)]
    assert judge(NATIONAL, "V-S2", Observations((*good, *later))).measured["failed"] == 0


def test_only_scheduled_looks_count() -> None:
    rechecks = [
        look("reachability", NOON - timedelta(days=2, minutes=n), outcome=Outcome.FAILED, purpose=Purpose.RECHECK)
        for n in range(50)
    ]
    known = Observations((*week([{"good": 20}] * 7).samples, *rechecks))
    assert judge(NATIONAL, "V-S2", known).measured["visits"] == 140


def test_two_vantages_make_one_visit_which_failed_only_if_nobody_could_open_it() -> None:
    here = week([{"good": 13, "failed": 7}, *FULL]).samples
    slots = {sample.due_at for sample in here}
    elsewhere_bad = [look("reachability", due, outcome=Outcome.FAILED, vantage="second") for due in slots]
    elsewhere_good = [look("reachability", due, measured={"seconds": 1}, vantage="second") for due in slots]
    assert judge(NATIONAL, "V-S2", Observations((*here, *elsewhere_bad))).measured["failed"] == 7
    assert judge(NATIONAL, "V-S2", Observations((*here, *elsewhere_good))).measured["failed"] == 0


@pytest.mark.parametrize("seconds", [None, "0.4", True])
def test_an_answer_without_its_time_could_not_tell(seconds: Any) -> None:
    looks = [look("reachability", NOON - timedelta(days=1), measured={"seconds": seconds})]
    assert judge(NATIONAL, "V-S2", Observations(tuple(looks))).measured["visits"] == 0


@pytest.mark.parametrize(("seconds", "failed"), [(14.999, 0), (15, 1), (15.0, 1), (19.9, 1)])
def test_fifteen_seconds_is_too_slow(seconds: float, failed: int) -> None:
    looks = [look("reachability", NOON - timedelta(days=1), measured={"seconds": seconds})]
    assert judge(NATIONAL, "V-S2", Observations(tuple(looks))).measured["failed"] == failed


def test_only_looks_of_whole_days_are_worth_judging_again() -> None:
    _, criterion = rule(NATIONAL, "V-S2")
    params = AVAILABILITY.params_of(criterion)
    assert not params.rests_on(TODAY, TODAY)
    assert params.rests_on(TODAY - timedelta(days=1), TODAY)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("fails_at: 5/100", "fails_at: 10/100"),
        ("too_slow_seconds: 15", "too_slow_seconds: 16"),
        ("visits_per_day: 20", "visits_per_day: 21"),
        ("window_days: 7\n          visits", "window_days: 6\n          visits"),
        ("spacing_minutes: 5", "spacing_minutes: 11"),
        ("probes: [reachability]", "probes: [marks]"),
    ],
)
def test_changing_only_the_yaml_changes_the_verdict(old: str, new: str) -> None:
    known = week([{"good": 13, "slow": 7}, *FULL])
    assert judge(NATIONAL, "V-S2", known).verdict is Verdict.VIOLATED
    assert judge(changed(old, new), "V-S2", known).verdict is not Verdict.VIOLATED


days = st.lists(
    st.fixed_dictionaries({"good": st.integers(0, 30), "failed": st.integers(0, 30), "unknown": st.integers(0, 5)}),
    min_size=7,
    max_size=7,
)


@settings(max_examples=60, deadline=None)
@given(days)
def test_the_verdict_is_the_table_s_arithmetic(days: list[dict[str, int]]) -> None:
    total = sum(day["good"] + day["failed"] for day in days)
    failed = sum(day["failed"] for day in days)
    conclusion = judge(NATIONAL, "V-S2", week(days))
    if any(day["good"] + day["failed"] < 20 for day in days):
        assert conclusion.verdict is Verdict.UNDETERMINED
    else:
        assert (conclusion.verdict is Verdict.VIOLATED) == (20 * failed >= total)


@settings(max_examples=30, deadline=None)
@given(days, st.randoms())
def test_the_order_in_which_looks_arrive_does_not_matter(days: list[dict[str, int]], random: Any) -> None:
    known = week(days)
    shuffled = list(known.samples)
    random.shuffle(shuffled)
    assert judge(NATIONAL, "V-S2", Observations(tuple(shuffled))) == judge(NATIONAL, "V-S2", known)
