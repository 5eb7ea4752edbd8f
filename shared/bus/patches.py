"""Two repairs of FastStream 0.7.8's pull subscribers, each held by a test on a real server.

* A fetch whose batch is not full at its deadline raises the built-in TimeoutError, which FastStream does not expect:
  its task dies with the messages it already held, and they come back only after ``ack_wait``.
* While a consumer is missing or has no leader, fetching again at once makes thousands of requests a second.
"""

import asyncio
from typing import Any

from faststream.nats.subscriber.usecases import stream_pull_subscriber
from nats.js.client import JetStreamContext
from nats.js.errors import ServiceUnavailableError

PAUSE = 0.5
_fetch = JetStreamContext.PullSubscription.fetch


async def _patient_fetch(self: JetStreamContext.PullSubscription, *args: Any, **options: Any) -> Any:
    try:
        return await _fetch(self, *args, **options)
    except ServiceUnavailableError:
        await asyncio.sleep(PAUSE)
        raise


def repair() -> None:
    """Apply both repairs. Doing it twice changes nothing."""
    stream_pull_subscriber.TimeoutError = TimeoutError  # type: ignore[assignment,attr-defined]  # the name it catches by
    JetStreamContext.PullSubscription.fetch = _patient_fetch  # type: ignore[method-assign]  # see the module's words
