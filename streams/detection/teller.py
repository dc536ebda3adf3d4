"""What is said of an account, and what is held back and why."""

from __future__ import annotations

from collections import Counter

import xxhash

from streams.detection.account import Account, PastVerdict
from streams.detection.clocks import Clocks
from streams.detection.lifecycle import COOLDOWN, ready_to_open
from streams.detection.reading import Evidence
from streams.detection.reviewed import Reviewed, primary_of
from streams.detection.rules import Clock, Rule
from streams.detection.system import (
    AccountView,
    HeldSignal,
    Hold,
    Notice,
    Outgoing,
    Status,
    SubjectView,
    System,
    Verdict,
    Where,
)
from streams.detection.units import Millis, day_of, day_start

CATALOG_CHANGED = "catalog changed"
"""The reason that an alert gives for a message which another catalog has caused."""

SOURCE_STALLED = "source-stalled"
_SNOOZED = "snoozed"


class Teller:
    """Turns what was reviewed into the motions' messages and the board's records."""

    def __init__(self, system: System, partition: int, holds: Counter[tuple[str, str]]) -> None:
        self._holds = holds
        self._system = system
        self._partition = partition
        self._rules = system.rules
        self._place_of = {rule.id: place for place, rule in enumerate(system.rules)}
        self._motion_of = system.motion_of

    def say(
        self, account: Account, review: Reviewed, verdicts: tuple[Verdict, ...], clocks: Clocks, where: Where
    ) -> list[Outgoing]:
        out: list[Outgoing] = []
        state = review.state
        if review.judged.held:
            self._holds[review.rule.motion, review.judged.held] += 1
        for finding in review.historical:
            state.ordinal += 1
            evidence = review.evidence(account, finding.subject)
            out.append(
                self.message(
                    account, review, Status.HISTORICAL, None, finding.level, 1, evidence, verdicts, where
                )
            )
        if review.past is not None:
            out.append(self._correction(account, review, review.past, verdicts, where))
            return out
        status: Status | None = None
        reason = review.reason
        waiting = ready_to_open(state)
        if waiting and not state.opened:
            evidence = review.evidence(account, primary_of(state))
            motion = self._motion_of[review.rule.id]
            hold = motion.hold(review.rule, account.facts, evidence, account.state.board.quadrant, verdicts)
            if hold is not None:
                if state.held != hold.reason:
                    state.held, state.held_since = hold.reason, review.now
                    self._holds[review.rule.motion, hold.reason] += 1
                return out
            status = Status.OPENED
            state.ordinal, state.revision = state.ordinal + 1, 0
            state.opened = review.said_at
            state.case_since = self._case_since(account, review.rule, review.said_at)
        elif state.opened:
            status, reason = self._change_of_open(review, waiting)
            if review.anew:
                status, reason = status or Status.UPDATED, reason or CATALOG_CHANGED
            asked = self._asked_for_quiet(account, review, status)
            if asked:
                if state.held != asked:
                    state.held, state.held_since = asked, review.now
                    self._holds[review.rule.motion, asked] += 1
                return out
        elif not waiting:
            state.held, state.held_since = "", 0
        if status is None:
            return out
        for name in waiting:
            state.subjects[name].opened = review.said_at
        state.held, state.held_since = "", 0
        state.revision += 1
        if state.true:
            state.level = min(state.strongest, len(review.rule.levels) - 1)
        primary = (
            primary_of(state) if state.true else _first([*review.judged.resolved, *review.judged.expired])
        )
        evidence = review.evidence(account, primary)
        out.append(
            self.message(
                account, review, status, reason, state.level, state.revision, evidence, verdicts, where
            )
        )
        if not state.true:
            past = account.state.past.get(review.rule.id)
            if past is not None:
                past.opened, past.level, past.revision = state.opened, state.level, state.revision
            state.opened = state.level = state.revision = state.case_since = 0
            if not state.blank:
                account.state.signals[review.rule.id] = state
        return out

    def _correction(
        self,
        account: Account,
        review: Reviewed,
        past: PastVerdict,
        verdicts: tuple[Verdict, ...],
        where: Where,
    ) -> Outgoing:
        """An alert that has ended already is taken back as well: who counts what became of alerts must know."""
        past.revision += 1
        evidence = review.evidence(account, past.subjects[0])
        return self.message(
            account,
            review,
            Status.RETRACTED,
            review.reason,
            past.level,
            past.revision,
            evidence,
            verdicts,
            where,
            opened_at=past.opened,
        )

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

    def message(
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
        opened_at: Millis = 0,
    ) -> Outgoing:
        state = review.state
        finding = review.finding(primary_of(state))
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
            opened_at=opened_at or state.opened or review.said_at,
            case_since=state.case_since or opened_at or review.said_at,
            occurred_at=finding.decided if finding.decided is not None else review.now,
            decided_at=review.said_at,
            evidence=evidence,
            subjects=subjects,
            quadrant=account.state.board.quadrant or None,
            verdicts=verdicts,
            where=where,
        )
        return self._motion_of[review.rule.id].message(notice)

    def show(
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
        return [self._system.board.shown(view_of(account), state.board, verdicts, held, ordinals, at, where)]

    def show_stall(
        self, account: Account, verdicts: tuple[Verdict, ...], clocks: Clocks, offset: int
    ) -> list[Outgoing]:
        """The same when a feed of the account stalled or came back."""
        out = self.show(account, verdicts, clocks.calendar, clocks, offset)
        if out:
            for held in self._held(account, clocks):
                if held.hold.reason == SOURCE_STALLED:
                    self._holds[held.rule.motion, SOURCE_STALLED] += 1
        return out

    def _held(self, account: Account, clocks: Clocks) -> tuple[HeldSignal, ...]:
        """Every signal that is held now, in the order of the rules."""
        held: list[tuple[int, HeldSignal]] = []
        rules, place_of = self._rules, self._place_of
        for name, state in account.state.signals.items():
            waits = state.subjects and any(subject.waits for subject in state.subjects.values())
            if not (waits or state.held or state.unknown) or (place := place_of.get(name)) is None:
                continue
            rule = rules[place]
            if state.held:
                held.append((place, HeldSignal(rule, Hold(state.held), state.held_since)))
            if state.unknown:
                held.append((place, HeldSignal(rule, Hold(state.unknown), state.unknown_since)))
            if waits:
                held.append((place, HeldSignal(rule, Hold(COOLDOWN), state.subjects_wait_since)))
        for clock, feed, since in clocks.holding(account.facts.feeds):
            for place, rule in enumerate(rules):
                if rule.clock is clock:
                    held.append((place, HeldSignal(rule, Hold(SOURCE_STALLED, feed), since)))
        held.sort(key=_place)
        return tuple([signal for _, signal in held])

    def snoozed_until(self, account: Account) -> Millis:
        """When the first snooze of a held message ends, 0 for none."""
        ends = [
            day_start(said.snoozed_until)
            for name, state in account.state.signals.items()
            if state.held == _SNOOZED
            and (said := account.facts.feedback.get(f"{name}/{account.id}/{state.ordinal}")) is not None
            and said.snoozed_until is not None
        ]
        return min(ends, default=0)


def view_of(account: Account) -> AccountView:
    return AccountView(account.id, account.facts.profile.name, account.facts.profile.segment)


def _place(held: tuple[int, HeldSignal]) -> int:
    return held[0]


def _first(subjects: list[str]) -> str | None:
    return subjects[0] if subjects else None
