"""Laws over random streams of all events: what is encoded comes back, caps hold, repeats change nothing."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import EVENTS, Event
from schemas.wire import decode_event
from streams.detection.facts import (
    HORIZON_DAYS,
    Facts,
    Touch,
    decode_facts,
    encode_facts,
    fold,
    horizon_refuses,
)
from streams.detection.facts.fold import DATED, HANDLERS
from streams.detection.facts.touch import RETURNS
from streams.detection.units import DAY_MS
from tests.detection.facts.support import D, event, noon, say

EXAMPLES = {
    name: json.loads((Path(__file__).parents[3] / "schemas" / "examples" / f"{name}.json").read_text())
    for name in EVENTS
}


def variant(name: str, rng: random.Random) -> dict[str, Any]:
    """The type's example about one of a few entities, sometimes without one of its optional fields."""
    fields = dict(EXAMPLES[name])
    for field, value in fields.items():
        if field.endswith("_id") and field not in ("account_id", "event_id") and isinstance(value, str):
            fields[field] = f"{value}-{rng.randrange(3)}"
    for field in ("origin", "entity_version", "department", "roles", "status"):
        if field in fields and rng.random() < 0.2:
            shorter = {key: value for key, value in fields.items() if key != field}
            try:
                decode_event(json.dumps(shorter).encode())
            except ValueError:
                continue
            fields = shorter
    return fields


def stream(seed: int, length: int) -> list[tuple[Event, int]]:
    rng = random.Random(seed)
    events = []
    for _ in range(length):
        fields = variant(rng.choice(sorted(EXAMPLES)), rng)
        at = noon(D) + rng.randrange(-100 * DAY_MS, 100 * DAY_MS)
        events.append((decode_event(json.dumps(fields).encode()), at))
    return events


def folded(events: list[tuple[Event, int]]) -> Facts:
    facts = Facts(account_id="acme")
    for one, at in events:
        fold(facts, one, at)
    return facts


def test_every_event_about_an_account_folds() -> None:
    # The erasure of an account drops its facts as a whole, which is not theirs to do.
    assert set(HANDLERS) == set(EVENTS) - {"account.erase"}


@pytest.mark.parametrize("name", sorted(set(EVENTS) - {"account.erase", "user.erase"}))
def test_an_event_changes_something_and_its_repetition_nothing_but_counters(name: str) -> None:
    facts = Facts(account_id="acme")
    one = decode_event(json.dumps(EXAMPLES[name]).encode())
    first = fold(facts, one, noon(D))
    again = fold(facts, one, noon(D))

    counted = {"api.called", "limit.blocked", "seat.requested", "contract.notice_given", "contract.ended"}
    stated = {"contract.notice_withdrawn", "problem.recorded", "renewal.intent_recorded"}
    assert first
    assert not again or name in counted | stated or name.startswith("feedback.")


@given(st.integers(0, 2**32), st.integers(0, 120))
@settings(max_examples=60, deadline=None)
def test_facts_survive_being_encoded(seed: int, length: int) -> None:
    facts = folded(stream(seed, length))

    encoded = encode_facts(facts)
    decoded = decode_facts(encoded)

    assert decoded == facts
    assert encode_facts(decoded) == encoded


@given(st.integers(0, 2**32), st.integers(1, 100), st.integers(0, 100))
@settings(max_examples=40, deadline=None)
def test_resting_in_between_changes_nothing(seed: int, length: int, cut: int) -> None:
    events = stream(seed, length)
    resumed = decode_facts(encode_facts(folded(events[:cut])))
    touches = [fold(resumed, one, at) for one, at in events[cut:]]
    straight = folded(events[:cut])

    assert touches == [fold(straight, one, at) for one, at in events[cut:]]
    assert encode_facts(resumed) == encode_facts(straight)


@given(st.integers(0, 2**32), st.integers(1, 100))
@settings(max_examples=40, deadline=None)
def test_an_event_that_touches_nothing_leaves_the_answers_as_they_were(seed: int, length: int) -> None:
    facts = Facts(account_id="acme")
    for one, at in stream(seed, length):
        before = encode_facts(facts)
        if fold(facts, one, at) == 0:
            after = decode_facts(encode_facts(facts))
            known = decode_facts(before)
            assert after.counters == known.counters
            assert after.users.grid == known.users.grid
            assert after.contacts.keys() >= known.contacts.keys()
            assert [t.status for t in after.tickets.all()] == [t.status for t in known.tickets.all()]


def test_measurements_of_128_days_ago_are_too_late_and_everything_else_is_not() -> None:
    facts = Facts()
    say(facts, "session.started", noon(D), user_id="ann")
    late, in_time = noon(D - HORIZON_DAYS), noon(D - HORIZON_DAYS + 1)

    refused = {
        name
        for name, example in EXAMPLES.items()
        if horizon_refuses(facts, decode_event(json.dumps(example).encode()), late)
    }

    assert refused == DATED
    assert not horizon_refuses(facts, event("session.started", in_time, user_id="ann"), in_time)
    assert say(facts, "session.started", in_time, user_id="ann") == Touch.ACTIVITY | RETURNS
    assert say(facts, "session.started", late, user_id="ann") == 0


def test_what_says_nothing_about_an_account_changes_nothing() -> None:
    facts = Facts()
    heartbeat = event("source.heartbeat", noon(D), complete_up_to="2026-05-27T00:00:00Z", interval_s=3600)

    assert fold(facts, heartbeat, noon(D)) == 0
    assert facts == Facts()


def test_a_feed_is_known_by_its_last_day_in_each_topic() -> None:
    facts = Facts()
    say(facts, "session.started", noon(D), user_id="ann", source_system="app")
    say(facts, "session.started", noon(D - 2), user_id="ann", source_system="app")
    say(facts, "session.started", noon(D - 1), user_id="ann", source_system="desktop")
    say(facts, "ticket.resolved", noon(D), ticket_id="t", source_system="desk")

    assert facts.feeds == {
        "product-usage": {"app": D, "desktop": D - 1},
        "support-changes": {"desk": D},
    }
