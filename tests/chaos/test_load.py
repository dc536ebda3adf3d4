"""The load is the same for a seed, untidy as it says, and says enough."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice

from streams.door.admit import Admitted, Heartbeat, Refusal, admit
from tests.chaos.load import Load
from tests.chaos.poison import KINDS
from tests.chaos.record import Record

NOW = 1_800_000_000_000


def first(count: int, seed: int = 1) -> list[Record]:
    return list(islice(Load(seed, 20).records(), count))


def test_a_seed_gives_the_same_records_and_another_gives_others() -> None:
    assert first(2_000) == first(2_000)
    assert first(2_000) != first(2_000, seed=2)


def test_all_but_a_few_records_are_what_the_contract_wants() -> None:
    records = first(8_000)

    verdicts = Counter(type(admit(r.topic, r.key, r.value, NOW)) for r in records)

    assert 10 < verdicts[Refusal] < 80
    assert verdicts[Admitted] > 5_000
    assert verdicts[Heartbeat] > 100


def test_some_are_misplaced_some_sent_again_and_some_concern_two_accounts_or_none() -> None:
    records = first(8_000)
    events = [json.loads(r.value) for r in records if r.value and admit_of(r) is Admitted]

    assert sum(r.place is not None for r in records) > 1_000
    ids = Counter(event["event_id"] for event in events)
    assert sum(count > 1 for count in ids.values()) > 30
    assert {"account.merged", "account.erase", "feedback.snoozed"} <= {event["type"] for event in events}


def admit_of(record: Record) -> type:
    return type(admit(record.topic, record.key, record.value, NOW))


def test_nearly_every_kind_of_poison_is_refused_on_a_topic_of_its_own() -> None:
    refused = [isinstance(admit("product-usage", b"acct-00001", value, NOW), Refusal) for value in KINDS]

    assert sum(refused) >= len(KINDS) - 1


def test_a_jump_moves_the_time_of_what_follows() -> None:
    load = Load(1, 5)
    records = load.records()
    before = [next(records) for _ in range(200)]
    load.jump(100)

    after = list(islice(records, 400))

    assert latest(after) >= latest(before[:50]) and latest(after)[:7] > latest(before)[:7]


def latest(records: list[Record]) -> str:
    return max(
        str(json.loads(r.value)["occurred_at"]) for r in records if r.value and admit_of(r) is not Refusal
    )


def test_activations_go_there_and_back_for_both_motions() -> None:
    load = Load(1, 5)
    records = [load.activation() for _ in range(4)]

    assert all(admit_of(record) is Admitted for record in records)
    events = [json.loads(record.value or b"") for record in records]
    assert Counter(event["motion"] for event in events) == {"growth": 2, "retention": 2}
    assert len({event["sha256"] for event in events}) == 4
