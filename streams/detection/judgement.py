"""One step of one account: evaluate what was touched or is due, then board, then holds, then messages.

The order is the design's: every motion's verdicts first, each for itself; then the board; then what is held and
what is said. An account's steps are a pure function of its journal records, whatever batches they came in.
"""

from __future__ import annotations

from collections.abc import Iterable

import xxhash

from streams.detection.account import Account, Place
from streams.detection.clocks import Clocks
from streams.detection.facts import Touch
from streams.detection.lifecycle import Judged, SignalState, close_all, expire, judge, ready_to_open
from streams.detection.reading import Evidence, Finding, Memory, Reading
from streams.detection.rules import TOPIC_OF_CLOCK, Clock, Rule, Variant
from streams.detection.system import (
    AccountView,
    HeldSignal,
    Hold,
    Motion,
    Notice,
    Outgoing,
    Status,
    SubjectView,
    System,
    Verdict,
    Where,
)
from streams.detection.units import DAY_MS, Millis, day_of, day_start

HISTORICAL_AFTER: Millis = 14 * DAY_MS
"""A verdict decided longer ago than this (backfill, late data) is told once as history and opens nothing."""

_BY_THE_DAY = Touch.ACTIVITY | Touch.FEATURE | Touch.API
"""Touches that a falling detector may leave to its next recheck when they are of a day still in progress. A new
user comes with one of them; a changed user does not."""


class Reviewed:
    """What one step has read of one rule."""

    __slots__ = ("historical", "judged", "memories", "now", "reading", "reason", "rule", "state", "variant")

    def __init__(
        self,
        rule: Rule,
        variant: Variant,
        state: SignalState,
        reading: Reading,
        judged: Judged,
        memories: dict[str, Memory],
        now: Millis,
        reason: str | None = None,
    ) -> None:
        self.rule, self.variant, self.state = rule, variant, state
        self.reading, self.judged, self.memories, self.now = reading, judged, memories, now
        self.reason = reason
        self.historical: list[Finding] = []

    @property
    def changed(self) -> bool:
        """Whether anything follows from it."""
        return self.judged.changed or bool(self.historical)

    def finding(self, subject: str | None) -> Finding:
        """The subject's finding; what is no longer named is clear."""
        for finding in self.reading.findings:
            if finding.subject == subject:
                return finding
        return Finding(hit=False, clear=True, subject=subject or "")

    def evidence(self, account: Account, subject: str | None) -> Evidence:
        finding = self.finding(subject)
        return self.variant.detector.evidence(
            account.facts, self.now, finding, self.memories.get(finding.subject)
        )


