"""The contract of events: stable schemas, the grammar of subjects, CloudEvents, tolerance for newer versions.

A schema changed on purpose: ``GOLDEN=write pytest tests/contracts/test_events.py`` writes the files again; look at the
difference before committing it. Only additions of optional fields are allowed: anything else is a new fact name.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from shared.bus.streams import STREAMS, stream_of
from shared.events import Event, Fact, covers, facts_by_type, is_region, parse, region_tokens, registry
from shared.events.envelope import event
from shared.events.region import prefix_of

GOLDEN = Path(__file__).with_name("golden")
REGION = "41.01.05.0"
UNIT = registry.Unit(id="u", name="金水区政府办", region=REGION, revision=1)


def told(**options: Any) -> Event[Any]:
    """An event about a unit."""
    given_: dict[str, Any] = {"subject": "u", "region": REGION, "actor": "person:1", "reason": "imported"}
    return event(registry.UnitChanged(unit=UNIT), **{**given_, **options})


@pytest.mark.parametrize("name", list(facts_by_type()))
def test_the_schema_of_each_fact_is_the_golden_one(name: str) -> None:
    schema = Event[facts_by_type()[name]].model_json_schema()  # type: ignore[misc]  # chosen by name at run time
    text = json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    path = GOLDEN / f"{name}.json"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_no_golden_schema_is_left_of_a_fact_that_is_gone() -> None:
    assert sorted(path.stem for path in GOLDEN.glob("*.json")) == list(facts_by_type())


def test_every_fact_has_one_stream_that_takes_its_subject() -> None:
    for name in facts_by_type():
        subject = f"{name}.x" if name.startswith("work.") else f"{name}.{REGION}"
        taking = [
            plan.name for plan in STREAMS.values() if any(_matches(filter_, subject) for filter_ in plan.subjects)
        ]
        assert taking == [stream_of(name)], name


def test_an_event_is_a_cloudevent_for_the_official_library() -> None:
    sent = told()
    read = JSONFormat().read(CloudEvent, sent.encode())
    attributes = read.get_attributes()
    assert (attributes["id"], attributes["type"], attributes["source"]) == (
        sent.id,
        "registry.unit_changed",
        "/registry",
    )
    assert (read.get_extension("actor"), read.get_extension("region")) == ("person:1", REGION)
    assert read.get_data() == {"unit": UNIT.model_dump(mode="json", exclude_none=True)}


def test_what_a_newer_version_adds_is_ignored_and_what_is_sent_comes_back() -> None:
    sent = told()
    newer = {**json.loads(sent.encode()), "sequence": "7"}
    newer["data"]["unit"]["motto"] = "为人民服务"
    assert parse(json.dumps(newer).encode()) == parse(sent.encode())
    assert parse(sent.encode()).data == sent.data


@pytest.mark.parametrize(
    "change",
    [{"type": "registry.unheard_of"}, {"specversion": "0.3"}, {"region": "41.01"}, {"time": "2026-11-22T08:00:00"}],
)
def test_what_breaks_the_contract_is_refused(change: dict[str, str]) -> None:
    body = {**json.loads(told().encode()), **change}
    with pytest.raises(ValueError, match=r".+"):
        parse(json.dumps(body).encode())


def test_two_facts_cannot_have_one_name() -> None:
    with pytest.raises(TypeError, match=r"registry\.opened"):
        type("Twin", (Fact,), {"type": "registry.opened", "__module__": __name__})


@pytest.mark.parametrize("key", ["", "a.b", "a b", "*", ">", "x" * 201, "郑州"])
def test_the_key_of_work_is_one_token(key: str) -> None:
    with pytest.raises(ValueError, match="token"):
        told(region=None, subject=key)


def test_the_time_of_an_event_is_aware_and_its_address_is_its_region() -> None:
    assert told(time=datetime(2026, 1, 1, tzinfo=UTC)).address == f"registry.unit_changed.{REGION}"


@pytest.mark.parametrize(
    ("prefix", "region", "inside"),
    [
        ("", "41.01.05.0", True),
        ("41", "41.01.05.0", True),
        ("41.01", "41.01.05.0", True),
        ("41.01.05", "41.01.05.0", True),
        ("41.01.05.0", "41.01.05.0", True),
        ("41.0", "41.01.05.0", False),
        ("4", "41.01.05.0", False),
        ("41.02", "41.01.05.0", False),
        ("41.01.05.1", "41.01.05.0", False),
    ],
)
def test_a_prefix_covers_whole_tokens(prefix: str, region: str, inside: bool) -> None:
    assert covers(prefix, region) is inside


@given(st.from_regex(r"\A[0-9]{6}\Z"))
def test_a_region_code_becomes_a_path_its_prefix_covers(code: str) -> None:
    region = region_tokens(code)
    assert is_region(region)
    assert covers(prefix_of(region), region)


@pytest.mark.parametrize("text", ["", "41", "4101", "41010x", "410105\n", "４１０１０５"])
def test_what_is_no_region_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="six digits"):
        region_tokens(text)


def _matches(filter_: str, subject: str) -> bool:
    parts, tokens = filter_.split("."), subject.split(".")
    if parts[-1] == ">":
        parts, tokens = parts[:-1], tokens[: len(parts) - 1]
    return len(parts) == len(tokens) and all(part in ("*", token) for part, token in zip(parts, tokens, strict=True))
