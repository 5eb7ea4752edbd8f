"""A whole installation for tests: real servers, the four services as four processes, and a practice city.

Nothing is mocked. Tests act on it through pages, API, the city's control desk and mail; what they check may also be
read from MongoDB and the streams.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import httpx
from pydantic import SecretStr

from demo.city import Script
from demo.player import Player
from demo.server import City
from demo.visitor import Origins
from services.commands import practice, streams
from services.commands.register import register
from services.registry.intake import Intake
from shared.bus import Bus
from shared.bus.users import ADMIN, Keys
from shared.documents import Client
from shared.embedded import Mongo, Nats, free_port
from shared.events import Event, parse
from shared.settings import Settings

SERVICES = ("registry", "prober", "scorer", "notifier")
ACTOR = "operator:test"
T = TypeVar("T")


async def until(what: str, look: Callable[[], Awaitable[T | None]], patience: float = 60.0) -> T:
    """What ``look`` gives once it gives something true; fails naming ``what`` after ``patience`` seconds."""
    end = time.monotonic() + patience
    while True:
        found = await look()
        if found:
            return found
        assert time.monotonic() < end, f"not in {patience:g} s: {what}"
        await asyncio.sleep(0.1)


class Ended(NamedTuple):
    """How a command ended: its exit code and what it said."""

    code: int
    out: str
    err: str


class World:
    """See the module. ``entry`` is how a service process is started: a test may give a broken one.

    ``overrides`` are settings (``GOVWATCH_…``) of every process, in place of those made for fast tests.
    """

    def __init__(self, directory: Path, script: Script, overrides: Mapping[str, str] | None = None) -> None:
        self.directory = directory
        self.script = script
        self.entry: Sequence[str] = ("-m", "services")
        self.keys = Keys(directory / "keys")
        self.mongo = Mongo(directory / "mongo", free_port())
        self.nats = Nats(directory / "nats", free_port(), self.keys)
        self.city = City(directory / "city", script)
        self.ports = {name: free_port() for name in SERVICES}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._overrides = dict(overrides or {})

    @property
    def settings(self) -> Settings:
        """The settings of an operator here."""
        return Settings(
            data_dir=self.directory,
            nats_url=self.nats.url,
            mongo_url=SecretStr(self.mongo.url),
            _env_file=None,
        )

    @property
    def origins(self) -> dict[str, str]:
        """Where each service answers."""
        return {name: f"http://127.0.0.1:{port}" for name, port in self.ports.items()}

    def log(self, name: str) -> list[dict[str, Any]]:
        """What a service logged, line by line."""
        text = (self.directory / f"{name}.log").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    async def start(self) -> None:
        """Start everything; returns when all four services are ready."""
        self.nats.allow(streams.users({}))
        await asyncio.gather(self.city.start(), self.mongo.start(), self.nats.start())
        await streams.prepare(self.settings)
        for name in SERVICES:
            self.run(name)
        await asyncio.gather(self._enter_everybody(), *(self.ready(name) for name in SERVICES))

    async def stop(self) -> None:
        """Stop everything, the services in an orderly way; fails when one of them does not stop."""
        for process in self.processes.values():
            process.terminate()
        hung = []
        for name, process in self.processes.items():
            try:
                await asyncio.to_thread(process.wait, 25)
            except subprocess.TimeoutExpired:
                process.kill()
                hung.append(name)
        await self.nats.stop()
        await self.mongo.stop()
        await self.city.stop()
        assert hung == [], f"{', '.join(hung)} did not stop when told"

    async def _enter_everybody(self) -> None:
        async with register(self.settings) as app:
            intake = Intake(app)
            for office in self.script.offices:
                await intake.office(office.id, office.name, office.region, office.looks_after, ACTOR)
            for unit in self.script.units:
                await intake.unit(unit.name, unit.region, ACTOR, unit.id)
        await practice.enter_people(self.settings, self.script.people)

    def run(self, service: str, copy: str = "") -> None:
        """Start a service as a process of its own; with ``copy`` ("-2", say) one more of it, called service + copy."""
        name = service + copy
        self.ports.setdefault(name, free_port())
        settings = {"GOVWATCH_HTTP_PORT": str(self.ports[name]), "GOVWATCH_NATS_SEED": self.keys.seed(service)}
        with (self.directory / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *self.entry, service],
                env=self._environment(settings),
                stdout=log,
                stderr=log,
                cwd=self.directory,
            )

    async def govwatch(self, *arguments: str) -> Ended:
        """Give a command as the operator of this installation."""
        ended = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "services", *arguments],
            env=self._environment({}),
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        where = self.city.addresses
        smtp_host, _, smtp_port = where.smtp.rpartition(":")
        return {
            **{key: value for key, value in os.environ.items() if not key.startswith("GOVWATCH_")},
            "PYTHONPATH": os.pathsep.join(str(path) for path in (Path(__file__).parent, Path(__file__).parents[1])),
            "PYTHONUTF8": "1",
            "GOVWATCH_DATA_DIR": str(self.directory),
            "GOVWATCH_NATS_URL": self.nats.url,
            "GOVWATCH_MONGO_URL": self.mongo.url,
            "GOVWATCH_VISIT_INTERVAL": "5",
            "GOVWATCH_SECOND_LOOK_AFTER": "0.3",
            "GOVWATCH_DEMO": "true",
            "GOVWATCH_RATE_FACTOR": "100",
            "GOVWATCH_CANARIES": json.dumps([where.canary]),
            "GOVWATCH_EGRESS_ALLOW": '["127.0.0.0/8"]',
            "GOVWATCH_EGRESS_RESOLVER": where.dns,
            "GOVWATCH_SMTP_HOST": smtp_host,
            "GOVWATCH_SMTP_PORT": smtp_port,
            "GOVWATCH_SMTP_FROM": "notice@govwatch.demo.invalid",
            **settings,
            **self._overrides,
        }

    async def ready(self, name: str) -> None:
        """Return when a service says it is ready."""
        async with httpx.AsyncClient(base_url=self.origins[name]) as client:

            async def answer() -> bool:
                assert self.processes[name].poll() is None, f"{name} ended: see its log\n{self._tail(name)}"
                try:
                    return (await client.get("/readyz", timeout=2)).status_code == 200
                except httpx.HTTPError:
                    return False

            await until(f"{name} is ready", answer, patience=120)

    async def kill(self, name: str) -> None:
        """Kill -9 one service or server; a server is started again by what keeps it, a service by ``run``."""
        if name in ("nats", "mongo"):
            child = self.nats if name == "nats" else self.mongo
            old = child.pid
            os.kill(old, signal.SIGKILL)
            await until(f"{name} is up again", lambda: _other(child, old))
            return
        self.processes[name].kill()
        await asyncio.to_thread(self.processes[name].wait)

    async def halt(self, name: str) -> None:
        """Stop one service in an orderly way."""
        self.processes[name].terminate()
        await asyncio.to_thread(self.processes[name].wait, 25)

    def player(self) -> Player:
        """Somebody who acts like the people of the city do."""
        control = self.city.addresses.control
        return Player(self.script, control, Origins(self.origins), practice.PASSWORD, practice.tokens(self.settings))

    @asynccontextmanager
    async def administrator(self) -> AsyncIterator[Bus]:
        """The bus as its administrator sees it."""
        bus = await Bus.connect(self.nats.url, ADMIN, self.keys.seed(ADMIN))
        try:
            yield bus
        finally:
            await bus.close()

    async def events(self, stream: str = "FACTS") -> list[Event[Any]]:
        """Everything on a stream, in its order."""
        async with self.administrator() as bus:
            state = (await bus.stream(stream)).state
            numbers = range(state.first_seq, state.last_seq + 1)
            return [parse((await bus.js.get_msg(stream, number)).data or b"") for number in numbers]

    @asynccontextmanager
    async def documents(self) -> AsyncIterator[Client]:
        """MongoDB as a checker reads it."""
        client = Client(self.mongo.url)
        try:
            yield client
        finally:
            client.close()

    def _tail(self, name: str) -> str:
        return (self.directory / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-3000:]


async def _other(child: Mongo | Nats, old: int) -> bool:
    return child.pid not in (0, old)


@asynccontextmanager
async def at_work(world: World) -> AsyncIterator[World]:
    """``world``, started and in the end stopped."""
    try:
        await world.start()
        yield world
    finally:
        await world.stop()


def seed() -> int:
    """A random seed, printed so that a failure can be played again with GOVWATCH_SEED."""
    number = int(os.environ.get("GOVWATCH_SEED") or random.randrange(1_000_000))
    sys.stdout.write(f"\nseed {number}: GOVWATCH_SEED={number} plays it again\n")
    return number
