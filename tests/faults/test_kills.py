"""kill -9 of every server and service, one at a time, much in flight: nothing accepted is lost, nothing doubled."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.variants import variant
from services.notifier.store import Store as Notices
from shared.documents import SYSTEM
from tests.faults.checker import problems
from tests.faults.storm import SITES, Storm, crowded
from tests.world import SERVICES, World, seed, until

pytestmark = pytest.mark.alone
BROKEN = str(Path(__file__).with_name("broken.py"))
MAILS_UNDER_WAY = 50
FEW = 10


@pytest.fixture
async def storm(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Storm]:
    """A crowded city at work; the parameter says what is broken in every service, if anything."""
    number = seed()
    broken = getattr(request, "param", "")
    world = World(tmp_path, crowded(variant(number), FEW if broken else SITES))
    if broken:
        world.entry = (BROKEN, broken)
    try:
        await world.start()
        storm = Storm(world, number)
        await storm.open_sites()
        yield storm
    finally:
        await world.stop()


@pytest.mark.timeout(900)
async def test_nothing_accepted_is_lost_and_nothing_is_doubled(storm: Storm) -> None:
    victims = ["nats", "mongo", *SERVICES]
    storm.draw.shuffle(victims)
    may_repeat = 0
    async with storm.filing():
        for victim in victims:
            await storm.toggle()
            moment = random.uniform(0.2, 2.5)
            await asyncio.sleep(moment)
            counts = await storm.in_flight()
            sys.stdout.write(f"kill -9 {victim}, {moment:.3f} s after the toggle, in flight: {counts}\n")
            before = storm.repeated_mails()
            await storm.world.kill(victim)
            if victim in SERVICES:
                storm.world.run(victim)
                await storm.world.ready(victim)
            await storm.settled()
            again = storm.repeated_mails() - before
            # only the death of the process that sends can fall between the 250 and the record of it
            assert again <= (MAILS_UNDER_WAY if victim == "notifier" else 0), f"{again} mails came again"
            may_repeat += again
    await storm.settled()
    sys.stdout.write(f"acknowledged: {len(storm.told.filed)} filings, {len(storm.told.approved)} approvals\n")
    assert await problems(storm, repeats_allowed=may_repeat) == []


@pytest.mark.parametrize("storm", ["twice"], indirect=True)
async def test_every_message_may_be_handled_twice(storm: Storm) -> None:
    await storm.toggle()
    await storm.settled()
    assert await problems(storm, repeats_allowed=0) == []


@pytest.mark.parametrize("storm", ["relay"], indirect=True)
async def test_the_checker_sees_that_the_relay_is_off(storm: Storm) -> None:
    (storm.world.directory / "relay-off").touch()
    async with storm.filing():
        await asyncio.sleep(1.0)
    found = await problems(storm, repeats_allowed=0)
    assert any("was said 0 times" in problem for problem in found), found


@pytest.mark.parametrize("storm", ["idempotence"], indirect=True)
async def test_the_checker_sees_that_idempotence_is_off(storm: Storm) -> None:
    await storm.toggle()

    async def too_many() -> bool:
        async with storm.world.documents() as client:
            return await Notices(client.database("govwatch_notifier")).notices.count(SYSTEM) > storm.sites

    await until("there are more notices than faults", too_many)
    found = await problems(storm, repeats_allowed=0)
    assert any("notices for one fault" in problem for problem in found), found
