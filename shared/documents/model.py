"""The shape of a stored document, and how it becomes BSON and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.events import Event

RESERVED = frozenset({"outbox", "sent", "audit"})
PLAIN = frozenset({str, int, float, bool, bytes, datetime, type(None)})


class Document(BaseModel):
    """A stored document. ``region`` and ``unit`` are what scopes look at; ``version`` guards every change.

    Times are kept to the millisecond (BSON's precision). ``outbox``, ``sent`` and ``audit`` belong to the store.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    id: str
    region: str
    unit: str = ""
    version: int = 0

    @classmethod
    def from_bson(cls, stored: Mapping[str, Any]) -> Self:
        """Read back what ``to_bson`` wrote."""
        return cls.model_validate({**stored, "id": stored["_id"]})

    def to_bson(self) -> dict[str, Any]:
        """Every field but ``id`` and ``version``, in types BSON knows."""
        fields = {name: storable(value) for name, value in self.model_dump(exclude={"id", "version"}).items()}
        clash = RESERVED & fields.keys()
        if clash:
            raise TypeError(f"{type(self).__name__} may not have a field called {', '.join(sorted(clash))}")
        return fields


def storable(value: Any) -> Any:
    """``value`` with calendar days as ISO text and tuples as lists; everything else as it is."""
    if type(value) in PLAIN:
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: storable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [storable(inner) for inner in value]
    return value


@dataclass(frozen=True, slots=True)
class Index:
    """An index: ``keys`` like ``("region", "-issued_at")``; ``expire_after`` seconds make it a TTL index.

    ``where`` limits it to the documents that match (so that a unique index holds among those only).
    """

    keys: tuple[str, ...]
    unique: bool = False
    expire_after: int | None = None
    where: Mapping[str, Any] | None = None

    def spec(self) -> list[tuple[str, int]]:
        """The keys as the driver wants them."""
        return [(key.lstrip("-"), -1 if key.startswith("-") else 1) for key in self.keys]

    def options(self) -> dict[str, Any]:
        """Everything else as the driver wants it."""
        options: dict[str, Any] = {"unique": True} if self.unique else {}
        if self.expire_after is not None:
            options["expireAfterSeconds"] = self.expire_after
        if self.where is not None:
            options["partialFilterExpression"] = dict(self.where)
        return options


class Waiting(BaseModel):
    """An event in an outbox: where it goes and what it says."""

    id: str
    address: str
    body: str
    at: AwareDatetime

    @classmethod
    def of(cls, event: Event[Any]) -> Self:
        """The entry for ``event``."""
        return cls(id=event.id, address=event.address, body=event.encode().decode(), at=event.time)
