"""CloudEvents 1.0 in structured JSON, and the grammar of subjects.

A fact travels on ``<type>.<region>``, for example ``registry.opened.41.01.05.0``; work (which has no region)
travels on ``<type>.<key>``, for example ``work.prober.due.w-4101000001``. Unknown fields are tolerated, new
fields are optional; a breaking change is a new fact name.
"""

import re
from datetime import UTC, datetime
from typing import Any, ClassVar, Generic, Literal, TypeVar
from uuid import uuid4

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.events.region import Region

CONTENT_TYPE = "application/cloudevents+json"
KEY = re.compile(r"[A-Za-z0-9_:-]{1,200}")


class Shape(BaseModel):
    """Part of a fact. Frozen; a field we do not know is somebody's newer version and is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Fact(Shape):
    """The data of an event. A subclass with a ``type`` is a fact; it is found by that name when parsed."""

    type: ClassVar[str] = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "type" in cls.__dict__:
            if cls.type in _FACTS:
                raise TypeError(f"two facts are called {cls.type}")
            _FACTS[cls.type] = cls


_FACTS: dict[str, type[Fact]] = {}

F = TypeVar("F", bound=Fact)


class Event(BaseModel, Generic[F]):
    """One fact with who, why and when. ``subject`` is the id of the thing it is about."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str = ""
    region: Region | None = None
    actor: str
    reason: str
    traceparent: str | None = None
    data: F = Field(repr=False)

    @property
    def address(self) -> str:
        """The NATS subject this event travels on."""
        return f"{self.type}.{self.region or self.subject}"

    def encode(self) -> bytes:
        """The structured-mode JSON body."""
        return self.model_dump_json(exclude_none=True).encode()


def new_id() -> str:
    """A fresh event id."""
    return uuid4().hex


def event(
    fact: F,
    *,
    subject: str,
    region: str | None,
    actor: str,
    reason: str,
    id: str | None = None,  # noqa: A002 - the CloudEvents attribute is called id
    time: datetime | None = None,
    traceparent: str | None = None,
) -> Event[F]:
    """Put ``fact`` into its envelope.

    ``region`` is None only for work, whose ``subject`` is then the last token of its NATS subject. Give ``id``
    when the same decision must always have the same id (an observation of one slot, say).
    """
    if region is None and not KEY.fullmatch(subject):
        raise ValueError(f"{subject!r} cannot be one token of a NATS subject")
    name = type(fact).type
    return Event[F](
        id=id or new_id(),
        source="/" + name.split(".")[1 if name.startswith("work.") else 0],
        type=name,
        subject=subject,
        time=time or datetime.now(UTC),
        dataschema=f"urn:govwatch:{name}:1",
        region=region,
        actor=actor,
        reason=reason,
        traceparent=traceparent,
        data=fact,
    )


def facts_by_type() -> dict[str, type[Fact]]:
    """Every fact there is, by name."""
    return dict(sorted(_FACTS.items()))


def parse(body: bytes) -> Event[Any]:
    """The event in ``body``. Raises ValueError (pydantic's included) when it is none, or of an unknown type."""
    envelope = _Header.model_validate_json(body)
    fact = _FACTS.get(envelope.type)
    if fact is None:
        raise ValueError(f"unknown event type {envelope.type!r}")
    return Event[fact].model_validate_json(body)  # type: ignore[valid-type]  # chosen by name at run time


class _Header(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    specversion: Literal["1.0"]
    type: str
