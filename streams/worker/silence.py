"""A partition whose states were lost folds its journal anew and is silent as far as everything was told.

What has to be kept silent is itself a part of the states: a mark that `worker --rebuild` writes into the empty
changelog and that the engine's own commits move and remove. So a rebuild may be broken off at any moment, shared
by several workers, and goes on wherever the partition is taken up next.

    journal   0 ............ cut ............ last ............ end
              silent         only what was    everything
                             not told yet
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Final

import msgspec

from streams.detection.clocks import Clocks
from streams.detection.engine import STEP, EngineStats, JournalRecord
from streams.detection.system import Outgoing, System
from streams.detection.told import Told
from streams.worker.partition_task import Engine, MakeEngine
from streams.worker.told import PLACES, ToldOfPartition, identity

MARK: Final = b"\0rebuild"
_CHUNK: Final = b"\0rebuild-%d"
#: Accounts in one record of what was told: about 100 KB.
_CHUNK_ACCOUNTS: Final = 1_000

_log = logging.getLogger(__name__)

#: What an engine still has to do.
_SILENT, _BETWEEN = 0, 1


class BrokenOff(RuntimeError):
    """The preparation of a rebuild did not come to its end."""


class Mark(msgspec.Struct, array_like=True):
    """How far a partition has to be silent."""

    cut: int
    """Everything decided by a journal record before this one was told."""
    last: int
    """Nothing decided by a later one was told; below `cut` where nothing lies between."""
    chunks: int
    """Records of what was told of accounts."""
    ids: list[bytes]
    """What was told of the journal records from `cut` to `last`."""
    spoke: list[bytes]
    """The accounts that it is about: what was told of them is of the time after `last`."""
    stage: int = _SILENT


def marks(told: ToldOfPartition, surely: int, *, in_order: bool) -> list[tuple[bytes, bytes]]:
    """The records with which the changelog of a lost partition begins: the mark last, so that it stands for all."""
    cut = max(told.last, surely) if in_order else surely
    accounts = sorted(told.accounts.items())
    parts = [dict(accounts[at : at + _CHUNK_ACCOUNTS]) for at in range(0, len(accounts), _CHUNK_ACCOUNTS)]
    mark = Mark(max(cut, 0), told.last, len(parts), told.ids, sorted(told.spoke))
    chunks = [(_CHUNK % number, _ENCODER.encode(part)) for number, part in enumerate(parts)]
    return [*chunks, (MARK, _ENCODER.encode(mark))]


def is_of_rebuild(key: bytes) -> bool:
    """Whether a key of the changelog is one of those records."""
    return key.startswith(MARK)


def engine_for(make_engine: MakeEngine, partition: int, rest: MutableMapping[bytes, bytes]) -> Engine:
    """The engine of a partition, a silent one where its states are being folded anew.

    Raises BrokenOff when the changelog holds only a part of what `marks` made.
    """
    engine = make_engine(partition, rest)
    if MARK in rest:
        return Rebuilding(engine, rest)
    if _CHUNK % 0 in rest and engine.next_offset == 0:
        raise BrokenOff(
            f"a rebuild of the states of journal partition {partition} was prepared and broken off: end all workers, "
            "then start one with --rebuild again"
        )
    return engine


class Rebuilding:
    """An engine that folds as ever and says only what was not told yet."""

    def __init__(self, engine: Engine, rest: MutableMapping[bytes, bytes]) -> None:
        self._engine = engine
        self._rest = rest
        self.orphans: list[str] = []
        """Alerts that were told and not closed, and that the new states do not know."""
        self._read()

    def _read(self) -> None:
        rest = self._rest
        self._mark = _MARK.decode(rest[MARK]) if MARK in rest else None
        self._ids: set[bytes] = set(self._mark.ids) if self._mark else set()
        self._spoke: set[bytes] = set(self._mark.spoke) if self._mark else set()
        self._shown: set[bytes] = set()

    def _chunk_keys(self) -> list[bytes]:
        # Without transactions the last commit may have removed some of them, and not what stands for the rest.
        keys = [_CHUNK % number for number in range(self._mark.chunks)] if self._mark else []
        return [key for key in keys if key in self._rest]

    @property
    def stats(self) -> EngineStats:
        return self._engine.stats

    @property
    def next_offset(self) -> int:
        return self._engine.next_offset

    @property
    def committable(self) -> bool:
        return self._engine.committable

    @property
    def crowded(self) -> bool:
        return self._engine.crowded

    @property
    def clocks(self) -> Clocks:
        return self._engine.clocks

    @property
    def system(self) -> System:
        return self._engine.system

    def take_up(self, key: bytes, told: Mapping[str, Told]) -> list[str]:
        return self._engine.take_up(key, told)

    def steps(self, batch: Iterable[JournalRecord]) -> Iterator[list[Outgoing]]:
        engine, mark = self._engine, self._mark
        records = list(batch)
        if mark is not None:
            silent, records = _divided(records, mark.cut)
            for _ in engine.steps(silent):
                yield []
            if not records and engine.next_offset < mark.cut:
                return
            if mark.stage == _SILENT:
                yield from self._take_up(spoke=False)
                mark.stage = _BETWEEN
            between, records = _divided(records, mark.last + 1)
            for said in engine.steps(between):
                yield [message for message in said if self._is_news(message)]
            if not records and engine.next_offset <= mark.last:
                return
            yield from self._take_up(spoke=True)
            self._mark = None
            if self.orphans:
                _log.warning(
                    "%d alerts were told and are open, and the new states do not know them: close them "
                    "in the inbox; the first: %s",
                    len(self.orphans),
                    ", ".join(self.orphans[:5]),
                )
        for said in engine.steps(records):
            yield said

    def _take_up(self, *, spoke: bool) -> Iterator[list[Outgoing]]:
        work = 0
        for key in self._chunk_keys():
            for account, told in _PART.decode(self._rest[key]).items():
                if (account in self._spoke) is not spoke:
                    continue
                self.orphans += [f"{signal}/{account.decode()}" for signal in self.take_up(account, told)]
                work += 1
                if work % (STEP // 4) == 0:
                    yield []

    def _is_news(self, message: Outgoing) -> bool:
        """Whether a message of the journal records between was not told yet. What the board shows of an account
        replaces what it showed before: after the first new one all of it is new."""
        if not message.value:
            return True
        if message.topic != PLACES:
            return identity(*message) not in self._ids
        if message.key not in self._shown and identity(*message) in self._ids:
            return False
        self._shown.add(message.key)
        return True

    def flush(self) -> list[tuple[bytes, bytes]]:
        return [*self._engine.flush(), *self._marked()]

    def partition_record(self) -> tuple[bytes, bytes]:
        return self._engine.partition_record()

    def committed(self) -> None:
        self._engine.committed()
        for key, value in self._marked():
            if value:
                self._rest[key] = value
            else:
                self._rest.pop(key, None)

    def _marked(self) -> list[tuple[bytes, bytes]]:
        """What of the mark changes with this commit."""
        if MARK not in self._rest:
            return []
        if self._mark is not None:
            kept = _MARK.decode(self._rest[MARK])
            return [(MARK, _ENCODER.encode(self._mark))] if kept.stage != self._mark.stage else []
        removed = sorted(key for key in self._rest if is_of_rebuild(key) and key != MARK)
        return [(key, b"") for key in (*removed, MARK)]


def _divided(records: list[JournalRecord], offset: int) -> tuple[list[JournalRecord], list[JournalRecord]]:
    """Records before an offset, and from it on."""
    at = next((n for n, record in enumerate(records) if record.offset >= offset), len(records))
    return records[:at], records[at:]


_ENCODER = msgspec.msgpack.Encoder()
_MARK = msgspec.msgpack.Decoder(Mark)
_PART = msgspec.msgpack.Decoder(dict[bytes, dict[str, Told]])
