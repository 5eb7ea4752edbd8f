"""A website is down only when two looks of one slot failed, and only a change is told."""

from datetime import UTC, datetime, timedelta

import pytest

from services.prober.look import Measurement
from services.prober.state import Standing, State, Why, step
from shared.events.probe import Outcome, Reason

T0 = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
T1, T2 = T0 + timedelta(minutes=5), T0 + timedelta(minutes=6)
UNKNOWN = State()
UP = State(standing=Standing.UP, since=T0, looked_at=T0)
DOWN = State(standing=Standing.DOWN, since=T0, looked_at=T0, reason=Reason.CONNECT)
ANSWERED = Measurement(Outcome.ANSWERED, Reason.OK)
FAILED = Measurement(Outcome.FAILED, Reason.TIMEOUT)
BLOCKED = Measurement(Outcome.UNDETERMINED, Reason.BLOCKED_PAGE)


@pytest.mark.parametrize(
    ("before", "opened", "looks", "standing", "why"),
    [
        (UNKNOWN, ANSWERED, 1, Standing.UP, Why.FIRST_ANSWER),
        (UNKNOWN, ANSWERED, 2, Standing.UP, Why.FIRST_ANSWER),
        (UNKNOWN, FAILED, 2, Standing.DOWN, Why.WENT_DOWN),
        (UNKNOWN, FAILED, 1, Standing.UNKNOWN, Why.NOT_CONFIRMED),
        (UNKNOWN, BLOCKED, 1, Standing.UNKNOWN, Why.COULD_NOT_TELL),
        (UP, ANSWERED, 1, Standing.UP, Why.AS_BEFORE),
        (UP, FAILED, 1, Standing.UP, Why.NOT_CONFIRMED),
        (UP, FAILED, 2, Standing.DOWN, Why.WENT_DOWN),
        (UP, BLOCKED, 2, Standing.UP, Why.COULD_NOT_TELL),
        (DOWN, FAILED, 2, Standing.DOWN, Why.AS_BEFORE),
        (DOWN, FAILED, 1, Standing.DOWN, Why.NOT_CONFIRMED),
        (DOWN, BLOCKED, 1, Standing.DOWN, Why.COULD_NOT_TELL),
        (DOWN, ANSWERED, 1, Standing.UP, Why.CAME_BACK),
        (DOWN, ANSWERED, 2, Standing.UP, Why.CAME_BACK),
    ],
)
def test_every_step(before: State, opened: Measurement, looks: int, standing: Standing, why: Why) -> None:
    after, said = step(before, opened, looks=looks, began_at=T1, looked_at=T2)
    assert (after.standing, said) == (standing, why)
    if why in (Why.COULD_NOT_TELL, Why.NOT_CONFIRMED):
        assert after == before


def test_an_outage_began_with_its_first_look_and_ends_with_the_look_that_answered() -> None:
    down, _ = step(UP, FAILED, looks=2, began_at=T1, looked_at=T2)
    assert (down.since, down.looked_at, down.reason) == (T1, T2, Reason.TIMEOUT)
    still, _ = step(down, FAILED, looks=2, began_at=T2, looked_at=T2 + timedelta(hours=1))
    assert still.since == T1
    back, _ = step(still, ANSWERED, looks=1, began_at=T2, looked_at=T2 + timedelta(hours=2))
    assert (back.since, back.reason) == (T2 + timedelta(hours=2), None)


@pytest.mark.parametrize("opened", [ANSWERED, FAILED])
def test_a_look_that_comes_late_changes_nothing(opened: Measurement) -> None:
    recent = State(standing=Standing.UP, since=T0, looked_at=T2)
    assert step(recent, opened, looks=2, began_at=T0, looked_at=T1) == (recent, Why.OLDER_LOOK)
    assert step(recent, opened, looks=2, began_at=T0, looked_at=T2) == (recent, Why.OLDER_LOOK)
