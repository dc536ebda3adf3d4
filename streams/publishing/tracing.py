"""The W3C trace context of whoever publishes, as a record's header."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from schemas.journal import TRACE_HEADER

Headers = list[tuple[str, bytes]]


def traced() -> Callable[[], Headers] | None:
    """What tells the header of the span that is current; None where this process makes no spans."""
    # Whoever has a current span has imported it: nothing is loaded, nothing has to be installed.
    api = sys.modules.get("opentelemetry.trace")
    sdk = sys.modules.get("opentelemetry.sdk.trace")
    if api is None or sdk is None or not isinstance(api.get_tracer_provider(), sdk.TracerProvider):
        return None

    def header() -> Headers:
        context: Any = api.get_current_span().get_span_context()
        if not context.is_valid:
            return []
        value = f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"
        return [(TRACE_HEADER, value.encode())]

    return header
