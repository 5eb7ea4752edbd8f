"""One trace from a filing to the mail it causes: the envelope of every event carries the traceparent."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span, Status, format_trace_id
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.privacy import redacted, scrub

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("govwatch")


def set_up_traces(service: str, otlp_endpoint: str) -> None:
    """Make spans; send them to the collector at ``otlp_endpoint`` when there is one. Call once a process."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"govwatch-{service}"}))
    if otlp_endpoint:
        exporter = OTLPSpanExporter(endpoint=otlp_endpoint.rstrip("/") + "/v1/traces")
        provider.add_span_processor(BatchSpanProcessor(Redacting(exporter)))
    trace.set_tracer_provider(provider)


class Redacting(SpanExporter):
    """Hands spans on to ``inner`` without secrets and personal data in names, attributes, events and errors."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """See the class."""
        return self._inner.export([_clean(one) for one in spans])

    def shutdown(self) -> None:
        """See the class."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """See the class."""
        return self._inner.force_flush(timeout_millis)


@contextmanager
def span(name: str, parent: str | None = None, **attributes: str | int) -> Iterator[Span]:
    """A span called ``name``, child of the traceparent ``parent`` or of the current span."""
    context = _PROPAGATOR.extract({"traceparent": parent}) if parent else None
    with _TRACER.start_as_current_span(name, context=context, attributes=attributes) as current:
        yield current


def traceparent() -> str | None:
    """The W3C traceparent of the current span, None outside of one."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


def trace_id() -> str:
    """The id of the current trace as 32 hex digits, empty outside of one."""
    context = trace.get_current_span().get_span_context()
    return format_trace_id(context.trace_id) if context.is_valid else ""


def _clean(one: ReadableSpan) -> ReadableSpan:
    said = one.status.description
    return ReadableSpan(
        name=scrub(one.name),
        context=one.context,
        parent=one.parent,
        resource=one.resource,
        attributes=_attributes(one.attributes),
        events=[Event(scrub(event.name), _attributes(event.attributes), event.timestamp) for event in one.events],
        links=one.links,
        kind=one.kind,
        status=Status(one.status.status_code, scrub(said)) if said else one.status,
        start_time=one.start_time,
        end_time=one.end_time,
        instrumentation_scope=one.instrumentation_scope,
    )


def _attributes(given: Mapping[str, Any] | None) -> dict[str, Any]:
    return dict(redacted(given or {}))
