"""Which rules are asked when: at which events, at which time, and when nobody else asks."""

from __future__ import annotations

from streams.detection.account import Account
from streams.detection.clocks import Clocks
from streams.detection.facts import Touch
from streams.detection.facts.touch import RETURNS
from streams.detection.lifecycle import SignalState
from streams.detection.rules import Clock, Rule
from streams.detection.units import Millis, day_of, day_start

FIRST_CLOCK: Millis = 1
"""A recheck for when the clock has begun: events may be loaded before the first watermark."""

_BY_THE_DAY = Touch.ACTIVITY | Touch.FEATURE | Touch.API
"""Touches that a falling detector may leave to its next recheck when they are of a day still in progress. A new
user comes with one of them; a changed user does not."""

_NOT_IN_PROGRESS = ~(_BY_THE_DAY | Touch.USERS | RETURNS | Touch.NEW_USE)
"""What such an event does not touch beside."""

# As numbers: to compare members of an enum, or to find one, is a call.
_USAGE, _CALENDAR = int(Clock.USAGE), int(Clock.CALENDAR)


class Schedule:
    """The rules in the order of evaluation (those over verdicts last: they judge what the others have found), and
    what each account has planned for them."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = rules
        self.in_order = tuple(sorted(rules, key=lambda rule: rule.over_verdicts))
        self._clock_of = {rule.id: int(rule.clock) for rule in rules}
        self._place = {rule.id: place for place, rule in enumerate(self.in_order)}
        self._by_touch: dict[int, tuple[Rule, ...]] = {}
        self._in_progress: dict[int, tuple[Rule, ...]] = {}
        self._unarmed: dict[int, tuple[Rule, ...]] = {}
        self._to_arm: dict[int, tuple[str, ...]] = {}
        self.rescheduled = False
        """Whether the event in hand may have moved a recheck."""

    def wakes(self, account: Account) -> list[Millis]:
        """The earliest recheck per clock, 0 for none."""
        state = account.state
        wakes = [0] * len(Clock)
        clock_of = self._clock_of
        calendar = state.board_recheck
        for name, signal in state.signals.items():
            due, ends = signal.recheck, signal.ends
            if not due and not ends:
                continue
            clock = clock_of.get(name)
            if clock is None:
                continue
            if due:
                known = wakes[clock]
                if not known or due < known:
                    wakes[clock] = due
            if ends and (not calendar or ends < calendar):
                calendar = ends
        if calendar:
            _sooner(wakes, _CALENDAR, calendar)
        if state.doubts_at:
            _sooner(wakes, _USAGE, state.doubts_at)
        return wakes

    def _touched(self, touch: int) -> tuple[Rule, ...]:
        found = self._by_touch.get(touch)
        if found is None:
            found = self._by_touch[touch] = tuple(rule for rule in self.in_order if rule.touches & touch)
            asked = tuple(rule for rule in found if not rule.falls or not rule.news or rule.news & touch)
            self._in_progress[touch] = asked
            self._unarmed[touch] = tuple(rule for rule in asked if not rule.falls or rule.news)
            to_arm = [rule for rule in asked if rule.falls and not rule.news]
            # One by another clock is asked at every event: nobody has such a signal, `""` stands for it.
            self._to_arm[touch] = tuple(rule.id if rule.clock is Clock.USAGE else "" for rule in to_arm)
        return found

    def to_ask(self, account: Account, touch: int, occurred: Millis, clocks: Clocks) -> tuple[Rule, ...]:
        """The touched rules; of a day in progress without those to which it is no news, and without the other falling
        ones where all of them are known to be armed: on a busy day that is nearly every event."""
        rules = self._touched(touch)
        if not touch & _BY_THE_DAY or touch & _NOT_IN_PROGRESS:
            return rules
        if occurred < clocks.midnights[_USAGE]:
            return rules
        if touch in account.armed:
            return self._unarmed[touch]
        rules = self._in_progress[touch]
        signals = account.state.signals
        for name in self._to_arm[touch]:
            state = signals.get(name)
            if state is None or not state.recheck:
                return rules
        account.armed.add(touch)
        return self._unarmed[touch]

    def time_of_event(
        self, rule: Rule, account: Account, touch: int, occurred: Millis, clocks: Clocks
    ) -> Millis | None:
        """When the rule is evaluated for this event; None where its next recheck is early enough.

        A falling rule looks at complete days only: what happens today can wait for the recheck, which was set as
        if nobody came any more. Late data is looked at when the clock goes on, for it comes in heaps and half a heap
        misleads; a changed profile now, as of the last midnight."""
        state = account.state.signals.get(rule.id)
        if not rule.falls:
            now = max(occurred, account.state.at[rule.clock])
            return now if state is None or not state.subjects else max(now, state.latest)
        by_the_day = touch & _BY_THE_DAY and not touch & _NOT_IN_PROGRESS
        if by_the_day and rule.news:
            self._note_news(rule, account, state, touch, occurred, clocks)
            return None
        armed = by_the_day and state is not None and state.recheck
        if armed and occurred >= clocks.midnights[rule.clock]:
            return None
        clock = clocks.of_account(rule.clock, account.facts.feeds)
        midnight = day_start(day_of(clock))
        if by_the_day:
            due = day_start(day_of(occurred) + 1) if occurred >= midnight else clock + 1
            if state is None:
                state = account.state.signals[rule.id] = SignalState()
            if not state.recheck or (occurred < midnight and state.recheck > due):
                state.recheck = due
                self.rescheduled = True
            return None
        if not midnight or (state is not None and state.recheck and state.recheck <= midnight):
            return None
        return midnight

    def _note_news(
        self,
        rule: Rule,
        account: Account,
        state: SignalState | None,
        touch: int,
        occurred: Millis,
        clocks: Clocks,
    ) -> None:
        """Have the rule read at the next midnight, or by the next watermark where the event is of a day that is over;
        not at all where it has said that it bears such an event, or where it is no news. One that makes a user new, or
        erases one, it does not bear: who is erased may have been what held it back."""
        in_progress = occurred >= clocks.midnights[rule.clock]
        clock = 0
        if not in_progress:
            clock = clocks.of_account(rule.clock, account.facts.feeds)
            in_progress = occurred >= day_start(day_of(clock))
        if in_progress:
            if not touch & rule.news or (state is not None and state.bears < 0):
                return
            if state is not None and state.bears and not touch & Touch.USERS:
                state.bears -= 1
                return
            clock = clock or clocks.of_account(rule.clock, account.facts.feeds)
            due = day_start(day_of(clock or occurred) + 1)
        else:
            due = clock + 1
        if state is None:
            state = account.state.signals[rule.id] = SignalState()
        if not state.recheck or state.recheck > due:
            state.recheck = due
            self.rescheduled = True

    def due(self, account: Account, clock: Clock, due: Millis) -> list[Rule]:
        """The rules whose recheck, or by the calendar whose end, has come, in order."""
        wanted, clock_of, place = int(clock), self._clock_of, self._place
        signals = account.state.signals
        found = [
            place[name]
            for name, state in signals.items()
            if 0 < state.recheck <= due and clock_of.get(name) == wanted
        ]
        if wanted == _CALENDAR:
            ending = [place[name] for name, s in signals.items() if 0 < s.ends <= due and name in place]
            found = [*{*found, *ending}]
        found.sort()
        return [self.in_order[at] for at in found]

    def judge_tomorrow(self, account: Account, touch: int, clocks: Clocks) -> None:
        self.rescheduled = True
        for rule in self._touched(touch):
            clock = clocks.of_account(rule.clock, account.facts.feeds)
            due = day_start(day_of(max(clock, account.state.at[rule.clock])) + 1) if clock else FIRST_CLOCK
            state = account.state.signals.setdefault(rule.id, SignalState())
            state.recheck = min(state.recheck or due, due)

    def put_off(self, account: Account, clock: Clock, clocks: Clocks) -> None:
        """Time has begun: what was loaded before is judged at the first midnight."""
        midnight = day_start(day_of(clocks.of_account(clock, account.facts.feeds)) + 1)
        for rule in self._rules:
            state = account.state.signals.get(rule.id)
            if rule.clock is clock and state is not None and state.recheck == FIRST_CLOCK:
                state.recheck = midnight


def _sooner(wakes: list[Millis], clock: int, due: Millis) -> None:
    if not wakes[clock] or due < wakes[clock]:
        wakes[clock] = due
