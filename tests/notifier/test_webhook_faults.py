"""An endpoint that fails costs nobody else, is switched off when it is enough, and gets everything when it is back."""

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.notifier import delivery as decisions
from services.notifier.channels import webhook
from services.notifier.delivery import DeliveryState
from services.notifier.endpoint import DEAD_AFTER, Endpoint, Off, after, since_ever, wants
from services.notifier.message import Again, Delivered, GiveUp
from shared.identity import Role
from tests.notifier.feed import (
    Operator,
    arrives,
    endpoint_of,
    fed,
    healthy,
    heard_all,
    impatient,
    line,
    numbered,
    numbers,
    registered,
    settled,
)
from tests.notifier.receiver import OFFICE, Receiver, receiving, status
from tests.notifier.stage import Stage, eventually
from tests.security.loopback import page

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)


async def off(stage: Stage) -> bool:
    return (await endpoint_of(stage)).off is not None


async def failing(stage: Stage) -> bool:
    return not await healthy(stage)


# -- decisions


def made(**changes: Any) -> Endpoint:
    return Receiver(url="http://127.0.0.1:1/").endpoint(**changes)


def test_failures_in_a_row_are_counted_and_one_answer_ends_them() -> None:
    endpoint = healthy = made()
    for number, wait in ((1, 0.2), (2, 0.6), (3, 1.8)):
        endpoint = after(endpoint, [Again("503")], jitter=0.5, now=NOW)
        assert (endpoint.failures, endpoint.failing_since) == (number, NOW)
        assert endpoint.next_at == NOW + timedelta(seconds=wait)
    assert not endpoint.is_due(NOW)
    for answer in (Delivered("200"), GiveUp("400")):
        assert after(endpoint, [answer], jitter=0.5, now=NOW) == healthy
    mixed = after(endpoint, [Delivered("200"), Again("500")], jitter=0.5, now=NOW + timedelta(hours=1))
    assert (mixed.failures, mixed.failing_since) == (1, NOW + timedelta(hours=1))


@pytest.mark.parametrize(("days", "state"), [(4.99, None), (5, Off.UNREACHABLE)])
def test_n7_five_days_of_failures_are_enough(days: float, state: Off | None) -> None:
    failing = after(made(), [Again("ConnectFailed")], jitter=0.5, now=NOW)
    assert after(failing, [Again("ConnectFailed")], jitter=0.5, now=NOW + timedelta(days=days)).off is state


# -- N3, N7: switched off, told, and back with everything


async def test_n3_a_gone_endpoint_is_off_its_people_are_told_by_mail_and_nothing_more_is_sent(
    stage: Stage, receiver: Receiver
) -> None:
    await stage.person("wang", Role.INSPECTOR)
    receiver.otherwise = lambda _: status("410 Gone")
    await registered(stage, receiver.endpoint())
    async with fed(stage):
        await numbered(stage, 1)
        await eventually(lambda: off(stage))
        await eventually(lambda: _mailed(stage))
        await numbered(stage, 3)
        await eventually(lambda: heard_all(stage))
    assert len(receiver.arrived) == 1
    [mail] = stage.relay.taken
    assert str(mail["Subject"]) == f"【推送停止】{OFFICE.name}的事件接收地址"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "410" in body.get_content()
    assert "in-the-address" not in body.get_content()
    endpoint = await endpoint_of(stage)
    assert (endpoint.off, endpoint.missed_from) == (Off.GONE, 2)


async def test_n7_after_five_dead_days_it_is_off_and_resuming_sends_the_whole_backlog(
    stage: Stage, receiver: Receiver, operator: Operator
) -> None:
    receiver.otherwise = lambda _: status("503 Away")
    await registered(stage, receiver.endpoint())
    async with fed(stage):
        await numbered(stage, 3)
        await eventually(lambda: failing(stage))
        stage.clock.stopped = datetime.now(UTC) + DEAD_AFTER + timedelta(hours=1)
        await eventually(lambda: off(stage))
        await numbered(stage, 5)
        await eventually(lambda: heard_all(stage))
        assert len(await line(stage)) == 3
        stage.clock.stopped = None
        before = len(receiver.arrived)
        assert await operator.types("list") == 0
        assert "off since" in operator.sees()

        receiver.otherwise = lambda _: page(b"taken")
        assert await operator.types("resume", OFFICE.id) == 0
        assert "5 that it missed" in operator.sees()
        await eventually(lambda: settled(stage, 8))
        await numbered(stage, 1)
        await eventually(lambda: settled(stage, 9))
    assert sorted(int(event["sequence"]) for event in receiver.verified(first=before)) == list(range(1, 10))
    assert (await endpoint_of(stage)).missed_from is None
    assert len({one.id for one in receiver.arrived}) == 9


