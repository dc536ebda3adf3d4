"""The fast gate and the whole contract: what a glance accepts, the contract accepts, with the same values."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example as given_example
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.base import Envelope
from schemas.control import SourceHeartbeat
from schemas.events import Refused, validate
from schemas.glance import BEAT, MODELS, TOPIC, beat, glance, millis
from schemas.registry import EVENTS_OF_TOPIC, type_of
from tests.schemas.support import as_json, changed, example, without

TYPES = [type_of(model) for model in MODELS]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# -- made inputs: valid events, and valid ones with something done to them -------------------------

_IDS = st.text("abcXYZ019-._/ ", min_size=1, max_size=12).filter(str.strip)
_ODD: st.SearchStrategy[object] = st.sampled_from(
    (
        *(None, True, 0, -1, 1, 2.0, 2.5, 1e400, 10**17, [], {}, ["x"]),
        *("", " ", "   ", "a" * 200, "a" * 201, "Zürich", "\u00a0", "a\x7f", "a\0", "a\n", "7"),
        *("web", "used", "gauge", "session.started", "source.heartbeat"),
    )
)
_MOMENTS = st.integers(-(366 * 86_400), 1_031 * 366 * 86_400).map(lambda at: _EPOCH + timedelta(seconds=at))
_FORMS = (
    *("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.5Z", "%Y-%m-%dT%H:%M:%S.123Z", "%Y-%m-%dT%H:%M:%S.123456Z"),
    *("%Y-%m-%dT%H:%M:%S+00:00", "%Y-%m-%dT%H:%M:%S.001+00:00", "%Y-%m-%dT%H:%M:%S-00:00"),
    *("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%Sz", "%Y-%m-%dT%H:%M:%S+02:00", "%Y-%m-%dT%H:%M:%S+0000"),
    *("%Y-%m-%dT%H:%M:%S,123Z", "%Y-%m-%dT%H:%M:%S.1234567Z", "%Y-%m-%dT%H:%M:%S.Z", "%Y-%m-%d %H:%M:%SZ"),
    *("%Y-%m-%dT%H:%MZ", "%Y-%m-%dT24:00:00Z", "%Y-%m-31T%H:%M:%SZ", "%Y-%m-%dT%H:%M:60Z", "%Y%m%dT%H%M%SZ"),
)
_TIMES = st.tuples(_MOMENTS, st.sampled_from(_FORMS)).map(lambda given: given[0].strftime(given[1]))
_VALUES: st.SearchStrategy[object] = st.one_of(
    _IDS, _TIMES, _ODD, st.integers(-2, 2**54), st.floats(allow_nan=True), st.text(max_size=6)
)
_NAMES = sorted(
    {name for model in MODELS for name in model.model_fields} | SourceHeartbeat.model_fields.keys() | {"mood"}
)


@st.composite
def records(draw: st.DrawFn, *types: str) -> bytes:
    """The bytes of an event of one of these types, more or less mangled."""
    fields: dict[str, Any] = example(draw(st.sampled_from(types)))
    for name in draw(st.lists(st.sampled_from(_NAMES), max_size=3)):
        fields[name] = draw(_VALUES)
    for name in draw(st.lists(st.sampled_from(_NAMES), max_size=1)):
        fields.pop(name, None)
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]))
    value = json.dumps(fields, ensure_ascii=draw(st.booleans()), separators=separators).encode()
    match draw(st.integers(0, 9)):
        case 0:  # a key twice, the second time with another value
            twice = json.dumps({draw(st.sampled_from(_NAMES)): draw(_VALUES)}).encode()
            value = value[:-1] + b"," + twice[1:]
        case 1:  # one byte changed
            at = draw(st.integers(0, len(value) - 1))
            value = value[:at] + bytes([draw(st.integers(0, 255))]) + value[at + 1 :]
        case 2:  # cut off
            value = value[: draw(st.integers(0, len(value)))]
        case 3:  # something before or behind
            more = draw(st.sampled_from([b" ", b"\n", b"\t", b"\x0c", b"\xef\xbb\xbf", b"{}", b"]", b"\0"]))
            value = value + more if draw(st.booleans()) else more + value
        case _:
            pass
    return value


@given(records(*TYPES))
@given_example(changed("session.started", type="feature.used"))
@given_example(as_json(example("session.started"))[:-1] + b', "type": "feature.used"}')
@given_example(changed("session.started", occurred_at="2026-02-30T08:00:00Z"))
@given_example(changed("api.called", count=1, errors=2))
@settings(max_examples=500, deadline=None)
def test_what_a_glance_accepts_the_contract_accepts_with_the_same_values(value: bytes) -> None:
    seen = glance(value)
    if seen is None:
        return
    event = validate(TOPIC, value)
    assert isinstance(event, Envelope)
    assert seen == (
        event.account_id,
        event.source_system,
        (event.occurred_at - _EPOCH) // timedelta(milliseconds=1),
    )


@given(records("source.heartbeat"), st.sampled_from(sorted(EVENTS_OF_TOPIC)))
@given_example(changed("source.heartbeat", complete_up_to="2026-02-30T08:00:00Z"), "crm-changes")
@given_example(changed("source.heartbeat", interval_s=0), "crm-changes")
@given_example(without("source.heartbeat", "type"), "crm-changes")
@given_example(changed("source.heartbeat", event_id=" "), "crm-changes")
@settings(max_examples=500, deadline=None)
def test_a_heartbeat_that_a_glance_accepts_the_contract_accepts_with_the_same_values(
    value: bytes, topic: str
) -> None:
    seen = beat(value)
    if seen is None:
        return
    event = validate(topic, value)
    assert isinstance(event, SourceHeartbeat)
    assert seen == (
        event.source_system,
        (event.occurred_at - _EPOCH) // timedelta(milliseconds=1),
        (event.complete_up_to - _EPOCH) // timedelta(milliseconds=1),
    )


@pytest.mark.parametrize("name", ["occurred_at", "period_start", "period_end"])
def test_a_time_that_is_said_twice_is_left_to_the_contract(name: str) -> None:
    """The contract refuses it where the first is no time: the engine reads both."""
    once = as_json(example("api.called") | {name: "2026-03-02T09:00:00Z"})
    twice = once[:-1] + f', "{name}": "2026-03-02T09:00:00Z"}}'.encode()
    assert glance(twice) is None


def test_a_usual_heartbeat_needs_no_second_look() -> None:
    for value in (as_json(example("source.heartbeat")), without("source.heartbeat", "event_id")):
        assert BEAT in value
        assert beat(value) is not None


def test_another_event_is_no_heartbeat_whatever_its_texts_say() -> None:
    assert beat(changed("session.started", user_id="source.heartbeat")) is None
    assert beat(without("source.heartbeat", "type")) is None


@pytest.mark.parametrize("name", TYPES)
def test_a_usual_event_needs_no_second_look(name: str) -> None:
    assert glance(as_json(example(name))) is not None


@pytest.mark.parametrize("name", TYPES)
def test_optional_fields_that_are_left_out_or_null_need_no_second_look(name: str) -> None:
    model = next(model for model in MODELS if type_of(model) == name)
    optional = [field for field, said in model.model_fields.items() if not said.is_required()]
    assert glance(without(name, *optional)) is not None
    nullable = {field: None for field in optional if model.model_fields[field].default is None}
    assert glance(changed(name, **nullable)) is not None


@pytest.mark.parametrize(
    "value",
    [
        changed("session.started", account_id="Zürich"),
        changed("session.started", mood="good"),
        changed("session.started", occurred_at="2026-03-02T09:00:00+01:00"),
        changed("session.started", user_id='a "b"'),
    ],
)
def test_what_is_unusual_is_left_to_the_contract_which_accepts_it(value: bytes) -> None:
    assert glance(value) is None
    validate(TOPIC, value)


def test_other_types_are_left_to_the_contract() -> None:
    assert glance(as_json(example("user.changed"))) is None
    assert glance(as_json(example("source.heartbeat"))) is None


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-02T08:00:00Z", "2026-03-02T09:00:00.001Z"),
        ("2026-03-02T08:00:00Z", "2026-03-02T09:00:00.0005Z"),
        ("2026-03-02T08:00:00Z", "2026-03-02T08:00:00Z"),
        ("2026-03-02T08:00:00Z", None),
    ],
)
def test_a_period_that_the_contract_refuses_is_not_accepted_at_a_glance(start: str, end: str | None) -> None:
    value = changed("api.called", period_start=start, period_end=end)
    assert glance(value) is None
    with pytest.raises(Refused):
        validate(TOPIC, value)


def test_a_period_of_an_hour_is_accepted_at_a_glance() -> None:
    start, end = "2026-03-02T08:00:00Z", "2026-03-02T09:00:00.000Z"
    assert glance(changed("api.called", period_start=start, period_end=end)) is not None


@given(st.integers(0, 1_029 * 365 * 86_400 * 10**6))
def test_a_time_in_utc_becomes_its_milliseconds(microseconds: int) -> None:
    at = _EPOCH + timedelta(microseconds=microseconds)
    assert millis(at.isoformat()) == microseconds // 1000
    assert millis(at.isoformat(timespec="milliseconds").replace("+00:00", "Z")) == microseconds // 1000
