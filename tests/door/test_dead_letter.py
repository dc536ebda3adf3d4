"""The letter that a refused record becomes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schemas.dead_letters import DeadLetter, ReasonCode
from streams.door.admit import Refusal
from streams.door.dead_letter import Origin, dead_letter

REFUSAL = Refusal(ReasonCode.MISSING_FIELD, "`user_id` is missing")
ORIGIN = Origin("product-usage", 3, 41, 1_780_000_000_000)


def test_it_is_keyed_by_the_position_of_the_original() -> None:
    key, value = dead_letter(REFUSAL, ORIGIN, b"acme", b"{}", [])

    letter = DeadLetter.model_validate_json(value)
    assert key == b"product-usage/3/41"
    assert letter.id == "product-usage/3/41"
    assert (letter.reason, letter.sentence) == REFUSAL[:2]


def test_it_names_the_account_where_that_can_be_read() -> None:
    _, value = dead_letter(REFUSAL, ORIGIN, None, b'{"account_id": "acme"}', [])

    assert DeadLetter.model_validate_json(value).account_id == "acme"


def test_the_same_record_refused_again_is_the_same_letter() -> None:
    headers: list[tuple[str, bytes | None]] = [("trace", b"\x00\xff"), ("empty", None)]

    assert dead_letter(REFUSAL, ORIGIN, b"k", b"v", headers) == dead_letter(
        REFUSAL, ORIGIN, b"k", b"v", headers
    )


@given(
    key=st.none() | st.binary(max_size=20),
    value=st.none() | st.binary(max_size=200),
    header=st.none() | st.binary(max_size=20),
)
def test_the_original_comes_back_to_the_byte(
    key: bytes | None, value: bytes | None, header: bytes | None
) -> None:
    _, written = dead_letter(REFUSAL, ORIGIN, key, value, [("h", header)])

    letter = DeadLetter.model_validate_json(written)
    assert letter.original_key() == key
    assert letter.original_value() == value
    assert letter.headers[0].name == "h"