async def test_everything_after_a_sequence_can_be_had_again_even_what_was_never_queued(
    stage: Stage, receiver: Receiver, operator: Operator
) -> None:
    async with fed(stage):
        await numbered(stage, 2)
        await eventually(lambda: heard_all(stage))
        await registered(stage, receiver.endpoint())
        await numbered(stage, 3)
        await eventually(lambda: settled(stage, 3))
        assert await operator.types("resume", OFFICE.id, "--after", "1") == 0
        await arrives(receiver, 7)
        await eventually(lambda: settled(stage, 4))
    sequences = sorted(int(event["sequence"]) for event in receiver.verified())
    assert sequences == [2, 3, 3, 4, 4, 5, 5]
    assert len({one.id for one in receiver.arrived}) == 4


def test_asked_for_again_even_events_from_before_the_endpoint_are_wanted() -> None:
    endpoint = made(created_at=NOW)
    before = ("notice.issued", OFFICE.region, NOW - timedelta(days=300))
    assert not wants(endpoint, *before)
    assert wants(since_ever(endpoint), *before)


# -- N8 and the event nobody can take


async def test_n8_one_dead_office_does_not_delay_the_other_forty_nine(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "PATIENCE", 60.0)

    async def silence(_writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with AsyncExitStack() as stack:
        receivers = [await stack.enter_async_context(receiving()) for _ in range(50)]
        receivers[0].answers = [silence] * 100
        for number, receiver in enumerate(receivers):
            await registered(stage, receiver.endpoint(OFFICE.model_copy(update={"id": f"o-{number}"})))
        async with fed(stage):
            await numbered(stage, 4)
            await eventually(lambda: settled(stage, 4 * 49))
    assert all(sorted(numbers(receiver)) == ["0", "1", "2", "3"] for receiver in receivers[1:])
    attempts = [attempt for one in await line(stage) if one.endpoint == "o-0" for attempt in one.delivery.attempts]
    assert attempts
    assert all(attempt.ended_at is None for attempt in attempts)


async def test_an_event_its_receiver_always_chokes_on_keeps_back_no_other_and_not_the_endpoint(
    stage: Stage, receiver: Receiver
) -> None:
    receiver.otherwise = lambda one: status("500 Choked") if b'"number":"3"' in one.body else page(b"taken")
    await registered(stage, receiver.endpoint())
    async with fed(stage):
        await numbered(stage, 30)
        await eventually(lambda: settled(stage, 29))
    [stuck] = [one for one in await line(stage) if one.delivery.state is DeliveryState.WAITING]
    assert stuck.delivery.why == "500"
    assert (await endpoint_of(stage)).off is None


async def test_an_event_that_is_not_wanted_is_given_up_and_the_next_is_sent(stage: Stage, receiver: Receiver) -> None:
    receiver.answers = [status("400 Bad Request")]
    await registered(stage, receiver.endpoint())
    async with fed(stage):
        await numbered(stage, 2)
        await eventually(lambda: settled(stage, 1))
    states = sorted(one.delivery.state for one in await line(stage))
    assert states == [DeliveryState.DELIVERED, DeliveryState.GIVEN_UP]


async def test_n2_an_endpoint_that_asks_for_time_gets_it(
    stage: Stage, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decisions, "FIRST_DELAY", 0.0)
    receiver.answers = [status("429 Slow down", retry_after="2")]
    await registered(stage, receiver.endpoint())
    async with fed(stage):
        await numbered(stage, 1)
        begun = time.monotonic()
        await arrives(receiver, 2)
    assert 1.3 < time.monotonic() - begun < 6


async def _mailed(stage: Stage) -> bool:
    return len(stage.relay.taken) == 1
