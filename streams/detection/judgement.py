"""One step of one account: evaluate what was touched or is due, then board, then holds, then messages.

The order is the design's: every motion's verdicts first, each for itself; then the board; then what is held and
what is said. An account's steps are a pure function of its journal records, whatever batches they came in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from streams.detection.account import Account
from streams.detection.clocks import Clocks
from streams.detection.facts import Touch
from streams.detection.hindsight import Hindsight
from streams.detection.lifecycle import clamp_levels
from streams.detection.reading import Evidence
from streams.detection.reviewed import Reviewed
from streams.detection.reviewer import Reviewer
from streams.detection.rules import Clock
from streams.detection.schedule import FIRST_CLOCK, Schedule
from streams.detection.system import Outgoing, Status, System, Where
from streams.detection.teller import CATALOG_CHANGED, Teller, view_of
from streams.detection.units import Millis, day_of, day_start

ERASED = "account erased"
"""The reason of the last message about an account that is forgotten."""

_ENDS = Touch.FEEDBACK | Touch.DEALS
"""Touches by which people or a deal can end an alert that is open."""

_MORE_THAN_RULES = _ENDS | Touch.PROFILE
"""Touches that may have something said although no rule reads them."""


class Judgement:
    """The steps of all accounts of one partition; holds no account and no time of its own. `holds` is where it counts
    how often a signal began to be held, by motion and reason."""

    def __init__(self, system: System, partition: int, holds: Counter[tuple[str, str]]) -> None:
        self._system = system
        self._partition = partition
        self._rules = system.rules
        self._by_id = {rule.id: rule for rule in self._rules}
        self._over_verdicts = tuple(rule for rule in self._rules if rule.over_verdicts)
        self.schedule = Schedule(self._rules)
        """What each account has planned, and whether the last `on_event` may have moved it."""
        self._reviewer = Reviewer(system)
        self._teller = Teller(system, partition, holds)
        self._hindsight = Hindsight(self._rules, self._reviewer)

    @property
    def evaluations(self) -> int:
        """Readings so far."""
        return self._reviewer.evaluations

    def on_event(
        self,
        account: Account,
        touch: int,
        occurred: Millis,
        clocks: Clocks,
        offset: int,
        *,
        live: bool = True,
        subject: str | None = None,
        source: Clock | None = None,
    ) -> list[Outgoing]:
        """An event has changed facts: evaluate the rules that read them, at the event's time or later; `subject` is
        the one thing that it was about, where nothing else has changed. `source` is whose time the event's is, where
        that is known. It moves no other source's: a CRM that exports once a night would have all that it tells of a
        day dated by the first event of the next one. What a
        snapshot or a backfill tells is judged at the next midnight, when the rest of the load is there too: in the
        middle of a load nearly everything looks overdue or abandoned."""
        self.schedule.rescheduled = False
        if account.state.past and clocks.is_late(occurred, account.facts.feeds):
            self._hindsight.doubt(account, touch, occurred, clocks)
            self.schedule.rescheduled = True
        if not live:
            self.schedule.judge_tomorrow(account, touch, clocks)
            return []
        asked = self.schedule.to_ask(account, touch, occurred, clocks)
        if not asked and account.state.shown and not touch & _MORE_THAN_RULES:
            return []
        reviews: list[Reviewed] = []
        at = 0
        if touch & _ENDS:
            reviews = self._reviewer.endings(account, occurred)
            at = max([review.now for review in reviews], default=0)
        for rule in asked:
            now = self.schedule.time_of_event(rule, account, touch, occurred, clocks)
            if now is not None:
                alone = subject if touch == rule.by_subject else None
                moves = rule.clock is source or rule.clock is Clock.CALENDAR
                review = self._reviewer.look(account, rule, now, occurred, clocks, alone=alone, moves=moves)
                if review is not None:
                    reviews.append(review)
                if now > at:
                    at = now
                self.schedule.rescheduled = True
        released = touch & Touch.DEALS and any(s.held for s in account.state.signals.values())
        seen = account.state.shown and not touch & Touch.PROFILE and not released
        if seen and not (reviews and any(review.changed for review in reviews)):
            return []
        self.schedule.rescheduled = True
        return self._settle(account, reviews, at or occurred, clocks, offset)

    def on_wake(
        self, account: Account, clock: Clock, due: Millis, clocks: Clocks, offset: int
    ) -> list[Outgoing]:
        """The clock has come to `due`: evaluate the rules that may have changed by time alone."""
        if due == FIRST_CLOCK:
            self.schedule.put_off(account, clock, clocks)
            return []
        reviews, at = [], account.state.at[clock]
        if clock is Clock.USAGE and 0 < account.state.doubts_at <= due:
            reviews = self._hindsight.look(account, due)
        looked_at = {review.rule.id for review in reviews} if reviews else ()
        for rule in self.schedule.due(account, clock, due):
            if rule.id in looked_at:
                continue  # what was taken back is still due, and read in the next step
            state = account.state.signals[rule.id]
            if clock is Clock.CALENDAR and 0 < state.ends <= due:
                reviews.append(self._reviewer.expire(account, rule, state, due))
            else:
                # Late data wakes in the middle of a day; what compares complete days is read as of its midnight.
                now = day_start(day_of(due)) if rule.falls else max(due, at)
                review = self._reviewer.look(account, rule, now, None, clocks)
                if rule.falls and 0 < state.recheck <= due:
                    # A cooldown may end in the middle of a day. Read again as of the same midnight, what has changed
                    # nothing changes nothing: it waits for the next one.
                    changed = review is not None and review.changed
                    state.recheck = due + 1 if changed else day_start(day_of(due) + 1)
                if review is not None:
                    if rule.falls:
                        review.said_at = due
                    reviews.append(review)
        board_due = clock is Clock.CALENDAR and 0 < account.state.board_recheck <= due
        seen = account.state.shown and not board_due
        if seen and not (reviews and any(r.changed or r.state.held in _MAY_END for r in reviews)):
            return []
        return self._settle(account, reviews, due, clocks, offset)

    def on_stall(self, account: Account, clocks: Clocks, offset: int) -> list[Outgoing]:
        """A feed of the account stalled or came back: show it. No verdict changes. An account that has only been loaded
        is on no board yet: its first place shows the stall too."""
        if not account.state.board.quadrant:
            return []
        return self._teller.show_stall(account, self._reviewer.verdicts(account), clocks, offset)

    def on_catalog(
        self, account: Account, changed: Collection[str], clocks: Clocks, offset: int
    ) -> list[Outgoing]:
        """Other rules apply: read the changed signals anew; alerts that are open say so. What was frozen when they
        opened stays, levels rise at once and fall in a week, as ever."""
        account.armed.clear()
        reviews = []
        for rule in self._rules:
            now = self._reviewer.present(rule, account, clocks) if rule.id in changed else 0
            if now:
                clamp_levels(account.state.signals.get(rule.id), len(rule.levels))
                review = self._reviewer.review(account, rule, now, None, clocks, by_fact=True)
                review.anew = True
                review.judged.changed |= bool(review.state.opened)
                reviews.append(review)
        if not any(review.changed for review in reviews):
            return []
        at = max(review.now for review in reviews)
        return self._settle(account, reviews, at, clocks, offset)

    def on_gone(self, account: Account, gone: Collection[str], clocks: Clocks, offset: int) -> list[Outgoing]:
        """These signals end with the catalog that had them: so do their alerts. Their ordinals are kept."""
        reviews = []
        for rule in self._rules:
            state = account.state.signals.get(rule.id)
            if rule.id in gone and state is not None:
                now = self._reviewer.present(rule, account, clocks) or state.opened
                reviews.append(self._reviewer.closed(account, rule, state, now, CATALOG_CHANGED))
        if not reviews:
            return []
        at = max(review.now for review in reviews)
        out = self._settle(account, reviews, at, clocks, offset)
        for review in reviews:
            if review.state.blank:
                account.state.signals.pop(review.rule.id, None)
        return out

    def on_erasure(self, account: Account, clocks: Clocks, offset: int) -> list[Outgoing]:
        """The account is to be forgotten: retract its open alerts in messages that say nothing else of it, and
        remove it from the board."""
        out = []
        where, nobody = Where(self._partition, offset), Account.new(account.key)
        today = day_of(clocks.calendar)
        nothing = Evidence(observed=0.0, threshold=0.0, unit="erased", window=(today, today))
        for rule in self._rules:
            state = account.state.signals.get(rule.id)
            if state is not None and state.opened:
                now = max(state.opened, clocks.calendar)
                review = self._reviewer.closed(account, rule, state, now, ERASED)
                out.append(
                    self._teller.message(
                        nobody, review, Status.RETRACTED, ERASED, 0, state.revision + 1, nothing, (), where
                    )
                )
        return [*out, Outgoing("account-quadrants", account.key, b"")]

    def _settle(
        self, account: Account, reviews: list[Reviewed], at: Millis, clocks: Clocks, offset: int
    ) -> list[Outgoing]:
        out: list[Outgoing] = []
        state = account.state
        self._hindsight.note(account, reviews)
        for review in reviews:
            if review.judged.changed:
                self._reviewer.locate(account, review)
        board_at = max(at, state.at[Clock.CALENDAR])
        reviewed = {review.rule.id for review in reviews}
        for rule in self._over_verdicts:
            if rule.id not in reviewed:
                reviews.append(self._reviewer.review(account, rule, board_at, None, clocks))
                self._reviewer.locate(account, reviews[-1])
        verdicts = self._reviewer.verdicts(account)
        risk_was = state.board.risk_since
        placed = self._system.board.place(state.board, verdicts, board_at, _taken_back(reviews))
        state.at[Clock.CALENDAR] = board_at
        if placed.state.risk_since != risk_was:
            self._ask_again_over_verdicts(account, board_at)
        state.board, state.board_recheck = placed.state, placed.recheck_at or 0
        wakes = [due for due in (state.board_recheck, self._teller.snoozed_until(account)) if due > board_at]
        state.board_recheck = min(wakes, default=0)
        where = Where(self._partition, offset)
        for review in self._with_held(account, reviews, at, clocks):
            out.extend(self._teller.say(account, review, verdicts, clocks, where))
        if placed.moved_from is not None:
            out.append(
                self._system.board.change(
                    view_of(account), placed, self._reviewer.verdicts(account), board_at, where
                )
            )
        out.extend(self._teller.show(account, self._reviewer.verdicts(account), board_at, clocks, offset))
        return out

    def _ask_again_over_verdicts(self, account: Account, now: Millis) -> None:
        """Who reads the board reads it as of the step before: after a move the next step is now."""
        for rule in self._over_verdicts:
            state = account.state.signals.get(rule.id)
            if state is not None and (not state.recheck or state.recheck > now + 1):
                state.recheck = now + 1

    def _with_held(
        self, account: Account, reviews: list[Reviewed], at: Millis, clocks: Clocks
    ) -> Iterable[Reviewed]:
        """The reviews in the order of the rules, with the held rules again: what held them may be over at `at`."""
        by_rule = {review.rule.id: review for review in reviews}
        for name, state in account.state.signals.items():
            rule = self._by_id.get(name)
            if rule is not None and state.held and name not in by_rule:
                review = by_rule[name] = self._reviewer.reread(account, rule, state, clocks)
                review.said_at = max(review.now, at)
        if len(by_rule) == len(reviews):
            return reviews
        return sorted(by_rule.values(), key=lambda review: self._rules.index(review.rule))


def _taken_back(reviews: list[Reviewed]) -> dict[str, Millis]:
    """Motion -> since when the first verdict had counted that was never true."""
    begun: dict[str, Millis] = {}
    for review in reviews:
        if review.ended_as is Status.RETRACTED:
            motion = review.rule.motion
            begun[motion] = min(review.now, begun.get(motion, review.now))
    return begun


_MAY_END = frozenset({"api-takeover"})
