"""A stage processes a gap-free run, or stops."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from faust.types import TP

from streams.worker.batch_app import Start
from streams.worker.guard import Guard, Hole

JOURNAL = TP("account-journal", 3)


@dataclass
class Record:
    offset: int


@dataclass
class Message:
    key: int  # the batch's base position
    offset: int  # the position after it, less one
    value: list[Record]
    generation_id: int = 7
    tp: TP = JOURNAL


@dataclass
class Flow:
    active: bool = True

    def is_active(self) -> bool:
        return self.active


@dataclass
class App:
    """What a guard asks of the app: which generation of the group it is, and whether it may process."""

    consumer_generation_id: int = 7
    flow_control: Flow = field(default_factory=Flow)


def guard(app: Any, start: int = 100) -> Guard:
    made = Guard(app)
    made.assign({JOURNAL: Start(start, "")})
    return made


def batch(base: int, end: int, **fields: Any) -> Message:
    return Message(base, end - 1, [Record(offset) for offset in range(base, end)], **fields)


def test_batches_that_continue_each_other_are_taken() -> None:
    mine = guard(App())

    assert mine.take(batch(100, 110))
    assert mine.take(batch(110, 111))


def test_an_empty_batch_moves_the_position_over_control_records() -> None:
    mine = guard(App())

    assert mine.take(Message(100, 101, []))
    assert mine.take(batch(102, 105))


def test_a_compacted_away_beginning_is_no_hole() -> None:
    mine = guard(App())

    assert mine.take(Message(100, 109, [Record(104), Record(109)]))


@pytest.mark.parametrize("base", [90, 99, 101, 150])
def test_a_batch_that_starts_anywhere_else_stops_the_worker(base: int) -> None:
    with pytest.raises(Hole, match="account-journal/3: expected 100"):
        guard(App()).take(batch(base, base + 5))


def test_a_batch_that_came_twice_stops_the_worker() -> None:
    mine = guard(App())
    mine.take(batch(100, 110))

    with pytest.raises(Hole):
        mine.take(batch(100, 110))


def test_a_batch_of_a_former_generation_is_dropped() -> None:
    assert not guard(App()).take(batch(100, 110, generation_id=6))


def test_nothing_is_taken_between_a_revocation_and_the_next_assignment() -> None:
    app = App()
    mine = guard(app)
    app.consumer_generation_id = 8

    assert not mine.take(batch(100, 110, generation_id=8))

    app.flow_control.active = False
    mine.assign({JOURNAL: Start(100, "")})
    assert not mine.take(batch(100, 110, generation_id=8))
