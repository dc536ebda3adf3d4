"""Kills, restarts and rebalances: nothing is lost, and nothing is said twice where that was promised."""

from __future__ import annotations

import random
from functools import partial

import pytest

from schemas.journal import HEADER_BYTES
from tests.support.waiting import eventually
from tests.worker.exactness import assert_exact, said
from tests.worker.support import SHORT_LIVED, Cluster, by_partition, events, source_and_position

KILLS = 6


def assert_positions_are_prefixes_with_repeats(cluster: Cluster) -> None:
    """Read with repeats dropped, each journal partition holds each source partition's events in order."""
    repeats = 0
    for records in by_partition(events(cluster.read("account-journal"))).values():
        highest: dict[bytes, bytes] = {}
        seen: dict[bytes, set[bytes]] = {}
        for record in records:
            assert len(record.headers[0][1]) == HEADER_BYTES
            source, position = source_and_position(record)
            known = seen.setdefault(source, set())
            if position <= highest.get(source, b""):
                # A repeat is one of what was there before, never something new at an old place.
                assert position in known
                repeats += 1
            else:
                highest[source] = position
                known.add(position)


@pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])
def test_kills_in_mid_stream_lose_nothing_and_say_nothing_else(cluster: Cluster, guarantee: str) -> None:
    cluster.publish_story(beats=24)
    chance = random.Random(7)
    length = 0
    for _ in range(KILLS):
        worker = cluster.worker(TWOMOTION_GUARANTEE=guarantee, **SHORT_LIVED)
        with worker:
            more = length + chance.randrange(200, 4_000)
            eventually(partial(cluster.has_grown_or_ended, worker, more), what="the journal to grow")
            worker.kill()
        length = cluster.journal_length()

    with cluster.worker(TWOMOTION_GUARANTEE=guarantee) as worker:
        worker.wait_caught_up(120)

    assert_exact(cluster, repeats=guarantee == "at_least_once")
    assert_positions_are_prefixes_with_repeats(cluster)


def test_a_restart_goes_on_where_the_last_one_ended(cluster: Cluster) -> None:
    cluster.publish_story(accounts=4, beats=24)
    with cluster.worker() as worker:
        worker.wait_caught_up(120)
    length, before = cluster.journal_length(), said(cluster)

    with cluster.worker() as worker:
        worker.wait_caught_up()
        assert 'twomotion_journal_records_total{outcome="folded"} 0.0' in worker.metrics()

    assert cluster.journal_length() <= length + 32
    assert said(cluster) == before


def test_a_second_worker_takes_over_half_and_gives_it_back(cluster: Cluster) -> None:
    cluster.publish_story(beats=24)
    first, second = cluster.worker(), cluster.worker()
    with first:
        with second:
            eventually(lambda: (said := second.status()) and said["journal_partitions"] > 0, what="a share")
            both = [worker.status() for worker in (first, second)]
            eventually(
                lambda: sum(s["journal_partitions"] for w in (first, second) if (s := w.status())) == 32,
                what="all partitions to be somebody's",
            )
            assert all(both)
        first.wait_caught_up(120)

    assert_exact(cluster)
    assert_positions_are_prefixes_with_repeats(cluster)
