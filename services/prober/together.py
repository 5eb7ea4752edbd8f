"""Several looks side by side, with an end."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def within(seconds: float, all_of_them: Iterable[Awaitable[T]]) -> list[T | None]:
    """What each of them gives, in their order; None for one that was not done in ``seconds``, which is stopped.

    An error of one stops all and is raised.
    """
    tasks = [asyncio.ensure_future(one) for one in all_of_them]
    if not tasks:
        return []
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        return [task.result() if task.done() else None for task in tasks]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
