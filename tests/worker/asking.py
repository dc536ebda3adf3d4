"""What a test asks of a worker's process from outside."""

from __future__ import annotations

import urllib.error
import urllib.request


def get(url: str) -> tuple[int, str]:
    """Status code and body."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return int(answer.status), str(answer.read().decode())
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def is_running(pid: int) -> bool:
    """Whether there is such a process and it has not ended."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
