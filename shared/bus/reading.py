"""Reading a stream from some place on, as an administrator: no consumer stays, nothing is acknowledged."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo, DeliverPolicy

from shared.bus.link import Bus

AT_A_TIME = 200
PATIENCE = 5.0
FORGOTTEN_AFTER = 60.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A message as a stream keeps it. ``body`` is empty when only headers were asked for."""

    sequence: int
    at: datetime
    subject: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a stream: the subjects ``filter`` names, beyond the sequence ``after``, or else stored since then."""

    stream: str
    filter: str = ">"
    after: int = 0
    since: datetime | None = None

    def config(self, *, headers_only: bool) -> ConsumerConfig:
        """A reader of this part that the server forgets by itself."""
        config = ConsumerConfig(
            filter_subject=self.filter,
            ack_policy=AckPolicy.NONE,
            headers_only=headers_only,
            inactive_threshold=FORGOTTEN_AFTER,
            mem_storage=True,
        )
        if self.after:
            config.deliver_policy, config.opt_start_seq = DeliverPolicy.BY_START_SEQUENCE, self.after + 1
        elif self.since:
            config.deliver_policy, config.opt_start_time = DeliverPolicy.BY_START_TIME, self.since
        return config


async def count(bus: Bus, part: Part) -> int:
    """How many messages ``part`` holds now."""
    made: ConsumerInfo = await bus.js.add_consumer(part.stream, part.config(headers_only=True))
    await bus.js.delete_consumer(part.stream, made.name)
    return made.num_pending or 0


async def read(bus: Bus, part: Part, *, limit: int = 0, headers_only: bool = False) -> AsyncIterator[Kept]:
    """The messages ``part`` holds now, the oldest first; at most ``limit``, 0 is all."""
    made: ConsumerInfo = await bus.js.add_consumer(part.stream, part.config(headers_only=headers_only))
    number = made.num_pending or 0
    left = min(number, limit or number)
    subscription = await bus.js.pull_subscribe_bind(made.name, part.stream)
    try:
        while left:
            try:
                batch = await subscription.fetch(min(left, AT_A_TIME), timeout=PATIENCE)
            except TimeoutError:  # the rest was taken off meanwhile
                return
            for message in batch:
                where = message.metadata
                yield Kept(where.sequence.stream, where.timestamp, message.subject, message.headers or {}, message.data)
            left -= len(batch)
    finally:
        await subscription.unsubscribe()
        await bus.js.delete_consumer(part.stream, made.name)
