"""The whole city in one process: ``async with City(...)``, or ``start`` and ``stop``.

Ports: a given one is used; 0 means the one of the last run in this data directory (addresses that were filed stay
true), and on the first run a free one.
"""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Self

import uvicorn
from pydantic import BaseModel, ConfigDict

from demo.city import CANARY_HOST, PLATFORM_HOST, Script
from demo.control import Desk
from demo.door import ADDRESS
from demo.mailbox import Mailbox
from demo.names import NameServer
from demo.state import Ports, State
from demo.websites import PublicWeb


class PortTakenError(OSError):
    """Somebody else listens on a port the city needs."""


class Addresses(BaseModel):
    """Where the city is. ``dns`` and ``smtp`` are ``host:port``; ``canary`` is a page that is always there."""

    model_config = ConfigDict(frozen=True)

    http_port: int
    https_port: int
    dns: str
    smtp: str
    control: str
    platform: str
    canary: str


class City:
    """A practice city with its memory in ``data_dir``."""

    def __init__(self, data_dir: Path, script: Script, ports: Ports | None = None) -> None:
        """Reads the memory. Raises ValueError when script or memory make no sense, OSError when it cannot write."""
        data_dir.mkdir(parents=True, exist_ok=True)
        self.script = script
        self.state = State.open(script, data_dir / "state.json")
        self.mailbox = Mailbox(self.state, data_dir / "mails.jsonl")
        self.web = PublicWeb(self.state)
        self.names = NameServer(self.state)
        self._desk = _DeskServer(Desk(self.state, self.web, self.mailbox, self._where))
        self._wanted = ports or Ports()
        self._up = contextlib.AsyncExitStack()

    @property
    def addresses(self) -> Addresses:
        """Where everything is, once the city has started."""
        return Addresses(
            http_port=self.web.port,
            https_port=self.web.secure_port,
            dns=f"{ADDRESS}:{self.names.port}",
            smtp=f"{ADDRESS}:{self.mailbox.port}",
            control=f"http://{ADDRESS}:{self._desk.port}",
            platform=f"http://{PLATFORM_HOST}:{self.web.port}",
            canary=f"http://{CANARY_HOST}:{self.web.port}/",
        )

    def _where(self) -> dict[str, str | int]:
        return self.addresses.model_dump()

    async def start(self) -> None:
        """Open every door. Raises PortTakenError, with nothing left open, when one is taken."""
        before = self.state.ports
        parts: list[tuple[str, int, int, Callable[[int], Awaitable[None]], Callable[[], Awaitable[None]]]] = [
            ("http", self._wanted.http, before.http, self.web.start, self.web.stop),
            ("https", self._wanted.https, before.https, self.web.start_secure, self.web.stop_secure),
            ("dns", self._wanted.dns, before.dns, self.names.start, self.names.stop),
            ("smtp", self._wanted.smtp, before.smtp, self.mailbox.start, self.mailbox.stop),
            ("control", self._wanted.control, before.control, self._desk.start, self._desk.stop),
        ]
        for what, wanted, last, start, stop in parts:
            port = wanted or last
            try:
                await start(port)
            except OSError as error:
                await self.stop()
                why = error.strerror or str(error)
                raise PortTakenError(f"port {port}: {why} (choose another with --{what}-port)") from error
            self._up.push_async_callback(stop)
        self.state.ports = Ports(
            http=self.web.port,
            https=self.web.secure_port,
            dns=self.names.port,
            smtp=self.mailbox.port,
            control=self._desk.port,
        )

    async def stop(self) -> None:
        """Close every door, the last opened first."""
        await self._up.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


class _Uvicorn(uvicorn.Server):
    """Signals are the business of whoever runs the city."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _DeskServer:
    def __init__(self, desk: Desk) -> None:
        self.port = 0
        self._desk = desk
        self._server: _Uvicorn | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self, port: int) -> None:
        door = socket.create_server((ADDRESS, port))
        self.port = door.getsockname()[1]
        config = uvicorn.Config(
            self._desk.app(),
            lifespan="off",
            ws="none",
            log_config=None,
            log_level="warning",
            timeout_graceful_shutdown=1,
        )
        self._server = _Uvicorn(config)
        self._serving = asyncio.create_task(self._server.serve([door]))

    async def stop(self) -> None:
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
