"""What a document decided reaches the stream: once, in order, after any crash, and again after a wipe."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.bus import Bus
from shared.bus.streams import apply
from shared.documents import SYSTEM, Database, Document, Stale
from shared.documents.collection import WAITING
from shared.events import Event, registry
from shared.outbox import Relay, is_lost, reconcile, say

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


class Thing(Document):
    """A decision."""

    state: str


def told(word: str) -> Event[registry.UnitChanged]:
    """An event about a unit."""
    unit = registry.Unit(id=word, name=word, region="41.01.05.0", revision=1)
    return say(registry.UnitChanged(unit=unit), subject=word, region=unit.region, actor="service:test", reason="test")


async def on_stream(bus: Bus) -> list[str]:
    """The subjects of the events on FACTS, in order."""
    info = await bus.stream("FACTS")
    numbers = range(info.state.first_seq, info.state.last_seq + 1)
    return [
        Event[registry.UnitChanged].model_validate_json((await bus.js.get_msg("FACTS", n)).data or b"").subject
        for n in numbers
    ]


async def test_state_and_events_change_together_and_a_stale_copy_changes_nothing(database: Database) -> None:
    things = database.documents("things", Thing)
    await database.prepare()
    assert await things.create(Thing(id="t", region="41.01.05.0", state="new"), [told("a")])
    assert not await things.create(Thing(id="t", region="41.01.05.0", state="other"), [told("b")])
    read = await things.get("t", SYSTEM)
    assert read is not None
    await things.change(read.model_copy(update={"state": "done"}), [told("c")])
    with pytest.raises(Stale):
        await things.change(read.model_copy(update={"state": "lost"}), [told("d")])
    [(id_, waiting)] = await things.waiting(10)
    assert (id_, [entry.address for entry in waiting]) == ("t", ["registry.unit_changed.41.01.05.0"] * 2)
    kept = await things.get("t", SYSTEM)
    assert kept is not None
    assert (kept.state, kept.version) == ("done", 2)


async def test_looking_for_what_waits_reads_nothing_else(database: Database) -> None:
    things = database.documents("things", Thing)
    await database.prepare()
    for number in range(200):
        await things.create(Thing(id=f"t{number}", region="41.01.05.0", state="quiet"))
    await things.create(Thing(id="w", region="41.01.05.0", state="waits"), [told("a")])
    assert [id_ for id_, _ in await things.waiting(10)] == ["w"]
    plan = await things._raw.find(WAITING).explain()
    assert plan["executionStats"]["totalDocsExamined"] == 1


async def test_the_relay_sends_in_order_and_forgets_only_what_was_acknowledged(database: Database, bus: Bus) -> None:
    things = database.documents("things", Thing)
    await database.prepare()
    await things.create(Thing(id="t", region="41.01.05.0", state="new"), [told("a"), told("b")])
    relay = Relay(database, bus)
    assert await relay.once() == 2
    assert await relay.once() == 0
    assert await on_stream(bus) == ["a", "b"]
    assert await things.waiting(10) == []


async def test_dying_between_publish_and_record_publishes_no_second_time(database: Database, bus: Bus) -> None:
    things = database.documents("things", Thing)
    await database.prepare()
    event = told("a")
    await things.create(Thing(id="t", region="41.01.05.0", state="new"), [event])
    await bus.publish_raw(event.address, event.encode(), event.id)
    await Relay(database, bus).once()
    assert await on_stream(bus) == ["a"]


async def test_a_wiped_stream_heals_above_every_old_sequence(database: Database, bus: Bus) -> None:
    things = database.documents("things", Thing)
    await database.prepare()
    await things.create(Thing(id="t", region="41.01.05.0", state="new"), [told("a"), told("b")])
    relay = Relay(database, bus)
    await relay.once()
    assert await reconcile(database, bus, NOW) == 0

    await bus.js.delete_stream("FACTS")
    await apply(bus.js, replicas=1, highest={"FACTS": (await database.marks())["FACTS"].sequence})
    assert await reconcile(database, bus, NOW) == 2
    await relay.once()
    assert await on_stream(bus) == ["a", "b"]
    assert (await bus.stream("FACTS")).state.first_seq == 3
    assert await reconcile(database, bus, NOW) == 0


@pytest.mark.parametrize(
    ("sequence", "age_days", "wiped", "last", "lost"),
    [
        (5, 0, False, 9, False),
        (10, 0, False, 9, True),
        (5, 0, True, 9, True),
        (5, 401, True, 9, False),
    ],
)
def test_lost_is_wiped_or_set_back_unless_it_would_have_aged_out(
    sequence: int, age_days: int, wiped: bool, last: int, lost: bool
) -> None:
    at = NOW - timedelta(days=age_days)
    assert is_lost(sequence, at, wiped=wiped, last=last, kept=timedelta(days=400), now=NOW) is lost
