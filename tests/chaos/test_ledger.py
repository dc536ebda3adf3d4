"""The comparison finds what is lost, doubled, wrong or out of order, and nothing where all is well."""

from __future__ import annotations

from tests.chaos.ledger import Ledger
from tests.chaos.tally import Tally

TOPIC, KEY = "retention-alerts", b"acme"


def settled(expected: list[bytes], got: list[bytes], *, repeats_allowed: bool = False) -> Tally:
    ledger = Ledger(repeats_allowed=repeats_allowed)
    for value in expected:
        ledger.expect(TOPIC, KEY, value)
    for value in got:
        ledger.got(TOPIC, KEY, value)
    return ledger.settle()


def figures(tally: Tally) -> tuple[int, int, int]:
    return tally.lost, tally.doubled, tally.wrong


def test_the_same_messages_in_the_same_order_are_right() -> None:
    assert figures(settled([b"1", b"2", b"1"], [b"1", b"2", b"1"])) == (0, 0, 0)


def test_a_missing_message_is_lost() -> None:
    tally = settled([b"1", b"2"], [b"2"])

    assert figures(tally) == (1, 0, 0)
    assert "acme on retention-alerts" in tally.examples[0]


def test_a_message_that_comes_again_is_doubled() -> None:
    assert figures(settled([b"1", b"2"], [b"1", b"2", b"1"])) == (0, 1, 0)


def test_a_message_that_nobody_should_have_said_is_wrong() -> None:
    assert figures(settled([b"1"], [b"1", b"3"])) == (0, 0, 1)


def test_messages_of_a_key_in_another_order_are_wrong() -> None:
    assert figures(settled([b"1", b"2"], [b"2", b"1"])) == (0, 0, 1)


def test_a_repeat_of_what_was_settled_long_ago_is_doubled() -> None:
    ledger = Ledger()
    ledger.expect(TOPIC, KEY, b"1")
    ledger.got(TOPIC, KEY, b"1")
    assert not ledger.settle()

    ledger.got(TOPIC, KEY, b"1")

    assert figures(ledger.settle()) == (0, 1, 0)


def test_at_least_once_a_repeat_is_counted_and_allowed() -> None:
    assert figures(settled([b"1", b"2"], [b"1", b"1", b"2", b"1", b"2"], repeats_allowed=True)) == (0, 0, 0)


def test_at_least_once_a_new_content_is_still_wrong_and_a_missing_one_lost() -> None:
    assert figures(settled([b"1", b"2"], [b"1", b"1", b"3"], repeats_allowed=True)) == (1, 0, 1)


def test_at_least_once_a_later_message_before_the_first_coming_of_an_earlier_one_is_wrong() -> None:
    assert figures(settled([b"1", b"2"], [b"2", b"1"], repeats_allowed=True)) == (0, 0, 1)
