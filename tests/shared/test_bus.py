"""Delivery on a real nats-server: nothing lost, nothing hammered, nothing dropped; the library's traps stay closed."""

import asyncio
import itertools
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nats.js.api import ConsumerConfig
from nats.js.errors import NotFoundError

from shared.bus import Bus, Heard, Hears, Listener, NotStored, TryAgain
from shared.bus.consumers import consumer_config, consumer_name
from shared.bus.streams import apply
from shared.bus.users import ADMIN, Keys
from shared.events import registry, work
from shared.outbox import say

REGION = "41.01.05.0"
PATIENCE = 20.0


async def until(true: Callable[[], Any], patience: float = PATIENCE) -> None:
    """Wait until ``true`` says so (or its awaitable does); fails after ``patience`` seconds."""
    end = time.monotonic() + patience
    while True:
        answer = true()
        if await answer if isinstance(answer, Awaitable) else answer:
            return
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


def told(word: str) -> Any:
    """An event about a unit."""
    unit = registry.Unit(id=word, name=word, region=REGION, revision=1)
    return say(registry.UnitChanged(unit=unit), subject=word, region=REGION, actor="service:test", reason="test")


def hears(handler: Any, **options: Any) -> Hears:
    """A line of a HEARS table about units."""
    return Hears("units", (registry.UnitChanged,), handler, **options)


@asynccontextmanager
async def listening(bus: Bus, url: str, keys: Keys, line: Hears) -> AsyncIterator[Listener]:
    """``line`` heard by the administrator until the block ends."""
    await bus.js.add_consumer(line.stream, consumer_config(bus.name, line))
    listener = Listener(bus, url, keys.seed(ADMIN))
    listener.add(line, None)
    await listener.start()
    try:
        yield listener
    finally:
        await listener.stop()


