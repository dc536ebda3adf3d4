"""The law between the gate and the fast reader: what the first accepts, the second reads the same."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from schemas.events import Refused, topics_of, validate
from schemas.registry import MESSAGES
from schemas.wire import STRUCTS, decode_event, given
from tests.schemas.support import EVENT_TYPES, as_json, assert_read_the_same, changed, example, without

ODD = [
    "3.0", "-0", "-0.0", "3e0", "1E2", "0.1", "1e400", "-1e400", "1e-400", "123456789012345678901234567890",
    "9007199254740993", "true", "null", '""', '" "', '"3"', '"-0"', '"1e3"', '"NaN"', "NaN", "Infinity", "[]",
    '[""]', "{}", '"\\ud83d\\ude00"', '"\\ud800"', '"\\u0000"', '"é"', '"e\u0301"', '"\\/"', '"\\u2028"',
    '"2026-03-02T08:00:00Z"', '"2026-03-02t08:00:00z"', '"2026-03-02 08:00:00Z"', '"2026-03-02T08:00Z"',
    '"2026-03-02T08:00:00"', '"2026-03-02T08:00:00.1234567Z"', '"2026-03-02T08:00:00.123456Z"',
    '"2026-03-02T08:00:00.5+05:30"', '"2026-03-02T08:00:00+0530"', '"2026-03-02T08:00:00-00:00"',
    '"2026-03-02T23:59:60Z"', '"2026-03-02T24:00:00Z"', '"2026-03-02T08:00:00+24:00"',
    '"2026-03-02T08:00:00+23:59"', '"2026-03-02T08:00:00,5Z"', '"1970-01-01T00:00:00+14:00"',
    '"2999-12-31T23:59:59-12:00"', '"0001-01-01T00:00:00Z"', '"20260302T080000Z"', '"1772438400"',
    "1772438400", '"2026-03-02"', '"2026-3-2"', '"2024-02-29"', '"2026-02-29"', '"9999-12-31"',
    '"1899-12-31"', '"٢٠٢٦-٠٣-٠٢"', '"12.50"', '"12.5000000"', '".5"', '"5."', '"+5"',
    '"1_000"', '"00012"', '"٣"',
]  # fmt: skip
"""Spellings on which two readers of JSON, times or numbers could disagree."""


def _optional(name: str) -> list[str]:
    return [field for field, info in MESSAGES[name].model_fields.items() if not info.is_required()]


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_example_is_read_the_same(name: str) -> None:
    assert_read_the_same(as_json(example(name)))


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_each_optional_field_is_read_the_same_absent_and_null(name: str) -> None:
    for field in _optional(name):
        for value in (without(name, field), changed(name, **{field: None})):
            with suppress(Refused):  # a rule may need the field, and a default is no null
                validate(topics_of(name)[0], value)
                assert_read_the_same(value)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_an_event_of_required_fields_alone_is_read_the_same(name: str) -> None:
    needed = {"contact_id"} if name == "user.erase" else set()  # somebody has to be named
    assert_read_the_same(without(name, *(set(_optional(name)) - needed)))


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_no_odd_spelling_is_accepted_by_the_gate_and_read_differently(name: str) -> None:
    fields = {key: json.dumps(value) for key, value in example(name).items()}
    for field in [*fields, "an_unknown_field"]:
        for odd in ODD:
            _if_accepted_then_read_the_same(name, {**fields, field: odd})


JSON_TEXTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
).map(json.dumps)


@st.composite
def _mutated(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    name = draw(st.sampled_from(EVENT_TYPES))
    fields = {key: json.dumps(value) for key, value in example(name).items()}
    for field in draw(st.lists(st.sampled_from([*MESSAGES[name].model_fields, "extra"]), max_size=4)):
        change = draw(st.sampled_from(["drop", "odd", "any", "text"]))
        if change == "drop" and field != "type":
            fields.pop(field, None)
        elif change == "odd":
            fields[field] = draw(st.sampled_from(ODD))
        elif change == "text" and field != "type":
            fields[field] = json.dumps(draw(st.text(max_size=210)), ensure_ascii=draw(st.booleans()))
        elif change == "any":
            fields[field] = draw(JSON_TEXTS)
    return name, fields


@settings(max_examples=600, deadline=None)
@forall(_mutated())
def test_whatever_the_gate_accepts_is_read_the_same(case: tuple[str, dict[str, str]]) -> None:
    _if_accepted_then_read_the_same(*case)


TIMES = st.from_regex(
    r"(19[67][0-9]|20[0-9]{2}|[0-9]{4})-[0-9]{2}-[0-3][0-9][Tt _][0-2][0-9]:[0-5][0-9](:[0-5][0-9])?"
    r"([.,][0-9]{0,9})?([zZ]|[+-][0-2][0-9]:?[0-5][0-9])?",
    fullmatch=True,
)


@settings(max_examples=400, deadline=None)
@forall(TIMES)
def test_a_time_that_the_gate_accepts_is_the_same_instant(text: str) -> None:
    fields = {key: json.dumps(value) for key, value in example("session.started").items()}
    _if_accepted_then_read_the_same("session.started", {**fields, "occurred_at": json.dumps(text)})


def test_a_field_that_is_said_twice_is_read_the_same() -> None:
    value = changed("session.started")
    assert_read_the_same(value[:-1] + b', "account_id": "other", "user_id": "u-2"}')


def test_an_event_with_two_types_is_refused() -> None:
    value = changed("session.started")[:-1] + b', "type": "limit.blocked", "meter": "storage_gb"}'
    with pytest.raises(Refused):
        validate("product-usage", value)


def test_a_patch_says_which_fields_were_given() -> None:
    event: Any = decode_event(changed("contact.changed"))
    assert given(event.title)
    assert given(event.buying_centre_id)
    assert event.buying_centre_id is None
    assert not given(event.department)
    assert event.workspace_id is None


def test_an_event_that_is_no_patch_has_none_where_nothing_was_said() -> None:
    event: Any = decode_event(without("session.started", "client"))
    assert event.client is None
    assert event.origin == "live"


def test_every_event_has_its_struct() -> None:
    assert set(STRUCTS) == set(EVENT_TYPES)


def _if_accepted_then_read_the_same(name: str, raw: dict[str, str]) -> None:
    value = ("{" + ", ".join(f"{json.dumps(key)}: {text}" for key, text in raw.items()) + "}").encode()
    try:
        validate(topics_of(name)[0], value)
    except Refused:
        return
    assert_read_the_same(value)
