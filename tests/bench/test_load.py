"""The load is what real publishers would send: valid, in order, the same for a seed."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from bench.load import Record, records
from bench.shapes import Shape, dense, sparse
from schemas.events import validate

SMALL_DENSE = Shape("dense", 12, 24, 6, 20, 3, 200)
SMALL_SPARSE = Shape("sparse", 60, 8, 0, 0, 12, 2)


def made(shape: Shape, seed: int = 1) -> list[Record]:
    return list(records(shape, seed, 0, shape.all_days))


@pytest.mark.parametrize("shape", [SMALL_DENSE, SMALL_SPARSE], ids=lambda shape: shape.name)
def test_every_record_passes_the_gate_of_the_contract(shape: Shape) -> None:
    for record in made(shape):
        validate(record.topic, record.value)


@pytest.mark.parametrize("shape", [SMALL_DENSE, SMALL_SPARSE], ids=lambda shape: shape.name)
def test_records_come_in_the_order_of_their_time(shape: Shape) -> None:
    times = [record.at for record in made(shape)]
    assert times == sorted(times)


def test_a_seed_gives_the_same_bytes_and_another_seed_gives_others() -> None:
    assert made(SMALL_SPARSE) == made(SMALL_SPARSE)
    assert made(SMALL_SPARSE) != made(SMALL_SPARSE, seed=2)


def test_the_days_of_a_load_can_be_made_in_two_parts() -> None:
    parts = [*records(SMALL_DENSE, 1, 0, 6), *records(SMALL_DENSE, 1, 6, 9)]
    assert parts == made(SMALL_DENSE)


def test_an_account_has_as_many_events_a_day_as_its_shape_says() -> None:
    by_day = Counter(
        record.at // 86_400_000 for record in made(SMALL_DENSE) if record.account_id == "acct-00003"
    )
    assert [by_day[day] for day in range(1, 6)] == pytest.approx([20] * 5, abs=4)
    assert [by_day[day] for day in range(6, 9)] == pytest.approx([200] * 3, abs=6)


def test_event_ids_are_unique() -> None:
    ids = Counter(json.loads(record.value)["event_id"] for record in made(SMALL_DENSE) if record.account_id)
    assert ids.most_common(1)[0][1] == 1


def test_every_feed_gives_a_sign_of_life_each_hour() -> None:
    beats = Counter(record.topic for record in made(SMALL_SPARSE) if record.account_id is None)
    assert set(beats.values()) == {24 * SMALL_SPARSE.all_days}
    assert len(beats) == 3


def test_the_number_of_events_asked_for_sets_the_number_of_accounts() -> None:
    assert dense(100_000).accounts == 50
    assert sparse(22_400).accounts == 100
