"""The scorer on its stage."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from shared.documents import Client
from tests.scorer.given import NOON
from tests.scorer.stage import Stage, staged


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
async def stage(mongo_url: str) -> AsyncIterator[Stage]:
    """The scorer on a real mongod, with the rulesets we ship and a clock to set; nobody listens."""
    client = Client(mongo_url)
    async with staged(client, Clock()) as made:
        yield made
    client.close()
