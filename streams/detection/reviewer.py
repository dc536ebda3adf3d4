"""One rule read for one account, and what that makes of its lifecycle."""

from __future__ import annotations

from streams.detection.account import Account, Place, Worth
from streams.detection.clocks import Clocks
from streams.detection.facts import contracts_change
from streams.detection.lifecycle import Judged, SignalState, close_all, judge, ready_to_open
from streams.detection.lifecycle import expire as expire_subjects
from streams.detection.reading import Memory, Reading
from streams.detection.reviewed import Reviewed, primary_of
from streams.detection.rules import Rule, Variant
from streams.detection.system import Ending, Status, System, Verdict
from streams.detection.units import DAY_MS, Day, Millis, day_of, day_start

HISTORICAL_AFTER: Millis = 14 * DAY_MS
"""A verdict decided longer ago than this (backfill, late data) is told once as history and opens nothing."""


class Reviewer:
    """Reads rules and takes their lifecycles a step on; says nothing."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._rules = system.rules
        self._order = {rule.id: place for place, rule in enumerate(system.rules)}
        self._motion_of = system.motion_of
        self.evaluations = 0

    def look(
        self,
        account: Account,
        rule: Rule,
        now: Millis,
        occurred: Millis | None,
        clocks: Clocks,
        *,
        alone: str | None = None,
        moves: bool = True,
    ) -> Reviewed | None:
        """The same as `review`; None where nothing is or was the matter, so that nothing follows: nearly always."""
        state = account.state.signals.get(rule.id)
        idle = state is None or not (state.subjects or state.opened or state.held)
        if not idle or alone is not None or rule.over_verdicts:
            return self.review(account, rule, now, occurred, clocks, alone=alone, moves=moves)
        variant = rule.variants[account.facts.profile.segment]
        if self.out_of_scope(rule, variant, account, now) is not None:
            reading = _OUT_OF_SCOPE
        else:
            reading = variant.detector.read(account.facts, now, _NOBODY)
            told = (reading.unknown or "") != (state.unknown if state is not None else "")
            if told or _hits(reading):
                return self.review(account, rule, now, occurred, clocks, moves=moves, reading=reading)
        self.evaluations += 1
        if state is None:
            state = SignalState()
        elif reading is _OUT_OF_SCOPE:
            close_all(state, now, variant.cooldown)
        state.bears = reading.bears
        state.recheck = reading.recheck_at or 0
        if variant.newly and any(finding.clear for finding in reading.findings):
            state.was_clear = True
        self._put_back(account, rule, state, now, moves)
        return None

    def review(
        self,
        account: Account,
        rule: Rule,
        now: Millis,
        occurred: Millis | None,
        clocks: Clocks,
        *,
        by_fact: bool = False,
        alone: str | None = None,
        moves: bool = True,
        reading: Reading | None = None,
    ) -> Reviewed:
        """Read a rule and take its lifecycle a step on. `alone` is the only subject whose finding can have changed
        since the last reading, where that is known: then the others are not read. `moves`: what else is read by the
        rule's clock is read at `now` or later from here on. `reading` is what the rule reads now, where that was read
        already."""
        self.evaluations += 1
        facts, signals = account.facts, account.state.signals
        variant = rule.variants[facts.profile.segment]
        state = signals.get(rule.id)
        if state is None:
            state = SignalState()
        if alone is not None and (0 < state.recheck <= now or now < account.state.at[rule.clock]):
            alone = None  # others are due as well
        memories = state.memories(alone)
        reason = self.out_of_scope(rule, variant, account, now)
        if reason is not None:
            was_true = state.true  # also one that was held: the board counted it
            judged = Judged(close_all(state, now, variant.cooldown), [], changed=was_true)
            state.recheck = 0  # the cooldown's end changes nothing here; what brings it back is an event
            reviewed = Reviewed(rule, variant, state, Reading(), judged, memories, now, reason)
        else:
            if alone is not None:
                reading = variant.detector.read_subject(facts, now, memories, alone)
            elif reading is None:
                reading = self._read(account, rule, variant, now, memories)
            judged = judge(state, reading, variant, now, alone)
            reviewed = Reviewed(rule, variant, state, reading, judged, memories, now)
            self._set_history_apart(reviewed, occurred, clocks, by_fact, alone)
            if alone is not None and reviewed.changed:
                # Something will be said, and of all subjects.
                reviewed.memories = {**state.memories(), **memories}
                reviewed.reading = self._read(account, rule, variant, now, reviewed.memories)
        self._put_back(account, rule, state, now, moves)
        return reviewed

    def _put_back(self, account: Account, rule: Rule, state: SignalState, now: Millis, moves: bool) -> None:
        """Keep what is worth keeping of a signal that was read at `now`."""
        if rule.gates.acv_at_least is not None:
            change = self._worth(account, day_of(now)).until
            dues = [due for due in (state.recheck, day_start(change)) if due]
            state.recheck = min(dues, default=0)
        if 0 < state.recheck <= now:
            state.recheck = now + 1
        if state.recheck or not state.blank:
            account.state.signals[rule.id] = state
        else:
            account.state.signals.pop(rule.id, None)
        if rule.falls and not state.recheck:
            account.armed.clear()
        if moves and not rule.falls and now > account.state.at[rule.clock]:
            account.state.at[rule.clock] = now

    def _read(
        self, account: Account, rule: Rule, variant: Variant, now: Millis, memories: dict[str, Memory]
    ) -> Reading:
        """What the rule's detector says of the facts, or of the other rules' verdicts and the board."""
        facts, detector = account.facts, variant.detector
        if not rule.over_verdicts:
            return detector.read(facts, now, memories)
        others = tuple(verdict for verdict in self.verdicts(account) if verdict.rule.id != rule.id)
        return detector.read_on_board(facts, others, account.state.board, now, memories)

    def expire(self, account: Account, rule: Rule, state: SignalState, now: Millis) -> Reviewed:
        variant, memories = rule.variants[account.facts.profile.segment], state.memories()
        account.armed.clear()
        judged = expire_subjects(state, variant, now)
        if rule.over_verdicts:
            state.recheck = now  # what other signals came to in this very step is read after it
        reading = self._read(account, rule, variant, now, memories)
        return Reviewed(rule, variant, state, reading, judged, memories, now)

    def closed(self, account: Account, rule: Rule, state: SignalState, now: Millis, reason: str) -> Reviewed:
        """A signal ended from outside, whatever it reads."""
        variant, memories = rule.variants[account.facts.profile.segment], state.memories()
        account.armed.clear()
        judged = Judged(close_all(state, now, variant.cooldown), [], changed=True)
        return Reviewed(rule, variant, state, Reading(), judged, memories, now, reason)

    def taken_back(
        self,
        account: Account,
        rule: Rule,
        state: SignalState,
        begun: Millis,
        now: Millis,
        reason: str,
        still: bool,
    ) -> Reviewed:
        """A verdict that was never true ends without a cooldown, if it is `still` there; it is shown as it reads today
        for the day on which it began."""
        variant, memories = rule.variants[account.facts.profile.segment], state.memories()
        account.armed.clear()
        judged = Judged([], [], changed=True)
        if still:
            judged.resolved = close_all(state, now, 0)
        reading = Reading() if rule.over_verdicts else variant.detector.read(account.facts, begun, {})
        reviewed = Reviewed(rule, variant, state, reading, judged, memories, begun, reason)
        reviewed.said_at = now
        return reviewed

    def out_of_scope(self, rule: Rule, variant: Variant, account: Account, now: Millis) -> str | None:
        """Why a signal is not asked about this account, None where it is."""
        profile, gates = account.facts.profile, rule.gates
        if not variant.enabled:
            return "switched off for the segment"
        if profile.merged_into is not None:
            return "merged"
        if profile.is_test and not gates.test_accounts:
            return "test account"
        if (profile.lifecycle or "unknown") not in gates.lifecycles:
            return f"lifecycle {profile.lifecycle}"
        if gates.acv_at_least is not None:
            acv = self._worth(account, day_of(now)).acv
            if acv is None or acv < gates.acv_at_least:
                return "ACV unknown" if acv is None else f"ACV below {gates.acv_at_least:g}"
        return None

    def _worth(self, account: Account, day: Day) -> Worth:
        worth = account.worth
        if worth is None or not worth.holds(self, day):
            until = contracts_change(account.facts, day) or 0
            worth = account.worth = Worth(self, day, until, self._system.acv(account.facts, day))
        return worth

    def _set_history_apart(
        self,
        reviewed: Reviewed,
        occurred: Millis | None,
        clocks: Clocks,
        by_fact: bool,
        alone: str | None = None,
    ) -> None:
        """Verdicts that have just become true, but long ago: they are told and never stand. `by_fact`: a new rule
        finds what may have happened at any time."""
        subjects = reviewed.state.subjects
        if alone is not None:
            subjects = {alone: subjects[alone]} if alone in subjects else {}
        for name, subject in subjects.items():
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

    def endings(self, account: Account, now: Millis) -> list[Reviewed]:
        """Open alerts that were dismissed, or that their play or their deal ended."""
        reviews = []
        for rule in self._rules:
            state = account.state.signals.get(rule.id)
            if state is None or not state.opened:
                continue
            ending = self._ending(account, rule, state)
            if ending is None:
                continue
            at = max(now, account.state.at[rule.clock], state.opened)
            review = self.closed(account, rule, state, at, ending.reason)
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

    def reread(self, account: Account, rule: Rule, state: SignalState, clocks: Clocks) -> Reviewed:
        """A held verdict as it reads now, without a step of its lifecycle."""
        variant = rule.variants[account.facts.profile.segment]
        now = self.present(rule, account, clocks) if rule.falls else account.state.at[rule.clock]
        now = max([now, *(s.standing for s in state.subjects.values())])
        memories = state.memories()
        reading = self._read(account, rule, variant, now, memories)
        return Reviewed(rule, variant, state, reading, Judged([], []), memories, now)

    def locate(self, account: Account, review: Reviewed) -> None:
        """Note where in the customer's house the verdict is, for as long as it is true."""
        places = account.state.places
        if not review.state.true:
            places.pop(review.rule.id, None)
        elif review.rule.id not in places or ready_to_open(review.state):
            evidence = review.evidence(account, primary_of(review.state))
            places[review.rule.id] = Place(list(evidence.contacts), list(evidence.departments))

    def verdicts(self, account: Account) -> tuple[Verdict, ...]:
        """All true verdicts, in the order of the rules."""
        signals, found = account.state.signals, []
        if not signals:
            return ()
        true = [
            name for name, state in signals.items() if state.subjects and state.true and name in self._order
        ]
        if len(true) > 1:
            true.sort(key=self._order.__getitem__)
        for name in true:
            rule, state = self._rules[self._order[name]], signals[name]
            place = account.state.places.get(name) or _WHOLE
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

    def present(self, rule: Rule, account: Account, clocks: Clocks) -> Millis:
        """The rule's now for this account, 0 before time has come to it."""
        clock = clocks.of_account(rule.clock, account.facts.feeds)
        if rule.falls:
            return day_start(day_of(clock))
        state = account.state.signals.get(rule.id)
        return max(clock, account.state.at[rule.clock], state.latest if state is not None else 0)


def _hits(reading: Reading) -> bool:
    for finding in reading.findings:  # noqa: SIM110  # a generator costs more than the few that there are
        if finding.hit:
            return True
    return False


_WHOLE = Place()
_NOBODY: dict[str, Memory] = {}
_OUT_OF_SCOPE = Reading()
