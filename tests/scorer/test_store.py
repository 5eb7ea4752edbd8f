"""A look is kept once, in its slot, whatever order and however often it arrives."""

import random
from datetime import timedelta

from services.scorer.observations import day_of
from shared.documents import SYSTEM
from shared.events.probe import Purpose
from tests.scorer.given import NOON, TODAY, look, marks, profile, visits
from tests.scorer.stage import Stage, completed, heard, profile_seen, settled, stored_looks, unfiled

DAYS_BACK = TODAY - timedelta(days=10)


async def test_the_same_looks_twice_and_shuffled_are_the_same_looks(stage: Stage) -> None:
    looks = [*visits(TODAY, 20, 3, slow=2, unknown=1), *visits(TODAY - timedelta(days=1), 24)]
    facts = [heard(completed(each)) for each in looks]
    await stage.app.store.project(facts)
    known = await stage.app.store.observations("w-1", ["reachability"], DAYS_BACK)
    random.Random(7).shuffle(facts)
    for start in range(0, len(facts), 7):
        await stage.app.store.project(facts[start : start + 13])
    again = await stage.app.store.observations("w-1", ["reachability"], DAYS_BACK)
    order = {each.due_at: each for each in looks}
    assert {each.due_at: each for each in again.samples} == {each.due_at: each for each in known.samples} == order
    assert await stored_looks(stage) == len(looks)


async def test_another_vantage_another_source_and_another_moment_are_other_looks(stage: Stage) -> None:
    await stage.look(
        marks({"icp": "present"}, 1),
        marks({"icp": "present"}, 1, vantage="second"),
        marks({"icp": "absent"}, 2, purpose=Purpose.RECHECK),
        profile(NOON, 1),
    )
    other = profile_seen(profile(NOON, 1)).model_copy(update={"source": "another:feed.v1"})
    await stage.app.store.project([heard(other)])
    assert await stored_looks(stage) == 5
    known = await stage.app.store.observations("w-1", ["marks", "profile"], DAYS_BACK)
    assert sorted((s.probe, s.vantage, s.source) for s in known.samples) == [
        ("marks", "main", ""),
        ("marks", "main", ""),
        ("marks", "second", ""),
        ("profile", "main", "another:feed.v1"),
        ("profile", "main", "json_feed"),
    ]


async def test_looks_of_one_day_share_a_document_and_know_when_to_go(stage: Stage) -> None:
    await stage.look(*visits(TODAY, 24))
    [day] = await stage.app.store.days.find(SYSTEM)
    assert (day.id, day.day, day.region, day.unit) == (
        "w-1|reachability|main|2026-11-22",
        "2026-11-22",
        "41.01.05.0",
        "u-1",
    )
    expires = await stage.app.store.days.find(SYSTEM, {"expires_at": {"$gt": NOON + timedelta(days=399)}})
    assert len(expires) == 1


async def test_a_look_made_after_midnight_for_a_slot_before_it_is_found_by_either_day(stage: Stage) -> None:
    midnight = NOON - timedelta(hours=12)
    late = look("reachability", midnight - timedelta(milliseconds=500))
    assert day_of(late.due_at) != day_of(late.looked_at) == TODAY
    await stage.look(late)
    assert len((await stage.app.store.observations("w-1", ["reachability"], TODAY)).samples) == 1


async def test_a_settlement_that_overtakes_its_change_stays_a_settlement(stage: Stage) -> None:
    for fact in (settled(), unfiled(), unfiled()):
        await stage.app.store.project_unfiled(heard(fact))
    known = await stage.app.store.observations("w-1", [], DAYS_BACK)
    assert [(each.difference.id, each.settled) for each in known.unfiled] == [("w-1-name-1", "filed_late")]
