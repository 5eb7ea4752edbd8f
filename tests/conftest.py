"""Real servers for every test that asks for one: started once a session, a fresh corner for each test."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from xdist.scheduler.loadfile import LoadFileScheduling  # type: ignore[import-untyped]  # it carries no types

from shared.bus import Bus
from shared.bus.streams import STREAMS, apply
from shared.bus.users import ADMIN, Keys
from shared.documents import Client, Database
from shared.embedded import Mongo, Nats, free_port

# A shell's background jobs ignore Ctrl-C and hand that on to their children: here some children are to hear it.
signal.signal(signal.SIGINT, signal.default_int_handler)


class _ByFile(LoadFileScheduling):  # type: ignore[misc]  # it carries no types
    def _split_scope(self, nodeid: str) -> str:
        journey = nodeid.startswith("tests/journeys/")
        return "tests/journeys" if journey else str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """Tests of one file run in one process; so do all journeys, which share their cities."""
    return _ByFile(config, log)


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real mongod (replica set of one)."""
    loop = asyncio.new_event_loop()
    server = Mongo(tmp_path_factory.mktemp("mongo"), free_port())
    loop.run_until_complete(server.start())
    yield server.url
    loop.run_until_complete(server.stop())
    loop.close()


@pytest.fixture
async def database(mongo_url: str) -> AsyncIterator[Database]:
    """An empty database."""
    client = Client(mongo_url)
    database = client.database(f"test_{uuid4().hex[:12]}")
    yield database
    await client.drop(database.name)
    client.close()


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[Nats]:
    """A real nats-server of its own for this test, with one user: the administrator."""
    server = Nats(tmp_path / "nats", free_port(), Keys(tmp_path / "keys"))
    server.allow([])
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def nats_url(nats: Nats) -> str:
    """Its address."""
    return f"nats://127.0.0.1:{nats.port}"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """The keys of ``nats``."""
    return Keys(tmp_path / "keys")


@pytest.fixture
async def bus(nats_url: str, keys: Keys) -> AsyncIterator[Bus]:
    """The administrator's connection to ``nats``, with the streams applied."""
    bus = await Bus.connect(nats_url, ADMIN, keys.seed(ADMIN))
    await apply(bus.js, replicas=1, highest={})
    assert set(STREAMS) == {"FACTS", "OBSERVATIONS", "ASKED", "WORK_notifier", "WORK_prober", "DEAD"}
    yield bus
    await bus.close()
