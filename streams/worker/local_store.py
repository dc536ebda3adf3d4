"""Account states on disk (RocksDB), for more accounts than memory.

The changelog stays the truth. The store is a copy of it up to an offset that is written in the same batch as
the states, and only after their commit: so it may lie behind the changelog, never ahead of it, however the
process ends, and recovery reads on from there. A copy that is in doubt is dropped and read back whole:

- of another changelog (the topic was created anew), or further than the changelog reaches;
- not written for so long that the changelog may have forgotten which keys were deleted meanwhile
  (`delete.retention.ms`): an erased account would live on;
- damaged;
- written at least once: a worker that took itself for the owner may have written in between.

One database a process, in a folder of its own: partitions that move to another process find that one's copy
of them, or none. Nothing but one process may have it open.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rocksdict import Rdict

    from streams.worker.stored_rest import StoredRest

_log = logging.getLogger(__name__)

_FORMAT: Final = b"1"
#: Says of which changelog the copy is; above the keys of any partition.
_IDENTITY: Final = b"\xff\xff"

#: Block cache and each of at most three write buffers, in bytes: what a store holds in memory, but for about
#: 4 bytes an account of indexes and filters.
_CACHE: Final = 32 << 20
_WRITE_BUFFER: Final = 16 << 20
#: A larger block is a smaller index; a state takes 2 to 45 KB.
_BLOCK: Final = 16 << 10


class StoreUnusable(RuntimeError):
    """The store cannot be opened; the message says what to do."""


@dataclass(frozen=True)
class Changelog:
    """The changelog as the broker has it at start.

    Args:
        topic_id: what tells it from a topic of the same name created later.
        ends: next offset of each partition.
        keeps_deletions_ms: how long it remembers that a key was deleted.
    """

    topic_id: bytes
    ends: Mapping[int, int]
    keeps_deletions_ms: int


class LocalStore:
    """The database of one process.

    Raises StoreUnusable when RocksDB is not installed, or another process has the folder open.

    Args:
        now_ms: the time of day, in ms UTC.
    """

    def __init__(
        self,
        folder: Path,
        changelog: Changelog,
        now_ms: Callable[[], int] | None = None,
        *,
        exactly_once: bool = True,
    ) -> None:
        self._folder = folder
        self._exactly_once = exactly_once
        self._changelog = changelog
        self._now_ms = now_ms or (lambda: time.time_ns() // 1_000_000)
        self._db = self._open()
        identity = _FORMAT + changelog.topic_id
        if self._db.get(_IDENTITY) != identity:
            if self._db.get(_IDENTITY) is not None:
                _log.warning("%s is of another changelog: dropped, read back whole", folder)
                self._db.close()
                shutil.rmtree(folder)
                self._db = self._open()
            self._db[_IDENTITY] = identity
        for partition, end in changelog.ends.items():
            rest = self.rest(partition)
            if rest.applied is not None and rest.applied >= end:
                self._drop(rest, partition, f"it is at offset {rest.applied}, the changelog ends before")

    def rest(self, partition: int) -> StoredRest:
        """The states of a partition, as far as the copy can be trusted."""
        from streams.worker.stored_rest import StoredRest  # which needs rocksdict

        rest = StoredRest(self._db, partition, self._now_ms)
        if rest.applied is None:
            return rest
        if not self._exactly_once:
            rest.forget()
        # Half, for what is compacted while it is read.
        elif not 0 <= self._now_ms() - rest.saved_ms < self._changelog.keeps_deletions_ms // 2:
            self._drop(rest, partition, "it was not written for too long")
        return rest

    def _drop(self, rest: StoredRest, partition: int, why: str) -> None:
        _log.warning("%s, partition %d: %s: dropped, read back whole", self._folder, partition, why)
        rest.forget()

    def close(self) -> None:
        self._db.close()

    def _open(self) -> Rdict:
        try:
            import rocksdict
        except ImportError:
            raise StoreUnusable(
                "the store is rocksdb, which is not installed: pip install 'twomotion[rocksdb]', or use the store "
                "memory"
            ) from None
        options = rocksdict.Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_write_buffer_size(_WRITE_BUFFER)
        options.set_max_write_buffer_number(3)
        options.set_compression_type(rocksdict.DBCompressionType.lz4())
        options.set_keep_log_file_num(2)
        tables = rocksdict.BlockBasedOptions()
        tables.set_block_size(_BLOCK)
        tables.set_bloom_filter(10, False)
        tables.set_block_cache(rocksdict.Cache(_CACHE))
        options.set_block_based_table_factory(tables)
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            return rocksdict.Rdict(str(self._folder), options)
        except Exception as failed:  # the library has no narrower one
            if "Corruption" not in str(failed):
                raise self._unusable(failed) from None
            _log.warning("%s is damaged (%s): dropped, read back whole", self._folder, failed)
        shutil.rmtree(self._folder)
        self._folder.mkdir()
        return rocksdict.Rdict(str(self._folder), options)

    def _unusable(self, failed: Exception) -> StoreUnusable:
        if "lock" in str(failed).lower():
            return StoreUnusable(
                f"another process has {self._folder} open: give each worker a --data of its own, or start them "
                "together with --processes"
            )
        return StoreUnusable(f"{self._folder} cannot be opened: {failed}")
