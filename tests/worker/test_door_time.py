"""When the door speaks of time, by its own steady clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from streams.door.clock import SourcePartition
from streams.door.pacing import Pacer
from streams.worker.door_time import ReplayTime
from streams.worker.journal_writer import Item
from streams.worker.settings import settings_from
from streams.worker.topics import SOURCES, Topics

USAGE_0 = SourcePartition("product-usage", 0)
IDLE_S = 1.0


@dataclass
class AtRest:
    """A door that has read everything."""

    journalled: Mapping[SourcePartition, int] = field(default_factory=dict)

    def ended(self) -> Iterable[SourcePartition]:
        return [USAGE_0]


@pytest.fixture
def time() -> ReplayTime:
    topics = Topics("", dict.fromkeys(SOURCES, b"12345678"), dict.fromkeys(SOURCES, 1))
    pacer: Pacer[SourcePartition, Item] = Pacer(0, lambda partition: True)
    pacer.assign([USAGE_0])
    settings = settings_from({"TWOMOTION_BROKERS": "nowhere:1", "TWOMOTION_IDLE_S": str(IDLE_S)})
    made = ReplayTime(settings, topics, AtRest(), pacer)
    made.assign({USAGE_0: ""}, topics.sources)
    return made


def test_the_closing_statement_is_made_after_a_moment_at_rest_and_once(time: ReplayTime) -> None:
    said = [time.statement(now) is not None for now in (0.0, 0.9, 1.0, 1.1, 9.0)]

    assert said == [False, False, True, False, False]


def test_a_trickle_of_events_is_closed_when_it_ends_and_not_after_each(time: ReplayTime) -> None:
    said = 0
    for n in range(40):
        time.progress(USAGE_0).event("web", 1_000_000 + n)
        time.moved()
        said += time.statement(n / 10) is not None

    assert said == 0
    assert time.statement(3.9 + IDLE_S) is not None
