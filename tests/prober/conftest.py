"""The prober on its stage, with a canary that answers."""

from collections.abc import AsyncIterator

import pytest

from shared.bus import Bus
from shared.bus.users import Keys
from shared.embedded import Nats
from shared.settings import Settings
from tests.prober.stage import Stage, staged
from tests.security.loopback import Site, serving


@pytest.fixture
async def canary() -> AsyncIterator[Site]:
    """A page that answers when we are online."""
    async with serving("here") as site:
        yield site


@pytest.fixture
def settings(canary: Site) -> Settings:
    """Settings of a quick prober."""
    return Settings(canaries=[canary.url()], visit_interval=3600, second_look_after=0.05, vantage="v1", _env_file=None)


@pytest.fixture
async def stage(mongo_url: str, nats: Nats, keys: Keys, bus: Bus, settings: Settings) -> AsyncIterator[Stage]:
    """The prober on real servers, at work."""
    async with staged(mongo_url, nats, keys, bus, settings) as made, made.working():
        yield made
