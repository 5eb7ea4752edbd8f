"""Connections. Writes are acknowledged by a majority and journaled: what we accept is not lost."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pydantic import BaseModel
from pymongo import ReturnDocument
from pymongo.errors import ConnectionFailure, ExecutionTimeout, OperationFailure, WaitQueueTimeoutError
from pymongo.write_concern import WriteConcern

from shared.documents.collection import Documents
from shared.documents.model import Document, Index

ALREADY_INITIALIZED = 23
D = TypeVar("D", bound=Document)
UNAVAILABLE = (ConnectionFailure, ExecutionTimeout, WaitQueueTimeoutError)
"""What is raised while MongoDB cannot be reached: worth trying again."""


class Client:
    """One connection pool to MongoDB."""

    def __init__(self, url: str, *, patience_ms: int = 5_000) -> None:
        self._motor: AsyncIOMotorClient = AsyncIOMotorClient(
            url,
            tz_aware=True,
            serverSelectionTimeoutMS=patience_ms,
            connectTimeoutMS=patience_ms,
            retryWrites=True,
            retryReads=True,
        )

    async def ping(self) -> None:
        """Return when a primary answers; raises what the driver raises when none does."""
        await self._motor.admin.command("ping")

    def raw(self, name: str) -> AsyncIOMotorDatabase:
        """The driver's database, for this package alone."""
        return self._motor.get_database(
            name, codec_options=CodecOptions(tz_aware=True), write_concern=WriteConcern("majority", j=True)
        )

    def database(self, name: str) -> "Database":
        """The database called ``name``."""
        return Database(self, name)

    async def initiate_replica_set(self, host: str) -> None:
        """Make the server we are directly connected to a replica set of one; one that is already is left alone."""
        try:
            await self._motor.admin.command("replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": host}]})
        except OperationFailure as error:
            if error.code != ALREADY_INITIALIZED:
                raise

    async def drop(self, name: str) -> None:
        """Remove a whole database (tests and restores)."""
        await self._motor.drop_database(name)

    def close(self) -> None:
        """Close the pool."""
        self._motor.close()


class Database:
    """The database of one service."""

    def __init__(self, client: Client, name: str) -> None:
        self.name = name
        self.client = client
        self._raw = client.raw(name)
        self.arrived = asyncio.Event()
        self.noted = asyncio.Event()
        self._collections: dict[str, Documents[Any]] = {}

    def documents(self, name: str, model: type[D], indexes: Sequence[Index] = ()) -> Documents[D]:
        """The collection ``name`` of ``model``. Its indexes are made by ``prepare``."""
        documents = Documents(self._raw[name], model, indexes, self.arrived, self.noted)
        self._collections[name] = documents
        return documents

    async def prepare(self) -> None:
        """Create the indexes of every collection asked for so far."""
        await self._raw["tallies"].create_index([("expires_at", 1)], expireAfterSeconds=0)
        await asyncio.gather(*(collection.prepare() for collection in self._collections.values()))

    @property
    def collections(self) -> tuple[Documents[Any], ...]:
        """Every collection asked for so far."""
        return tuple(self._collections.values())

    async def next_number(self, series: str) -> int:
        """The next number of ``series``, from 1. A number may be lost in a crash, never given twice."""
        return (await self.next_numbers(series, 1))[0]

    async def next_numbers(self, series: str, count: int) -> range:
        """The next ``count`` numbers of ``series``; see ``next_number``."""
        stored = await self._raw["counters"].find_one_and_update(
            {"_id": series}, {"$inc": {"last": count}}, upsert=True, return_document=ReturnDocument.AFTER
        )
        last = int(stored["last"])
        return range(last - count + 1, last + 1)

    async def tally(self, key: str, expires_at: datetime) -> int:
        """Count one more under ``key``: how often that makes; forgotten after ``expires_at``.

        A count may be lost with a server: it is not worth waiting for a majority.
        """
        quickly = self._raw["tallies"].with_options(write_concern=WriteConcern(1))
        stored = await quickly.find_one_and_update(
            {"_id": key},
            {"$inc": {"count": 1}, "$setOnInsert": {"expires_at": expires_at}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return int(stored["count"])

    async def marks(self) -> dict[str, "Mark"]:
        """What is remembered of each stream this service publishes to, by stream name."""
        return {stored["_id"]: Mark.model_validate(stored) async for stored in self._raw["marks"].find({})}

    async def raise_mark(self, stream: str, sequence: int, event: str) -> None:
        """Remember that ``stream`` acknowledged ``event`` as ``sequence``."""
        newest = {"$gt": [sequence, {"$ifNull": ["$sequence", 0]}]}
        update = {"event": {"$cond": [newest, event, "$event"]}, "sequence": {"$max": ["$sequence", sequence]}}
        await self._raw["marks"].update_one({"_id": stream}, [{"$set": update}], upsert=True)

    async def mark_created(self, stream: str, created: datetime) -> None:
        """Remember when the ``stream`` was created: another time means it is another stream."""
        await self._raw["marks"].update_one({"_id": stream}, {"$set": {"created": created}}, upsert=True)

    async def mark_lost(self, stream: str, lost: "Lost", *, goes_on_from: int) -> None:
        """Remember that ``stream`` lost what it acknowledged; its sequences go on from ``goes_on_from``."""
        update = {
            "$min": {"lost.after": lost.after},
            "$max": {"lost.until": lost.until},
            "$set": {"sequence": goes_on_from, "event": None},
        }
        await self._raw["marks"].update_one({"_id": stream}, update, upsert=True)

    async def mark_sent_again(self, stream: str, lost: "Lost") -> None:
        """Forget that ``stream`` lost something, unless it lost more meanwhile."""
        await self._raw["marks"].update_one({"_id": stream, "lost": lost.model_dump()}, {"$unset": {"lost": ""}})


class Lost(BaseModel):
    """The events a stream acknowledged beyond the sequence ``after``, up to ``until``, are not on it any more."""

    after: int
    until: int


class Mark(BaseModel):
    """What is remembered of a stream: the highest sequence it acknowledged to us and the id of that event.

    ``created`` is when that stream was created (None: never looked), ``lost`` what has to be sent again.
    """

    sequence: int = 0
    event: str | None = None
    created: datetime | None = None
    lost: Lost | None = None
