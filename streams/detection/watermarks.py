"""Time passes in one partition: who is due is judged, in the order of their times, and stalled feeds are shown."""

from __future__ import annotations

from collections.abc import Iterator

from streams.detection.account import Account
from streams.detection.accounts import Accounts
from streams.detection.clocks import Clocks, Feed
from streams.detection.judgement import Judgement
from streams.detection.partition import EngineStats, JournalRecord, PartitionState, watermark_of
from streams.detection.rules import Clock
from streams.detection.schedule import Schedule
from streams.detection.system import Outgoing
from streams.detection.units import Millis
from streams.detection.wakeups import Wakeups


class Watermarks:
    """What a watermark does, one account at a time.

    Each step leaves a state that may be committed: taking the same watermark again does what is left to do.
    """

    def __init__(self, state: PartitionState, clocks: Clocks, accounts: Accounts, stats: EngineStats) -> None:
        self._state = state
        self._clocks = clocks
        self._accounts = accounts
        self._stats = stats
        self._wakeups = Wakeups()
        accounts.restore(state.feeds, self._wakeups)
        if state.stalled is None:
            state.stalled = sorted(clocks.stalled_feeds())

    def take(self, record: JournalRecord, judgement: Judgement) -> Iterator[list[Outgoing]]:
        """Move the clocks; yields after each account that was decoded: judged, shown, or found to have to wait."""
        self._stats.watermarks += 1
        clocks = self._clocks
        for clock in clocks.note(watermark_of(record.value or b"")):
            self._wakeups.unpark(clock)
        yield from self._wake_due(record.offset, judgement)
        stalled, shown = clocks.stalled_feeds(), frozenset(self._state.stalled or ())
        if stalled != shown:
            yield from self._show_stalls(stalled ^ shown, record.offset, judgement)
            self._state.stalled = sorted(stalled)

    def plan(self, account: Account, schedule: Schedule) -> None:
        """Put the account's next wake-ups into the calendar."""
        wakes, known = schedule.wakes(account), account.wakes
        if wakes == known:
            return
        for clock, due in enumerate(wakes):
            if due and due != known[clock]:
                self._wakeups.add(clock, due, account.key)
        account.wakes = wakes

    def _wake_due(self, offset: int, judgement: Judgement) -> Iterator[list[Outgoing]]:
        clocks, wakeups = self._clocks, self._wakeups
        now = tuple(clocks.furthest)
        ahead: list[tuple[Clock, Millis, bytes]] = []
        try:
            while (entry := wakeups.pop(now)) is not None:
                clock, due, key = entry
                really = self._accounts.wakes_of(key)[clock]
                if really != due:
                    if really:
                        wakeups.add(clock, really, key)
                    continue
                account = self._accounts.load(key)
                if offset <= account.applied:
                    ahead.append(entry)
                    yield []
                    continue
                if clocks.of_account(clock, account.facts.feeds) < due:
                    wakeups.park(clock, due, key)
                    yield []
                    continue
                self._stats.wakeups += 1
                self._accounts.note_changed(account)
                said = judgement.on_wake(account, clock, due, clocks, offset)
                account.wakes[clock] = 0
                self.plan(account, judgement.schedule)
                yield said
        finally:
            # Read again after a crash: these states are ahead of this watermark, a later one will find them.
            for clock, due, key in ahead:
                wakeups.add(clock, due, key)

    def _show_stalls(
        self, feeds: frozenset[Feed], offset: int, judgement: Judgement
    ) -> Iterator[list[Outgoing]]:
        for key in self._accounts.fed_by(feeds):
            account = self._accounts.load(key)
            if offset > account.applied:
                self._accounts.note_changed(account)
                yield judgement.on_stall(account, self._clocks, offset)
