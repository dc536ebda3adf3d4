"""Which dead letters go through the door again: a pure decision over the letters and what the sources hold.

A replayed record is the original to the byte, key and headers included, on the partition that it lay on, with one
header more: `MARK`, the position of the record that was refused first. By it a replay is recognised for as long as
the source topic keeps it:

- a letter whose record lies marked behind it, and was not refused again, is done;
- a replay that was refused again is a letter of the same origin; of those the newest counts alone.

So a replay may be broken off and repeated. Where the source topic has let go of what came after the letter, it cannot
be seen whether it was replayed, and nothing is sent unless asked for. Behind all this the engine drops an event whose
id is among the last ids of its account.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from schemas.dead_letters import DeadLetter
from streams.detection.units import Millis
from streams.door.admit import Refusal, admit

MARK = "twomotion-replayed"
"""Header of a replayed record: the position of the original."""

SourcePlace = tuple[str, int]
"""Contract name of a source topic, and a partition of it."""


class Verdict(StrEnum):
    """What a replay does with a letter."""

    SEND = "send"
    DONE = "done"
    """It was sent before."""
    STILL_REFUSED = "still refused"
    NOT_THIS_WAY = "not this way"
    """Going through the door again would not help, or do harm."""
    FORGOTTEN = "forgotten"
    """It cannot be seen any more whether it was sent before."""


class Planned(NamedTuple):
    """A letter and what becomes of it."""

    letter: DeadLetter
    verdict: Verdict
    why: str = ""


class Held(NamedTuple):
    """What a source partition holds: its first offset that is kept, and offset -> origin of the replayed records."""

    begin: int
    replayed: Mapping[int, str]


def origin_of(letter: DeadLetter) -> str:
    """The position of the record that was refused first; the letter's own, unless it is a replay's."""
    for header in letter.headers:
        if header.name == MARK and (value := header_value(header.value_base64)) is not None:
            return value.decode(errors="replace")
    return letter.id


def header_value(text: str | None) -> bytes | None:
    """The bytes of a header of a letter."""
    return None if text is None else base64.b64decode(text)


def headers_of(letter: DeadLetter) -> list[tuple[str, bytes | None]]:
    """The headers of the replayed record: the original's, and the mark."""
    own = [(h.name, header_value(h.value_base64)) for h in letter.headers if h.name != MARK]
    return [*own, (MARK, origin_of(letter).encode())]


def latest_of_each(letters: Iterable[DeadLetter]) -> list[DeadLetter]:
    """The newest letter of each origin, in the order of their sources."""
    newest: dict[str, DeadLetter] = {}
    for letter in letters:
        known = newest.get(origin_of(letter))
        if known is None or letter.offset >= known.offset:
            newest[origin_of(letter)] = letter
    return sorted(newest.values(), key=lambda letter: (letter.topic, letter.partition, letter.offset))


def to_be_looked_at(letters: Iterable[DeadLetter]) -> dict[SourcePlace, int]:
    """The source partitions to search for replayed records, and from which offset on."""
    places: dict[SourcePlace, int] = {}
    for letter in letters:
        if letter.stage == "door":
            place = (letter.topic, letter.partition)
            places[place] = min(places.get(place, letter.offset + 1), letter.offset + 1)
    return places


def plan(
    letters: Iterable[DeadLetter],
    every_letter: Iterable[DeadLetter],
    held: Mapping[SourcePlace, Held],
    now: Millis,
    *,
    again: bool = False,
) -> list[Planned]:
    """What to do with each of `letters`, of the `every_letter` there are.

    Args:
        held: what the source partitions hold from the offsets of `to_be_looked_at` on.
        now: the broker's time, which a replayed record would be stamped with.
        again: send also what is forgotten.
    """
    refused = {letter.id for letter in every_letter}
    return [_planned(letter, refused, held, now, again) for letter in latest_of_each(letters)]


def _planned(
    letter: DeadLetter, refused: set[str], held: Mapping[SourcePlace, Held], now: Millis, again: bool
) -> Planned:
    if letter.stage == "engine":
        why = "the engine refused it, not the door; the same event would be refused or dropped again"
        return Planned(letter, Verdict.NOT_THIS_WAY, why)
    if letter.topic == "control":
        return Planned(
            letter, Verdict.NOT_THIS_WAY, "what was to be activated then is not to be activated now"
        )
    place, origin = held.get((letter.topic, letter.partition)), origin_of(letter)
    if place is None:
        return Planned(
            letter, Verdict.NOT_THIS_WAY, f"there is no {letter.topic}/{letter.partition} any more"
        )
    for offset, of in place.replayed.items():
        if of == origin and f"{letter.topic}/{letter.partition}/{offset}" not in refused:
            return Planned(letter, Verdict.DONE, f"sent before, to offset {offset}")
    verdict = admit(letter.topic, letter.original_key(), letter.original_value(), now)
    if isinstance(verdict, Refusal):
        return Planned(letter, Verdict.STILL_REFUSED, verdict.sentence)
    if place.begin > letter.offset + 1 and not again:
        return Planned(
            letter,
            Verdict.FORGOTTEN,
            f"the source is kept from offset {place.begin} on: it cannot be seen whether it was sent before",
        )
    return Planned(letter, Verdict.SEND)
