"""A relay, and the notifier on its stage."""

from collections.abc import AsyncIterator

import pytest

from shared.bus import Bus
from shared.bus.users import Keys
from shared.embedded import Nats
from tests.notifier.relay import Relay, relaying
from tests.notifier.stage import Stage, staged


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    """A relay that takes everything."""
    async with relaying() as running:
        yield running


@pytest.fixture
async def stage(mongo_url: str, nats: Nats, keys: Keys, bus: Bus, relay: Relay) -> AsyncIterator[Stage]:
    """The notifier on real servers."""
    async with staged(mongo_url, nats, keys, bus, relay) as made:
        yield made
