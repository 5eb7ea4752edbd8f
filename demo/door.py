"""A TCP port on loopback that knows its visitors, so that it can be closed with nobody left inside."""

import asyncio
from collections.abc import Awaitable, Callable

ADDRESS = "127.0.0.1"
MAX_LINE_BYTES = 64 * 1024

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Door:
    """Calls ``serve`` for every visitor. ``port`` is known after ``open``."""

    def __init__(self, serve: Serve) -> None:
        self.port = 0
        self._serve = serve
        self._server: asyncio.Server | None = None
        self._visitors: set[asyncio.Task[None]] = set()

    async def open(self, port: int) -> None:
        """Listen on ``port`` (0 = a free one). Raises OSError when it is taken."""
        self._server = await asyncio.start_server(self._arrive, ADDRESS, port, limit=MAX_LINE_BYTES, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and leave every visitor."""
        if self._server is not None:
            self._server.close()
        for task in self._visitors:
            task.cancel()
        await asyncio.gather(*self._visitors, return_exceptions=True)

    def _arrive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._visit(reader, writer))
        self._visitors.add(task)
        task.add_done_callback(self._visitors.discard)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(reader, writer)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.transport.abort()
        finally:
            writer.close()
