"""What the latency is measured with."""

from __future__ import annotations

import json

from bench.latency import introductions, note, probe_accounts, quantile, restamped
from bench.load import records
from bench.shapes import Shape
from schemas.events import validate


def test_the_notes_and_their_accounts_pass_the_gate_of_the_contract() -> None:
    accounts = probe_accounts("probe", 3)
    for record in (*introductions(accounts, 0), note(accounts[0], 5_000)):
        validate(record.topic, record.value)


def test_an_event_is_published_with_the_moment_of_its_publishing_and_nothing_else_changes() -> None:
    load = records(Shape("small", 3, 8, 0, 0, 1, 60), 1, 0, 1)
    for record in load:
        if record.account_id is not None:
            before = json.loads(record.value)
            after = json.loads(restamped(record.value, b"2025-02-03T04:05:06.007Z"))
            assert after == before | {"occurred_at": "2025-02-03T04:05:06.007Z"}


def test_a_quantile_is_one_of_the_values() -> None:
    hundred = [float(n) for n in range(1, 101)]
    assert (quantile(hundred, 0.5), quantile(hundred, 0.99), quantile([7.0], 0.99)) == (50.0, 99.0, 7.0)
