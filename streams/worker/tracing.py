"""OpenTelemetry traces from publish to alert, where they are asked for (`--traces`, the extra `otel`).

W3C trace context travels in the header `traceparent`: a publisher writes it into its record, the door writes
its own into the journal record, and the alert bears that of the span in which it was decided. Of traced events
alone a span is made; each run of the door, each batch and each commit of the engine has one too.

Where spans go is OpenTelemetry's own matter: the variables OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME,
OTEL_TRACES_SAMPLER and so on. Where an SDK is set up already, by whoever starts the worker, it is used as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from schemas.journal import TRACE_HEADER
from streams.worker.causes import Decided
from streams.worker.lanes import Headers

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

_MS = 1_000_000  # nanoseconds, in which OpenTelemetry counts
_NAME = "twomotion-worker"


class NoTraces(RuntimeError):
    """Traces were asked for, and the packages that make them are not there."""


class Committing:
    """The spans of one commit: its own, and those of the traced events whose alerts it holds."""

    def __init__(self, own: Span, decided: Sequence[Span], headers: list[Headers]) -> None:
        self._own = own
        self._decided = decided
        self.headers = headers
        """Of each message, in order."""

    def end(self) -> None:
        """It is committed."""
        for span in (*self._decided, self._own):
            span.end()


class Tracing:
    """The spans of one worker. Made only where traces are on, so nothing of it is paid otherwise."""

    def __init__(self, tracer: Tracer) -> None:
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._tracer = tracer
        self._kinds = SpanKind
        self._propagator = TraceContextTextMapPropagator()

    def batch(self, name: str, topic: str, partition: int, records: int) -> Span:
        """A span over one batch of a stage; to be ended."""
        return self._tracer.start_span(
            name,
            attributes={
                "messaging.system": "kafka",
                "messaging.destination.name": topic,
                "messaging.destination.partition.id": str(partition),
                "messaging.batch.message_count": records,
            },
        )

    def admitted(self, record: Any, topic: str) -> Headers:
        """The header of the journal record that a source record becomes; none where that is not traced."""
        for name, content in record.headers:
            if name == TRACE_HEADER and content:
                span = self._tracer.start_span(
                    f"admit {topic}",
                    context=self._context(content.decode("ascii", "replace")),
                    kind=self._kinds.CONSUMER,
                    start_time=record.timestamp * _MS,
                    attributes={
                        "messaging.system": "kafka",
                        "messaging.destination.name": topic,
                        "messaging.kafka.offset": record.offset,
                    },
                )
                headers = self._headers(span)
                span.end()
                return headers
        return []

    def commit(self, partition: int, decided: Iterable[Decided | None], states: int) -> Committing:
        """A commit begins; `decided` is about its messages, one by one."""
        own = self._tracer.start_span(
            "commit", attributes={"twomotion.journal.partition": partition, "twomotion.states": states}
        )
        spans: list[Span] = []
        headers: list[Headers] = []
        for each in decided:
            if each is None or not (each.trace and each.motion):
                headers.append([])
                continue
            span = self._tracer.start_span(
                f"decide {each.topic}",
                context=self._context(each.trace),
                kind=self._kinds.PRODUCER,
                start_time=each.arrived_ms * _MS,
                attributes={
                    "messaging.system": "kafka",
                    "messaging.destination.name": each.topic,
                    "twomotion.signal": each.signal,
                    "twomotion.status": each.status,
                },
            )
            span.add_link(own.get_span_context())
            spans.append(span)
            headers.append(self._headers(span))
        return Committing(own, spans, headers)

    def _context(self, traceparent: str) -> Context:
        return self._propagator.extract({TRACE_HEADER: traceparent})

    def _headers(self, span: Span) -> Headers:
        from opentelemetry.trace import set_span_in_context

        carrier: dict[str, str] = {}
        self._propagator.inject(carrier, set_span_in_context(span))
        return [(TRACE_HEADER, carrier[TRACE_HEADER].encode())] if TRACE_HEADER in carrier else []

    def close(self) -> None:
        """Send what is left."""
        from opentelemetry import trace

        flush = getattr(trace.get_tracer_provider(), "force_flush", None)
        if flush is not None:
            flush(5_000)


def start_tracing() -> Tracing:
    """Traces to where OpenTelemetry's variables say. Raises NoTraces where its packages are missing."""
    try:
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
    except ImportError:
        raise NoTraces("traces need OpenTelemetry: pip install 'twomotion[otel]'") from None
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = _to_otlp()
        trace.set_tracer_provider(provider)
    return Tracing(provider.get_tracer(_NAME))


def _to_otlp() -> Any:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError:
        raise NoTraces("traces need OpenTelemetry's OTLP exporter: pip install 'twomotion[otel]'") from None
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say goes over it.
    provider = TracerProvider(resource=Resource({"service.name": _NAME}).merge(Resource.create()))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
