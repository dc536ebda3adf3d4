"""What a worker answers when asked how far it is (`/status`)."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class Status(TypedDict):
    """How far a worker is; `sources_done` and `journal_done` are of its own partitions."""

    ready: bool
    pid: int
    source_partitions: int  #: assigned to this worker
    journal_partitions: int
    all_source_partitions: int  #: to be assigned to the workers of the group together; 0 without a door
    all_journal_partitions: int
    sources_done: bool  #: read to the end, journalled, acked, closing watermark said
    journal_done: bool  #: folded and committed to the end
    source_lag: int
    journal_lag: int
    processes: NotRequired[list[ProcessStatus]]  #: of a supervisor: what it added up


class ProcessStatus(TypedDict):
    """One of the processes of a supervisor."""

    number: int
    pid: int | None  #: None while it does not run
    starts: int
    status: Status | None  #: None while it does not answer
