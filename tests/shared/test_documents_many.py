"""Many new documents in one trip: each is stored with its events or not at all, and each answer is its own."""

import asyncio

import pytest

from shared.audit import Deed
from shared.documents import SYSTEM, Database, Document, Index, Taken
from shared.events import Event, registry
from shared.outbox import say


class Thing(Document):
    """A decision."""

    name: str


def thing(id_: str, name: str = "") -> tuple[Thing, list[Event[registry.UnitChanged]]]:
    unit = registry.Unit(id=id_, name=id_, region="41.01.05.0", revision=1)
    event = say(registry.UnitChanged(unit=unit), subject=id_, region=unit.region, actor="service:test", reason="test")
    return Thing(id=id_, region="41.01.05.0", name=name or id_), [event]


async def test_each_is_stored_with_its_events_or_was_there_already(database: Database) -> None:
    things = database.documents("things", Thing)
    await database.prepare()
    assert await things.create_all([]) == []
    assert await things.create_all([thing("a"), thing("b")]) == [True, True]
    assert await things.create_all([thing("b", "other"), thing("c"), thing("c", "twice")]) == [False, True, False]
    kept = await things.find(SYSTEM, sort=[("_id", 1)])
    assert [(one.id, one.name, one.version) for one in kept] == [("a", "a", 1), ("b", "b", 1), ("c", "c", 1)]
    waiting = await things.waiting(10)
    assert {id_: [entry.address for entry in entries] for id_, entries in waiting} == {
        id_: ["registry.unit_changed.41.01.05.0"] for id_ in "abc"
    }
    assert database.arrived.is_set()


async def test_each_goes_on_record_as_if_it_was_stored_alone(database: Database) -> None:
    things = database.documents("things", Thing)
    await database.prepare()
    alone, (first, second) = thing("a"), (thing("b"), thing("c"))
    await things.create(*alone)
    await things.create_all([first, second, thing("a")])
    noted = dict(await things.unrecorded(10))
    assert {id_: [entry.deed for entry in entries] for id_, entries in noted.items()} == {
        id_: [Deed.UNIT_CHANGED] for id_ in "abc"
    }
    assert [entry.id for entry in noted["b"]] == [first[1][0].id]
    assert database.noted.is_set()


async def test_what_another_unique_index_refuses_is_raised_after_the_others_are_stored(database: Database) -> None:
    things = database.documents("things", Thing, [Index(("name",), unique=True)])
    await database.prepare()
    with pytest.raises(Taken, match="same name"):
        await things.create_all([thing("a", "one"), thing("b", "one"), thing("c")])
    assert {one.id for one in await things.find(SYSTEM)} == {"a", "c"}


async def test_numbers_are_given_once_one_by_one_and_by_many(database: Database) -> None:
    given = await asyncio.gather(
        *(database.next_numbers("filings", 5) for _ in range(4)), database.next_numbers("x", 2)
    )
    one = await database.next_number("filings")
    assert sorted(number for numbers in given[:4] for number in numbers) == list(range(1, 21))
    assert (one, list(given[4])) == (21, [1, 2])
