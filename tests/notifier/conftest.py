"""A relay, and the notifier on its stage."""

from collections.abc import AsyncIterator

import pytest

from shared.bus import Bus
from shared.bus.users import Keys
from shared.embedded import Nats
from tests.notifier.feed import Operator
from tests.notifier.receiver import Receiver, receiving
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


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """An office's webhook receiver that takes everything."""
    async with receiving() as running:
        yield running


@pytest.fixture
def operator(stage: Stage, keys: Keys, capsys: pytest.CaptureFixture[str]) -> Operator:
    """Somebody who types ``govwatch webhook`` beside the stage's notifier."""
    return Operator(stage, keys, capsys)
