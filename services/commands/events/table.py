"""Every fact with who says it and who hears it, read from the tables of the four services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from services.catalog import SERVICES
from shared.bus.consumers import consumer_name, offices_may_hear
from shared.bus.streams import STREAMS, StreamPlan, stream_of
from shared.events import Event, Fact, facts_by_type
from shared.runtime import Service

Schema = dict[str, Any]
REF = "#/components/schemas/"
FEED = "notifier_feed"
REGION_TOKENS = ("province", "city", "county", "local")


@dataclass(frozen=True, slots=True)
class Ear:
    """One durable consumer that hears a fact."""

    service: str
    durable: str
    handler: str

    @property
    def consumer(self) -> str:
        """Its name on the server."""
        return f"{self.service}_{self.durable}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact."""

    fact: type[Fact]
    stream: StreamPlan
    said_by: tuple[str, ...]
    heard_by: tuple[Ear, ...]
    for_offices: bool

    @property
    def type(self) -> str:
        """Its name."""
        return self.fact.type

    @property
    def tokens(self) -> tuple[str, ...]:
        """What follows its name in a subject."""
        return ("key",) if self.stream.work else REGION_TOKENS

    @property
    def acted_on_by(self) -> tuple[Ear, ...]:
        """Who hears it for its own sake, and not to pass it on to offices."""
        return tuple(ear for ear in self.heard_by if ear.consumer != FEED)

    @property
    def address(self) -> str:
        """Its subjects, with the tokens in braces."""
        return ".".join((self.type, *(f"{{{token}}}" for token in self.tokens)))


def table(services: Mapping[str, Service] = SERVICES) -> list[Entry]:
    """Every fact there is, by name."""
    return [
        Entry(
            fact=fact,
            stream=STREAMS[stream_of(fact)],
            said_by=tuple(name for name, service in services.items() if fact in service.says),
            heard_by=tuple(_ears(fact, services)),
            for_offices=offices_may_hear(fact),
        )
        for fact in facts_by_type().values()
    ]


def _ears(fact: type[Fact], services: Mapping[str, Service]) -> list[Ear]:
    found = [(service, line) for service in services.values() for line in service.hears if fact in line.facts]
    ears = [Ear(service.name, line.durable, line.handler.__name__) for service, line in found]
    if any(ear.consumer != consumer_name(service.name, line) for ear, (service, line) in zip(ears, found, strict=True)):
        raise ValueError("a consumer is called otherwise on the server")
    return ears


def words(model: type[BaseModel]) -> str:
    """What ``model`` says of itself."""
    return "\n".join(line.strip() for line in (model.__doc__ or "").strip().splitlines())


def schemas(entries: Sequence[Entry]) -> dict[str, Schema]:
    """JSON schemas by name: the envelope, ``<fact>`` and ``<fact>.data`` of each fact, and every shape inside.

    Raises ValueError when two different shapes have one name.
    """
    envelope = Event[Fact].model_json_schema()
    del envelope["$defs"], envelope["properties"]["data"]
    envelope["required"].remove("data")
    found: dict[str, Schema] = {"Envelope": {**envelope, "title": "Envelope"}}
    for entry in entries:
        own = entry.fact.model_json_schema(ref_template=REF + "{model}")
        parts = {**own.pop("$defs", {}), f"{entry.type}.data": own, entry.type: _message(entry)}
        for name, schema in parts.items():
            if found.setdefault(name, _plain(schema)) != _plain(schema):
                raise ValueError(f"two different shapes are called {name}")
    return found


def _message(entry: Entry) -> Schema:
    return {
        "allOf": [
            {"$ref": f"{REF}Envelope"},
            {
                "type": "object",
                "properties": {
                    "type": {"const": entry.type},
                    "dataschema": {"const": f"urn:govwatch:{entry.type}:1"},
                    "data": {"$ref": f"{REF}{entry.type}.data"},
                },
                "required": ["data"] if entry.stream.work else ["data", "region"],
            },
        ]
    }


def _plain(schema: Any) -> Any:
    """Without OpenAPI's discriminators, which mean something else in AsyncAPI."""
    if isinstance(schema, dict):
        return {key: _plain(value) for key, value in schema.items() if key != "discriminator"}
    return [_plain(value) for value in schema] if isinstance(schema, list) else schema
