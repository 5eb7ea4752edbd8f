"""What the journeys share: a town, a city of its own for the loop, and the loop played by one command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from demo.city import Script
from demo.variants import variant
from tests.journeys.newcomer import Govwatch, started
from tests.journeys.overlay import Overlay, at_random
from tests.journeys.town import Town
from tests.world import World, at_work, seed


@asynccontextmanager
async def _town(directory: Path, script: Script, overlay: Overlay, draw: Random) -> AsyncIterator[Town]:
    rulesets = directory / "rulesets"
    overlay.write(rulesets)
    settings = {"GOVWATCH_RULESET_DIR": str(rulesets), "GOVWATCH_LOG_LEVEL": "DEBUG"}
    async with at_work(World(directory, script, settings)) as world, world.player() as player:
        yield Town(world, player, overlay, draw)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A random city whose websites are in force: portals that show all marks, and one look is enough to judge them."""
    number = seed()
    draw, drawn = Random(number), variant(number)
    websites = tuple(site.model_copy(update={"site_class": "portal"}) for site in drawn.websites)
    script = drawn.model_copy(update={"websites": websites})
    overlay = replace(at_random(draw, script), looks=1, marks={"site_code": "网站标识码"})
    async with _town(tmp_path_factory.mktemp("town"), script, overlay, draw) as town:
        for website in town.websites:
            await town.opened(website)
        yield town


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def held_back(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A city and an overlay ruleset that nobody saw before, both from the printed seed."""
    number = seed()
    draw, script = Random(number), variant(number)
    async with _town(tmp_path_factory.mktemp("city"), script, at_random(draw, script), draw) as town:
        yield town


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def once(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Govwatch]:
    """``govwatch all --demo --once``, started."""
    with started(tmp_path_factory.mktemp("once"), "all", "--demo", "--once") as govwatch:
        yield govwatch
