"""Logs as one JSON object a line on standard error, ours and the libraries' alike, redacted."""

import logging
import sys
from pathlib import Path
from typing import Any, cast

import orjson
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor

from shared.privacy import redacted
from shared.telemetry.traces import trace_id

QUIET = ("httpx", "httpcore", "asyncio", "pymongo", "nats", "faststream", "aiosmtpd", "mail.log", "uvicorn.access")


def logger(name: str) -> FilteringBoundLogger:
    """The logger called ``name`` (usually the service)."""
    return cast("FilteringBoundLogger", structlog.get_logger(name))


def set_up_logs(level: str, *, service: str, readable: bool = False, file: Path | None = None) -> None:
    """Send every log line to standard error, or to ``file``, as JSON or (``readable``) for a person at a terminal."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace(service),
    ]
    render: Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if readable
        else structlog.processors.JSONRenderer(serializer=_dumps)
    )
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
    )
    handler = logging.FileHandler(file, encoding="utf-8") if file else logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.processors.format_exc_info],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _redact, render],
        )
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _add_trace(service: str) -> Processor:
    def add(_logger: Any, _method: str, line: EventDict) -> EventDict:
        line.setdefault("service", service)
        if trace := trace_id():
            line["trace_id"] = trace
        return line

    return add


def _redact(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """The last step before a line is written, for our own and for foreign lines."""
    return cast("EventDict", redacted(line))


def _dumps(line: Any, **_options: Any) -> str:
    return orjson.dumps(line, default=str).decode()
