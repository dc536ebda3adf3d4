"""`/accounts/<id>/explain?signal=…`: why each signal of an account is open, or how far it is from it, as this worker
knows it now."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from streams.detection.engine import PartitionEngine
from streams.detection.explain import UnknownAccount, UnknownSignal, explain


class Page(NamedTuple):
    """An answer over HTTP."""

    code: int
    kind: str
    body: bytes


FindEngine = Callable[[bytes], object | None]
"""Account id -> the engine of its journal partition, None where another worker has it."""


def account_of(path: str) -> str | None:
    """The account that the path asks about; None where it is another page."""
    parts = urlsplit(path).path.split("/")
    return unquote(parts[2]) if len(parts) == 4 and parts[1] == "accounts" and parts[3] == "explain" else None


def explain_page(path: str, account: str, find: FindEngine) -> Page:
    """The explanation as JSON; 404 where the account or a signal is not known, 421 where another worker has the
    account's partition. To be called between two steps of the engine."""
    engine = find(account.encode())
    if not isinstance(engine, PartitionEngine):
        return _error(421, "not here", "another worker has the journal partition of this account")
    try:
        found = explain(engine, account, parse_qs(urlsplit(path).query).get("signal", ()))
    except UnknownAccount:
        return _error(404, "unknown account", account)
    except UnknownSignal as unknown:
        return _error(404, "unknown signal", str(unknown))
    return Page(200, "application/json", found.model_dump_json().encode())


def _error(code: int, kind: str, what: str) -> Page:
    return Page(code, "application/json", json.dumps({"error": kind, "what": what}).encode())
