"""An engine whose states are lost says what was not told yet, and nothing twice, wherever it was broken off."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, MutableMapping, Sequence

import pytest

from streams.assembly import load_system
from streams.detection.engine import JournalRecord, PartitionEngine
from streams.detection.system import Outgoing, System
from streams.detection.told import Told
from streams.lab.history import journal_of
from streams.story.history import tell, write
from streams.worker.partition_task import Engine
from streams.worker.silence import MARK, BrokenOff, engine_for, is_of_rebuild, marks
from streams.worker.told import PLACES, Book

Rest = dict[bytes, bytes]


@pytest.fixture(scope="module")
def system() -> System:
    return load_system()


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Sequence[JournalRecord]:
    """A journal partition of a few accounts, watermarks and all."""
    folder = tmp_path_factory.mktemp("story")
    write(tell(6, 120, 3), folder)
    return list(journal_of(folder))


@pytest.fixture(scope="module")
def pure(system: System, journal: Sequence[JournalRecord]) -> tuple[Rest, list[Outgoing]]:
    """States and messages of the journal folded in one batch."""
    rest: Rest = {}
    engine = PartitionEngine(system, 0, rest)
    said = engine.process(journal)
    engine.flush()
    engine.committed()
    return rest, said


class Life:
    """Commits as a worker makes them, at chance moments, until it is broken off."""

    def __init__(self, engine: Engine, rest: Rest, chance: random.Random) -> None:
        self._engine = engine
        self._rest = rest
        self._chance = chance
        self.told: list[Outgoing] = []

    def fold(
        self, records: Sequence[JournalRecord], *, commits: int | None = None, halfway: bool = False
    ) -> None:
        """Fold from where the states are; give up everything behind the last of so many commits.

        Args:
            halfway: the last one is between two messages of one journal record.
        """
        start = self._engine.next_offset
        said: list[Outgoing] = []
        for step in self._engine.steps([record for record in records if record.offset >= start]):
            said += step
            if self._engine.committable and self._chance.random() < 0.05:
                self._commit(said)
                said = []
                commits = None if commits is None else commits - 1
                if commits is not None and commits <= 0 and (not halfway or self._is_halfway()):
                    return
        self._commit(said)

    def _is_halfway(self) -> bool:
        place = json.loads(self.told[-1].value)["journal"] if self.told else {"offset": -1}
        return bool(place["offset"] == self._engine.next_offset)

    def _commit(self, said: list[Outgoing]) -> None:
        changed = self._engine.flush()
        self.told += said
        kept = dict(self._rest)
        for key, value in (*changed, self._engine.partition_record()):
            if value:
                kept[key] = value
            else:
                kept.pop(key, None)
        self._engine.committed()
        assert self._rest == kept, "what is committed is what was written"


class InShortSteps(PartitionEngine):
    """Can be committed between any two accounts that a watermark wakes."""

    def steps(self, batch: Iterable[JournalRecord], work: int = 4) -> Iterator[list[Outgoing]]:
        return super().steps(batch, work)


def plain(system: System, rest: MutableMapping[bytes, bytes]) -> Engine:
    return InShortSteps(system, 0, rest)


def lost(told: Sequence[Outgoing], surely: int = 0) -> Rest:
    """The states of a partition after `--rebuild` was prepared."""
    book = Book({0: surely} if surely else {}, in_order=True)
    # As it is read: topic by topic, the board's places last.
    for message in sorted(told, key=lambda message: (message.topic == PLACES, message.topic)):
        book.enter(message.topic, message.key, message.value or None)
    part = book.close().get(0)
    assert part is not None
    return dict(marks(part, surely, in_order=True))


def counted(messages: Sequence[Outgoing]) -> Counter[Outgoing]:
    return Counter(message for message in messages if message.topic != PLACES)


def places(messages: Sequence[Outgoing]) -> Rest:
    return {message.key: message.value for message in messages if message.topic == PLACES}


@pytest.mark.parametrize("seed", range(9))
def test_what_was_told_and_what_a_rebuild_says_are_the_fold(
    system: System, journal: Sequence[JournalRecord], pure: tuple[Rest, list[Outgoing]], seed: int
) -> None:
    chance = random.Random(seed)
    whole_rest, whole = pure
    before_rest: Rest = {}
    before = Life(plain(system, before_rest), before_rest, chance)
    before.fold(journal, commits=chance.randrange(1, 200), halfway=seed % 2 == 1)

    surely = before._engine.next_offset if seed % 3 == 0 else 0
    rest = lost(before.told, surely)
    told = list(before.told)
    for _ in range(4):
        life = Life(engine_for(lambda _, rest: plain(system, rest), 0, rest), rest, chance)
        life.fold(journal, commits=chance.randrange(1, 200))
        told += life.told
    life = Life(engine_for(lambda _, rest: plain(system, rest), 0, rest), rest, chance)
    life.fold(journal)
    told += life.told

    assert counted(told) == counted(whole)
    assert places(told) == places(whole)
    assert not any(map(is_of_rebuild, rest)), "the mark is gone"
    again = PartitionEngine(system, 0, whole_rest)
    rebuilt = PartitionEngine(system, 0, rest)
    for key in whole_rest:
        if key[0] != 0:
            one, other = again.account(key), rebuilt.account(key)
            assert one is not None and other is not None
            assert (one.facts, one.state, one.wakes) == (other.facts, other.state, other.wakes)


def test_a_rebuild_that_was_prepared_by_half_is_refused(system: System) -> None:
    rest = {key: value for key, value in lost_with_accounts().items() if key != MARK}

    with pytest.raises(BrokenOff, match="--rebuild again"):
        engine_for(lambda _, rest: plain(system, rest), 0, rest)


def lost_with_accounts() -> Rest:
    book = Book({}, in_order=True)
    quadrant = b'{"journal":{"partition":0,"offset":9},"ordinals":{"usage-drop":2}}'
    book.enter(PLACES, b"acme", quadrant)
    return dict(marks(book.close()[0], 0, in_order=True))


def test_an_account_that_was_erased_is_not_remembered() -> None:
    book = Book({}, in_order=True)
    alert = (
        b'{"alert_id":"usage-drop/acme/1","revision":1,"status":"opened","signal":{"id":"usage-drop"},'
        b'"journal":{"partition":0,"offset":7}}'
    )
    book.enter("retention-alerts", b"acme", alert)
    book.enter(PLACES, b"acme", b'{"journal":{"partition":0,"offset":7},"ordinals":{"usage-drop":1}}')
    book.enter(PLACES, b"acme", None)

    assert book.close()[0].accounts == {}


def test_ordinals_of_before_the_journal_are_kept(system: System, journal: Sequence[JournalRecord]) -> None:
    rest: Rest = {}
    before = Life(plain(system, rest), rest, random.Random(1))
    before.fold(journal)
    middle = journal[len(journal) * 2 // 3].offset
    later = [record for record in journal if record.offset >= middle]

    rest = lost(before.told, journal[-1].offset + 1)
    life = Life(engine_for(lambda _, rest: plain(system, rest), 0, rest), rest, random.Random(2))
    life.fold(later)

    assert life.told == []
    engine = PartitionEngine(system, 0, rest)
    full = lost_ordinals(before.told)
    assert len(full) > 10
    for (key, signal), ordinal in full.items():
        account = engine.account(key)
        assert account is not None
        assert account.state.signals[signal].ordinal >= ordinal


def lost_ordinals(told: Sequence[Outgoing]) -> dict[tuple[bytes, str], int]:
    book = Book({}, in_order=True)
    for message in told:
        book.enter(message.topic, message.key, message.value or None)
    accounts: dict[bytes, dict[str, Told]] = book.close()[0].accounts
    return {(key, name): said.ordinal for key, signals in accounts.items() for name, said in signals.items()}
