"""The account states as they are read back: everything in order and without a hole, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import pytest
from faust.types import TP

from streams.worker import table as table_module
from streams.worker.app import _new_app
from streams.worker.rest import MemoryRest
from streams.worker.settings import WorkerSettings
from streams.worker.table import StateTable

CHANGELOG = TP("account-state", 3)


@dataclass
class Record:
    key: bytes
    value: bytes | None


@dataclass
class Message:
    key: int  # the batch's base position
    offset: int  # the position after it, less one
    value: list[Record]
    tp: TP = CHANGELOG
    partition: int = 3


@dataclass
class Event:
    message: Message


class Stopped(BaseException):
    """The process would have ended here."""


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> StateTable:
    def stop(what: str, cause: BaseException) -> NoReturn:
        raise Stopped(f"{what}: {cause}")

    monkeypatch.setattr(table_module, "fail_stop", stop)
    app = _new_app(WorkerSettings(brokers="localhost:9092"))
    return StateTable(
        app, lambda partition: MemoryRest(), lambda n: None, name="account-state", partitions=32
    )


def read(table: StateTable, base: int, end: int, *records: Record) -> None:
    table.apply_changelog_batch([Event(Message(base, end - 1, list(records)))])


def test_states_are_read_back_with_their_removals(table: StateTable) -> None:
    read(table, 0, 2, Record(b"a", b"1"), Record(b"b", b"1"))
    read(table, 2, 4, Record(b"a", None), Record(b"b", b"2"))

    assert dict(table.part(3).rest) == {b"b": b"2"}
    assert table.persisted_offset(CHANGELOG) == 3


def test_a_marker_without_records_moves_the_offset(table: StateTable) -> None:
    read(table, 0, 1, Record(b"a", b"1"))
    read(table, 1, 2)

    assert table.persisted_offset(CHANGELOG) == 1


def test_what_is_read_again_is_taken_again(table: StateTable) -> None:
    """Another rebalance in the middle of a recovery begins where it likes, as long as nothing is missing."""
    read(table, 0, 2, Record(b"a", b"1"), Record(b"a", b"2"))
    read(table, 1, 3, Record(b"a", b"2"), Record(b"a", b"3"))

    assert dict(table.part(3).rest) == {b"a": b"3"}


def test_a_hole_in_the_changelog_stops_the_worker(table: StateTable) -> None:
    read(table, 0, 2, Record(b"a", b"1"))

    with pytest.raises(Stopped, match="have 1, the next batch starts at 3"):
        read(table, 3, 4, Record(b"a", b"2"))


def test_the_buffer_of_a_recovery_counts_batches_and_pauses(table: StateTable) -> None:
    assert table.recovery_buffer_size == 2
