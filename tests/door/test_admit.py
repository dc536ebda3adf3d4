"""What becomes of a source record."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.dead_letters import ReasonCode
from schemas.registry import topics_of
from streams.detection.units import MINUTE_MS, millis_of
from streams.door.admit import MAX_EVENT_BYTES, Admitted, Entry, Heartbeat, Refusal, admit

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NOW_MS = millis_of(NOW)
EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"


def session(**changes: object) -> bytes:
    event = {
        "event_id": "e-1",
        "type": "session.started",
        "schema_version": 1,
        "account_id": "acme",
        "occurred_at": "2026-06-01T11:59:00Z",
        "source_system": "atlas-web",
        "user_id": "u-1",
    }
    return json.dumps({key: value for key, value in (event | changes).items() if value is not None}).encode()


def judge(value: bytes | None, key: bytes | None = b"acme") -> Admitted | Heartbeat | Refusal:
    return admit("product-usage", key, value, NOW_MS)


def test_a_valid_event_is_journalled_with_its_original_bytes() -> None:
    value = session()

    verdict = judge(value)

    assert verdict == Admitted(b"acme", value, NOW_MS - MINUTE_MS, "atlas-web")


def test_the_account_is_the_events_own_whatever_the_key_says() -> None:
    verdict = judge(session(), key=b"somebody-else")

    assert isinstance(verdict, Admitted)
    assert verdict.entries[0].key == b"acme"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b'{"event_id": broken', ReasonCode.MALFORMED_JSON),
        (b"[1, 2]", ReasonCode.NOT_AN_OBJECT),
        (session(user_id=None), ReasonCode.MISSING_FIELD),
        (session(user_id=7), ReasonCode.WRONG_TYPE),
        (session(type="session.imagined"), ReasonCode.UNKNOWN_TYPE),
        (session(account_id=""), ReasonCode.EMPTY_ACCOUNT_ID),
        (session(occurred_at="2027-06-01T12:00:00Z"), ReasonCode.IN_THE_FUTURE),
        (session(note="x" * MAX_EVENT_BYTES), ReasonCode.TOO_LARGE),
        (None, ReasonCode.NULL_VALUE),
    ],
)
def test_what_breaks_the_contract_is_refused_with_its_reason(value: bytes | None, reason: ReasonCode) -> None:
    verdict = judge(value)

    assert isinstance(verdict, Refusal)
    assert verdict.reason == reason
    assert verdict.sentence


def test_an_event_that_names_a_heartbeat_is_still_an_event() -> None:
    verdict = judge(session(user_id="source.heartbeat"))

    assert isinstance(verdict, Admitted)


def test_a_key_that_is_not_utf8_is_refused() -> None:
    verdict = judge(session(), key=b"\xff\xfe")

    assert isinstance(verdict, Refusal)
    assert verdict.reason == ReasonCode.KEY_NOT_UTF8


def test_a_record_without_a_key_is_as_good_as_any() -> None:
    assert isinstance(judge(session(), key=None), Admitted)


@pytest.mark.parametrize(
    ("ahead", "taken"), [(timedelta(minutes=5), True), (timedelta(minutes=5, seconds=1), False)]
)
def test_a_publishers_clock_may_run_five_minutes_ahead_of_the_brokers(ahead: timedelta, taken: bool) -> None:
    verdict = judge(session(occurred_at=(NOW + ahead).isoformat()))

    assert isinstance(verdict, Admitted) is taken


def test_a_merge_goes_to_both_accounts() -> None:
    value = json.dumps(
        {
            "event_id": "e-2",
            "type": "account.merged",
            "schema_version": 1,
            "account_id": "old",
            "into_account_id": "new",
            "occurred_at": "2026-06-01T11:00:00Z",
            "source_system": "crm",
        }
    ).encode()

    verdict = admit("crm-changes", b"old", value, NOW_MS)

    assert isinstance(verdict, Admitted)
    assert verdict.entries == (Entry(0, b"old", value), Entry(1, b"new", value))


def test_a_heartbeat_is_a_sign_of_life_and_is_not_journalled() -> None:
    value = json.dumps(
        {
            "type": "source.heartbeat",
            "schema_version": 1,
            "source_system": "crm",
            "occurred_at": "2026-06-01T11:00:00Z",
            "complete_up_to": "2026-06-01T10:55:00Z",
            "interval_s": 3600,
        }
    ).encode()

    verdict = admit("crm-changes", None, value, NOW_MS)

    assert verdict == Heartbeat("crm", NOW_MS - 60 * MINUTE_MS, NOW_MS - 65 * MINUTE_MS)


def test_nobody_can_vouch_for_time_that_has_not_come() -> None:
    value = json.dumps(
        {
            "type": "source.heartbeat",
            "schema_version": 1,
            "source_system": "crm",
            "occurred_at": "2026-06-01T11:00:00Z",
            "complete_up_to": "2036-01-01T00:00:00Z",
            "interval_s": 3600,
        }
    ).encode()

    verdict = admit("crm-changes", None, value, NOW_MS)

    assert isinstance(verdict, Heartbeat)
    assert verdict.complete_up_to == NOW_MS + 5 * MINUTE_MS


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.*.json")), ids=lambda path: path.stem)
def test_every_example_of_the_contract_is_let_in(example: Path) -> None:
    (topic, *_) = topics_of(example.stem)

    verdict = admit(topic, None, example.read_bytes(), 1 << 50)

    assert not isinstance(verdict, Refusal)
