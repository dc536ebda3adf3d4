"""The whole run has what it promises; every fault of a plan gets its rounds, whatever the order."""

from __future__ import annotations

import random
from collections import Counter

from tests.chaos.faults import FAULTS
from tests.chaos.plan import SHORT, WHOLE, scaled, turns


def test_the_whole_run_has_its_kills_zombies_rebalances_and_lost_brokers() -> None:
    lost = sum(WHOLE[fault.name] for fault in FAULTS if fault.breaks_broker)

    assert WHOLE["kill -9"] >= 100 and WHOLE["zombie"] >= 20 and WHOLE["scale 1-3-1"] >= 10 and lost >= 5
    assert set(WHOLE) == {fault.name for fault in FAULTS} and set(SHORT) < set(WHOLE)


def test_turns_add_up_and_the_last_one_is_compared() -> None:
    planned = turns(scaled(30), random.Random(1), compare_every=4)

    struck: Counter[str] = Counter()
    for turn in planned:
        struck[turn.fault.name] += turn.strikes
    assert struck == scaled(30)
    assert planned[-1].compared and not planned[0].compared


def test_a_seed_sets_the_order() -> None:
    first, again, other = (turns(WHOLE, random.Random(seed)) for seed in (1, 1, 2))

    assert first == again != other
