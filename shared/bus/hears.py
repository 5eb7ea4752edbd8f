"""What a service hears: one line of its HEARS table."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from shared.bus.streams import stream_of
from shared.events import Fact

Handler = Callable[[Any, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Hears:
    """A line of a service's HEARS table. All facts of one line are on one stream.

    ``workers`` > 0 handles up to that many messages at a time, each on its own; otherwise what one fetch brought is
    handled together before the next. ``batch`` > 0 gives the handler a list of up to that many.
    """

    durable: str
    facts: tuple[type[Fact], ...]
    handler: Handler
    workers: int = 0
    batch: int = 0

    @property
    def stream(self) -> str:
        """The stream all its facts are on."""
        (stream,) = {stream_of(fact) for fact in self.facts}
        return stream
