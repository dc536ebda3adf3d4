"""Whether the journal holds every accepted source record exactly once, by position, after suppression."""

from __future__ import annotations

from collections import deque

import xxhash
from aiokafka import ConsumerRecord

from schemas.journal import EVENT_HEADER, HEADER_BYTES, POSITION, SOURCE, pack_header
from schemas.partitioning import partition_of
from streams.door.admit import Admitted, Refusal, admit
from streams.door.dead_letter import Origin, dead_letter
from tests.chaos.tally import Tally

_Entry = tuple[bytes, int]
"""Header of a journal record, hash of its key and value."""


class Entrance:
    """The door's work, checked: sources in, journal and dead letters out, as they grow.

    Args:
        topic_ids: first 8 bytes of each source topic's id, by contract name.
        partitions: of the journal.
    """

    def __init__(self, topic_ids: dict[str, bytes], partitions: int) -> None:
        self._ids = topic_ids
        self._partitions = partitions
        self._due: dict[tuple[bytes, int], deque[_Entry]] = {}
        self._highest: dict[tuple[bytes, int], bytes] = {}
        self._seen: set[tuple[int, bytes, int]] = set()
        self._letters: dict[bytes, bytes] = {}
        self._written: set[bytes] = set()
        self.accepted = self.refused = self.repeats = self.letter_repeats = 0
        self._tally = Tally()

    def published(self, topic: str, record: ConsumerRecord) -> None:
        """The next record of a source partition; `topic` is the contract's name."""
        verdict = admit(topic, record.key, record.value, record.timestamp)
        if isinstance(verdict, Refusal):
            origin = Origin(topic, record.partition, record.offset, record.timestamp)
            key, value = dead_letter(verdict, origin, record.key, record.value, record.headers)
            self._letters[key] = value
            self.refused += 1
        elif isinstance(verdict, Admitted):
            self.accepted += 1
            for sub, key, value in verdict.entries:
                where = (self._ids[topic], record.partition, record.offset, sub, verdict.occurred)
                header = pack_header(*where)
                own = (partition_of(key, self._partitions),)
                for partition in range(self._partitions) if verdict.everywhere else own:
                    due = self._due.setdefault((header[SOURCE], partition), deque())
                    due.append((header, xxhash.xxh3_64_intdigest(key + b"\0" + value)))

    def journalled(self, record: ConsumerRecord) -> None:
        """The next record of a journal partition."""
        name, header = record.headers[0]
        if name != EVENT_HEADER or len(header) != HEADER_BYTES:
            return
        entry = header, xxhash.xxh3_64_intdigest((record.key or b"") + b"\0" + (record.value or b""))
        place = header[SOURCE], record.partition
        if header[POSITION] <= self._highest.get(place, b""):
            self.repeats += 1
            if (record.partition, *entry) not in self._seen:
                self._wrong(f"journal {record.partition}@{record.offset}: something new at an old position")
            return
        self._highest[place] = header[POSITION]
        self._seen.add((record.partition, *entry))
        due = self._due.get(place)
        while due and due[0][0][POSITION] < header[POSITION]:
            due.popleft()
            self._tally.lost += 1
            self._tally.say(f"lost: a source record before journal {record.partition}@{record.offset}")
        like = due.popleft() if due and due[0][0][POSITION] == header[POSITION] else None
        if like != entry:
            self._wrong(f"journal {record.partition}@{record.offset}: no accepted source record is like it")

    def buried(self, record: ConsumerRecord) -> None:
        """A record of `dead-letters` that the door wrote; it may come again, unchanged."""
        key = record.key or b""
        if self._letters.get(key) != record.value:
            self._wrong(f"dead letter {key.decode(errors='replace')}: not what was refused there")
        elif key in self._written:
            self.letter_repeats += 1
        self._written.add(key)

    def settle(self) -> Tally:
        """What was wrong since the last time; call it when everything was read and journalled."""
        tally, self._tally = self._tally, Tally()
        for (_, partition), due in self._due.items():
            if due:
                tally.lost += len(due)
                tally.say(f"lost: {len(due)} source records are not in journal partition {partition}")
                due.clear()
        for key in self._letters.keys() - self._written:
            tally.lost += 1
            tally.say(f"lost: no dead letter for {key.decode()}")
            self._written.add(key)
        return tally

    def _wrong(self, sentence: str) -> None:
        self._tally.wrong += 1
        self._tally.say(f"wrong: {sentence}")
