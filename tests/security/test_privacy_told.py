"""Logs and traces as they are written: by type, by shape, and for foreign lines as well."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Tracer

from shared.privacy import Personal
from shared.telemetry import logger, set_up_logs
from shared.telemetry.traces import Redacting

NAME = Personal("欧阳金丝")
CANARIES = ("欧阳金丝", "13812345678", "jin@zz.gov.cn", "hunter2hunter2")
SAID = "tell jin@zz.gov.cn or 13812345678 at amqp://u:hunter2hunter2@mq"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Where everything is logged to, in this test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    set_up_logs("INFO", service="test", file=tmp_path / "log")
    yield tmp_path / "log"
    root.handlers[0].close()
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(log: Path) -> list[dict[str, Any]]:
    text = log.read_text(encoding="utf-8")
    for canary in CANARIES:
        assert canary not in text
    return [json.loads(line) for line in text.splitlines()]


def fail() -> None:
    raise LookupError(f"{NAME}: {SAID}")


def test_our_own_lines(log: Path) -> None:
    logger("x").info("told", to=NAME, why=SAID, about={"people": [NAME]}, tries=3, password="hunter2hunter2")
    [line] = lines(log)
    assert (line["to"], line["about"], line["tries"], line["password"]) == ("***", {"people": ["***"]}, 3, "***")
    assert line["why"] == "tell *** or *** at amqp://***@mq"
    assert (line["service"], line["level"], line["logger"], line["event"]) == ("test", "info", "x", "told")


def test_lines_of_libraries(log: Path) -> None:
    logging.getLogger("library").warning("could not write to %s, %s", NAME, SAID)
    assert lines(log)[0]["event"] == "could not write to ***, tell *** or *** at amqp://***@mq"


def test_tracebacks(log: Path) -> None:
    for failed in (logger("x").exception, logging.getLogger("library").exception):
        try:
            fail()
        except LookupError:
            failed("it failed")
    for line in lines(log):
        assert "LookupError: ***: tell *** or ***" in line["exception"]


def send(tracer: Tracer) -> None:
    """Something that fails inside of a span."""
    with tracer.start_as_current_span(f"to {SAID}", attributes={"to": NAME, "why": SAID, "tries": 3}) as span:
        span.add_event("sent", {"people": [NAME, SAID]})
        fail()


def test_spans() -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(Redacting(kept)))
    with pytest.raises(LookupError):
        send(provider.get_tracer("test"))
    [one] = kept.get_finished_spans()
    told = one.to_json(indent=None)
    assert not [canary for canary in CANARIES if canary in json.dumps(json.loads(told), ensure_ascii=False)]
    assert dict(one.attributes or {}) == {"to": "***", "why": "tell *** or *** at amqp://***@mq", "tries": 3}
    assert [event.name for event in one.events] == ["sent", "exception"]
    assert (one.status.description or "").startswith("LookupError: ***: tell ***")
    provider.shutdown()
