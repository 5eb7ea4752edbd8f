"""The relay and the reconciler: what a document decided reaches the stream, even when a server was gone.

The relay publishes the events waiting in a service's documents, waits for the streams' answers, and only then takes
them out. Dying in between means publishing again with the same ``Nats-Msg-Id``, and every consumer is safe to run
twice. The reconciler notices that a stream is not the one that answered (wiped, or set back and not yet overtaken by
new events) and sends again.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.bus import STREAMS, Bus, NotStored, stream_of
from shared.documents import UNAVAILABLE, Database, Documents, Mark, Waiting
from shared.events import Event, Fact
from shared.events.envelope import event
from shared.telemetry import OUTBOX, logger, traceparent

AT_A_TIME = 200
POLL = 1.0
PAUSE = 2.0


def say(
    fact: Fact,
    *,
    subject: str,
    region: str | None,
    actor: str,
    reason: str,
    id_: str | None = None,
    time: datetime | None = None,
) -> Event[Any]:
    """``fact`` in its envelope, inside the current trace. See ``shared.events.envelope.event``."""
    return event(
        fact,
        subject=subject,
        region=region,
        actor=actor,
        reason=reason,
        id=id_,
        time=time,
        traceparent=traceparent(),
    )


class Relay:
    """Publishes what waits in the outboxes of one service."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._log = logger(bus.name)

    async def run(self) -> None:
        """Relay for ever: at once when this process stored something, and every second for what others left."""
        while True:
            self._database.arrived.clear()
            try:
                sent = await self.once()
            except (NotStored, *UNAVAILABLE) as error:
                self._log.warning("events wait in the outbox", error=str(error))
                await asyncio.sleep(PAUSE)
                continue
            if not sent:
                try:
                    async with asyncio.timeout(POLL):
                        await self._database.arrived.wait()
                except TimeoutError:
                    continue

    async def once(self) -> int:
        """Send one batch of every collection; returns how many events were acknowledged."""
        batches = await asyncio.gather(*(self._batch(collection) for collection in self._database.collections))
        OUTBOX.labels(self._bus.name).set(sum(waiting for waiting, _ in batches))
        return sum(sent for _, sent in batches)

    async def _batch(self, collection: Documents[Any]) -> tuple[int, int]:
        found = await collection.waiting(AT_A_TIME)
        results = await asyncio.gather(*(self._send(id_, entries) for id_, entries in found))
        sent = [entry for done, _ in results for entry in done]
        highest: dict[str, int] = {}
        for _, _, stream, sequence in sent:
            highest[stream] = max(highest.get(stream, 0), sequence)
        for stream, sequence in highest.items():
            await self._database.raise_mark(stream, sequence)
        await collection.mark_sent(sent)
        for _, trouble in results:
            if trouble:
                raise trouble
        return len(found), len(sent)

    async def _send(
        self, id_: str, entries: Sequence[Waiting]
    ) -> tuple[list[tuple[str, Waiting, str, int]], NotStored | None]:
        """The events of one document, in their order, up to the first that was not stored."""
        done: list[tuple[str, Waiting, str, int]] = []
        for entry in entries:
            try:
                sequence = await self._bus.publish_raw(entry.address, entry.body.encode(), entry.id)
            except NotStored as trouble:
                return done, trouble
            done.append((id_, entry, stream_of(entry.address), sequence))
        return done, None


def is_lost(sequence: int, at: datetime, *, wiped: bool, last: int, kept: timedelta | None, now: datetime) -> bool:
    """Whether an event acknowledged as ``sequence`` should be on its stream and is not.

    ``wiped``: the stream is another one than the one that acknowledged; ``last``: its last sequence now;
    ``kept``: how long it keeps a message (None: until done).
    """
    if kept is not None and at < now - kept:
        return False
    return wiped or sequence > last


async def reconcile(database: Database, bus: Bus, now: datetime) -> int:
    """Look whether a stream lost what it acknowledged, and put that back into the outboxes; returns how many."""
    again = 0
    for stream, mark in (await database.marks()).items():
        info = await bus.stream(stream)
        created = _created(info.created)
        wiped = mark.created is not None and created is not None and created != mark.created
        if wiped or info.state.last_seq < mark.sequence:
            again += await _send_lost(database, stream, mark, wiped=wiped, last=info.state.last_seq, now=now)
        if created is not None and created != mark.created:
            await database.mark_created(stream, created)
    return again


async def _send_lost(database: Database, stream: str, mark: Mark, *, wiped: bool, last: int, now: datetime) -> int:
    again = 0
    for collection in database.collections:
        async for id_, waiting, where, sequence in collection.sent():
            mine = where == stream and sequence <= mark.sequence
            if mine and is_lost(sequence, waiting.at, wiped=wiped, last=last, kept=STREAMS[stream].kept, now=now):
                await collection.send_again(id_, waiting)
                again += 1
    return again


def _created(text: Any) -> datetime | None:
    """A stream's creation time to the millisecond, as MongoDB keeps it."""
    if text is None:
        return None
    moment = text if isinstance(text, datetime) else datetime.fromisoformat(str(text)[:23] + "+00:00")
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
