"""When an outlet is visited: at its own second, in a slot everybody agrees on, and never to catch up."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from services.prober.plan import (
    RARE_TIERS,
    TIERS,
    Going,
    Pace,
    Watching,
    going,
    key,
    offset,
    schedule,
    slot,
    tiers,
    watching,
)
from shared.bus import Bus
from shared.events.probe import Purpose
from shared.events.registry import NewMedia, Outlet, OutletState, UnitRef, Website
from shared.events.work import VisitDue
from shared.outbox import say

NOW = datetime(2026, 11, 22, 8, 0, 0, 250_000, tzinfo=UTC)
ID = "w-4101000001"
SITE = Website(code="4101000001", name="郑州市人民政府", url="http://www.zhengzhou.gov.cn/")


def outlet(state: OutletState = OutletState.RUNNING, filed: Website | NewMedia = SITE) -> Outlet:
    """An outlet in force."""
    unit = UnitRef(id="u1", name="郑州市人民政府办公厅")
    return Outlet(id=ID, region="41.01.00.0", unit=unit, state=state, revision=1, since=NOW, filed=filed)


def account(source: str) -> NewMedia:
    """An account that is read from ``source``."""
    return NewMedia(platform="weibo", account="zzwj", name="郑州网警", source=source)


def fires(cron: str, at: datetime) -> bool:
    """Whether a six-field schedule of lists and stars fires at this second."""
    second, minute, hour, day, month, weekday = cron.split()
    assert (day, month) == ("*", "*")
    now = (at.second, at.minute, at.hour, at.isoweekday() % 7)
    fields = zip((second, minute, hour, weekday), now, strict=True)
    return all(field == "*" or value in map(int, field.split(",")) for field, value in fields)


@pytest.mark.parametrize("interval", TIERS)
def test_a_schedule_fires_once_an_interval_at_the_outlets_own_second(interval: int) -> None:
    made = schedule(ID, interval)
    hour = datetime(2026, 11, 22, 8, tzinfo=UTC)
    fired = [hour + timedelta(seconds=n) for n in range(2 * 3600) if fires(made.cron, hour + timedelta(seconds=n))]
    assert len(fired) == 2 * 3600 // interval
    assert {int(at.timestamp()) % interval for at in fired} == {offset(ID, interval)}
    assert made.ttl == interval


@pytest.mark.parametrize("interval", RARE_TIERS)
@pytest.mark.parametrize("pace", [Pace.CONTENT, Pace.LINKS])
def test_what_is_looked_at_more_seldom_has_a_time_of_its_own(interval: int, pace: Pace) -> None:
    own = key(ID, pace)
    made = schedule(own, interval, tiers(pace))
    second = offset(own, interval) % 60
    begin = datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=second)
    fired = [at for n in range(14 * 1440) if fires(made.cron, at := begin + timedelta(minutes=n))]
    assert len(fired) == 14 * 86_400 // interval
    assert {int(at.timestamp()) % interval for at in fired} == {offset(own, interval)}
    assert all(slot(own, interval, at + timedelta(seconds=0.4)) == at for at in fired)
    assert made.ttl == interval


def test_each_pace_has_a_schedule_of_its_own_and_only_visits_are_limited_to_an_hour() -> None:
    assert len({key(ID, pace) for pace in Pace}) == len(Pace)
    assert key(ID, Pace.VISIT) == ID
    assert tiers(Pace.VISIT) == TIERS
    assert set(tiers(Pace.LINKS)) == {*TIERS, *RARE_TIERS}
    with pytest.raises(ValueError, match="604800"):
        schedule(ID, 123, tiers(Pace.LINKS))


@pytest.mark.parametrize("interval", [*TIERS, *RARE_TIERS])
async def test_the_bus_accepts_every_schedule(bus: Bus, interval: int) -> None:
    made = schedule(ID, interval, tiers(Pace.CONTENT))
    due = say(VisitDue(outlet=ID, interval=interval), subject=ID, region=None, actor="service:prober", reason="running")
    await bus.plan(due, made.cron, ttl=made.ttl)
    assert await bus.planned(VisitDue.type) == {ID}


@pytest.mark.parametrize("interval", [0, 1, 7, 61, 7200, 86_400, -5])
def test_an_interval_that_is_no_tier_is_refused(interval: int) -> None:
    with pytest.raises(ValueError, match="none of 5, 10"):
        schedule(ID, interval)


def test_the_longest_tier_leaves_spare_visits_above_the_twenty_a_day() -> None:
    assert 24 * 3600 // max(TIERS) == 24


@pytest.mark.parametrize("interval", TIERS)
@pytest.mark.parametrize("late", [0.0, 0.3, 4.9])
def test_a_message_belongs_to_the_slot_it_was_fired_for_however_late(interval: int, late: float) -> None:
    due = datetime.fromtimestamp(1_795_000_000 // interval * interval + offset(ID, interval), UTC)
    assert slot(ID, interval, due + timedelta(seconds=late)) == due


def test_a_single_look_is_its_own_slot_and_the_same_on_redelivery() -> None:
    stored = NOW + timedelta(microseconds=777)
    assert slot(ID, 0, stored) == slot(ID, 0, stored) == NOW


def test_outlets_are_spread_over_the_interval() -> None:
    seconds = Counter(offset(f"w-{n}", 3600) for n in range(14_500))
    assert max(seconds.values()) < 20
    assert len(seconds) > 3400


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (outlet(), Watching.RUNNING),
        (outlet(OutletState.SUSPENDED), Watching.NOT_RUNNING),
        (outlet(OutletState.CLOSED), Watching.NOT_RUNNING),
        (outlet(filed=account("json_feed:http://feeds.example/zzwj.json")), Watching.RUNNING),
        (outlet(filed=account("")), Watching.NO_SOURCE),
    ],
)
def test_what_is_watched(one: Outlet, why: Watching) -> None:
    assert watching(one) is why


@pytest.mark.parametrize(
    ("state", "purpose", "interval", "late", "answer"),
    [
        (OutletState.RUNNING, Purpose.SCHEDULED, 60, 0, Going.ON_TIME),
        (OutletState.RUNNING, Purpose.SCHEDULED, 60, 59, Going.ON_TIME),
        (OutletState.RUNNING, Purpose.SCHEDULED, 60, 60, Going.MISSED),
        (OutletState.RUNNING, Purpose.SCHEDULED, 60, 7200, Going.MISSED),
        (OutletState.RUNNING, Purpose.RECHECK, 0, 7200, Going.AT_ONCE),
        (OutletState.RUNNING, Purpose.RECHECK, 60, 7200, Going.AT_ONCE),
        (OutletState.SUSPENDED, Purpose.SCHEDULED, 60, 0, Going.NOT_RUNNING),
        (OutletState.CLOSED, Purpose.RECHECK, 0, 0, Going.NOT_RUNNING),
    ],
)
def test_a_slot_whose_successor_has_begun_is_missed_not_caught_up(
    state: OutletState, purpose: Purpose, interval: int, late: int, answer: Going
) -> None:
    due_at = NOW.replace(microsecond=0)
    assert going(outlet(state), purpose, interval, due_at, due_at + timedelta(seconds=late)) is answer


@pytest.mark.parametrize(
    ("state", "what"),
    [
        (OutletState.CLOSED, Going.AT_ONCE),
        (OutletState.MERGED, Going.AT_ONCE),
        (OutletState.SUSPENDED, Going.AT_ONCE),
        (OutletState.RUNNING, Going.RUNS_AGAIN),
    ],
)
def test_what_was_closed_is_looked_at_when_somebody_asks_whether_it_is_silent(state: OutletState, what: Going) -> None:
    assert going(outlet(state), Purpose.CLOSED, 0, NOW, NOW) is what
