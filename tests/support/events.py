"""Lines of JSON as publishers write them."""

from __future__ import annotations

import json
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"


def example(name: str, **changes: object) -> bytes:
    """The contract's example of a message as one line, with some fields changed."""
    return json.dumps({**json.loads((EXAMPLES / f"{name}.json").read_bytes()), **changes}).encode()


def session(number: int, account: str) -> bytes:
    return example("session.started", event_id=f"e{number}", account_id=account)


def heartbeat(number: int) -> bytes:
    return example("source.heartbeat", event_id=f"beat-{number}", source_system="workbench")
