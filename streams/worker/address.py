"""The file in which a process says where it answers."""

from __future__ import annotations

import json
import os
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
