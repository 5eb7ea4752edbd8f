"""Offices get the events of their region by webhook, on real servers: nothing lost, nothing twice, nobody delayed."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.notifier import delivery as decisions
from services.notifier import feeding, sending
from services.notifier.channels import webhook
from services.notifier.store import FeedDocument
from shared.events import notice, registry
from shared.identity import Role
from shared.outbox import say
from tests.notifier.feed import (
    NOTICE,
    arrives,
    fed,
    healthy,
    heard_all,
    impatient,
    line,
    looks_after,
    numbered,
    numbers,
    registered,
    settled,
    told,
)
from tests.notifier.made import REGION
from tests.notifier.receiver import OFFICE, Receiver
from tests.notifier.stage import Stage, eventually
from tests.notifier.test_letters import FAILED


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)


# -- what arrives


async def test_an_office_gets_the_events_of_its_region_that_it_asked_for_once_and_signed(
    stage: Stage, receiver: Receiver
) -> None:
    await registered(stage, receiver.endpoint(facts=("notice.*", "probe.failed")))
    async with fed(stage):
        await told(stage, notice.Received(notice=NOTICE), region="41.01.06.0")
        await told(stage, registry.UnitChanged(unit=registry.Unit(id="u", name="x", region=REGION, revision=1)))
        wanted = await told(stage, notice.Received(notice=NOTICE), FAILED)
        again = say(FAILED, subject="x", region=REGION, actor="service:test", reason="test", id_=wanted[1])
        await stage.admin.publish_raw(again.address, again.encode(), uuid4().hex)
        await eventually(lambda: settled(stage, 2))
        await numbered(stage, 1)
        await arrives(receiver, 3)
    events = receiver.verified()
    events.sort(key=lambda event: int(event["sequence"]))
    assert [(event["id"], event["type"]) for event in events[:2]] == [
        (wanted[0], "notice.received"),
        (wanted[1], "probe.failed"),
    ]
    assert [event["sequence"] for event in events] == ["3", "4", "6"]
    assert events[0]["data"]["notice"]["number"] == NOTICE.number
    assert len({one.id for one in receiver.arrived}) == 3


async def test_two_replicas_send_each_event_once(stage: Stage, receiver: Receiver) -> None:
    await registered(stage, receiver.endpoint())
    async with fed(stage), fed(stage):
        await numbered(stage, 40)
        await eventually(lambda: settled(stage, 40))
    assert sorted(numbers(receiver), key=int) == [str(n) for n in range(40)]


async def test_an_event_from_before_the_endpoint_is_not_sent(stage: Stage, receiver: Receiver) -> None:
    await registered(stage, receiver.endpoint(created_at=datetime.now(UTC) + timedelta(minutes=1)))
    async with fed(stage):
        await numbered(stage, 1)
        await eventually(lambda: heard_all(stage))
    assert await line(stage) == []


async def test_an_office_that_looks_after_another_region_gets_that_regions_events(
    stage: Stage, receiver: Receiver
) -> None:
    await registered(stage, receiver.endpoint(facts=("notice.*",)))
    moved = OFFICE.model_copy(update={"region": "41.02.00.0", "looks_after": "41.02", "revision": 2})
    async with fed(stage):
        await told(stage, registry.OfficeChanged(office=moved), registry.OfficeChanged(office=OFFICE))
        await eventually(lambda: looks_after(stage, "41.02"))
        await told(stage, notice.Received(notice=NOTICE))
        [wanted] = await told(stage, notice.Received(notice=NOTICE), region="41.02.03.0")
        await arrives(receiver, 1)
    assert [event["id"] for event in receiver.verified()] == [wanted]


async def test_a_large_event_comes_without_data_and_is_fetched_by_who_may_receive_it(
    stage: Stage, receiver: Receiver
) -> None:
    await stage.person("wang", Role.SUBSCRIBER)
    await stage.person("sun", Role.SUBSCRIBER, where="41.02")
    await registered(stage, receiver.endpoint())
    large = notice.Closed(notice=NOTICE, how="已整改" * 5_000)
    async with fed(stage):
        await told(stage, large)
        await arrives(receiver, 1)
    [event] = receiver.verified()
    assert len(receiver.arrived[0].body) < 20_000
    assert "data" not in event
    assert event["dataref"].startswith(stage.app.base.settings.origin)
    path = event["dataref"].removeprefix(stage.app.base.settings.origin)
    async with stage.browsing("wang") as browser:
        whole = (await browser.get(path)).json()
    assert whole == {**{name: value for name, value in event.items() if name != "dataref"}, "data": whole["data"]}
    assert whole["data"]["how"] == large.how
    async with stage.browsing("sun") as browser:
        assert (await browser.get(path)).status_code == 404


# -- N1, R4: what may come twice comes under the same id


async def test_n1_an_answer_after_our_patience_means_the_same_event_again_under_the_same_id(
    stage: Stage, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "PATIENCE", 1.0)

    async def late(_writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2)

    receiver.answers = [late]
    await registered(stage, receiver.endpoint())
    async with fed(stage):
        await numbered(stage, 1)
        await eventually(lambda: settled(stage, 1))
        await eventually(lambda: healthy(stage))
    [sent] = await line(stage)
    assert {one.id for one in receiver.arrived} == {sent.id}
    assert len(receiver.arrived) == len(sent.delivery.attempts) >= 2


async def test_dying_between_the_answer_and_its_record_sends_the_same_event_again(
    stage: Stage, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decisions, "LEASE", timedelta(seconds=0.5))
    keep, died = sending.keep_outcome, False

    async def dying(*arguments: Any) -> FeedDocument:
        nonlocal died
        if not died:
            died = True
            raise RuntimeError("the process died here")
        kept: FeedDocument = await keep(*arguments)
        return kept

    monkeypatch.setattr(feeding, "keep_outcome", dying)
    await registered(stage, receiver.endpoint())
    async with fed(stage):
        await numbered(stage, 1)
        await eventually(lambda: settled(stage, 1))
    assert len({one.id for one in receiver.arrived}) == 1
    assert len(receiver.arrived) == 2
