"""The accounts of one journal partition: at rest as bytes, decoded where they are in use, changed in an overlay."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from weakref import ref

from streams.detection.account import Account, Header, is_erased, with_applied
from streams.detection.clocks import Feed
from streams.detection.rules import Clock
from streams.detection.units import Millis
from streams.detection.wakeups import Wakeups

HOT_BYTES = 4_000_000
"""Accounts that all partitions of a process keep decoded between commits, in bytes as at rest; decoded they take
some twenty times that."""

_CROWDED_PART = 4
"""Above the budget by more than this part of it, a process is crowded."""

_NEW_ACCOUNT = 1_000
"""Bytes that an account without a state is taken for."""

_NEVER = (0,) * len(Clock)

_OTHERS = 63
"""The bit of an account's feeds that stands for all feeds beyond the 63rd."""


class HotBudget:
    """How much all partitions of a process may keep decoded. A partition that holds more than its share gives way
    while all together hold more than `limit` bytes (as encoded)."""

    def __init__(self, limit: int = HOT_BYTES) -> None:
        self.limit = limit
        self._members: list[ref[Accounts]] = []  # a WeakSet takes three times as long to walk

    def join(self, accounts: Accounts) -> None:
        self._members = [member for member in self._members if member() is not None]
        self._members.append(ref(accounts))

    @property
    def decoded(self) -> int:
        """Bytes, as encoded, of all accounts that are decoded now."""
        decoded = 0
        for member in self._members:
            accounts = member()
            if accounts is not None:
                decoded += accounts.weight
        return decoded

    @property
    def crowded(self) -> bool:
        """Whether so much is decoded that what has changed should not wait long for its commit."""
        return self.decoded > self.limit + self.limit // _CROWDED_PART

    def allowed(self, weight: int) -> int:
        """The bytes that a partition of this weight may keep."""
        return weight if self.decoded <= self.limit else self.limit // max(1, len(self._members))