class Judgement:
    """The steps of all accounts of one partition; holds no account and no time of its own."""

    def __init__(self, system: System, partition: int) -> None:
        self._system = system
        self._partition = partition
        self._rules = system.rules
        self._by_id = {rule.id: rule for rule in self._rules}
        self._motion_of: dict[str, Motion] = {rule.id: m for m in system.motions for rule in m.rules}
        self._by_touch: dict[int, tuple[Rule, ...]] = {}
        self.evaluations = 0
        self.rescheduled = False
        """Whether the last `on_event` may have moved a recheck."""

    def on_event(
        self, account: Account, touch: int, occurred: Millis, clocks: Clocks, offset: int
    ) -> list[Outgoing]:
        """An event has changed facts: evaluate the rules that read them, at the event's time or later."""
        self.rescheduled = False
        reviews = []
        for rule in self._touched(touch):
            now = self._time_of_event(rule, account, touch, occurred, clocks)
            if now is not None:
                reviews.append(self._review(account, rule, now, occurred, clocks))
                self.rescheduled = True
        seen = account.state.shown and not touch & Touch.PROFILE
        if seen and not any(review.changed for review in reviews):
            return []
        self.rescheduled = True
        at = max([review.now for review in reviews], default=occurred)
        return self._settle(account, reviews, at, clocks, offset)

    def on_wake(
        self, account: Account, clock: Clock, due: Millis, clocks: Clocks, offset: int
    ) -> list[Outgoing]:
        """The clock has come to `due`: evaluate the rules that may have changed by time alone."""
        reviews, at = [], account.state.at[clock]
        for rule in self._rules:
            state = account.state.signals.get(rule.id)
            if state is None:
                continue
            if clock is Clock.CALENDAR and 0 < state.ends <= due:
                reviews.append(self._expire(account, rule, state, due))
            elif rule.clock is clock and 0 < state.recheck <= due:
                now = due if rule.falls else max(due, at)
                reviews.append(self._review(account, rule, now, None, clocks))
        board_due = clock is Clock.CALENDAR and 0 < account.state.board_recheck <= due
        if not board_due and not any(review.changed for review in reviews):
            return []
        return self._settle(account, reviews, due, clocks, offset)

    def on_stall(self, account: Account, clocks: Clocks, offset: int) -> list[Outgoing]:
        """A feed of the account stalled or came back: show it. No verdict changes."""
        return self._show(account, self._verdicts(account), clocks.calendar, clocks, offset)

    def wakes(self, account: Account) -> list[Millis]:
        """The earliest recheck per clock, 0 for none."""
        wakes = [0] * len(Clock)
        for name, state in account.state.signals.items():
            rule = self._by_id.get(name)
            if rule is None:
                continue
            if state.recheck:
                _sooner(wakes, rule.clock, state.recheck)
            if state.ends:
                _sooner(wakes, Clock.CALENDAR, state.ends)
        if account.state.board_recheck:
            _sooner(wakes, Clock.CALENDAR, account.state.board_recheck)
        return wakes

    # -- evaluation

    def _touched(self, touch: int) -> tuple[Rule, ...]:
        found = self._by_touch.get(touch)
        if found is None:
            found = self._by_touch[touch] = tuple(rule for rule in self._rules if rule.touches & touch)
        return found

    def _time_of_event(
        self, rule: Rule, account: Account, touch: int, occurred: Millis, clocks: Clocks
    ) -> Millis | None:
        """When the rule is evaluated for this event; None where its next recheck is early enough.

        A falling rule looks at complete days only: what happens today can wait for the recheck, which was set as
        if nobody came any more. Late data and changed profiles are looked at now, as of the last midnight."""
        if not rule.falls:
            return max(occurred, account.state.at[rule.clock])
        by_the_day = touch & _BY_THE_DAY and not touch & ~(_BY_THE_DAY | Touch.USERS)
        state = account.state.signals.get(rule.id)
        armed = by_the_day and state is not None and state.recheck
        # No account is ahead of its topic: after the topic's midnight is after its own.
        if armed and occurred >= day_start(day_of(clocks.furthest(rule.clock))):
            return None
        midnight = day_start(day_of(clocks.of_account(rule.clock, account.facts.feeds)))
        if occurred >= midnight and by_the_day:
            if state is None or not state.recheck:
                if state is None:
                    state = account.state.signals[rule.id] = SignalState()
                state.recheck = day_start(day_of(occurred) + 1)
                self.rescheduled = True
            return None
        if not midnight or (state is not None and state.recheck and state.recheck <= midnight):
            return None
        return midnight

    def _review(
        self, account: Account, rule: Rule, now: Millis, occurred: Millis | None, clocks: Clocks
    ) -> Reviewed:
        self.evaluations += 1
        facts, signals = account.facts, account.state.signals
        variant = rule.variant(facts.profile.segment)
        state = signals.get(rule.id)
        if state is None:
            state = SignalState()
        memories = state.memories()
        reason = self._out_of_scope(rule, variant, account, now)
        if reason is not None:
            judged = Judged(close_all(state, now, variant.cooldown), [])
            judged.changed = bool(judged.resolved)
            reviewed = Reviewed(rule, variant, state, Reading(), judged, memories, now, reason)
        else:
            reading = variant.detector.read(facts, now, memories)
            judged = judge(state, reading, variant, now)
            reviewed = Reviewed(rule, variant, state, reading, judged, memories, now)
            self._set_history_apart(reviewed, occurred, clocks)
        if 0 < state.recheck <= now:
            state.recheck = now + 1
        if state.blank:
            signals.pop(rule.id, None)
        else:
            signals[rule.id] = state
        if not rule.falls and now > account.state.at[rule.clock]:
            account.state.at[rule.clock] = now
        return reviewed

    def _expire(self, account: Account, rule: Rule, state: SignalState, now: Millis) -> Reviewed:
        variant, memories = rule.variant(account.facts.profile.segment), state.memories()
        judged = expire(state, variant, now)
        reading = variant.detector.read(account.facts, now, memories)
        return Reviewed(rule, variant, state, reading, judged, memories, now)

    def _out_of_scope(self, rule: Rule, variant: Variant, account: Account, now: Millis) -> str | None:
        """Why a signal is not asked about this account, None where it is."""
        profile, gates = account.facts.profile, rule.spec.gates
        if not variant.enabled:
            return "switched off for the segment"
        if profile.merged_into is not None:
            return "merged"
        if profile.is_test and not gates.test_accounts:
            return "test account"
        if (profile.lifecycle or "unknown") not in gates.lifecycles:
            return f"lifecycle {profile.lifecycle}"
        if gates.acv_at_least is not None:
            acv = self._system.acv(account.facts, day_of(now))
            if acv is None or acv < gates.acv_at_least:
                return "ACV unknown" if acv is None else f"ACV below {gates.acv_at_least:g}"
        return None

    def _set_history_apart(self, reviewed: Reviewed, occurred: Millis | None, clocks: Clocks) -> None:
        """Verdicts that have just become true, but long ago: they are told and never stand."""
        for name, subject in reviewed.state.subjects.items():
            if subject.standing != reviewed.now or name in reviewed.memories:
                continue
            finding = reviewed.finding(name)
            decided = reviewed.now if occurred is None else occurred
            if clocks.calendar - decided > HISTORICAL_AFTER:
                subject.pending = subject.standing = 0
                subject.quiet_until = reviewed.now + reviewed.variant.expires
                reviewed.historical.append(finding)

    # -- board, holds, messages

    def _settle(
        self, account: Account, reviews: list[Reviewed], at: Millis, clocks: Clocks, offset: int
    ) -> list[Outgoing]:
        out: list[Outgoing] = []
        state = account.state
        for review in reviews:
            if review.judged.changed:
                self._locate(account, review)
        verdicts = self._verdicts(account)
        board_at = max(at, state.at[Clock.CALENDAR])
        placed = self._system.board.place(state.board, verdicts, board_at)
        state.at[Clock.CALENDAR] = board_at
        state.board, state.board_recheck = placed.state, placed.recheck_at or 0
        where = Where(self._partition, offset)
        for review in self._with_held(account, reviews):
            out.extend(self._say(account, review, verdicts, clocks, where))
        if placed.moved_from is not None:
            out.append(
                self._system.board.change(_view(account), placed, self._verdicts(account), board_at, where)
            )
        out.extend(self._show(account, self._verdicts(account), board_at, clocks, offset))
        return out

    def _with_held(self, account: Account, reviews: list[Reviewed]) -> Iterable[Reviewed]:
        """The reviews in the order of the rules, with the held rules again: what held them may be over."""
        by_rule = {review.rule.id: review for review in reviews}
        for name, state in account.state.signals.items():
            rule = self._by_id.get(name)
            if rule is not None and state.held and name not in by_rule:
                by_rule[name] = self._reread(account, rule, state)
        if len(by_rule) == len(reviews):
            return reviews
        return sorted(by_rule.values(), key=lambda review: self._rules.index(review.rule))

    def _reread(self, account: Account, rule: Rule, state: SignalState) -> Reviewed:
        """A held verdict as it reads now, without a step of its lifecycle."""
        variant = rule.variant(account.facts.profile.segment)
        now = max([s.standing for s in state.subjects.values()] + [account.state.at[rule.clock]])
        memories = state.memories()
        reading = variant.detector.read(account.facts, now, memories)
        return Reviewed(rule, variant, state, reading, Judged([], []), memories, now)

    def _locate(self, account: Account, review: Reviewed) -> None:
        """Note where in the customer's house the verdict is, for as long as it is true."""
        places = account.state.places
        if not review.state.true:
            places.pop(review.rule.id, None)
        elif review.rule.id not in places or ready_to_open(review.state):
            evidence = review.evidence(account, _primary(review.state))
            places[review.rule.id] = Place(list(evidence.contacts), list(evidence.departments))

    def _verdicts(self, account: Account) -> tuple[Verdict, ...]:
        """All true verdicts, in the order of the rules."""
        signals, found = account.state.signals, []
        if not signals:
            return ()
        for rule in self._rules:
            state = signals.get(rule.id)
            if state is None or not state.subjects or not state.true:
                continue
            place = account.state.places.get(rule.id) or _WHOLE
            since = min(s.standing for s in state.subjects.values() if s.standing)
            found.append(
                Verdict(
                    rule,
                    min(state.strongest, len(rule.levels) - 1),
                    since,
                    bool(state.opened),
                    tuple(place.contacts),
                    tuple(place.departments),
                )
            )
        return tuple(found)

    def _say(
        self, account: Account, review: Reviewed, verdicts: tuple[Verdict, ...], clocks: Clocks, where: Where
    ) -> list[Outgoing]:
        out: list[Outgoing] = []
        state = review.state
        for finding in review.historical:
            state.ordinal += 1
            evidence = review.evidence(account, finding.subject)
            out.append(
                self._message(
                    account, review, Status.HISTORICAL, None, finding.level, 1, evidence, verdicts, where
                )
            )
        status: Status | None = None
        reason = review.reason
        waiting = ready_to_open(state)
        if waiting and not state.opened:
            evidence = review.evidence(account, _primary(state))
            motion = self._motion_of[review.rule.id]
            hold = motion.hold(review.rule, account.facts, evidence, account.state.board.quadrant, verdicts)
            if hold is not None:
                if state.held != hold.reason:
                    state.held, state.held_since = hold.reason, review.now
                return out
            status = Status.OPENED
            state.ordinal, state.revision = state.ordinal + 1, 0
            state.opened = review.now
            state.case_since = self._case_since(account, review.rule, review.now)
        elif state.opened:
            status, reason = self._change_of_open(review, waiting)
        elif not waiting:
            state.held, state.held_since = "", 0
        if status is None:
            return out
        for name in waiting:
            state.subjects[name].opened = review.now
        state.held, state.held_since = "", 0
        state.revision += 1
        if state.true:
            state.level = min(state.strongest, len(review.rule.levels) - 1)
        primary = _primary(state) if state.true else _first([*review.judged.resolved, *review.judged.expired])
        evidence = review.evidence(account, primary)
        out.append(
            self._message(
                account, review, status, reason, state.level, state.revision, evidence, verdicts, where
            )
        )
        if not state.true:
            state.opened = state.level = state.revision = state.case_since = 0
            if not state.blank:
                account.state.signals[review.rule.id] = state
        return out

    def _case_since(self, account: Account, rule: Rule, now: Millis) -> Millis:
        """A case is the open alerts of one family (retention) or engine (growth): it began with the first."""
        begun = [now]
        for other in self._motion_of[rule.id].rules:
            state = account.state.signals.get(other.id)
            if state is not None and state.case_since and other.case == rule.case:
                begun.append(state.case_since)
        return min(begun)

    def _change_of_open(self, review: Reviewed, waiting: list[str]) -> tuple[Status | None, str | None]:
        state, judged = review.state, review.judged
        if not state.true:
            if review.reason is not None:
                return (Status.RETRACTED if review.reason == "merged" else Status.CLEARED), review.reason
            if judged.resolved:
                return Status.CLEARED, None
            return Status.EXPIRED, None
        level = min(state.strongest, len(review.rule.levels) - 1)
        if level > state.level:
            return Status.RAISED, None
        if level < state.level:
            return Status.EASED, None
        if waiting or judged.resolved or judged.expired:
            return Status.UPDATED, None
        return None, None

    def _message(
        self,
        account: Account,
        review: Reviewed,
        status: Status,
        reason: str | None,
        level: int,
        revision: int,
        evidence: Evidence,
        verdicts: tuple[Verdict, ...],
        where: Where,
    ) -> Outgoing:
        state = review.state
        finding = review.finding(_primary(state))
        subjects = tuple(
            SubjectView(name, subject.standing, subject.level)
            for name, subject in sorted(state.subjects.items())
            if subject.standing
        )
        notice = Notice(
            rule=review.rule,
            variant=review.variant,
            account_id=account.id,
            facts=account.facts,
            status=status,
            reason=reason,
            ordinal=state.ordinal,
            revision=revision,
            level=level,
            opened_at=state.opened or review.now,
            case_since=state.case_since or review.now,
            occurred_at=finding.decided if finding.decided is not None else review.now,
            decided_at=review.now,
            evidence=evidence,
            subjects=subjects,
            quadrant=account.state.board.quadrant or None,
            verdicts=verdicts,
            where=where,
        )
        return self._motion_of[review.rule.id].message(notice)

    def _show(
        self, account: Account, verdicts: tuple[Verdict, ...], at: Millis, clocks: Clocks, offset: int
    ) -> list[Outgoing]:
        """The AccountQuadrant record, where it differs from the last one."""
        held = self._held(account, clocks)
        state = account.state
        ordinals = {name: s.ordinal for name, s in sorted(state.signals.items()) if s.ordinal}
        view = (
            account.facts.profile.name,
            account.facts.profile.segment,
            state.board.quadrant,
            [(v.rule.id, v.level, v.said) for v in verdicts],
            [(h.rule.id, h.hold.reason, h.hold.feed, h.since) for h in held],
            ordinals,
        )
        digest = xxhash.xxh3_64_intdigest(repr(view).encode()) >> 1
        if digest == state.shown:
            return []
        state.shown = digest
        where = Where(self._partition, offset)
        return [self._system.board.shown(_view(account), state.board, verdicts, held, ordinals, at, where)]

    def _held(self, account: Account, clocks: Clocks) -> tuple[HeldSignal, ...]:
        signals, held = account.state.signals, []
        stalled: dict[Clock, tuple[str, Millis]] = {}
        for clock, topic in TOPIC_OF_CLOCK.items():
            for system in sorted(account.facts.feeds.get(topic, ())):
                if clocks.stalled(topic, system):
                    stalled[clock] = (f"{topic}/{system}", clocks.feed(topic, system))
        for rule in self._rules:
            state = signals.get(rule.id)
            if state is not None and state.held:
                held.append(HeldSignal(rule, Hold(state.held), state.held_since))
            if rule.clock in stalled:
                feed, since = stalled[rule.clock]
                held.append(HeldSignal(rule, Hold("source-stalled", feed), since))
        return tuple(held)


def _view(account: Account) -> AccountView:
    return AccountView(account.id, account.facts.profile.name, account.facts.profile.segment)


def _sooner(wakes: list[Millis], clock: Clock, due: Millis) -> None:
    if not wakes[clock] or due < wakes[clock]:
        wakes[clock] = due


def _primary(state: SignalState) -> str | None:
    """The subject that the evidence is about: the strongest, then the newest."""
    true = [(s.level, s.standing, name) for name, s in state.subjects.items() if s.standing]
    return max(true)[2] if true else None


def _first(subjects: list[str]) -> str | None:
    return subjects[0] if subjects else None


_WHOLE = Place()
