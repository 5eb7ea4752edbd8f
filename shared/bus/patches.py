"""Three repairs of FastStream 0.7.8's pull subscribers, each held by a test on a real server.

* A fetch whose batch is not full at its deadline raises the built-in TimeoutError, which FastStream does not expect:
  its task dies with the messages it already held, and they come back only after ``ack_wait``.
* While a consumer is missing or has no leader, fetching again at once makes thousands of requests a second.
* Stopping drops what was fetched and not begun, and it comes back only after ``ack_wait``. ``hush`` ends the
  fetching first.
"""

import asyncio
import contextlib
from typing import Any
from weakref import WeakSet

from faststream.nats import NatsBroker
from faststream.nats.subscriber.usecases import stream_pull_subscriber
from nats.js.client import JetStreamContext
from nats.js.errors import ServiceUnavailableError

PAUSE = 0.5
Pull = JetStreamContext.PullSubscription
_hushed: WeakSet[Pull] = WeakSet()
_resting: WeakSet[Pull] = WeakSet()
_fetch = Pull.fetch


async def hush(broker: NatsBroker, patience: float) -> None:
    """Let ``broker`` fetch no more; returns when all it fetched is in handlers' hands, or ``patience`` (s) is over."""
    pulling: list[Any] = [one for one in broker.subscribers if getattr(one, "subscription", None)]
    _hushed.update(one.subscription for one in pulling)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while not all(map(_is_idle, pulling)):  # noqa: ASYNC110 - nobody tells when there is nothing left
                await asyncio.sleep(0.05)


def _is_idle(subscriber: Any) -> bool:
    waiting = getattr(subscriber, "receive_stream", None)
    return subscriber.subscription in _resting and not (waiting and waiting.statistics().current_buffer_used)


async def _patient_fetch(self: Pull, *args: Any, **options: Any) -> Any:
    if self in _hushed:
        _resting.add(self)
        await asyncio.Event().wait()
    try:
        return await _fetch(self, *args, **options)
    except ServiceUnavailableError:
        await asyncio.sleep(PAUSE)
        raise


def repair() -> None:
    """Apply the repairs. Doing it twice changes nothing."""
    stream_pull_subscriber.TimeoutError = TimeoutError  # type: ignore[assignment,attr-defined]  # the name it catches by
    Pull.fetch = _patient_fetch  # type: ignore[method-assign]  # see the module's words
