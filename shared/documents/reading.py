"""What is asked of a collection: every question in a scope."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from motor.motor_asyncio import AsyncIOMotorCollection

from shared.documents.model import Document, Index
from shared.documents.scope import Scope

D = TypeVar("D", bound=Document)


class Reading(Generic[D]):
    """The questions."""

    _raw: AsyncIOMotorCollection
    _model: type[D]

    async def get(self, id_: str, scope: Scope) -> D | None:
        """The document, or None when there is none in ``scope``."""
        stored = await self._raw.find_one({"$and": [{"_id": id_}, scope.where()]})
        return None if stored is None else self._model.from_bson(stored)

    async def find(
        self,
        scope: Scope,
        where: Mapping[str, Any] | None = None,
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 0,
        skip: int = 0,
    ) -> list[D]:
        """Documents in ``scope`` that match ``where``; ``limit`` 0 is no limit."""
        cursor = self._raw.find({"$and": [dict(where or {}), scope.where()]})
        if sort:
            cursor = cursor.sort(list(sort))
        return [self._model.from_bson(stored) async for stored in cursor.skip(skip).limit(limit)]

    async def rows(
        self, scope: Scope, fields: Sequence[str], where: Mapping[str, Any] | None = None
    ) -> list[Mapping[str, Any]]:
        """Only ``_id`` and ``fields`` (dotted) of the documents ``find`` would give, as they are stored."""
        shown = dict.fromkeys(fields, 1)
        cursor = self._raw.find({"$and": [dict(where or {}), scope.where()]}, shown, batch_size=10_000)
        return [stored async for stored in cursor]

    async def each(self, sort: Sequence[tuple[str, int]]) -> AsyncIterator[D]:
        """Every document of the service itself, one after the other. Raises ValidationError at one that is none."""
        async for stored in self._raw.find({}).sort(list(sort)).allow_disk_use(True):  # noqa: FBT003 - the driver's way
            yield self._model.from_bson(stored)

    async def count(self, scope: Scope, where: Mapping[str, Any] | None = None) -> int:
        """How many documents ``find`` would give."""
        return await self._raw.count_documents({"$and": [dict(where or {}), scope.where()]})

    async def ids(
        self,
        scope: Scope,
        where: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]],
        skip: int = 0,
        limit: int = 0,
        along: Index | None = None,
    ) -> list[str]:
        """The ids of what ``find`` would give, read ``along`` an index of ours when one is named.

        An index that holds everything asked answers without opening a document.
        """
        cursor = self._raw.find({"$and": [dict(where), scope.where()]}, {"_id": 1}).sort(list(sort))
        if along is not None:
            cursor = cursor.hint(along.spec())
        return [stored["_id"] async for stored in cursor.skip(skip).limit(limit)]

    async def distinct(self, scope: Scope, field: str, where: Mapping[str, Any] | None = None) -> list[Any]:
        """The different values of ``field`` in the documents ``find`` would give."""
        return list(await self._raw.distinct(field, {"$and": [dict(where or {}), scope.where()]}))

    async def counted(self, scope: Scope, by: Index) -> dict[tuple[Any, ...], int]:
        """How many documents of ``scope`` there are of each combination of the fields of ``by``, an index of ours."""
        names = [name for name, _ in by.spec()]
        group = {"_id": [f"${name}" for name in names], "count": {"$sum": 1}}
        steps = [{"$match": scope.where()}, {"$group": group}]
        cursor = self._raw.aggregate(steps, hint=dict(by.spec()))
        return {tuple(found["_id"]): int(found["count"]) async for found in cursor}
