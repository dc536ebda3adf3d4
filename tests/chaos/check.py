"""Everything on the broker against what the pure core says of it, after each fault."""

from __future__ import annotations

from aiokafka import ConsumerRecord

from schemas.topics import SOURCES, TOPICS
from streams.detection.system import System
from streams.worker.admin import Admin
from streams.worker.topics import JOURNAL, OUTPUTS, STATE
from tests.chaos.entrance import Entrance
from tests.chaos.ledger import Ledger
from tests.chaos.oracle import Oracle
from tests.chaos.reading import Reading
from tests.chaos.tally import Tally

_LETTERS = "dead-letters"
#: Dead letters of the engine name a place in one of these; all others are the door's.
_OF_ENGINE = b'"stage":"engine"'


class Check:
    """Reads on, folds on and compares; nothing may be published or written meanwhile."""

    def __init__(self, brokers: str, prefix: str, system: System, *, at_least_once: bool) -> None:
        with Admin(brokers) as admin:
            found = admin.describe(prefix)
        partitions = {name: found[name].partitions for name in TOPICS}
        self._reading = Reading(brokers, prefix, partitions)
        outputs = {name: partitions[name] for name in OUTPUTS}
        self._aborted_too = Reading(brokers, prefix, outputs, aborted_too=True)
        self.entrance = Entrance({name: found[name].topic_id for name in SOURCES}, partitions[JOURNAL])
        self.ledger = Ledger(repeats_allowed=at_least_once)
        # The door and the engine write dead letters at least once, whatever the guarantee.
        self.letters = Ledger(repeats_allowed=True)
        self._oracle = Oracle(system, partitions[JOURNAL])
        self._states: list[dict[bytes, bytes]] = [{} for _ in range(partitions[STATE])]
        self._read = 0

    def aborted(self) -> int:
        """Messages of transactions that a fault broke off: they lie in the log and nobody reads them."""
        return sum(map(len, self._aborted_too.read_on().values())) - self._read

    def compare(self) -> Tally:
        """What is wrong with what was written since the last time, and with the states."""
        read = self._reading.read_on()
        while self._reading.ends([JOURNAL]).items() - self._reading.reached(JOURNAL).items():
            # A closing watermark came late: what it made may not have been read above.
            for topic, records in self._reading.read_on().items():
                read[topic] += records
        tally = Tally()
        for topic in SOURCES:
            for record in read[topic]:
                self.entrance.published(topic, record)
        by_partition: dict[int, list[ConsumerRecord]] = {}
        for record in read[JOURNAL]:
            self.entrance.journalled(record)
            by_partition.setdefault(record.partition, []).append(record)
        for partition, records in by_partition.items():
            for message in self._oracle.fold(partition, records):
                book = self.letters if message.topic == _LETTERS else self.ledger
                book.expect(message.topic, message.key, message.value)
        for topic in OUTPUTS:
            self._read += len(read[topic])
            for record in read[topic]:
                if topic != _LETTERS:
                    self.ledger.got(topic, record.key, record.value)
                elif _OF_ENGINE in (record.value or b""):
                    self.letters.got(topic, record.key, record.value)
                else:
                    self.entrance.buried(record)
        for record in read[STATE]:
            state = self._states[record.partition]
            if record.value is None:
                state.pop(record.key, None)
            else:
                state[record.key] = record.value
        for found in (self.entrance.settle(), self.ledger.settle(), self.letters.settle()):
            tally.add(found)
        for partition, state in enumerate(self._states):
            tally.add(self._oracle.compare(partition, state))
        return tally
