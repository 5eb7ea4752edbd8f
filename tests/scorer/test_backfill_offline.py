"""Days on which a website was offline by filing are no part of its week, whatever was seen on them."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scorer import handlers
from services.scorer.observations import Observations, Offline, day_of, online_days, times_offline
from shared.events import registry
from shared.events.registry import FilingKind, OutletState
from shared.workdays import SHANGHAI
from tests.scorer.given import NATIONAL, NOON, PORTAL, TODAY, cases, judge, title, week
from tests.scorer.stage import Stage, outlet

RUNNING, SUSPENDED, CLOSED = OutletState.RUNNING, OutletState.SUSPENDED, OutletState.CLOSED


def moment(days_ago: int, hour: int) -> datetime:
    """A full hour (Asia/Shanghai) so many days before ``TODAY``."""
    return datetime.combine(TODAY - timedelta(days=days_ago), time(hour), SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize("case", cases("offline"), ids=title)
def test_the_table(case: dict[str, Any]) -> None:
    offline = tuple(Offline(moment(*one["from"]), moment(*one["until"])) for one in case["offline"])
    conclusion = judge(NATIONAL, "V-S2", Observations(week(case["days"]).samples, (), offline))
    assert conclusion.verdict == case["verdict"], conclusion.why
    wanted = {name: case.get(name) for name in ("first_day", "days_offline", "missing", "decidable_on")}
    assert {name: conclusion.measured.get(name) for name in wanted} == wanted, conclusion.why
    assert (f"按备案临时下线的{case['days_offline']}日不计在内。" in conclusion.why) == (case["days_offline"] > 0)


@pytest.mark.parametrize(
    ("states", "times"),
    [
        ([RUNNING], []),
        ([RUNNING, RUNNING], []),
        ([RUNNING, SUSPENDED], [(1, None)]),
        ([RUNNING, SUSPENDED, SUSPENDED, RUNNING], [(1, 3)]),
        ([RUNNING, SUSPENDED, RUNNING, RUNNING, SUSPENDED, CLOSED], [(1, 2), (4, 5)]),
        ([SUSPENDED], [(0, None)]),
        ([], []),
    ],
)
def test_times_offline_are_read_from_the_states_in_order(
    states: list[OutletState], times: list[tuple[int, int | None]]
) -> None:
    at = [NOON + timedelta(days=number) for number in range(len(states))]
    wanted = [Offline(at[since], None if until is None else at[until]) for since, until in times]
    assert list(times_offline(zip(states, at, strict=True))) == wanted


times_of_weeks = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5)), max_size=6)


@given(times_of_weeks, st.integers(1, 10))
def test_the_days_online_are_so_many_in_order_and_none_of_them_was_touched(
    drawn: list[tuple[int, int]], number: int
) -> None:
    offline = [Offline(moment(ago, 9), moment(ago, 9) + timedelta(days=length)) for ago, length in drawn]
    days = online_days(offline, TODAY, number)
    assert list(days) == sorted(set(days))
    assert not any(time.touches(day) for time in offline for day in days)
    assert len(days) <= number
    if all(length + 1 < number for _, length in drawn):
        assert len(days) == number
    if not drawn:
        assert days[-1] == TODAY


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1, 2, 0)])
async def test_filings_heard_in_any_order_give_the_same_times(stage: Stage, order: tuple[int, ...]) -> None:
    facts = [
        registry.Opened(outlet=outlet(PORTAL), filing="f-1"),
        registry.Suspended(outlet=outlet(PORTAL, state=SUSPENDED, revision=2), filing="f-2"),
        registry.Changed(outlet=outlet(PORTAL, revision=3), filing="f-3", kind=FilingKind.RESUME),
    ]
    at = [moment(20, 9), moment(5, 10), moment(3, 15)]
    for number in order:
        stage.clock.at = at[number]
        await stage.hear(handlers.on_registry, facts[number])
    assert await stage.app.store.offline("w-1") == (Offline(at[1], at[2]),)


async def test_a_week_that_reaches_far_back_is_read_from_the_store(stage: Stage) -> None:
    await stage.open(outlet(PORTAL))
    for day, fact in (
        (8, registry.Suspended(outlet=outlet(PORTAL, state=SUSPENDED, revision=2), filing="f-2")),
        (3, registry.Changed(outlet=outlet(PORTAL, revision=3), filing="f-3", kind=FilingKind.RESUME)),
    ):
        stage.clock.at = moment(day, 12)
        await stage.hear(handlers.on_registry, fact)
    stage.clock.at = NOON
    good: list[dict[str, int]] = [{"good": 20}] * 5
    known = week([*good, *([{}] * 6), {"good": 20}, {"good": 13, "failed": 7}])
    await stage.look(*known.samples)
    finding = await stage.finding("V-S2")
    assert (finding.open, finding.measured["days_offline"]) == (True, 6)
    assert finding.measured["first_day"] == str(day_of(known.samples[0].due_at))


def test_what_people_put_in_is_said_with_its_origin() -> None:
    ours = week([{"good": 20}] * 7).samples
    theirs = [
        *ours[:70],
        *(replace(sample, vantage="backfill:市级监测平台") for sample in ours[70:139]),
        replace(ours[139], vantage="backfill:旧系统"),
    ]
    conclusion = judge(NATIONAL, "V-S2", Observations(tuple(theirs)))
    assert conclusion.measured["backfilled"] == 70
    assert conclusion.why.endswith("其中70次为事后补录（来源：市级监测平台、旧系统）。")
    assert "补录" not in judge(NATIONAL, "V-S2", Observations(ours)).why
