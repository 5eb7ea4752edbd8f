"""Start in order, stop in the opposite order, say each step; signals only say "stop"."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from shared.telemetry import logger

STOP_PATIENCE = 15.0


class Steps:
    """A last-in first-out stack of named steps. One that fails or hangs while stopping does not keep the others up."""

    def __init__(self, name: str) -> None:
        self._log = logger(name)
        self._stack = AsyncExitStack()
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.failed.cancel()
        await self._stack.aclose()

    def on_stop(self, what: str, stop: Callable[[], Awaitable[object]]) -> None:
        """Call ``stop`` when it is this step's turn to be undone."""

        async def undo() -> None:
            try:
                async with asyncio.timeout(STOP_PATIENCE):
                    await stop()
            except Exception as error:  # noqa: BLE001 - whatever happens, the other steps must still stop
                self._log.warning("a step did not stop cleanly", step=what, error=repr(error))
            else:
                self._log.debug("stopped", step=what)

        self._stack.push_async_callback(undo)

    def run(self, what: str, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` in the background until this step is undone; ``failed`` tells when it died by itself."""
        task = asyncio.create_task(work, name=what)

        def died(done: asyncio.Task[None]) -> None:
            if not done.cancelled() and (error := done.exception()) and not self.failed.done():
                self.failed.set_exception(RuntimeError(f"{what} died: {error!r}"))

        task.add_done_callback(died)

        async def stop() -> None:
            task.cancel()
            await asyncio.wait([task])

        self.on_stop(what, stop)


def on_signals() -> asyncio.Event:
    """An event that SIGTERM or SIGINT sets; a second signal is the usual, rough end."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()

    def tell(number: signal.Signals) -> None:
        told.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, tell, number)
    return told
