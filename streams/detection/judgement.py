"""One step of one account: evaluate what was touched or is due, then board, then holds, then messages.

The order is the design's: every motion's verdicts first, each for itself; then the board; then what is held and
what is said. An account's steps are a pure function of its journal records, whatever batches they came in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import xxhash

from streams.detection.account import Account, Place
from streams.detection.clocks import Clocks
from streams.detection.facts import Touch, contracts_change
from streams.detection.lifecycle import (
    Judged,
    SignalState,
    clamp_levels,
    close_all,
    expire,
    judge,
    ready_to_open,
)
from streams.detection.reading import Evidence, Finding, Memory, Reading
from streams.detection.rules import TOPIC_OF_CLOCK, Clock, Rule, Variant
from streams.detection.system import (
    AccountView,
    Ending,
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

CATALOG_CHANGED = "catalog changed"
"""The reason that an alert gives for a message which another catalog has caused."""

ERASED = "account erased"
"""The reason of the last message about an account that is forgotten."""

_ENDS = Touch.FEEDBACK | Touch.DEALS
"""Touches by which people or a deal can end an alert that is open."""

_BY_THE_DAY = Touch.ACTIVITY | Touch.FEATURE | Touch.API
"""Touches that a falling detector may leave to its next recheck when they are of a day still in progress. A new
user comes with one of them; a changed user does not."""


class Reviewed:
    """What one step has read of one rule."""

    __slots__ = (
        "anew",
        "ended_as",
        "historical",
        "judged",
        "memories",
        "now",
        "reading",
        "reason",
        "rule",
        "state",
        "variant",
    )

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
        self.ended_as: Status | None = None
        self.anew = False
        """Whether another catalog had it read again."""

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
        self._rising: dict[int, tuple[Rule, ...]] = {}
        self._over_verdicts = tuple(rule for rule in self._rules if rule.over_verdicts)
        self._in_order = tuple(sorted(self._rules, key=lambda rule: rule.over_verdicts))
        """Those over verdicts last: they judge what the others have found."""
        self.evaluations = 0
        self.rescheduled = False
        """Whether the last `on_event` may have moved a recheck."""

    def on_event(
        self,
        account: Account,
        touch: int,
        occurred: Millis,
        clocks: Clocks,
        offset: int,
        *,
        live: bool = True,
    ) -> list[Outgoing]:
        """An event has changed facts: evaluate the rules that read them, at the event's time or later. What a
        snapshot or a backfill tells is judged at the next midnight, when the rest of the load is there too: in the
        middle of a load nearly everything looks overdue or abandoned."""
        self.rescheduled = False
        if not live:
            self._judge_tomorrow(account, touch, clocks)
            return []
        reviews = self._endings(account, occurred) if touch & _ENDS else []
        for rule in self._to_ask(account, touch, occurred, clocks):
            now = self._time_of_event(rule, account, touch, occurred, clocks)
            if now is not None:
                reviews.append(self._review(account, rule, now, occurred, clocks))
                self.rescheduled = True
        released = touch & Touch.DEALS and any(s.held for s in account.state.signals.values())
        seen = account.state.shown and not touch & Touch.PROFILE and not released
        if seen and not any(review.changed for review in reviews):
            return []
        self.rescheduled = True
        at = max([review.now for review in reviews], default=occurred)
        return self._settle(account, reviews, at, clocks, offset)

    def _judge_tomorrow(self, account: Account, touch: int, clocks: Clocks) -> None:
        self.rescheduled = True
        for rule in self._touched(touch):
            clock = clocks.of_account(rule.clock, account.facts.feeds)
            due = day_start(day_of(max(clock, account.state.at[rule.clock])) + 1) if clock else _FIRST_CLOCK
            state = account.state.signals.setdefault(rule.id, SignalState())
            state.recheck = min(state.recheck or due, due)

    def on_wake(
        self, account: Account, clock: Clock, due: Millis, clocks: Clocks, offset: int
    ) -> list[Outgoing]:
        """The clock has come to `due`: evaluate the rules that may have changed by time alone."""
        if due == _FIRST_CLOCK:
            self._put_off(account, clock, clocks)
            return []
        reviews, at = [], account.state.at[clock]
        for rule in self._in_order:
            state = account.state.signals.get(rule.id)
            if state is None:
                continue
            if clock is Clock.CALENDAR and 0 < state.ends <= due:
                reviews.append(self._expire(account, rule, state, due))
            elif rule.clock is clock and 0 < state.recheck <= due:
                now = due if rule.falls else max(due, at)
                reviews.append(self._review(account, rule, now, None, clocks))
        board_due = clock is Clock.CALENDAR and 0 < account.state.board_recheck <= due
        seen = account.state.shown and not board_due
        if seen and not any(review.changed or review.state.held in _MAY_END for review in reviews):
            return []
        return self._settle(account, reviews, due, clocks, offset)

    def _put_off(self, account: Account, clock: Clock, clocks: Clocks) -> None:
        """Time has begun: what was loaded before is judged at the first midnight."""
        midnight = day_start(day_of(clocks.of_account(clock, account.facts.feeds)) + 1)
        for rule in self._rules:
            state = account.state.signals.get(rule.id)
            if rule.clock is clock and state is not None and state.recheck == _FIRST_CLOCK:
                state.recheck = midnight

    def on_stall(self, account: Account, clocks: Clocks, offset: int) -> list[Outgoing]:
        """A feed of the account stalled or came back: show it. No verdict changes."""
        return self._show(account, self._verdicts(account), clocks.calendar, clocks, offset)

    def on_catalog(
        self, account: Account, changed: Collection[str], clocks: Clocks, offset: int
    ) -> list[Outgoing]:
        """Other rules apply: read the changed signals anew; alerts that are open say so. What was frozen when they
        opened stays, levels rise at once and fall in a week, as ever."""
        account.armed.clear()
        reviews = []
        for rule in self._rules:
            now = self._present(rule, account, clocks) if rule.id in changed else 0
            if now:
                clamp_levels(account.state.signals.get(rule.id), len(rule.levels))
                review = self._review(account, rule, now, None, clocks, by_fact=True)
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
                now = self._present(rule, account, clocks) or state.opened
                reviews.append(self._closed(account, rule, state, now, CATALOG_CHANGED))
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
                review = self._closed(account, rule, state, now, ERASED)
                out.append(
                    self._message(
                        nobody, review, Status.RETRACTED, ERASED, 0, state.revision + 1, nothing, (), where
                    )
                )
        return [*out, Outgoing("account-quadrants", account.key, b"")]

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

    def _present(self, rule: Rule, account: Account, clocks: Clocks) -> Millis:
        """The rule's now for this account, 0 before time has come to it."""
        clock = clocks.of_account(rule.clock, account.facts.feeds)
        return day_start(day_of(clock)) if rule.falls else max(clock, account.state.at[rule.clock])

    def _closed(self, account: Account, rule: Rule, state: SignalState, now: Millis, reason: str) -> Reviewed:
        """A signal ended from outside, whatever it reads."""
        variant, memories = rule.variant(account.facts.profile.segment), state.memories()
        account.armed.clear()
        judged = Judged(close_all(state, now, variant.cooldown), [], changed=True)
        return Reviewed(rule, variant, state, Reading(), judged, memories, now, reason)

    def _touched(self, touch: int) -> tuple[Rule, ...]:
        found = self._by_touch.get(touch)
        if found is None:
            found = self._by_touch[touch] = tuple(rule for rule in self._in_order if rule.touches & touch)
            self._rising[touch] = tuple(rule for rule in found if not rule.falls)
        return found

    def _to_ask(self, account: Account, touch: int, occurred: Millis, clocks: Clocks) -> tuple[Rule, ...]:
        """The touched rules, without the falling ones where all of them are known to be armed: on a busy day that
        is nearly every event."""
        rules = self._touched(touch)
        if not touch & _BY_THE_DAY or touch & ~(_BY_THE_DAY | Touch.USERS):
            return rules
        if occurred < day_start(day_of(clocks.topic(_USAGE))):
            return rules
        if touch in account.armed:
            return self._rising[touch]
        signals = account.state.signals
        if all(
            rule.clock is Clock.USAGE and (state := signals.get(rule.id)) is not None and state.recheck
            for rule in rules
            if rule.falls
        ):
            account.armed.add(touch)
            return self._rising[touch]
        return rules

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
        self,
        account: Account,
        rule: Rule,
        now: Millis,
        occurred: Millis | None,
        clocks: Clocks,
        *,
        by_fact: bool = False,
    ) -> Reviewed:
        self.evaluations += 1
        account.armed.clear()
        facts, signals = account.facts, account.state.signals
        variant = rule.variant(facts.profile.segment)
        state = signals.get(rule.id)
        if state is None:
            state = SignalState()
        memories = state.memories()
        reason = self._out_of_scope(rule, variant, account, now)
        if reason is not None:
            was_true = state.true  # also one that was held: the board counted it
            judged = Judged(close_all(state, now, variant.cooldown), [], changed=was_true)
            state.recheck = 0  # the cooldown's end changes nothing here; what brings it back is an event
            reviewed = Reviewed(rule, variant, state, Reading(), judged, memories, now, reason)
        else:
            reading = self._read(account, rule, variant, now, memories)
            judged = judge(state, reading, variant, now)
            reviewed = Reviewed(rule, variant, state, reading, judged, memories, now)
            self._set_history_apart(reviewed, occurred, clocks, by_fact)
        if rule.spec.gates.acv_at_least is not None:
            change = contracts_change(facts, day_of(now))
            dues = [due for due in (state.recheck, day_start(change) if change else 0) if due]
            state.recheck = min(dues, default=0)
        if 0 < state.recheck <= now:
            state.recheck = now + 1
        if state.blank:
            signals.pop(rule.id, None)
        else:
            signals[rule.id] = state
        if not rule.falls and now > account.state.at[rule.clock]:
            account.state.at[rule.clock] = now
        return reviewed

    def _read(
        self, account: Account, rule: Rule, variant: Variant, now: Millis, memories: dict[str, Memory]
    ) -> Reading:
        """What the rule's detector says of the facts, or of the other rules' verdicts and the board."""
        facts, detector = account.facts, variant.detector
        if not rule.over_verdicts:
            return detector.read(facts, now, memories)
        others = tuple(verdict for verdict in self._verdicts(account) if verdict.rule.id != rule.id)
        return detector.read_on_board(facts, others, account.state.board, now, memories)

    def _expire(self, account: Account, rule: Rule, state: SignalState, now: Millis) -> Reviewed:
        variant, memories = rule.variant(account.facts.profile.segment), state.memories()
        account.armed.clear()
        judged = expire(state, variant, now)
        if rule.over_verdicts:
            state.recheck = now + 1  # what other signals came to in this very step is read after it
        reading = self._read(account, rule, variant, now, memories)
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

    def _set_history_apart(
        self, reviewed: Reviewed, occurred: Millis | None, clocks: Clocks, by_fact: bool
    ) -> None:
        """Verdicts that have just become true, but long ago: they are told and never stand. `by_fact`: a new rule
        finds what may have happened at any time."""
        for name, subject in reviewed.state.subjects.items():
            if subject.standing != reviewed.now or name in reviewed.memories:
                continue
            finding = reviewed.finding(name)
            decided = reviewed.now if occurred is None else occurred
            if by_fact and finding.decided is not None:
                decided = finding.decided
            if clocks.calendar - decided > HISTORICAL_AFTER:
                subject.pending = subject.standing = 0
                subject.quiet_until = reviewed.now + reviewed.variant.expires
                reviewed.historical.append(finding)

    def _endings(self, account: Account, now: Millis) -> list[Reviewed]:
        """Open alerts that were dismissed, or that their play or their deal ended."""
        reviews = []
        for rule in self._rules:
            state = account.state.signals.get(rule.id)
            if state is None or not state.opened:
                continue
            ending = self._ending(account, rule, state)
            if ending is None:
                continue
            variant, memories = rule.variant(account.facts.profile.segment), state.memories()
            at = max(now, account.state.at[rule.clock], state.opened)
            account.armed.clear()
            judged = Judged(close_all(state, at, variant.cooldown), [], changed=True)
            review = Reviewed(rule, variant, state, Reading(), judged, memories, at, ending.reason)
            review.ended_as = ending.status
            reviews.append(review)
        return reviews

    def _ending(self, account: Account, rule: Rule, state: SignalState) -> Ending | None:
        alert_id = f"{rule.id}/{account.id}/{state.ordinal}"
        said = account.facts.feedback.get(alert_id)
        if said is not None and said.dismissed is not None:
            return Ending(Status.CLEARED, f"dismissed: {said.dismissed.what}")
        if said is not None and said.play_finished is not None and rule.spec.done_by_play:
            return Ending(Status.CLEARED, f"play finished: {said.play_finished.what}")
        return self._motion_of[rule.id].ending(rule, account.facts, alert_id)

    def _snoozed_until(self, account: Account) -> Millis:
        """When the first snooze of a held message ends, 0 for none."""
        ends = [
            day_start(said.snoozed_until)
            for name, state in account.state.signals.items()
            if state.held == _SNOOZED
            and (said := account.facts.feedback.get(f"{name}/{account.id}/{state.ordinal}")) is not None
            and said.snoozed_until is not None
        ]
        return min(ends, default=0)

    # -- board, holds, messages

    def _settle(
        self, account: Account, reviews: list[Reviewed], at: Millis, clocks: Clocks, offset: int
    ) -> list[Outgoing]:
        out: list[Outgoing] = []
        state = account.state
        for review in reviews:
            if review.judged.changed:
                self._locate(account, review)
        board_at = max(at, state.at[Clock.CALENDAR])
        reviewed = {review.rule.id for review in reviews}
        for rule in self._over_verdicts:
            if rule.id not in reviewed:
                reviews.append(self._review(account, rule, board_at, None, clocks))
                self._locate(account, reviews[-1])
        verdicts = self._verdicts(account)
        risk_was = state.board.risk_since
        placed = self._system.board.place(state.board, verdicts, board_at)
        state.at[Clock.CALENDAR] = board_at
        if placed.state.risk_since != risk_was:
            self._ask_again_over_verdicts(account, board_at)
        state.board, state.board_recheck = placed.state, placed.recheck_at or 0
        wakes = [due for due in (state.board_recheck, self._snoozed_until(account)) if due > board_at]
        state.board_recheck = min(wakes, default=0)
        where = Where(self._partition, offset)
        for review in self._with_held(account, reviews, clocks):
            out.extend(self._say(account, review, verdicts, clocks, where))
        if placed.moved_from is not None:
            out.append(
                self._system.board.change(_view(account), placed, self._verdicts(account), board_at, where)
            )
        out.extend(self._show(account, self._verdicts(account), board_at, clocks, offset))
        return out

    def _ask_again_over_verdicts(self, account: Account, now: Millis) -> None:
        """Who reads the board reads it as of the step before: after a move the next step is now."""
        for rule in self._over_verdicts:
            state = account.state.signals.get(rule.id)
            if state is not None and (not state.recheck or state.recheck > now + 1):
                state.recheck = now + 1

    def _with_held(self, account: Account, reviews: list[Reviewed], clocks: Clocks) -> Iterable[Reviewed]:
        """The reviews in the order of the rules, with the held rules again: what held them may be over."""
        by_rule = {review.rule.id: review for review in reviews}
        for name, state in account.state.signals.items():
            rule = self._by_id.get(name)
            if rule is not None and state.held and name not in by_rule:
                by_rule[name] = self._reread(account, rule, state, clocks)
        if len(by_rule) == len(reviews):
            return reviews
        return sorted(by_rule.values(), key=lambda review: self._rules.index(review.rule))

    def _reread(self, account: Account, rule: Rule, state: SignalState, clocks: Clocks) -> Reviewed:
        """A held verdict as it reads now, without a step of its lifecycle."""
        variant = rule.variant(account.facts.profile.segment)
        now = self._present(rule, account, clocks) if rule.falls else account.state.at[rule.clock]
        now = max([now, *(s.standing for s in state.subjects.values())])
        memories = state.memories()
        reading = self._read(account, rule, variant, now, memories)
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
            if review.anew:
                status, reason = status or Status.UPDATED, reason or CATALOG_CHANGED
            asked = self._asked_for_quiet(account, review, status)
            if asked:
                if state.held != asked:
                    state.held, state.held_since = asked, review.now
                return out
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

    def _asked_for_quiet(self, account: Account, review: Reviewed, status: Status | None) -> str:
        """Why a change of an open alert is kept back: a snooze keeps back all but its end, an acknowledgement only
        what is no worse."""
        if status not in (Status.UPDATED, Status.RAISED, Status.EASED):
            return ""
        said = account.facts.feedback.get(f"{review.rule.id}/{account.id}/{review.state.ordinal}")
        if said is None:
            return ""
        today = day_of(max(review.now, account.state.at[Clock.CALENDAR]))
        if said.snoozed_until is not None and today < said.snoozed_until:
            return _SNOOZED
        return "acknowledged" if said.acknowledged is not None and status is not Status.RAISED else ""

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
            if review.ended_as is not None:
                return review.ended_as, review.reason
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
            if state is not None and state.unknown:
                held.append(HeldSignal(rule, Hold(state.unknown), state.unknown_since))
            if state is not None and any(subject.waits for subject in state.subjects.values()):
                held.append(HeldSignal(rule, Hold("cooldown"), state.subjects_wait_since))
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


_USAGE = TOPIC_OF_CLOCK[Clock.USAGE]
_FIRST_CLOCK: Millis = 1
"""A recheck for when the clock has begun: events may be loaded before the first watermark."""

_SNOOZED = "snoozed"
_MAY_END = frozenset({"api-takeover"})
"""Holds that facts and time end, without any verdict that changes: looked at again with every reading."""
_WHOLE = Place()
