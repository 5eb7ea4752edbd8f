"""Being seen: JSON logs with trace ids, one trace across the bus, counters, and whether we are well."""

from shared.telemetry.health import Check, health_router
from shared.telemetry.logs import logger, set_up_logs
from shared.telemetry.metrics import AUDIT_WAITING, AUDITED, BATCH, DEAD, HEARD, OUTBOX, PUBLISHED
from shared.telemetry.traces import set_up_traces, span, trace_id, traceparent

__all__ = [
    "AUDITED",
    "AUDIT_WAITING",
    "BATCH",
    "DEAD",
    "HEARD",
    "OUTBOX",
    "PUBLISHED",
    "Check",
    "health_router",
    "logger",
    "set_up_logs",
    "set_up_traces",
    "span",
    "trace_id",
    "traceparent",
]
