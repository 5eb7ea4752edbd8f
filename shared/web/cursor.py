"""Long lists, a part at a time: an opaque cursor says after which entry to go on.

It holds the place in the order, not a number of entries: what is added or removed meanwhile shifts nothing. It opens
nothing either: the next part is read with the scope of whoever asks.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from operator import attrgetter
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query

from shared.documents import Document, Documents, Scope
from shared.web.errors import Refused

D = TypeVar("D", bound=Document)
T = TypeVar("T")
Value = str | datetime | None
LONGEST = 1000
CHECK = 8
BAD = "这个 after 不是本列表给出的；请原样使用上一次应答中的 after，或不带 after 从头取。"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MILLISECOND = 253_402_300_799_999

After = Annotated[str, Query(max_length=LONGEST, description="`after` of the part before; empty: from the beginning")]
"""A route parameter: where to go on."""
Limit = Annotated[int, Query(ge=1, le=200, description="how many at most")]
"""A route parameter: how many."""


@dataclass(frozen=True, slots=True)
class Order:
    """The order of the list ``name``: fields (text or times, dotted) with directions; the last is nobody else's."""

    name: str
    keys: tuple[tuple[str, int], ...]

    def where(self, cursor: str) -> dict[str, Any]:
        """What comes after ``cursor`` (empty: everything), as a filter. Raises ``Refused`` (422)."""
        if not cursor:
            return {}
        choices: list[dict[str, Any]] = []
        equal: dict[str, Any] = {}
        for (field, direction), value in zip(self.keys, self._read(cursor), strict=True):
            choices += [{**equal, **beyond} for beyond in _beyond(field, direction, value)]
            equal[field] = value
        return {"$or": choices}

    def cursor(self, last: object) -> str:
        """The cursor that goes on after ``last``."""
        text = json.dumps([_written(value) for value in self._place(last)], ensure_ascii=False)
        return urlsafe_b64encode(f"{self._check(text)}{text}".encode()).decode().rstrip("=")

    def cut(self, entries: Sequence[T], *, after: str, limit: int) -> "Part[T]":
        """The next ``limit`` of ``entries``, which are at hand in this order: ascending, and of text alone."""
        place = [str(value) for value in self._read(after)] if after else []
        rest = [one for one in entries if [str(value) for value in self._place(one)] > place]
        return Part(rest[:limit], self.cursor(rest[limit - 1]) if len(rest) > limit else None)

    def _place(self, entry: Any) -> list[Value]:
        return [attrgetter(field.replace("_id", "id"))(entry) for field, _ in self.keys]

    def _read(self, cursor: str) -> list[Value]:
        try:
            text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
            check, text = text[:CHECK], text[CHECK:]
            if check != self._check(text):
                raise ValueError("of another list, or not whole")
            values = [_value(one) for one in json.loads(text)]
            if len(values) != len(self.keys):
                raise ValueError("of another order")
        except (ValueError, TypeError, RecursionError) as error:
            raise Refused("invalid", BAD, 422, {"after": BAD}) from error
        return values

    def _check(self, text: str) -> str:
        return sha256(f"{self.name}\n{text}".encode()).hexdigest()[:CHECK]


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """One part of a list; ``after`` is the cursor for the next one, None at the end."""

    entries: list[T]
    after: str | None


async def part(
    documents: Documents[D], scope: Scope, where: Mapping[str, Any], order: Order, *, after: str, limit: int
) -> Part[D]:
    """The next ``limit`` documents in ``scope`` that match ``where``, in ``order``."""
    going_on = {"$and": [dict(where), order.where(after)]}
    found = await documents.find(scope, going_on, sort=order.keys, limit=limit + 1)
    entries = found[:limit]
    return Part(entries, order.cursor(entries[-1]) if len(found) > limit else None)


def _beyond(field: str, direction: int, value: Value) -> list[dict[str, Any]]:
    """What lies beyond ``value``. What has no value stands before everything, so last when descending."""
    if direction > 0:
        return [{field: {"$ne": None}}] if value is None else [{field: {"$gt": value}}]
    return [] if value is None else [{field: {"$lt": value}}, {field: None}]


def _written(value: Value) -> str | int | None:
    return (value - _EPOCH) // timedelta(milliseconds=1) if isinstance(value, datetime) else value


def _value(written: object) -> Value:
    if isinstance(written, str):
        written.encode()
        return written
    if isinstance(written, int) and not isinstance(written, bool) and 0 <= written <= _LAST_MILLISECOND:
        return _EPOCH + timedelta(milliseconds=written)
    if written is None:
        return None
    raise ValueError("no such value")
