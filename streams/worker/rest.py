"""Where the account states of one partition rest between two commits."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import MutableMapping

#: Keys that begin so are the project's own records, not accounts.
_OWN = b"\0"


class Rest(MutableMapping[bytes, bytes]):
    """Encoded states by key, and the changelog offset that they stand for.

    What is set or deleted counts from the next `save` on; before it, only readers of this object see it.
    """

    #: Last changelog offset that is in here; None when nothing is known.
    applied: int | None = None

    @abstractmethod
    def save(self, offset: int, *, whole: bool) -> None:
        """All changes since the last call, and with them the changelog up to this offset, are in here now.

        Args:
            whole: nothing of the changelog lies beyond; False while it is read back.
        """

    @abstractmethod
    def forget(self) -> None:
        """Drop everything: the changelog is read from its beginning the next time."""

    @abstractmethod
    def size(self) -> tuple[int, int]:
        """Accounts, and the bytes of all values."""


class MemoryRest(dict[bytes, bytes], Rest):
    """States in memory; lost with the process and read back from the changelog."""

    def save(self, offset: int, *, whole: bool) -> None:
        self.applied = offset

    def forget(self) -> None:
        self.clear()
        self.applied = None

    def size(self) -> tuple[int, int]:
        return sum(map(is_account, self)), sum(map(len, self.values()))


def is_account(key: bytes) -> bool:
    """Whether a key is an account's."""
    return not key.startswith(_OWN)
