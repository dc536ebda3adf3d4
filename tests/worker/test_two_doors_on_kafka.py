"""Two doors over the same sources, by mistake or as a zombie: what the second one writes adds nothing."""

from __future__ import annotations

import os
import re
import signal

from streams.worker.process import wait_caught_up
from tests.support.waiting import eventually
from tests.worker.support import SHORT_LIVED, Cluster, by_partition, events, session, source_and_position
from tests.worker.test_recovery import assert_positions_are_prefixes_with_repeats


def test_what_two_doors_write_of_the_same_records_is_folded_once(cluster: Cluster) -> None:
    accounts = [f"account-{n}" for n in range(9)]
    cluster.publish(
        ("product-usage", account, session(account, f"{account}-{n}"))
        for n in range(100)
        for account in accounts
    )

    # A worker that does both and one that is a door alone are two groups: each reads every source.
    with cluster.worker("--stages", "door") as other, cluster.worker() as worker:
        wait_caught_up([other, worker], 120)
        page = worker.metrics()

    written = events(cluster.read("account-journal"))
    distinct = {(record.partition, *source_and_position(record)) for record in written}
    assert len(distinct) == 900
    assert len(written) == 1_800
    assert count(page, "folded") == 900
    assert count(page, "repeat") == 900
    assert cluster.output() == cluster.oracle()


def count(page: str, outcome: str) -> int:
    found = re.search(rf'twomotion_journal_records_total{{outcome="{outcome}"}} (\S+)', page)
    return int(float(found[1])) if found else 0


def test_a_door_that_was_frozen_past_its_session_adds_nothing_twice(cluster: Cluster) -> None:
    cluster.publish_story(accounts=8, beats=24)
    frozen, heir = cluster.worker("--stages", "door", **SHORT_LIVED), cluster.worker("--stages", "door")
    with frozen:
        eventually(lambda: cluster.journal_length() > 1_000, what="the first door to be at work")
        os.kill(frozen.pid, signal.SIGSTOP)
        with heir:
            eventually(
                lambda: (said := heir.status()) and said["source_partitions"] == 19,
                what="the second door to inherit",
            )
            os.kill(frozen.pid, signal.SIGCONT)
            # It finishes what it was about to write, and then hears that it was replaced.
            wait_caught_up([heir, frozen], 120)

    with cluster.worker("--stages", "engine") as engine:
        engine.wait_caught_up(120)

    assert_positions_are_prefixes_with_repeats(cluster)
    assert cluster.output() == cluster.oracle()
    assert any(cluster.oracle().values())
    distinct = {
        (partition, *source_and_position(record))
        for partition, records in by_partition(events(cluster.read("account-journal"))).items()
        for record in records
    }
    assert len(distinct) == len({(each[1], each[2]) for each in distinct})
