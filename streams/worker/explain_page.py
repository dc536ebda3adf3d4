"""`/accounts/<id>/explain?signal=…`: why each signal of an account is open, or how far it is from it, as this worker
knows it now."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from streams.detection.engine import PartitionEngine
from streams.detection.explain import UnknownAccount, UnknownSignal, explain
from streams.worker.page import NOT_HERE, Page, error_page

FindEngine = Callable[[bytes], object | None]
"""Account id -> the engine of its journal partition, None where another worker has it."""


def explain_page(path: str, account: str, find: FindEngine) -> Page:
    """The explanation as JSON; 404 where the account or a signal is not known, 421 where another worker has the
    account's partition. To be called between two steps of the engine."""
    engine = find(account.encode())
    if not isinstance(engine, PartitionEngine):
        return error_page(NOT_HERE, "not here", "another worker has the journal partition of this account")
    try:
        found = explain(engine, account, parse_qs(urlsplit(path).query).get("signal", ()))
    except UnknownAccount:
        return error_page(404, "unknown account", account)
    except UnknownSignal as unknown:
        return error_page(404, "unknown signal", str(unknown))
    return Page(200, "application/json", found.model_dump_json().encode())