async def test_batches_that_never_fill_lose_nothing(
    bus: Bus, nats_url: str, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trap 1: a part of a batch held at the fetch's deadline was lost until ack_wait (30 s)."""
    monkeypatch.setattr("shared.bus.listen.FETCH_PATIENCE", 0.05)
    got: list[str] = []

    async def handler(_app: None, heard: list[Heard[Any]]) -> None:
        got.extend(one.event.subject for one in heard)

    async with listening(bus, nats_url, keys, hears(handler, batch=900)):
        for number in range(600):
            await bus.publish(told(f"u{number}"))
            await asyncio.sleep(0.005)
        await until(lambda: len(set(got)) == 600, 10)
    assert sorted(got, key=lambda word: int(word[1:])) == [f"u{number}" for number in range(600)]


async def test_a_missing_consumer_is_asked_for_gently_and_found_again(bus: Bus, nats_url: str, keys: Keys) -> None:
    """Trap 2: a deleted consumer made thousands of requests a second, without a word."""
    got: list[str] = []

    async def handler(_app: None, heard: Heard[Any]) -> None:
        got.append(heard.event.subject)

    line = hears(handler)
    async with listening(bus, nats_url, keys, line):
        await bus.js.delete_consumer("FACTS", consumer_name(bus.name, line))
        sent = bus.connection.stats["out_msgs"]
        before = time.process_time()
        await asyncio.sleep(2.0)
        assert time.process_time() - before < 0.5
        assert bus.connection.stats["out_msgs"] - sent < 20
        await bus.js.add_consumer("FACTS", consumer_config(bus.name, line))
        await bus.publish(told("a"))
        await until(lambda: got == ["a"])


async def test_a_failing_handler_is_tried_again_with_growing_delays(bus: Bus, nats_url: str, keys: Keys) -> None:
    """Trap 3: by default one exception drops the message; a bare nak burns every try in milliseconds."""
    tried: list[float] = []

    async def handler(_app: None, heard: Heard[Any]) -> None:
        tried.append(time.monotonic())
        if heard.tries < 4:
            raise RuntimeError("not yet")

    async with listening(bus, nats_url, keys, hears(handler)):
        await bus.publish(told("a"))
        await until(lambda: len(tried) == 4)
    pauses = [later - earlier for earlier, later in itertools.pairwise(tried)]
    assert pauses[0] >= 0.2
    assert pauses[1] >= 0.4
    assert pauses[2] >= 0.8


async def test_after_the_last_try_a_message_lies_on_dead_with_its_reason(
    bus: Bus, nats_url: str, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.bus.listen.TRIES", 2)

    async def handler(_app: None, heard: Heard[Any]) -> None:
        if heard.event.subject == "bad":
            raise RuntimeError("this one never works")

    async with listening(bus, nats_url, keys, hears(handler)):
        await bus.publish(told("bad"))
        await bus.publish(told("good"))
        await until(lambda: _count(bus, "DEAD", 1))
    dead = await bus.js.get_msg("DEAD", 1)
    assert dead.subject == f"dead.admin.registry.unit_changed.{REGION}"
    assert dead.headers is not None
    assert dead.headers["Govwatch-Error"] == "RuntimeError: this one never works"
    assert dead.headers["Govwatch-Handler"] == "admin.units"
    assert json.loads(dead.data or b"")["subject"] == "bad"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\x00\x01", b"[]", b'{"specversion":"1.0","type":"registry.unit_changed"}', b'{"type":"no.such"}'],
)
async def test_what_is_no_event_goes_to_dead_and_its_neighbours_are_heard(
    bus: Bus, nats_url: str, keys: Keys, body: bytes
) -> None:
    got: list[str] = []

    async def handler(_app: None, heard: list[Heard[Any]]) -> None:
        got.extend(one.event.subject for one in heard)

    async with listening(bus, nats_url, keys, hears(handler, batch=10)):
        await bus.publish(told("before"))
        await bus.publish_raw(f"registry.unit_changed.{REGION}", body, os.urandom(8).hex())
        await bus.publish(told("after"))
        await until(lambda: sorted(got) == ["after", "before"])
        await until(lambda: _count(bus, "DEAD", 1))


async def test_asking_for_more_time_and_asking_again_later_never_ends_on_dead(
    bus: Bus, nats_url: str, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.bus.listen.TRIES", 1)
    tries: list[int] = []

    async def handler(_app: None, heard: Heard[Any]) -> None:
        tries.append(heard.tries)
        if heard.tries < 4:
            raise TryAgain(0.05)

    async with listening(bus, nats_url, keys, hears(handler)):
        await bus.publish(told("a"))
        await until(lambda: tries == [1, 2, 3, 4])
    assert (await bus.stream("DEAD")).state.messages == 0


async def test_an_outage_uses_up_none_of_a_messages_tries(
    bus: Bus, nats_url: str, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be handled while a server of ours was away may still fail by itself now and then."""
    monkeypatch.setattr("shared.bus.listen.TRIES", 2)
    monkeypatch.setattr("shared.bus.listen.PATIENT_DELAY", 0.02)
    done: list[int] = []

    async def handler(_app: None, heard: Heard[Any]) -> None:
        if heard.tries <= 6:
            raise ConnectionError("MongoDB is away")
        if heard.tries == 7:
            raise RuntimeError("somebody else was faster")
        done.append(heard.tries)

    async with listening(bus, nats_url, keys, hears(handler)):
        await bus.publish(told("a"))
        await until(lambda: done == [8])
    assert (await bus.stream("DEAD")).state.messages == 0


async def test_what_is_under_way_finishes_before_the_service_stops(bus: Bus, nats_url: str, keys: Keys) -> None:
    """Trap 5: by default a stop cancels handlers in the middle."""
    begun: list[str] = []
    done: list[str] = []

    async def handler(_app: None, heard: Heard[Any]) -> None:
        begun.append(heard.event.subject)
        await asyncio.sleep(0.5)
        done.append(heard.event.subject)

    async with listening(bus, nats_url, keys, hears(handler)):
        for number in range(20):
            await bus.publish(told(f"u{number}"))
        await until(lambda: len(begun) > 0)
    assert sorted(done) == sorted(begun)


async def test_bootstrap_makes_an_existing_consumer_and_stream_agree_with_the_code(bus: Bus) -> None:
    """Trap 6: the library leaves an existing durable as it is, and only ever adds subjects to a stream."""

    async def handler(_app: None, heard: Heard[Any]) -> None:
        del heard

    line = hears(handler)
    name = consumer_name("t", line)
    await bus.js.add_consumer("FACTS", ConsumerConfig(durable_name=name, filter_subject="registry.>", ack_wait=5))
    await bus.js.add_consumer("FACTS", consumer_config("t", line))
    config = (await bus.js.consumer_info("FACTS", name)).config
    assert (config.ack_wait, config.filter_subjects or [config.filter_subject]) == (30, ["registry.unit_changed.>"])

    facts = (await bus.stream("FACTS")).config
    facts.subjects = [*(facts.subjects or []), "stray.>"]
    await bus.js.update_stream(facts)
    await apply(bus.js, replicas=1, highest={})
    assert "stray.>" not in ((await bus.stream("FACTS")).config.subjects or [])


async def test_a_publish_nobody_stores_is_an_error(bus: Bus) -> None:
    """Trap 7: without a stream's answer a publish on an unbound subject vanishes."""
    await bus.js.delete_stream("FACTS")
    with pytest.raises(NotStored):
        await bus.publish(told("a"))


async def test_the_same_event_is_stored_once(bus: Bus) -> None:
    event = told("a")
    assert await bus.publish(event) == await bus.publish(event)
    assert (await bus.stream("FACTS")).state.messages == 1


async def test_a_schedule_fires_is_replaced_and_is_cancelled(bus: Bus, nats_url: str, keys: Keys) -> None:
    got: list[str] = []

    async def handler(_app: None, heard: Heard[work.VisitDue]) -> None:
        got.append(heard.fact.outlet)

    def due(outlet: str) -> Any:
        return say(work.VisitDue(outlet=outlet), subject="w-1", region=None, actor="service:prober", reason="plan")

    async with listening(bus, nats_url, keys, Hears("due", (work.VisitDue,), handler)):
        await bus.plan(due("first"), "* * * * * *", ttl=1)
        await until(lambda: "first" in got)
        await bus.plan(due("second"), "* * * * * *", ttl=1)
        await until(lambda: "second" in got)
        assert await bus.planned("work.prober.due") == {"w-1"}
        await bus.unplan("work.prober.due", "w-1")
        assert await bus.planned("work.prober.due") == set()
        await bus.plan_at(due("late"), datetime.now(UTC) - timedelta(hours=1))
        await until(lambda: got[-1] == "late")


async def _count(bus: Bus, stream: str, number: int) -> bool:
    try:
        return (await bus.stream(stream)).state.messages == number
    except NotFoundError:
        return False
