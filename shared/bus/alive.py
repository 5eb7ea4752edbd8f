"""Keeping messages ours while they are worked on."""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence

from nats.aio.msg import Msg

from shared.bus.consumers import ACK_WAIT


@contextlib.contextmanager
def alive(messages: Sequence[Msg], silently: Sequence[type[Exception]]) -> Iterator[None]:
    """Tell the server now and then that these messages are still being worked on; ``silently`` may go wrong."""
    loop = asyncio.get_running_loop()
    telling: set[asyncio.Task[None]] = set()
    timers: list[asyncio.TimerHandle] = []

    async def tell() -> None:
        with contextlib.suppress(*silently):
            for message in messages:
                if not message.is_acked:
                    await message.in_progress()

    def again() -> None:
        task = loop.create_task(tell())
        telling.add(task)
        task.add_done_callback(telling.discard)
        timers[:] = [loop.call_later(ACK_WAIT / 3, again)]

    timers.append(loop.call_later(ACK_WAIT / 3, again))
    try:
        yield
    finally:
        timers[0].cancel()
