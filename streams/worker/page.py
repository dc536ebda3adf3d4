"""What processes answer over HTTP, told and asked; free of Kafka and of the engine, for the supervisor too."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
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


def fetch(url: str | None, path: str, headers: Mapping[str, str], timeout_s: float) -> Page | None:
    """What a process answers, refusals too; None where it does not (in time), or breaks off."""
    if url is None:
        return None
    try:
        asked = urllib.request.Request(url + path, headers=dict(headers))
        with urllib.request.urlopen(asked, timeout=timeout_s) as answer:
            return Page(answer.status, answer.headers["Content-Type"], answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return Page(refused.code, refused.headers["Content-Type"], refused.read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
