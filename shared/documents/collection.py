"""One collection: scoped reads, guarded writes, and inside each document its outbox and what is to go on record."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, TypeVar

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import IndexModel, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from shared.audit.derived import derived
from shared.audit.record import Entry
from shared.documents.model import Document, Index, Waiting, storable
from shared.documents.outcomes import DUPLICATE_KEY, Merge, Stale, Taken
from shared.documents.reading import Reading
from shared.documents.scope import Scope
from shared.events import Event
from shared.telemetry import logger

D = TypeVar("D", bound=Document)
SENT_KEPT = 50
WAITING = {"outbox.0": {"$exists": True}, "version": {"$gte": 0}}
"""What waits to be sent. ``version`` says nothing, but only with its key does the planner take the partial index."""
UNRECORDED = {"audit.0": {"$exists": True}, "version": {"$gte": 0}}
"""What waits to go on record, likewise."""


class Documents(Reading[D]):
    """A collection of ``model``."""

    def __init__(
        self,
        collection: AsyncIOMotorCollection,
        model: type[D],
        indexes: Sequence[Index],
        arrived: asyncio.Event,
        noted: asyncio.Event,
    ) -> None:
        self.name = collection.name
        self._raw = collection
        self._model = model
        self._indexes = indexes
        self._arrived = arrived
        self._noted = noted

    async def prepare(self) -> None:
        """Create the indexes: the scope's, the outbox's, and those asked for."""
        made = [
            IndexModel([("region", 1)]),
            IndexModel(
                [("version", 1)], name="outbox_waiting", partialFilterExpression={"outbox.0": {"$exists": True}}
            ),
            IndexModel([("version", -1)], name="audit_waiting", partialFilterExpression={"audit.0": {"$exists": True}}),
            *(IndexModel(index.spec(), **index.options()) for index in self._indexes),
        ]
        await self._raw.create_indexes(made)

    # -- writing

    async def create(
        self, document: D, events: Sequence[Event[Any]] = (), audit: Sequence[Entry] | None = None
    ) -> bool:
        """Store a new document with its events. False, and nothing written, when the id is there already.

        What goes on record of it is ``audit``, or by default what its events are. Raises Taken when a unique index
        refuses it.
        """
        entries = derived(events, document.unit) if audit is None else audit
        stored = {"_id": document.id, "version": 1, **document.to_bson(), "outbox": _waiting(events)}
        if entries:
            stored["audit"] = _noted(entries)
        try:
            await self._raw.insert_one(stored)
        except DuplicateKeyError as error:
            keys = (error.details or {}).get("keyPattern", {})
            if "_id" in keys:
                return False
            raise Taken(f"{self.name}: another document has the same {', '.join(keys)}") from error
        self._announce(events, entries)
        return True

    async def change(self, document: D, events: Sequence[Event[Any]] = (), audit: Sequence[Entry] | None = None) -> D:
        """Replace the fields of a document that was read as ``document.version``, and push its events.

        What goes on record of it is ``audit``, or by default what its events are. Returns the document with its new
        version. Raises Stale when somebody else changed it meanwhile.
        """
        entries = derived(events, document.unit) if audit is None else audit
        update: dict[str, Any] = {"$set": document.to_bson(), "$inc": {"version": 1}}
        pushed = {"outbox": _waiting(events), "audit": _noted(entries)}
        if lists := {name: {"$each": items} for name, items in pushed.items() if items}:
            update["$push"] = lists
        result = await self._raw.update_one({"_id": document.id, "version": document.version}, update)
        if result.matched_count == 0:
            raise Stale(f"{self.name} {document.id} is no longer at version {document.version}")
        self._announce(events, entries)
        return document.model_copy(update={"version": document.version + 1})

    async def append(self, documents: Sequence[D]) -> int:
        """Store new documents in their order, up to the first that a unique index refuses; returns how many."""
        rows = [{"_id": one.id, "version": 1, **one.to_bson()} for one in documents]
        try:
            await self._raw.insert_many(rows, ordered=True)
        except BulkWriteError as error:
            if any(problem["code"] != DUPLICATE_KEY for problem in error.details["writeErrors"]):
                raise
            return int(error.details["nInserted"])
        return len(rows)

    async def merge(self, merges: Sequence[Merge]) -> None:
        """Upsert projections, in any order, all of them. Running it again changes nothing."""
        if not merges:
            return
        operations = [
            UpdateOne(
                {"_id": merge.id},
                {
                    **({"$set": storable(dict(merge.set))} if merge.set else {}),
                    "$setOnInsert": {"version": 1, **storable(dict(merge.on_insert))},
                },
                upsert=True,
            )
            for merge in merges
        ]
        try:
            await self._raw.bulk_write(operations, ordered=False)
        except BulkWriteError as error:
            if any(problem["code"] != DUPLICATE_KEY for problem in error.details["writeErrors"]):
                raise
            await self._raw.bulk_write(operations, ordered=False)

    async def create_all(self, created: Sequence[tuple[D, Sequence[Event[Any]]]]) -> list[bool]:
        """Store many new documents with their events in one round trip: for each what ``create`` would say of it.

        What goes on record of each is what its events are. Raises Taken when a unique index refuses one of them; those
        it does not refuse are stored.
        """
        if not created:
            return []
        noted = [derived(events, document.unit) for document, events in created]
        rows = [
            {"_id": document.id, "version": 1, **document.to_bson(), "outbox": _waiting(events)}
            for document, events in created
        ]
        for row, entries in zip(rows, noted, strict=True):
            if entries:
                row["audit"] = _noted(entries)
        refused: dict[int, Mapping[str, Any]] = {}
        try:
            await self._raw.insert_many(rows, ordered=False)
        except BulkWriteError as error:
            refused = {problem["index"]: problem for problem in error.details["writeErrors"]}
            if any(problem["code"] != DUPLICATE_KEY for problem in refused.values()):
                raise
        for number, (_, events) in enumerate(created):
            if number not in refused:
                self._announce(events, noted[number])
        for problem in refused.values():
            if "_id" not in problem["keyPattern"]:
                raise Taken(f"{self.name}: another document has the same {', '.join(problem['keyPattern'])}")
        return [number not in refused for number in range(len(created))]

    async def delete(self, scope: Scope, where: Mapping[str, Any]) -> int:
        """Remove the documents in ``scope`` that match ``where``; returns how many there were."""
        return (await self._raw.delete_many({"$and": [dict(where), scope.where()]})).deleted_count

    # -- the outbox

    async def waiting(self, limit: int) -> list[tuple[str, list[Waiting]]]:
        """Up to ``limit`` documents that have events to send: (document id, events in order)."""
        cursor = self._raw.find(WAITING, {"outbox": 1}).limit(limit)
        return [(doc["_id"], [Waiting.model_validate(entry) for entry in doc["outbox"]]) async for doc in cursor]

    async def mark_sent(self, sent: Sequence[tuple[str, Waiting, str, int]]) -> None:
        """Take acknowledged events (document id, event, stream, sequence) out of the outboxes, and remember them."""
        operations = [
            UpdateOne(
                {"_id": id_},
                {
                    "$pull": {"outbox": {"id": waiting.id}},
                    "$push": {
                        "sent": {
                            "$each": [{**waiting.model_dump(), "stream": stream, "sequence": sequence}],
                            "$slice": -SENT_KEPT,
                        }
                    },
                },
            )
            for id_, waiting, stream, sequence in sent
        ]
        if operations:
            await self._raw.bulk_write(operations, ordered=True)

    async def sent(self) -> AsyncIterator[tuple[str, Waiting, str, int]]:
        """Every event remembered as sent: (document id, event, stream, sequence)."""
        async for doc in self._raw.find({"sent.0": {"$exists": True}}, {"sent": 1}):
            for entry in doc["sent"]:
                yield doc["_id"], Waiting.model_validate(entry), entry["stream"], int(entry["sequence"])

    async def send_again(self, id_: str, waiting: Waiting) -> None:
        """Put an event that the stream lost back into the outbox."""
        await self._raw.update_one(
            {"_id": id_, "outbox.id": {"$ne": waiting.id}},
            {"$pull": {"sent": {"id": waiting.id}}, "$push": {"outbox": waiting.model_dump()}},
        )
        self._arrived.set()

    # -- what is to go on record

    async def unrecorded(self, limit: int) -> list[tuple[str, list[Entry]]]:
        """Up to ``limit`` documents with entries that are not in the chain yet: (document id, entries in order)."""
        cursor = self._raw.find(UNRECORDED, {"audit": 1}).limit(limit)
        return [(doc["_id"], [Entry.model_validate(entry) for entry in doc["audit"]]) async for doc in cursor]

    async def mark_recorded(self, recorded: Sequence[tuple[str, list[Entry]]]) -> None:
        """Take entries that are in the chain out of their documents."""
        operations = [
            UpdateOne({"_id": id_}, {"$pull": {"audit": {"id": {"$in": [entry.id for entry in entries]}}}})
            for id_, entries in recorded
        ]
        if operations:
            await self._raw.bulk_write(operations, ordered=False)

    def _announce(self, events: Sequence[Event[Any]], entries: Sequence[Entry]) -> None:
        for event in events:
            decided = {"subject": event.subject, "reason": event.reason, "actor": event.actor, "id": event.id}
            logger(event.source.strip("/")).info("decided", fact=event.type, **decided)
        if events:
            self._arrived.set()
        if entries:
            self._noted.set()


def _waiting(events: Sequence[Event[Any]]) -> list[dict[str, Any]]:
    return [Waiting.of(event).model_dump() for event in events]


def _noted(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    return [entry.model_dump() for entry in entries]
