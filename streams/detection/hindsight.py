"""Was it ever true? Verdicts that data which came late may have made untrue, and what rested on them.

An alert is retracted, and not resolved, where the corrected facts do not bear it out: its signal's lifecycle is run
again, midnight by midnight, over the 35 days before the verdict, and must stand at the end as it did. Looking at the
day of the verdict alone finds two thirds of the untrue ones and takes back twice as many of the true.
"""

from __future__ import annotations

from streams.detection.account import Account, PastVerdict
from streams.detection.clocks import Clocks
from streams.detection.facts import HORIZON_DAYS, Facts
from streams.detection.lifecycle import SignalState, judge
from streams.detection.reviewed import Reviewed
from streams.detection.reviewer import Reviewer
from streams.detection.rules import Clock, Rule, Variant
from streams.detection.system import Status
from streams.detection.units import DAY_MS, Millis, day_of, day_start

LATE_DATA = "late data"
"""The reason of a retraction."""

LOOK_BACK_DAYS = 35
"""How long before a verdict its lifecycle is run again, and how long after its end it may still be taken back."""


class Hindsight:
    """Notes which verdicts are in doubt, and looks at them at the next watermark, when the rest of the late data is
    there too."""

    def __init__(self, rules: tuple[Rule, ...], reviewer: Reviewer) -> None:
        self._rules = tuple(rule for rule in rules if _reach(rule))
        self._over_verdicts = tuple(rule for rule in rules if rule.over_verdicts)
        self._reviewer = reviewer

    def note(self, account: Account, reviews: list[Reviewed]) -> None:
        """Remember since when the verdicts are true that could be taken back."""
        past = account.state.past
        for review in reviews:
            if not review.judged.changed or not _reach(review.rule):
                continue
            begun = _begun(review.state)
            known = past.get(review.rule.id)
            if begun and (known is None or known.ended or known.begun != begun):
                past[review.rule.id] = PastVerdict(begun, sorted(_standing(review.state)))
            elif not begun and known is not None and not known.ended:
                known.ended = review.said_at

    def doubt(self, account: Account, touch: int, occurred: Millis, clocks: Clocks) -> None:
        """An event of a day that was over has come: what became true after it is looked at again."""
        past = account.state.past
        if not past:
            return
        for rule in self._rules:
            verdict = past.get(rule.id)
            if verdict is None or not rule.touches & touch or verdict.retracted or occurred > verdict.begun:
                continue
            if verdict.ended and verdict.ended + LOOK_BACK_DAYS * DAY_MS < clocks.calendar:
                del past[rule.id]
                continue
            verdict.doubted = True
            account.state.doubts_at = clocks.of_account(Clock.USAGE, account.facts.feeds) + 1

    def look(self, account: Account, now: Millis) -> list[Reviewed]:
        """Every verdict in doubt that was not true, and the verdicts over verdicts that rested on it."""
        account.state.doubts_at = 0
        taken_back = []
        for rule in self._rules:
            verdict = account.state.past.get(rule.id)
            if verdict is None or not verdict.doubted:
                continue
            verdict.doubted = False
            if not self._bears_out(account.facts, rule, verdict):
                verdict.retracted = True
                taken_back.append(self._take_back(account, rule, verdict, now))
        if taken_back:
            taken_back += self._rested_on(account, now)
        return taken_back

    def _bears_out(self, facts: Facts, rule: Rule, verdict: PastVerdict) -> bool:
        """Whether the corrected facts lead to the verdict; also where they do not reach far enough to say so."""
        variant = rule.variants[facts.profile.segment]
        names = standing_at(facts, variant, verdict.begun)
        return names is None or not names.isdisjoint(verdict.subjects)

    def _take_back(self, account: Account, rule: Rule, verdict: PastVerdict, now: Millis) -> Reviewed:
        state = account.state.signals.get(rule.id) or SignalState()
        still = _begun(state) == verdict.begun
        review = self._reviewer.taken_back(account, rule, state, verdict.begun, now, LATE_DATA, still)
        review.ended_as = Status.RETRACTED
        if not still and verdict.revision:
            review.past = verdict
        return review

    def _rested_on(self, account: Account, now: Millis) -> list[Reviewed]:
        reviews = []
        signals, past = account.state.signals, account.state.past
        for rule in self._over_verdicts:
            state = signals.get(rule.id)
            begun = _begun(state) if state else 0
            if state is None or not begun:
                continue
            gone = frozenset(name for name, v in past.items() if v.retracted and v.begun <= begun)
            first = {
                name: memory for name, memory in state.memories().items() if memory.since == begun
            }  # as it was when it became true
            detector = rule.variants[account.facts.profile.segment].detector
            if not detector.stands_without(first, gone):
                review = self._reviewer.taken_back(account, rule, state, begun, now, LATE_DATA, True)
                review.ended_as = Status.RETRACTED
                reviews.append(review)
        return reviews


def standing_at(facts: Facts, variant: Variant, begun: Millis) -> frozenset[str] | None:
    """The subjects that stand on the day of a verdict when the lifecycle is run again on the facts of today; None
    where they do not reach back far enough."""
    day = day_of(begun)
    earliest = facts.newest_day - HORIZON_DAYS + 1 + variant.detector.reach
    if day < earliest:
        return None
    state = SignalState(was_clear=True)
    for each in range(max(day - LOOK_BACK_DAYS, earliest), day + 1):
        midnight = day_start(each)
        judge(state, variant.detector.read(facts, midnight, state.memories()), variant, midnight)
    return _standing(state)


def _standing(state: SignalState) -> frozenset[str]:
    return frozenset(name for name, subject in state.subjects.items() if subject.standing)


def _begun(state: SignalState) -> Millis:
    """Since when the verdict is true, 0 where it is not."""
    return min((s.standing for s in state.subjects.values() if s.standing), default=0)


def _reach(rule: Rule) -> int:
    return rule.variants[None].detector.reach if rule.falls else 0
