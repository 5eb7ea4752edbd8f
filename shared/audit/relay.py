"""What was noted in documents goes into the chain: each entry once, whoever dies when.

Entries wait in the document they were saved with. They are appended to the chain first and taken out of the document
then: dying in between means appending again, and the chain leaves out what it has.
"""

import asyncio
from collections.abc import Awaitable, Callable

from shared.audit.record import Entry
from shared.audit.store import Chain
from shared.documents import UNAVAILABLE, Database
from shared.telemetry import AUDIT_WAITING, logger

AT_A_TIME = 500
GATHER = 0.5
POLL = 2.0
PAUSE = 2.0


class Recorder:
    """Takes what waits in the documents of ``database`` into ``chain``; ``place`` may complete each entry."""

    def __init__(
        self, chain: Chain, database: Database, *, place: Callable[[Entry], Awaitable[Entry]] | None = None
    ) -> None:
        self._chain = chain
        self._database = database
        self._place = place
        self._log = logger(chain.service)

    async def run(self) -> None:
        """Record for ever: soon after this process noted something, and every other second for what others left."""
        noted = self._database.noted
        while True:
            noted.clear()
            try:
                recorded = await self.once()
            except UNAVAILABLE as error:
                self._log.warning("records wait in their documents", error=str(error))
                await asyncio.sleep(PAUSE)
                continue
            if not recorded:
                try:
                    async with asyncio.timeout(POLL):
                        await noted.wait()
                except TimeoutError:
                    continue
            await asyncio.sleep(GATHER)

    async def sweep(self) -> None:
        """Record everything that waits now."""
        while await self.once():
            pass

    async def once(self) -> int:
        """Record one batch of every collection, the oldest entry first; returns how many entries."""
        found = [(documents, await documents.unrecorded(AT_A_TIME)) for documents in self._database.collections]
        entries = [entry for _, waiting in found for _, noted in waiting for entry in noted]
        if self._place:
            entries = [await self._place(entry) for entry in entries]
        AUDIT_WAITING.labels(self._chain.service).set(sum(len(waiting) for _, waiting in found))
        if entries:
            await self._chain.append(*sorted(entries, key=lambda entry: entry.at))
            for documents, waiting in found:
                await documents.mark_recorded(waiting)
        return len(entries)
