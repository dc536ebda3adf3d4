"""What was learnt the hard way about Faust, aiokafka and Kafka, and what holds each of it today.

Every pitfall names tests (`file::test`, from `tests/`), or says why it cannot occur any more, or both.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

TESTS = Path(__file__).parents[1]


class Pitfall(NamedTuple):
    """A way to go wrong, and what holds it."""

    what: str
    tests: tuple[str, ...] = ()
    reason: str = ""


_SEAM = "worker/test_seams.py::test_a_private_part_is_as_it_was_read"
_KILLS = "worker/test_recovery.py::test_kills_in_mid_stream_lose_nothing_and_say_nothing_else"
_SHARE = "worker/test_recovery.py::test_a_second_worker_takes_over_half_and_gives_it_back"
_OPEN = "worker/test_exactly_once.py::test_a_kill_inside_an_open_transaction_leaves_nothing_of_it_visible"
_ZOMBIE = "worker/test_exactly_once.py::test_a_zombie_is_fenced_and_nothing_of_it_is_visible"
_REVOKED = (
    "worker/test_exactly_once.py"
    "::test_what_is_folded_and_not_committed_at_a_revocation_is_dropped_and_read_again"
)
_REFUSED = (
    "worker/test_exactly_once.py"
    "::test_a_refused_message_stops_the_worker_and_nothing_of_its_transaction_is_visible"
)
_SOURCES = (
    "worker/test_committed_sources.py"
    "::test_a_source_written_in_transactions_is_read_to_its_end_without_what_was_aborted"
)
_AWAY = (
    "worker/test_broker_away.py::test_a_worker_outlives_its_broker_or_stops_itself_and_is_exact_either_way"
)
_CHAOS = "chaos/test_chaos.py::test_kills_zombies_rebalances_floods_and_a_lost_broker_leave_everything_exact"
_BUFFERS = "worker/test_set_up.py::test_buffers_count_batches"

PITFALLS = {
    1: Pitfall("A batch's offset is the fetch position − 1, not its last record's.", (_SOURCES, _OPEN)),
    2: Pitfall(
        "A position that moves without records is an empty batch, else recovery hangs at a marker.",
        (
            _SOURCES,
            _OPEN,
            "worker/test_guard.py::test_an_empty_batch_moves_the_position_over_control_records",
        ),
    ),
    3: Pitfall(
        "Stream buffers count batches, and a full one must not pause everything.",
        (_BUFFERS, "worker/test_seams.py::test_what_is_overridden_is_there_to_be_overridden"),
    ),
    4: Pitfall(
        "An emptied set of active partitions means all partitions to the client.",
        ("worker/test_set_up.py::test_no_active_partition_fetches_nothing",),
    ),
    5: Pitfall(
        "Seeks wait behind a long poll of 1.5 s that is hard-coded.",
        ("worker/test_seams.py::test_the_bounds_of_a_fetch_can_be_set_before_the_start",),
    ),
    6: Pitfall(
        "The highest acked offset may be committed only where batches are acked in order.",
        (_KILLS,),
        "The door acks a batch after the one before it (`DoorStage._finish`); the journal's offset is no ack's, "
        "it is in the partition record.",
    ),
    7: Pitfall(
        "Standby partitions are assigned too: a producer for one would fence its owner.",
        (
            "worker/test_set_up.py::test_there_are_no_standby_tables_that_could_be_taken_for_active_ones",
            _SHARE,
        ),
        "Claimed is what the assignor calls active.",
    ),
    8: Pitfall(
        "A recovery buffer of 1 never pauses, and what apply_changelog_batch raises is swallowed.",
        (
            "worker/test_table.py::test_the_buffer_of_a_recovery_counts_batches_and_pauses",
            "worker/test_table.py::test_a_hole_in_the_changelog_stops_the_worker",
            _SEAM,
        ),
    ),
    9: Pitfall(
        "Faust resumes the sources before it seeks: batches in between are applied twice.",
        (_SHARE, "worker/test_guard.py::test_a_batch_that_came_twice_stops_the_worker", _SEAM),
    ),
    10: Pitfall(
        "Where nothing was committed nothing is rewound.",
        (
            _REVOKED,
            "worker/test_set_up.py::test_what_was_never_read_is_read_from_the_beginning",
            "worker/test_door_on_kafka.py::test_what_retention_has_deleted_before_the_first_start_is_no_hole",
        ),
    ),
    11: Pitfall(
        "On every assignment: fence, then ask for the changelog's end, recover, seek, process.",
        (_ZOMBIE, _SHARE, _OPEN, _SEAM),
    ),
    12: Pitfall("aiokafka commits although a send has failed.", (_REFUSED, _SEAM)),
    13: Pitfall("A producer for several partitions is fenced by nobody.", (_ZOMBIE,)),
    14: Pitfall(
        "Batches of another generation are dropped; an error in a transaction ends the process.",
        (
            "worker/test_guard.py::test_a_batch_of_a_former_generation_is_dropped",
            "worker/test_guard.py::test_nothing_is_taken_between_a_revocation_and_the_next_assignment",
            _REFUSED,
        ),
    ),
    15: Pitfall(
        "NotEnoughReplicas may be a passing answer; transactions time out; batches have a largest size.",
        (
            "worker/test_set_up.py::test_a_full_batch_fits_every_topic_and_the_largest_record_fits_a_request",
            _AWAY,
            _SEAM,
        ),
        "An idempotent producer asks again for ever (`_can_retry`), and the broker gives up the transaction "
        "after 3 minutes, which ends the process.",
    ),
    16: Pitfall(
        "The journal's offsets are not Faust's to commit; what is read is committed records, recovery too.",
        (
            "worker/test_life.py::test_the_group_shows_the_journal_offset_for_tools_that_show_a_lag",
            _SOURCES,
            _OPEN,
        ),
    ),
    17: Pitfall(
        "Ready depends on the broker, alive does not.",
        (_AWAY, "worker/test_life.py::test_it_says_how_it_is_over_http"),
    ),
    18: Pitfall(
        "Clients log thousands of lines while a broker is away, and Faust's spinner sets the level to DEBUG.",
        reason="Libraries speak at WARNING, the same text once in 10 s (`logs.OnceInAWhile`); Faust's own worker, "
        "which has the spinner, is not used.",
    ),
    19: Pitfall(
        "A start takes 1.6 to 2 s, of which Faust sleeps one.",
        reason="Nothing depends on it: readiness is waited for, and a rebalance does not sleep.",
    ),
    20: Pitfall(
        "A generation that is noted before the wait for the flow drops the first batch of a recovery.",
        (_SHARE, _CHAOS, _SEAM),
        "A dropped batch is a hole in the changelog, which ends the process.",
    ),
    21: Pitfall(
        "The active partitions are frozen on the main thread; none of them fetches nothing.",
        ("worker/test_set_up.py::test_no_active_partition_fetches_nothing",),
    ),
    22: Pitfall(
        "A hole between batches must be impossible to miss.",
        (
            "worker/test_guard.py::test_a_batch_that_starts_anywhere_else_stops_the_worker",
            "worker/test_guard.py::test_a_compacted_away_beginning_is_no_hole",
            "worker/test_table.py::test_a_hole_in_the_changelog_stops_the_worker",
        ),
    ),
    23: Pitfall(
        "A batch that is handed over is never appended to: its sequence numbers are counted later.",
        (
            "worker/test_seams.py::test_a_batch_takes_its_first_record_whatever_its_size_and_none_when_closed",
            "worker/test_lanes_on_kafka.py::test_what_comes_while_a_batch_is_on_its_way_fills_the_next_one",
            "worker/test_lanes_on_kafka.py"
            "::test_a_door_that_cannot_write_stops_and_the_next_one_writes_everything_once",
            _SEAM,
        ),
        "Lanes and transactions close a batch before they hand it over, and any error ends the process.",
    ),
    24: Pitfall(
        "An engine that commits after it has left the group is fenced: engines end first.",
        (
            "worker/test_exactly_once.py::test_the_end_of_a_worker_commits_what_is_folded",
            "worker/test_life.py::test_a_signal_ends_it_in_order",
        ),
    ),
    25: Pitfall(
        "A method called start replaces a service's own; names of topics may have dots.",
        (
            "worker/test_set_up.py::test_no_service_calls_a_method_of_its_own_start",
            "worker/test_set_up.py::test_a_prefix_with_dots_is_no_part_of_a_topics_name",
        ),
    ),
    26: Pitfall(
        "The end of a source is that of its committed records: grace exceeds the longest transaction.",
        (
            _SOURCES,
            "worker/test_live_on_kafka.py"
            "::test_time_goes_on_while_a_publishers_transaction_is_open_and_stays_behind_what_it_hides",
            "worker/test_live_on_kafka.py"
            "::test_a_statement_lies_behind_the_events_it_covers_and_a_grace_behind_the_time",
        ),
        "Longer ones are late data: the setting grace_s says so.",
    ),
    27: Pitfall(
        "A join that the broker refuses is logged once, and nothing happens any more.",
        ("worker/test_life.py::test_a_session_that_the_broker_does_not_allow_is_refused",),
    ),
}


def test_every_pitfall_is_held_by_a_test_or_a_reason() -> None:
    assert sorted(PITFALLS) == list(range(1, 28))
    assert [number for number, each in PITFALLS.items() if not (each.tests or each.reason)] == []


@pytest.mark.parametrize("number", PITFALLS)
def test_the_tests_that_hold_a_pitfall_are_there(number: int) -> None:
    for name in PITFALLS[number].tests:
        file, _, test = name.partition("::")
        source = (TESTS / file).read_text()
        assert re.search(rf"^def {test}\(", source, re.MULTILINE), f"{name}: {PITFALLS[number].what}"
