"""Messages that must be there against those that are, key by key and in order, as both lists grow."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import xxhash

from tests.chaos.tally import Tally

Place = tuple[str, bytes]
"""A topic's contract name and a key: what order is kept within."""


class Ledger:
    """Settled in turns: what was equal is forgotten but for a hash, by which a later repeat is known.

    Args:
        repeats_allowed: the at-least-once guarantee: the same message may come again, if nothing is missing and
            the order is right once repeats are left out.
    """

    def __init__(self, *, repeats_allowed: bool = False) -> None:
        self._repeats_allowed = repeats_allowed
        self._expected: dict[Place, list[bytes]] = {}
        self._got: dict[Place, list[bytes]] = {}
        self._known: set[int] = set()
        self.messages = 0  #: expected so far
        self.repeats = 0  #: allowed ones so far

    def expect(self, topic: str, key: bytes, value: bytes) -> None:
        self._expected.setdefault((topic, key), []).append(value)
        self._known.add(_hash(topic, key, value))
        self.messages += 1

    def got(self, topic: str, key: bytes, value: bytes | None) -> None:
        self._got.setdefault((topic, key), []).append(value or b"")

    def settle(self) -> Tally:
        """Compare everything since the last time."""
        tally = Tally()
        for place in self._expected.keys() | self._got.keys():
            expected, got = self._expected.get(place, []), self._got.get(place, [])
            if expected != got:
                self._differ(place, expected, got, tally)
        self._expected.clear()
        self._got.clear()
        return tally

    def _differ(self, place: Place, expected: Sequence[bytes], got: Sequence[bytes], tally: Tally) -> None:
        missing = Counter(expected) - Counter(got)
        extra = Counter(got) - Counter(expected)
        for value in missing.elements():
            tally.lost += 1
            tally.say(f"lost: {_described(place, value)}")
        repeated = 0
        for value in extra.elements():
            if _hash(*place, value) not in self._known:
                tally.wrong += 1
                tally.say(f"wrong: {_described(place, value)}")
            elif self._repeats_allowed:
                repeated += 1
            else:
                tally.doubled += 1
                tally.say(f"doubled: {_described(place, value)}")
        self.repeats += repeated
        if not missing and len(got) == len(expected) + repeated and not _in_order(expected, got):
            tally.wrong += 1
            tally.say(f"wrong: out of order on {place[0]} for {place[1].decode(errors='replace')}")


def _in_order(expected: Sequence[bytes], got: Sequence[bytes]) -> bool:
    """Whether the first coming of each message is in its turn."""
    turn = 0
    for value in got:
        if turn < len(expected) and value == expected[turn]:
            turn += 1
    return turn == len(expected)


def _hash(topic: str, key: bytes, value: bytes) -> int:
    return xxhash.xxh3_64_intdigest(b"\0".join((topic.encode(), key, value)))


def _described(place: Place, value: bytes) -> str:
    """Enough of a message to find it."""
    topic, key = place
    account = key.decode(errors="replace")
    if not value:
        return f"tombstone of {account} on {topic}"
    try:
        said = json.loads(value)
    except ValueError:
        return f"{value[:80]!r} of {account} on {topic}"
    if not isinstance(said, dict):
        return f"{value[:80]!r} of {account} on {topic}"
    names = (
        "id",
        "alert_id",
        "revision",
        "status",
        "quadrant",
        "to",
        "reason",
        "journal",
        "position",
        "times",
    )
    parts = [f"{name}={said[name]}" for name in names if name in said]
    return f"{account} on {topic}: " + " ".join(parts)
