"""What an account weighs at rest, and which bytes are refused."""

from __future__ import annotations

import msgspec
import pytest

from streams.detection.account import RING_SIZE, Account
from streams.detection.facts import Facts, UnknownVersion, decode_facts, encode_facts
from streams.detection.facts.marks import Mark, packed_id
from tests.detection.facts.support import typical


@pytest.mark.parametrize(
    ("users", "most_bytes", "most_at_rest"),
    [(10, 3_072, 2_500), (60, 6_500, 4_600), (1_000, 45_000, 30_000)],
)
def test_an_account_of_90_days_rests_in_a_few_kilobytes(
    users: int, most_bytes: int, most_at_rest: int
) -> None:
    facts = typical(users)
    account = Account.new(b"acme")
    account.facts = facts
    for number in range(RING_SIZE):
        account.seen(f"event-{number}")

    assert len(encode_facts(facts)) <= most_bytes
    assert len(account.encode(0, 0)) <= most_at_rest


def test_an_empty_account_is_a_few_dozen_bytes() -> None:
    assert len(encode_facts(Facts())) < 120
    assert decode_facts(encode_facts(Facts())) == Facts()


def test_bytes_of_a_future_version_are_refused_by_name() -> None:
    with pytest.raises(UnknownVersion, match="facts of version 9"):
        decode_facts(b"\x09" + encode_facts(Facts())[1:])
    with pytest.raises(UnknownVersion, match="None"):
        decode_facts(b"")


def test_bytes_that_are_no_facts_are_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_facts(b"\x01\xc0")


def test_a_state_without_the_newest_fields_is_read_with_their_defaults() -> None:
    whole = msgspec.msgpack.decode(encode_facts(Facts(account_id="acme"))[1:])
    older = b"\x01" + msgspec.msgpack.encode(whole[:-3])

    assert decode_facts(older) == Facts(account_id="acme")


@pytest.mark.parametrize(
    "event_id",
    [
        "0190c1f4-7a2e-7c61-9d3b-2f1f6b1f0a11",
        "0190C1F4-7A2E-7C61-9D3B-2F1F6B1F0A11",
        "0190c1f4-7a2e-7c61-9d3b2f1f6b1f0a-11",
        "sixteen-chars-id",
        "seventeen-char-id",
        "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz",
        "Größe",
    ],
)
def test_every_event_id_comes_back_as_it_was(event_id: str) -> None:
    assert Mark(0, packed_id(event_id)).event_id == event_id
