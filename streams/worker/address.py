"""Where a process answers, and what it says there."""

from __future__ import annotations

import http.client
import json
import os
import urllib.request
from pathlib import Path


def write_address(file: Path | None, url: str | None) -> None:
    """Write (JSON: pid, url), whole or not at all."""
    if file is None:
        return
    partial = file.with_suffix(f"{file.suffix}.part")
    partial.write_text(json.dumps({"pid": os.getpid(), "url": url}))
    partial.replace(file)


def read_address(file: Path, pid: int) -> str | None:
    """The url that this process wrote; None before it has."""
    try:
        told = json.loads(file.read_text())
    except (OSError, ValueError):
        return None
    return str(told["url"]) if told["pid"] == pid and told["url"] else None


def read_page(url: str | None, path: str, timeout_s: float) -> str | None:
    """What it answers; None where it does not (in time), refuses, or breaks off."""
    if url is None:
        return None
    try:
        with urllib.request.urlopen(url + path, timeout=timeout_s) as answer:
            return str(answer.read().decode())
    except (OSError, http.client.HTTPException, ValueError):
        return None
