"""What a worker answers when asked how far it is (`/status`)."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class PartitionStatus(TypedDict):
    """One assigned partition."""

    topic: str  #: contract name
    partition: int
    position: int  #: all below it is processed and committed
    end: int | None  #: of the log, for a reader of committed records; None: not known yet
    lag: int
    lag_seconds: float  #: age of the oldest record that waits, 0 where none does
    process: NotRequired[int]  #: of a supervisor: whose partition it is


class FeedStatus(TypedDict):
    """One feed: a source system on a source topic."""

    source: str
    feed: str
    last_seen: str  #: UTC, ISO 8601
    silence_seconds: float
    stalled: bool


class Status(TypedDict):
    """How far a worker is; `sources_done` and `journal_done` are of its own partitions."""

    version: str  #: of the package
    ready: bool
    why_not_ready: str  #: empty when ready
    broker_silence_seconds: float  #: since a broker last answered
    pid: int
    source_partitions: int  #: assigned to this worker
    journal_partitions: int
    all_source_partitions: int  #: to be assigned to the workers of the group together; 0 without a door
    all_journal_partitions: int
    sources_done: bool  #: read to the end, journalled, acked, closing watermark said
    journal_done: bool  #: folded and committed to the end
    source_lag: int
    journal_lag: int
    catalogs: dict[str, dict[str, int]]  #: motion → version → journal partitions that it rules here
    sources: list[FeedStatus]
    partitions: list[PartitionStatus]
    processes: NotRequired[list[ProcessStatus]]  #: of a supervisor: what it added up


class ProcessStatus(TypedDict):
    """One of the processes of a supervisor."""

    number: int
    pid: int | None  #: None while it does not run
    starts: int
    status: Status | None  #: None while it does not answer
