"""One partition's states in the local store; see `local_store` for what makes them exact."""

from __future__ import annotations

import struct
from collections.abc import Callable, ItemsView, Iterator
from typing import Final, cast

from rocksdict import Rdict, ReadOptions, WriteBatch

from streams.worker.rest import Rest, is_account

#: In front of a partition's prefix: the key of what was saved of it.
_SAVED_OF: Final = b"\xff\xff"
#: Applied changelog offset, when the copy was whole (ms UTC), accounts, bytes of values.
_SAVED: Final = struct.Struct(">qqqq")


class StoredRest(Rest):
    """One partition's states in the store."""

    def __init__(self, db: Rdict, partition: int, now_ms: Callable[[], int]) -> None:
        self._db = db
        self._now_ms = now_ms
        self._prefix = partition.to_bytes(2, "big")
        self._end = (partition + 1).to_bytes(2, "big")
        self._saved_key = _SAVED_OF + self._prefix
        self._changes: dict[bytes, bytes | None] = {}  # since `save`
        self._accounts = self._bytes = 0
        #: When the copy was whole, in ms UTC.
        self.saved_ms = 0
        if (saved := self._db.get(self._saved_key)) is not None:
            self.applied, self.saved_ms, self._accounts, self._bytes = _SAVED.unpack(saved)

    def save(self, offset: int, *, whole: bool) -> None:
        batch = WriteBatch(raw_mode=True)
        for key, value in self._changes.items():
            if value is None:
                batch.delete(self._prefix + key)
            else:
                batch.put(self._prefix + key, value)
        # A copy that is read up in pieces is as old as its oldest piece.
        if whole or self.applied is None:
            self.saved_ms = self._now_ms()
        batch.put(self._saved_key, _SAVED.pack(offset, self.saved_ms, self._accounts, self._bytes))
        self._db.write(batch)
        self._changes.clear()
        self.applied = offset

    def forget(self) -> None:
        batch = WriteBatch(raw_mode=True)
        batch.delete(self._saved_key)
        batch.delete_range(self._prefix, self._end)
        self._db.write(batch)
        self._changes.clear()
        self.applied = None
        self._accounts = self._bytes = 0

    def size(self) -> tuple[int, int]:
        return self._accounts, self._bytes

    def _find(self, key: bytes) -> bytes | None:
        if key in self._changes:
            return self._changes[key]
        value: bytes | None = self._db.get(self._prefix + key)
        return value

    def __getitem__(self, key: bytes) -> bytes:
        if (value := self._find(key)) is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        return isinstance(key, bytes) and self._find(key) is not None

    def __setitem__(self, key: bytes, value: bytes) -> None:
        before = self._find(key)
        self._changes[key] = value
        self._bytes += len(value) - len(before or b"")
        self._accounts += before is None and is_account(key)

    def __delitem__(self, key: bytes) -> None:
        before = self[key]
        self._changes[key] = None
        self._bytes -= len(before)
        self._accounts -= is_account(key)

    def pairs(self) -> Iterator[tuple[bytes, bytes]]:
        """All keys and values; none may be set or deleted meanwhile."""
        bounded = ReadOptions()
        bounded.set_iterate_upper_bound(self._end)
        cut = len(self._prefix)
        pairs = cast(Iterator[tuple[bytes, bytes]], self._db.items(from_key=self._prefix, read_opt=bounded))
        for key, value in pairs:
            if key[cut:] not in self._changes:
                yield key[cut:], value
        for key, changed in self._changes.items():
            if changed is not None:
                yield key, changed

    def items(self) -> ItemsView[bytes, bytes]:
        return _Items(self)

    def __iter__(self) -> Iterator[bytes]:
        return (key for key, _ in self.pairs())

    def __len__(self) -> int:
        return sum(1 for _ in self.pairs())


class _Items(ItemsView[bytes, bytes]):
    """One pass over the disk instead of a look-up a key."""

    _mapping: StoredRest

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        return self._mapping.pairs()
