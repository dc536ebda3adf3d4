"""What is answered over HTTP where it is more than a text; free of Kafka and of the engine, for the supervisor too."""

from __future__ import annotations

import json
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

#: HTTP status of an account that another worker has.
NOT_HERE = 421


class Page(NamedTuple):
    """An answer over HTTP."""

    code: int
    kind: str
    body: bytes


def account_of(path: str) -> str | None:
    """The account that `/accounts/<id>/explain` asks about; None where the path is another page."""
    if not path.startswith("/"):
        return None
    parts = urlsplit(path).path.split("/")
    return unquote(parts[2]) if len(parts) == 4 and parts[1] == "accounts" and parts[3] == "explain" else None


def error_page(code: int, kind: str, what: str) -> Page:
    """A refusal as JSON: `error` for programs, `what` it is about."""
    return Page(code, "application/json", json.dumps({"error": kind, "what": what}).encode())
