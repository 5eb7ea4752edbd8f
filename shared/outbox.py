"""The relay: what a document decided reaches the stream, even when a server was gone.

The relay publishes the events waiting in a service's documents, waits for the streams' answers, and only then takes
them out. Dying in between means publishing again with the same ``Nats-Msg-Id``, and every consumer is safe to run
twice. What a stream loses after it answered is the matter of ``shared.losses``.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.bus import Bus, NotStored, stream_of
from shared.documents import UNAVAILABLE, Database, Documents, Waiting
from shared.events import Event, Fact
from shared.events.envelope import event
from shared.losses import remember
from shared.telemetry import OUTBOX, logger, traceparent

AT_A_TIME = 200
POLL = 1.0
PAUSE = 2.0
LARGEST = 1_000_000


class TooLarge(ValueError):  # noqa: N818 - it reads as what is wrong
    """An event that no stream would take: it is refused when it is said, not kept waiting for ever."""


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
    """``fact`` in its envelope, inside the current trace. See ``shared.events.envelope.event``. Raises TooLarge."""
    said = event(
        fact,
        subject=subject,
        region=region,
        actor=actor,
        reason=reason,
        id=id_,
        time=time,
        traceparent=traceparent(),
    )
    size = len(said.encode())
    if size > LARGEST:
        raise TooLarge(f"{said.type} about {said.subject} has {size} bytes; the bus takes {LARGEST}")
    return said


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
        before = await self._database.marks() if found else {}
        results = await asyncio.gather(*(self._send(id_, entries) for id_, entries in found))
        sent = [entry for done, _ in results for entry in done]
        await remember(self._database, before, [(stream, at, entry.id, new) for (_, entry, stream, at), new in sent])
        await collection.mark_sent([record for record, _ in sent])
        for _, trouble in results:
            if trouble:
                raise trouble
        return len(found), len(sent)

    async def _send(
        self, id_: str, entries: Sequence[Waiting]
    ) -> tuple[list[tuple[tuple[str, Waiting, str, int], bool]], NotStored | None]:
        """The events of one document, in their order, up to the first not stored; and whether each was new there."""
        done: list[tuple[tuple[str, Waiting, str, int], bool]] = []
        for entry in entries:
            try:
                stored = await self._bus.store(entry.address, entry.body.encode(), entry.id)
            except NotStored as trouble:
                return done, trouble
            done.append(((id_, entry, stream_of(entry.address), stored.sequence), stored.new))
        return done, None
