"""What a publisher sends."""

from __future__ import annotations

from typing import NamedTuple


class Record(NamedTuple):
    """One record to publish. `place`: a fraction of the topic's partitions, None its account's own."""

    topic: str
    key: bytes | None
    value: bytes | None
    place: float | None = None
    everywhere: bool = False
