"""A worker whose spans stay in memory and are written to the file SPANS as it ends.

python -m tests.worker.tracing_worker <options of `twomotion worker`>
"""

from __future__ import annotations

import atexit
import json
import os
import sys
from pathlib import Path

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from streams.cli.main import main


def write(spans: InMemorySpanExporter, file: Path) -> None:
    """One object a span, in the order in which they ended."""
    told = [
        {
            "name": span.name,
            "trace": f"{span.context.trace_id:032x}",
            "span": f"{span.context.span_id:016x}",
            "parent": f"{span.parent.span_id:016x}" if span.parent else None,
            "attributes": dict(span.attributes or {}),
            "start": span.start_time,
            "end": span.end_time,
        }
        for span in spans.get_finished_spans()
        if span.context is not None
    ]
    file.write_text(json.dumps(told))


if __name__ == "__main__":
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    atexit.register(write, exporter, Path(os.environ["SPANS"]))
    sys.argv = ["twomotion", "worker", "--traces", *sys.argv[1:]]
    main()
