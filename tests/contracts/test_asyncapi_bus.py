"""The AsyncAPI document against a real server: its consumers, its streams, and what services may really publish."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from services.catalog import SERVICES
from services.commands import streams
from shared.bus import Bus
from shared.bus.streams import STREAMS
from shared.bus.users import Keys
from shared.embedded import Nats
from shared.settings import Settings
from tests.contracts import asyncapi_rules as rules

DOCUMENT: dict[str, Any] = yaml.safe_load((rules.ROOT / "docs/asyncapi.yaml").read_text(encoding="utf-8"))
TOKENS = {"province": "41", "city": "01", "county": "05", "local": "0", "key": "w-1"}


def fact_of(operation: dict[str, Any]) -> str:
    return str(operation["channel"]["$ref"]).removeprefix("#/channels/")


def operations(action: str) -> list[dict[str, Any]]:
    return [operation for operation in DOCUMENT["operations"].values() if operation["action"] == action]


def subject_of(fact: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: TOKENS[match[1]], DOCUMENT["channels"][fact]["address"])


@pytest.fixture
async def prepared(nats_url: str, mongo_url: str, tmp_path: Path, bus: Bus) -> Bus:
    """The administrator's bus, after ``govwatch streams apply``."""
    settings = Settings(nats_url=nats_url, mongo_url=SecretStr(mongo_url), mongo_prefix="doc", data_dir=tmp_path)
    await streams.prepare(settings)
    return bus


async def test_its_receivers_are_exactly_the_durable_consumers_of_the_server(prepared: Bus) -> None:
    promised: dict[tuple[str, str], set[str]] = {}
    for operation in operations("receive"):
        fact = fact_of(operation)
        consumer = (DOCUMENT["channels"][fact]["x-stream"]["name"], operation["bindings"]["nats"]["queue"])
        promised.setdefault(consumer, set()).add(f"{fact}.>")
    found = {
        (stream, str(info.name)): set(info.config.filter_subjects or [str(info.config.filter_subject)])
        for stream in STREAMS
        for info in await prepared.js.consumers_info(stream)
    }
    assert promised == found


async def test_its_channels_are_on_the_streams_it_names(prepared: Bus) -> None:
    for fact, channel in DOCUMENT["channels"].items():
        assert await prepared.js.find_stream_name_by_subject(subject_of(fact)) == channel["x-stream"]["name"]
        kept = (await prepared.stream(channel["x-stream"]["name"])).config.max_age or 0
        assert kept == (channel["x-stream"]["days"] or 0) * 86_400


async def test_what_each_service_says_is_published_as_documented_and_nothing_else_is(
    prepared: Bus, nats: Nats, nats_url: str, keys: Keys
) -> None:
    nats.allow(streams.users({}))
    for name in SERVICES:
        bus = await Bus.connect(nats_url, name, keys.seed(name))
        for operation in operations("send"):
            fact = fact_of(operation)
            if [tag["name"] for tag in operation["tags"]] == [name] and not fact.startswith("work."):
                payload = DOCUMENT["components"]["messages"][fact]["examples"][0]["payload"]
                await bus.publish_raw(subject_of(fact), json.dumps(payload).encode(), f"{name}:{fact}")
        await bus.close()
    published: set[str] = set()
    for stream in ("FACTS", "OBSERVATIONS"):
        state = (await prepared.stream(stream)).state
        for number in range(1, state.last_seq + 1):
            message = await prepared.js.get_msg(stream, number)
            payload = json.loads(message.data or b"")
            assert message.subject == subject_of(payload["type"])
            assert rules.valid(DOCUMENT, payload["type"], payload) == []
            published.add(payload["type"])
    assert published == {name for name in DOCUMENT["channels"] if not name.startswith("work.")}
