"""What a document decided reaches the stream: once, in order, after any crash, and again after a wipe."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.bus import Bus
from shared.bus.streams import apply
from shared.documents import SYSTEM, Database, Document, Lost, Stale
from shared.documents.collection import WAITING
from shared.events import Event, registry
from shared.losses import is_lost, notice, reconcile
from shared.outbox import LARGEST, Relay, TooLarge, say

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
    assert await notice(database, bus) == []
    await things.create(Thing(id="t", region="41.01.05.0", state="new"), [told("a"), told("b")])
    relay = Relay(database, bus)
    await relay.once()
    assert (await notice(database, bus), await reconcile(database, NOW)) == ([], 0)

    await bus.js.delete_stream("FACTS")
    await apply(bus.js, replicas=1, highest={"FACTS": (await database.marks())["FACTS"].sequence})
    assert await notice(database, bus) == ["FACTS"]
    assert await reconcile(database, NOW) == 2
    await relay.once()
    assert await on_stream(bus) == ["a", "b"]
    assert (await bus.stream("FACTS")).state.first_seq == 3
    assert (await notice(database, bus), await reconcile(database, NOW)) == ([], 0)


class TestSetBack:
    """A stream that came back from a backup holds less than it acknowledged."""

    async def said(self, database: Database, bus: Bus, *words: str) -> Relay:
        """Words said one after the other by a service."""
        things = database.documents("things", Thing)
        await database.prepare()
        relay = Relay(database, bus)
        for word in words:
            await things.create(Thing(id=word, region="41.01.05.0", state="new"), [told(word)])
            await relay.once()
        return relay

    async def set_back(self, bus: Bus, last: int) -> None:
        """The stream as it was when ``last`` was the newest: same creation, fewer messages."""
        config = (await bus.stream("FACTS")).config
        kept = [await bus.js.get_msg("FACTS", number) for number in range(1, last + 1)]
        await bus.js.delete_stream("FACTS")
        await bus.js.add_stream(config)
        for message in kept:
            await bus.js.publish(message.subject or "", message.data or b"", headers=message.headers)

    async def as_before(self, database: Database, bus: Bus) -> None:
        """A restored stream tells its first creation; one made for a test does not."""
        created = (await bus.stream("FACTS")).created
        await database.mark_created("FACTS", datetime.fromisoformat(str(created)[:23] + "+00:00"))

    async def test_the_administrator_notices_and_exactly_the_missing_is_sent_again(
        self, database: Database, bus: Bus
    ) -> None:
        relay = await self.said(database, bus, "a", "b", "c")
        await notice(database, bus)
        await self.set_back(bus, 1)
        await self.as_before(database, bus)
        assert await notice(database, bus) == ["FACTS"]
        assert await reconcile(database, NOW) == 2
        await relay.once()
        assert sorted(await on_stream(bus)) == ["a", "b", "c"]
        assert (await notice(database, bus), await reconcile(database, NOW)) == ([], 0)

    async def test_who_publishes_next_notices_by_the_answer(self, database: Database, bus: Bus) -> None:
        await self.said(database, bus, "a", "b", "c")
        await self.set_back(bus, 1)
        relay = await self.said(database, bus, "d")
        assert await reconcile(database, NOW) >= 2
        await relay.once()
        assert set(await on_stream(bus)) == {"a", "b", "c", "d"}
        assert await reconcile(database, NOW) == 0

    async def test_one_that_others_have_overtaken_is_noticed_too(self, database: Database, bus: Bus) -> None:
        relay = await self.said(database, bus, "a", "b")
        await notice(database, bus)
        await self.set_back(bus, 1)
        await self.as_before(database, bus)
        for word in ("x", "y", "z"):
            await bus.publish(told(word))
        assert await notice(database, bus) == ["FACTS"]
        await reconcile(database, NOW)
        await relay.once()
        assert set(await on_stream(bus)) == {"a", "b", "x", "y", "z"}
        assert (await notice(database, bus), await reconcile(database, NOW)) == ([], 0)


@pytest.mark.parametrize(
    ("sequence", "age_days", "after", "lost"),
    [(5, 0, 9, False), (10, 0, 9, True), (5, 0, 0, True), (5, 401, 0, False), (21, 0, 0, False)],
)
def test_lost_is_what_was_acknowledged_and_is_gone_unless_it_would_have_aged_out(
    sequence: int, age_days: int, after: int, lost: bool
) -> None:
    at = NOW - timedelta(days=age_days)
    assert is_lost(sequence, at, Lost(after=after, until=20), kept=timedelta(days=400), now=NOW) is lost


def test_an_event_no_stream_would_take_is_refused_when_it_is_said() -> None:
    def named(length: int) -> Event[registry.UnitChanged]:
        unit = registry.Unit(id="u", name="x" * length, region="41.01.05.0", revision=1)
        return say(
            registry.UnitChanged(unit=unit), subject="u", region=unit.region, actor="service:test", reason="test"
        )

    assert len(named(LARGEST - 1000).encode()) < LARGEST
    with pytest.raises(TooLarge, match=r"registry\.unit_changed about u has \d+ bytes; the bus takes 1000000"):
        named(LARGEST)


async def test_the_largest_event_there_may_be_fits_with_its_headers(bus: Bus) -> None:
    assert await bus.publish_raw(
        "registry.unit_changed.41.01.05.0", b"x" * LARGEST, "id", {"Govwatch-Error": "e" * 500}
    )
