"""The scorer on its stage."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from fastapi import FastAPI

from shared.documents import Client
from shared.identity import Identity
from tests.scorer.given import NOON
from tests.scorer.reading import served
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


@pytest.fixture
async def web(stage: Stage, mongo_url: str) -> AsyncIterator[tuple[FastAPI, Identity]]:
    """The pages and the API of the scorer on its stage, and who may sign in."""
    client = Client(mongo_url)
    async with served(stage, client) as made:
        yield made
    client.close()