class Accounts:
    """Every account of the partition, whatever form it is in.

    `rest` is what is committed. What has changed since is decoded in `changed` or, when more is decoded than the
    budget allows, encoded again and set aside; `flush` takes both, `discard` drops both.
    """

    def __init__(self, rest: MutableMapping[bytes, bytes], budget: HotBudget | None = None) -> None:
        self._rest = rest
        self._budget = budget or HotBudget()
        self._budget.join(self)
        self.weight = 0
        self._hot: dict[bytes, Account] = {}
        self._aside: dict[bytes, bytes] = {}
        self.changed: dict[bytes, Account] = {}
        self.erased: set[bytes] = set()
        """Since `committed`."""
        self._buried: set[bytes] = set()  # committed as erased, not removed yet
        self._feed_bits: dict[Feed, int] = {}
        self._turn = 0

    def restore(self, feeds: list[Feed], wakeups: Wakeups) -> None:
        """Forget what is not at rest, and plan the wake-ups of what is. Decodes no account."""
        self._feed_bits = {feed: bit for bit, feed in enumerate(feeds)}
        self._hot, self._aside, self.changed, self.weight = {}, {}, {}, 0
        self.erased, self._buried = set(), set()
        planned: tuple[list[tuple[int, bytes]], ...] = tuple([] for _ in Clock)
        for key, value in self._rest.items():
            if key[0] == 0:
                continue
            wakes = Header.wakes_of(value)
            for dues, due in zip(planned, wakes, strict=True):
                if due:
                    dues.append((due, key))
            if is_erased(value):
                self._buried.add(key)
        for clock in Clock:
            wakeups.fill(clock, planned[clock])

    @property
    def feeds(self) -> list[Feed]:
        """The bit of each feed is its place here."""
        return list(self._feed_bits)

    @property
    def crowded(self) -> bool:
        """Whether all partitions of the process together hold too much."""
        return self._budget.crowded

    def load(self, key: bytes) -> Account:
        """The account, decoded; nobody may hold another one across this call."""
        account = self._hot.get(key)
        if account is None:
            account = self._decode(key)
        account.used = self._turn
        return account

    def _decode(self, key: bytes) -> Account:
        if self.weight > self._budget.limit:
            self._set_aside()
        value = self._aside.pop(key, None)
        if value is not None:
            account = self.changed[key] = Account.decode(key, value)
        else:
            value = self._rest.get(key)
            account = Account.new(key) if value is None else Account.decode(key, value)
        account.weight = len(value) if value else _NEW_ACCOUNT
        self._hot[key] = account
        self.weight += account.weight
        return account

    def wakes_of(self, key: bytes) -> Sequence[Millis]:
        """When the account is to be woken, by clock (0: never); decodes nothing."""
        account = self._hot.get(key)
        if account is not None:
            return account.wakes
        value = self._aside.get(key) or self._rest.get(key)
        return Header.wakes_of(value) if value else _NEVER

    def look(self, key: bytes) -> Account | None:
        """The account as it is now, None where there is none."""
        return self.load(key) if key in self._hot or key in self._aside or key in self._rest else None

    def living(self) -> list[bytes]:
        """The ids of all accounts that are not erased, in order."""
        # Not whatever is decoded: what was erased, or only asked for, may lie there too and is nobody.
        keys = {key for key in self._rest if key[0] != 0} - self._buried
        return sorted((keys | self._aside.keys() | self.changed.keys()) - self.erased)

    def let_go(self, key: bytes) -> None:
        """The account was looked at only: it need not stay decoded."""
        account = self._hot.get(key)
        if account is not None and key not in self.changed:
            del self._hot[key]
            self.weight -= account.weight

    def is_hot(self, key: bytes) -> bool:
        return key in self._hot or key in self._aside

    def note_changed(self, account: Account) -> None:
        """The account is to be written by the next flush."""
        self.changed[account.key] = account
        if self.erased:
            self.erased.discard(account.key)

    def erase(self, key: bytes) -> None:
        """Forget the account; what is left for a moment is its key and how far it was read."""
        account = Account.new(key)
        self.let_go(key)
        gone = self._hot.get(key)
        account.weight = gone.weight if gone else 0
        self._hot[key] = self.changed[key] = account
        self.erased.add(key)

    def fed_by(self, feeds: frozenset[Feed]) -> list[bytes]:
        """The ids of the accounts that live on one of the feeds, in order."""
        bits = 0
        for feed in feeds:
            bits |= self._bit(feed)
        keys = [key for key, account in self._hot.items() if self._bits_of(account) & bits]
        keys += [key for key, value in self._aside.items() if Header.of(value).feed_bits & bits]
        for key, value in self._rest.items():
            if key[0] != 0 and not self.is_hot(key) and Header.of(value).feed_bits & bits:
                keys.append(key)
        return sorted(keys)

    def flush(self, applied: int) -> Iterator[tuple[bytes, bytes]]:
        """What has changed since `committed`, encoded; `applied` is the last journal offset in it. An empty value
        removes its key."""
        for key, value in self._aside.items():
            yield key, with_applied(value, applied)
        for key, account in self.changed.items():
            erased = key in self.erased
            value = Account.erased(applied) if erased else account.encode(applied, self._bits_of(account))
            self.weight += len(value) - account.weight
            account.weight = len(value)
            yield key, value
        for key in sorted(self._buried):
            if key not in self.changed and key not in self._aside:
                yield key, b""

    def committed(self) -> None:
        """What `flush` returned is the new rest."""
        self._buried, self.erased = self.erased, set()
        self._aside.clear()
        self.changed.clear()
        self._turn += 1
        self._shrink(self._budget.allowed(self.weight))

    def _set_aside(self) -> None:
        """Too much is decoded in the middle of a commit: encode the half that was not in use for longest. How far it
        has been read is written over by `flush`."""
        for account in self._oldest_down_to(self._budget.limit // 2):
            if account.key in self.erased:
                continue
            if account.key in self.changed:
                del self.changed[account.key]
                self._aside[account.key] = account.encode(account.applied, self._bits_of(account))
            self.let_go(account.key)

    def _shrink(self, allowed: int) -> None:
        if self.weight > allowed:
            for account in self._oldest_down_to(allowed - allowed // 8):
                self.let_go(account.key)

    def _oldest_down_to(self, weight: int) -> Iterator[Account]:
        """Decoded accounts, those unused for longest first, until the others weigh less."""
        for account in sorted(self._hot.values(), key=_used):
            if self.weight <= weight:
                return
            yield account

    def _bits_of(self, account: Account) -> int:
        """The feeds of an account as bits, so that a stall finds its accounts without decoding them."""
        bits = 0
        for topic, systems in account.facts.feeds.items():
            for system in systems:
                bits |= self._bit((topic, system))
        return bits

    def _bit(self, feed: Feed) -> int:
        bit = self._feed_bits.get(feed)
        if bit is None:
            bit = self._feed_bits[feed] = len(self._feed_bits)
        return 1 << min(bit, _OTHERS)


def _used(account: Account) -> int:
    return account.used
