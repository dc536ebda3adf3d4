"""Backlogs stay side by side in event time."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from streams.door.pacing import Pacer

HOUR = 60


@dataclass
class Sources:
    """Partitions with what their logs hold, handed to a pacer in batches; times in minutes."""

    logs: dict[str, list[int | None]]
    ahead: int = HOUR
    read: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.read = dict.fromkeys(self.logs, 0)
        self.pacer: Pacer[str, tuple[str, int]] = Pacer(
            self.ahead, lambda p: self.read[p] >= len(self.logs[p])
        )
        self.pacer.assign(self.logs)

    def fetch(self, partition: str, n: int = 1_000) -> None:
        at = self.read[partition]
        times = self.logs[partition][at : at + n]
        self.pacer.add(partition, [(partition, at + i) for i in range(len(times))], times)
        self.read[partition] += len(times)

    def take_all(self, most: int = 1_000) -> list[tuple[str, int]]:
        """What may go on without another fetch."""
        taken: list[tuple[str, int]] = []
        while (run := self.pacer.take(most)) is not None:
            taken += run.chunk.items[run.start : run.stop]
        return taken

    def time(self, item: tuple[str, int]) -> int | None:
        return self.logs[item[0]][item[1]]


def test_a_partition_waits_for_the_slowest_unread_one() -> None:
    sources = Sources({"usage": [0, 30, 90, 200], "crm": [10, 500]})

    sources.fetch("usage")
    sources.fetch("crm", 1)

    # crm has more to read, of which nothing is known but that it comes after 10: 10 + 60 is the limit.
    assert sources.take_all() == [("usage", 0), ("usage", 1), ("crm", 0)]


def test_nothing_is_taken_before_every_unread_partition_has_shown_where_it_stands() -> None:
    sources = Sources({"usage": [0, 1], "crm": [5]})

    sources.fetch("usage")

    assert sources.take_all() == []


def test_a_partition_at_its_end_holds_nobody_back() -> None:
    sources = Sources({"usage": [0, 1_000, 2_000], "crm": []})

    sources.fetch("usage")

    assert len(sources.take_all()) == 3


def test_a_late_record_holds_back_nobody_else() -> None:
    sources = Sources({"usage": [1_000, 1, 1_010], "crm": [1_000, 1_020]})

    sources.fetch("usage")
    sources.fetch("crm")

    assert len(sources.take_all()) == 5


def test_refused_records_have_no_time_and_wait_for_nobody() -> None:
    sources = Sources({"usage": [None, None], "crm": [5]})

    sources.fetch("usage")

    assert sources.take_all() == [("usage", 0), ("usage", 1)]


def test_the_frontier_is_the_slowest_unread_partitions_time() -> None:
    sources = Sources({"usage": [0, 30, 90], "crm": [10, 500]})
    sources.fetch("usage")
    sources.fetch("crm", 1)

    sources.take_all()

    assert sources.pacer.frontier() == 10
    assert not sources.pacer.at_rest()


def test_there_is_no_frontier_at_rest() -> None:
    sources = Sources({"usage": [0, 30], "crm": [10]})
    sources.fetch("usage")
    sources.fetch("crm")

    sources.take_all()

    assert sources.pacer.frontier() is None
    assert sources.pacer.at_rest()


def test_batches_without_records_hide_no_frontier() -> None:
    sources = Sources({"usage": [0, 30], "crm": [10, 500]})
    for partition in ("usage", "crm"):
        sources.fetch(partition, 0)  # the position moved, over control records alone
        sources.fetch(partition)

    assert sources.pacer.take(10) is not None
    assert sources.pacer.frontier() is None  # until the other one's is taken too
    assert sources.pacer.take(0) is not None
    assert sources.pacer.frontier() == 0
    assert len(sources.take_all()) == 4


LOG = st.lists(st.none() | st.integers(0, 1_000), max_size=30)


@given(
    logs=st.dictionaries(st.sampled_from("abcd"), LOG, min_size=1),
    batch=st.integers(1, 7),
    most=st.integers(1, 7),
    order=st.randoms(use_true_random=False),
)
def test_everything_is_taken_once_and_in_order_whatever_arrives_when(
    logs: dict[str, list[int | None]], batch: int, most: int, order: object
) -> None:
    sources = Sources(logs)
    taken: list[tuple[str, int]] = []

    while any(sources.read[p] < len(logs[p]) for p in logs):
        unread = sorted(p for p in logs if sources.read[p] < len(logs[p]))
        # The one that waits for nothing is fetched, as a consumer does when the others are held.
        sources.fetch(min(unread, key=lambda p: (sources.pacer.queued(p), order.random())), batch)  # type: ignore[attr-defined]
        taken += sources.take_all(most)

    for partition, log in logs.items():
        assert [i for p, i in taken if p == partition] == list(range(len(log)))


@given(
    logs=st.dictionaries(
        st.sampled_from("abc"), LOG.map(lambda log: sorted(t for t in log if t is not None)), min_size=1
    )
)
def test_read_from_sorted_logs_no_record_is_more_than_the_tolerance_behind(
    logs: dict[str, list[int]],
) -> None:
    sources = Sources({partition: list(log) for partition, log in logs.items()})
    for partition in logs:
        if logs[partition]:
            sources.fetch(partition)

    newest = -1
    for item in sources.take_all(3):
        time = sources.time(item)
        assert time is not None
        assert time >= newest - HOUR
        newest = max(newest, time)
