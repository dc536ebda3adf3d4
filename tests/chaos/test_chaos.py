"""The short form of `make chaos`: a few of each fault, then everything compared."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.own_kafka import Kafka
from tests.chaos.plan import SHORT, turns
from tests.chaos.run import Chaos

SEED = 5


@pytest.fixture
def kafka_to_break(tmp_path: Path) -> Iterator[Kafka]:
    """A broker of the test's own: it will be killed."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with Kafka() as kafka:
        yield kafka


@pytest.mark.kafka
def test_kills_zombies_rebalances_floods_and_a_lost_broker_leave_everything_exact(
    kafka_to_break: Kafka, tmp_path: Path
) -> None:
    chaos = Chaos(
        kafka_to_break.bootstrap,
        "chaos-",
        SEED,
        tmp_path / "logs",
        kafka_to_break,
        accounts=40,
        rate=80,
        flood=1_200,
        outage_s=3.0,
    )

    outcome = chaos.run(turns(SHORT, random.Random(SEED), compare_every=6))

    assert outcome.is_exact(), outcome.tallies
    assert set(outcome.rounds) == set(SHORT)
    assert outcome.messages > 100 and outcome.refused > 1_000
