"""Positions of the journal compare as bytes; watermarks keep what nobody knows apart from zero."""

from __future__ import annotations

import pytest
from hypothesis import given as forall
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.journal import (
    HEADER_BYTES,
    POSITION,
    SOURCE,
    PartitionMark,
    Position,
    Watermark,
    pack_header,
    unpack_header,
)

POSITIONS = st.builds(
    Position,
    topic_id=st.binary(min_size=8, max_size=8),
    partition=st.integers(0, 2**32 - 1),
    offset=st.integers(0, 2**64 - 1),
    sub=st.integers(0, 2**16 - 1),
    occurred_ms=st.integers(-(2**63), 2**63 - 1),
)


@forall(POSITIONS)
def test_a_header_says_what_was_packed_into_it(position: Position) -> None:
    header = pack_header(*position)
    assert len(header) == HEADER_BYTES == 30
    assert unpack_header(header) == position


@forall(POSITIONS, POSITIONS)
def test_positions_compare_as_bytes_in_the_order_of_the_source(one: Position, other: Position) -> None:
    first, second = pack_header(*one), pack_header(*other)
    assert (first[POSITION] < second[POSITION]) == ((one.offset, one.sub) < (other.offset, other.sub))
    assert (first[SOURCE] == second[SOURCE]) == (one[:2] == other[:2])


def test_the_parts_of_a_header_lie_where_the_contract_says() -> None:
    header = pack_header(b"\x01" * 8, 2, 3, 4, 5)
    assert header[SOURCE] == b"\x01" * 8 + b"\0\0\0\x02"
    assert header[POSITION] == b"\0" * 7 + b"\x03" + b"\0\x04"
    assert int.from_bytes(header[-8:], "big", signed=True) == 5


@pytest.mark.parametrize("header", [b"", b"x" * 29, b"x" * 31])
def test_a_header_of_another_length_is_none(header: bytes) -> None:
    with pytest.raises(ValueError, match="30 bytes"):
        unpack_header(header)


def test_a_topic_id_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        pack_header(b"short", 0, 0, 0, 0)


def test_a_partition_that_never_held_a_record_is_not_one_at_time_zero() -> None:
    mark = PartitionMark(topic="control", topic_id="77aa0c3a9b7e4421", partition=0, of=1, up_to=None)
    never = Watermark(partitions=(mark,), feeds=())
    zero = Watermark(partitions=(mark.model_copy(update={"up_to": 0}),), feeds=())
    assert Watermark.model_validate_json(never.encode()) == never != zero
    assert Watermark.decode(zero.encode()) == zero


def test_bytes_that_are_no_watermark_are_refused() -> None:
    with pytest.raises(ValidationError):
        Watermark.decode(b"{}")
