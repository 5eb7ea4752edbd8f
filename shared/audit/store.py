"""A service's chain in its own database: appended to by whoever comes first, read by sequence, checked as a stream."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self

from pydantic import AwareDatetime, ValidationError

from shared.audit.chain import Anchor, Checker, Fault, genesis, link
from shared.audit.record import Entry, Record
from shared.documents import SYSTEM, Database, Document, Documents, Index, Scope, Stale
from shared.events import audit
from shared.events.region import COUNTRY
from shared.outbox import say
from shared.telemetry import AUDITED

NEWEST_FIRST = (("record.sequence", -1),)
TOLD_EVERY = 10_000


class RecordDocument(Document):
    """A record of the audit chain; its id is its entry's, region and unit are those of what it is about."""

    record: Record

    @classmethod
    def of(cls, record: Record) -> Self:
        """The document of ``record``."""
        return cls(id=record.id, region=record.region, unit=record.unit, version=1, record=record)

    @property
    def is_consistent(self) -> bool:
        """Whether what queries look at says the same as the record itself."""
        return (self.id, self.region, self.unit) == (self.record.id, self.record.region, self.record.unit)


class AnchorDocument(Document):
    """The latest anchor of this chain, and the event that tells it; its id is the service's name."""

    sequence: int
    hash: str
    at: AwareDatetime


class Checked(NamedTuple):
    """What a check found: the first fault (None: sound), how many records are sound, the hash of the last of them."""

    fault: Fault | None
    sequence: int
    head: str


class Chain:
    """The audit chain of ``service``.

    Several processes may append: the sequence is unique (nothing is appended before that is sure), so one is first and
    the others try again behind it.
    """

    def __init__(self, database: Database, service: str) -> None:
        self.service = service
        self._records: Documents[RecordDocument] = database.documents(
            "audit",
            RecordDocument,
            [
                Index(("record.sequence",), unique=True),
                Index(("record.actor", "-record.sequence")),
                Index(("record.object", "-record.sequence")),
                Index(("record.deed", "-record.sequence")),
            ],
        )
        self._anchors: Documents[AnchorDocument] = database.documents("anchors", AnchorDocument)
        self._turn = asyncio.Lock()
        self._head: Record | None = None
        self._unique = False

    async def append(self, *entries: Entry) -> None:
        """Put ``entries`` at the end, in their order; those that are in the chain already are left out."""
        left = list(entries)
        async with self._turn:
            if not self._unique:
                await self._records.prepare()
                self._unique = True
            while left:
                head = self._head or await self.last()
                sequence, previous = (head.sequence, head.hash) if head else (0, genesis(self.service))
                records = list(link(left, self.service, sequence, previous))
                stored = await self._records.append([RecordDocument.of(record) for record in records])
                AUDITED.labels(self.service).inc(stored)
                self._head = records[stored - 1] if stored == len(records) else None
                left = await self._not_there(left[stored:])

    async def last(self) -> Record | None:
        """The last record, None when there is none."""
        found = await self._records.find(SYSTEM, sort=NEWEST_FIRST, limit=1)
        return found[0].record if found else None

    async def find(
        self, scope: Scope, where: Mapping[str, Any], *, before: int = 0, limit: int = 50
    ) -> Sequence[Record]:
        """The newest records in ``scope`` that match ``where``, only those of a sequence below ``before`` if given."""
        conditions = [dict(where), {"record.sequence": {"$lt": before}} if before else {}]
        found = await self._records.find(scope, {"$and": conditions}, sort=NEWEST_FIRST, limit=limit)
        return [document.record for document in found]

    async def check(self, anchors: Iterable[Anchor] = (), tell: Callable[[int, int], None] | None = None) -> Checked:
        """Look at every record and at the ``anchors`` of others; ``tell`` hears how many of how many are done."""
        length = await self._records.count(SYSTEM)
        checker = Checker(self.service, anchors, length=length)
        fault: Fault | None = None
        try:
            async for document in self._records.each([("record.sequence", 1)]):
                if document.is_consistent:
                    fault = checker.next(document.record)
                else:
                    fault = checker.unreadable("what it is found by is not what it says")
                if fault:
                    break
                if tell and checker.sequence % TOLD_EVERY == 0:
                    tell(checker.sequence, length)
        except ValidationError as error:
            problem = error.errors()[0]
            fault = checker.unreadable(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}")
        return Checked(fault or checker.end(), checker.sequence, checker.head)

    async def anchor(self, now: datetime) -> AnchorDocument | None:
        """Say how far the chain is, by the outbox of this service; None when there is nothing or somebody just did."""
        last = await self.last()
        if last is None:
            return None
        kept = await self._anchors.get(self.service, SYSTEM)
        document = AnchorDocument(
            id=self.service,
            region=COUNTRY,
            version=kept.version if kept else 0,
            sequence=last.sequence,
            hash=last.hash,
            at=now,
        )
        fact = audit.Anchored(service=self.service, sequence=last.sequence, hash=last.hash, at=now)
        actor = f"service:{self.service}"
        event = say(fact, subject=self.service, region=COUNTRY, actor=actor, reason="daily", time=now)
        try:
            if kept:
                return await self._anchors.change(document, [event])
            return document if await self._anchors.create(document, [event]) else None
        except Stale:
            return None

    async def anchored_at(self) -> datetime | None:
        """When this chain was last anchored."""
        kept = await self._anchors.get(self.service, SYSTEM)
        return kept.at if kept else None

    async def _not_there(self, entries: Sequence[Entry]) -> list[Entry]:
        """Those of ``entries`` that are not in the chain."""
        ids = [entry.id for entry in entries]
        there = {found.id for found in await self._records.find(SYSTEM, {"_id": {"$in": ids}})} if ids else set()
        return [entry for entry in entries if entry.id not in there]
