"""A message is tried with growing patience, never twice at a time, and always ends with a reason."""

from datetime import timedelta

import pytest

from services.notifier.delivery import (
    LEASE,
    LONGEST_ASKED,
    LONGEST_DELAY,
    PATIENCE,
    Delivery,
    DeliveryState,
    Kind,
    Next,
    Nothing,
    Settle,
    Try,
    Wait,
    delay,
    delivery_id,
    next_step,
    record,
)
from services.notifier.message import Again, Delivered, GiveUp
from shared.events.notice import NoticeState
from tests.notifier.made import NOW, delivery

SECOND = timedelta(seconds=1)


def trying(before: Delivery, seconds: float = 0) -> Delivery:
    """``before`` with an attempt under way."""
    step = next_step(before, NoticeState.ISSUED, now=NOW + timedelta(seconds=seconds))
    assert isinstance(step, Try)
    return step.intent


def test_an_intent_is_written_down_before_and_an_outcome_after() -> None:
    intent = trying(delivery())
    assert (intent.state, intent.attempts[-1].ended_at) == (DeliveryState.WAITING, None)
    after = record(intent, Delivered("250 OK"), jitter=0.5, now=NOW + SECOND)
    assert (after.state, after.settled_at, after.attempts[-1].outcome) == (
        DeliveryState.DELIVERED,
        NOW + SECOND,
        "250 OK",
    )
    assert next_step(after, NoticeState.ISSUED, now=NOW + PATIENCE) == Nothing()


def test_while_somebody_is_at_it_nobody_else_is_and_when_they_died_the_same_message_goes_again() -> None:
    intent = trying(delivery())
    assert next_step(intent, NoticeState.ISSUED, now=NOW + LEASE - SECOND) == Wait(NOW + LEASE)
    again = next_step(intent, NoticeState.ISSUED, now=NOW + LEASE)
    assert isinstance(again, Try)
    assert again.message == delivery().message
    assert len(again.intent.attempts) == 2


def test_a_refused_try_is_repeated_later_and_a_final_refusal_is_not() -> None:
    later = record(trying(delivery()), Again("451 busy"), jitter=0.5, now=NOW)
    assert (later.state, later.next_at) == (DeliveryState.WAITING, NOW + timedelta(seconds=5))
    assert next_step(later, NoticeState.ISSUED, now=NOW + SECOND) == Wait(NOW + timedelta(seconds=5))
    refused = record(trying(later, 5), GiveUp("550 no such user"), jitter=0.5, now=NOW)
    assert (refused.state, refused.why) == (DeliveryState.GIVEN_UP, "550 no such user")
    assert next_step(refused, NoticeState.ISSUED, now=NOW + PATIENCE) == Nothing()


def test_after_days_of_trying_it_is_given_up_with_the_last_reason() -> None:
    later = record(trying(delivery()), Again("451 busy"), jitter=0.5, now=NOW)
    step = next_step(later, NoticeState.ISSUED, now=NOW + PATIENCE + SECOND)
    assert isinstance(step, Settle)
    assert step.after.state is DeliveryState.GIVEN_UP
    assert "451 busy" in step.after.why


@pytest.mark.parametrize(
    ("kind", "notice", "outcome"),
    [
        (Kind.ISSUED, NoticeState.ISSUED, Try),
        (Kind.ISSUED, NoticeState.CLOSED, Try),
        (Kind.ISSUED, NoticeState.WITHDRAWN, Settle),
        (Kind.OVERDUE, NoticeState.REPLIED, Try),
        (Kind.OVERDUE, NoticeState.CLOSED, Settle),
        (Kind.OVERDUE, NoticeState.WITHDRAWN, Settle),
        (Kind.ALERT, None, Try),
    ],
)
def test_what_no_longer_holds_is_not_sent(kind: Kind, notice: NoticeState | None, outcome: type[Next]) -> None:
    step = next_step(delivery(kind), notice, now=NOW)
    assert isinstance(step, outcome)
    if isinstance(step, Settle):
        assert step.after.state is DeliveryState.SUPERSEDED


def test_the_waits_grow_and_stay_within_reason() -> None:
    waits = [delay(tries, None) for tries in range(1, 20)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (5.0, LONGEST_DELAY)
    assert [delay(1, asked) for asked in (-3.0, 60.0, 1e12)] == [5.0, 60.0, LONGEST_ASKED]
    spread = [record(trying(delivery()), Again("451"), jitter=jitter, now=NOW).next_at for jitter in (0.0, 1.0)]
    assert spread == [NOW + timedelta(seconds=4), NOW + timedelta(seconds=6)]


def test_the_same_message_to_the_same_person_has_the_same_id_and_any_other_another() -> None:
    one = ("n-1", Kind.ISSUED, "mail", "li@zz.example")
    assert delivery_id(*one) == delivery_id("n-1", Kind.ISSUED, "mail", "LI@zz.example")
    others = [("n-2", *one[1:]), ("n-1", Kind.OVERDUE, *one[2:]), (*one[:2], "sms", one[3]), (*one[:3], "x@zz.example")]
    assert len({delivery_id(*other) for other in (one, *others)}) == 5
