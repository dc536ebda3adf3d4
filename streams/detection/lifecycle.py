"""From readings to alerts: pending, standing, open, closed; one pure step per reading.

A subject (the account itself, or a contact, a meter, a department of it) goes through

    idle -> pending (hit, held less than `for`) -> standing (true) -> open (said) -> idle + cooldown

and an alert is open while any of its subjects is. `standing` without `open` is a true verdict that a hold keeps
back; the board counts it. All times are event time in ms; nothing here asks what time it is.
"""

from __future__ import annotations

import msgspec

from streams.detection.reading import ACCOUNT, Finding, Frozen, Memory, Reading
from streams.detection.rules import Variant
from streams.detection.short_names import SIGNAL_KEYS, SUBJECT_KEYS
from streams.detection.units import DAY_MS, Millis


class SubjectState(msgspec.Struct, omit_defaults=True, rename=SUBJECT_KEYS, gc=False):
    """One subject of one signal. Times are 0 where they do not apply, and most do not: at rest only what differs from
    the default is written, under one letter."""

    pending: Millis = 0  # since when it hits without a break
    standing: Millis = 0  # since when the verdict is true
    opened: Millis = 0  # since when the alert says so
    clearing: Millis = 0  # since when the clearing condition holds
    quiet_until: Millis = 0  # end of the cooldown
    level: int = 0
    frozen: Frozen | None = None
    easing: Millis = 0  # since when a lower level than `level` is read
    quiet_since: Millis = 0  # begin of the cooldown
    waits: bool = False  # it hits, and only the cooldown keeps it back


class SignalState(msgspec.Struct, omit_defaults=True, rename=SIGNAL_KEYS, gc=False):
    """One signal of one account."""

    ordinal: int = 0  # openings so far
    revision: int = 0  # messages of the present opening
    opened: Millis = 0  # 0: no alert is open
    level: int = 0  # as last said
    recheck: Millis = 0  # 0: only an event can change it
    ends: Millis = 0  # when the first subject expires, by the calendar; 0: none stands
    subjects: dict[str, SubjectState] = {}
    held: str = ""  # the reason of the hold, where a true verdict is kept back
    held_since: Millis = 0
    unknown: str = ""  # why nothing can be said of the account
    unknown_since: Millis = 0
    case_since: Millis = 0  # when the case began that the open alert belongs to
    was_clear: bool = False  # of a signal that opens on news only: it was seen clear since it last stood
    bears: int = 0  # how many more news of days in progress change nothing before `recheck`; -1: any number

    @property
    def true(self) -> bool:
        """The verdict, held or not: what the board counts."""
        return any(subject.standing for subject in self.subjects.values())

    @property
    def strongest(self) -> int:
        """The highest level among the true subjects."""
        return max((s.level for s in self.subjects.values() if s.standing), default=0)

    @property
    def latest(self) -> Millis:
        """The latest time that is on record here: no step of it is taken before."""
        latest = max(self.opened, self.unknown_since)
        for s in self.subjects.values():
            latest = max(latest, s.pending, s.standing, s.opened, s.clearing, s.easing, s.quiet_since)
        return latest

    @property
    def subjects_wait_since(self) -> Millis:
        """When the cooldown began that keeps a subject back; it ends at `quiet_until`."""
        return min((s.quiet_since for s in self.subjects.values() if s.waits), default=0)

    def memories(self, alone: str | None = None) -> dict[str, Memory]:
        """What the detector is told: the subjects that are true or about to be, with what was frozen."""
        subjects = self.subjects
        if alone is not None:
            subjects = {alone: subjects[alone]} if alone in subjects else {}
        return {
            name: Memory(subject.standing or subject.pending, subject.frozen, bool(subject.standing))
            for name, subject in subjects.items()
            if subject.standing or subject.pending
        }

    @property
    def blank(self) -> bool:
        """Nothing worth keeping."""
        return not (
            self.ordinal
            or self.recheck
            or self.subjects
            or self.held
            or self.unknown
            or self.was_clear
            or self.bears
        )


class Judged(msgspec.Struct, gc=False):
    """What one reading changed: subjects that closed, and why; `held` is why nothing can be said from now on, or that
    a subject begins to wait for the end of its cooldown."""

    resolved: list[str]
    expired: list[str]
    changed: bool = False
    held: str = ""


def judge(
    state: SignalState, reading: Reading, variant: Variant, now: Millis, alone: str | None = None
) -> Judged:
    """Apply one reading: verdicts become true or end, levels move, `recheck` is set. Opening and its holds come
    after the board (`ready_to_open`), because the board needs every motion's verdicts first. With `alone` the reading
    is about this subject and says nothing of the others."""
    out = Judged([], [])
    unknown = reading.unknown or ""
    state.bears = reading.bears
    if unknown != state.unknown:
        state.unknown, state.unknown_since = unknown, now if unknown else 0
        out.changed, out.held = True, unknown
    if unknown and not reading.findings:
        state.recheck = reading.recheck_at or 0
        for subject in state.subjects.values():
            if not subject.standing:
                subject.pending, subject.frozen = 0, None
        return out
    named = {finding.subject: finding for finding in reading.findings}
    dues = [reading.recheck_at] if reading.recheck_at else []
    if alone is None:
        for name in list(state.subjects):
            if name not in named:
                named[name] = _ABSENT
    else:
        if state.recheck:
            dues.append(state.recheck)
        if alone in state.subjects:
            named.setdefault(alone, _ABSENT)
    for name, finding in named.items():
        if name not in state.subjects:
            if variant.newly and finding.clear:
                state.was_clear = True
            if not finding.hit or (variant.newly and not state.was_clear):
                continue
            state.subjects[name] = SubjectState()
        subject = state.subjects[name]
        if variant.newly and not (subject.pending or subject.standing):
            state.was_clear |= finding.clear
            if not state.was_clear:
                finding = _NOT_NEW
        due = _step(subject, name, finding, variant, now, out)
        if due is not None and due < _NEVER:
            dues.append(due)
        if not (subject.pending or subject.standing or subject.quiet_until > now):
            del state.subjects[name]
    state.recheck = min(dues) if dues else 0
    if variant.newly and state.true:
        state.was_clear = False
    if alone is None or out.changed:
        _note_end(state, variant)
    return out


def expire(state: SignalState, variant: Variant, now: Millis) -> Judged:
    """End the subjects whose time is over by the calendar: no source has to be alive for that. What was held all the
    time is quiet afterwards like what was said, and what still hits is looked at again when the quiet is over."""
    out = Judged([], [])
    for name, subject in state.subjects.items():
        if subject.standing and now >= subject.standing + variant.expires:
            out.expired.append(name)
            _close(subject, now, variant.cooldown)
            subject.quiet_since, subject.quiet_until = now, now + variant.cooldown
            out.changed = True
    _note_end(state, variant)
    _look_again(state, now)
    return out


def _look_again(state: SignalState, now: Millis) -> None:
    """What was ended without a reading may still be so: it is read at once, to show that only the cooldown keeps it
    back, and again when that is over."""
    if any(subject.quiet_until for subject in state.subjects.values()):
        state.recheck = min(state.recheck or now + 1, now + 1)


def _note_end(state: SignalState, variant: Variant) -> None:
    standing = [subject.standing for subject in state.subjects.values() if subject.standing]
    state.ends = min(standing) + variant.expires if standing else 0


EASES_AFTER: Millis = 7 * DAY_MS
"""A level falls only when a lower one has been read for a whole week: weekdays must not make it swing."""

COOLDOWN = "cooldown"
_NEVER: Millis = 2**62
_ABSENT = Finding(hit=False, clear=True)
_NOT_NEW = Finding(hit=False, clear=False)


def _step(
    subject: SubjectState, name: str, finding: Finding, variant: Variant, now: Millis, out: Judged
) -> Millis | None:
    """One subject; returns when it must be looked at again for its own sake."""
    if subject.standing:
        return _step_standing(subject, name, finding, variant, now, out)
    waits = finding.hit and now < subject.quiet_until
    if waits != subject.waits:
        subject.waits = waits
        out.changed = True
        if waits:
            out.held = COOLDOWN
    if not finding.hit:
        if subject.pending:
            subject.pending, subject.frozen = 0, None
        return None
    if waits:
        return subject.quiet_until
    if not subject.pending:
        subject.pending, subject.frozen = now, finding.frozen
    due = subject.pending + variant.hold_for
    if now < due:
        return due
    subject.standing, subject.level, subject.frozen = now, finding.level, finding.frozen
    out.changed = True
    return None


def _step_standing(
    subject: SubjectState, name: str, finding: Finding, variant: Variant, now: Millis, out: Judged
) -> Millis:
    due = _move_level(subject, finding.level, now, out)
    if not finding.clear:
        subject.clearing = 0
        return due
    if not subject.clearing:
        subject.clearing = now
    done = subject.clearing + variant.clears_for
    if now < done:
        return min(due, done)
    out.resolved.append(name)
    _close(subject, now, variant.cooldown)
    out.changed = True
    return _NEVER


def _move_level(subject: SubjectState, level: int, now: Millis, out: Judged) -> Millis:
    """A level rises at once and falls after a week below; returns when it could fall by time."""
    if level >= subject.level:
        out.changed |= level > subject.level
        subject.level, subject.easing = level, 0
        return _NEVER
    if not subject.easing:
        subject.easing = now
    if now < subject.easing + EASES_AFTER:
        return subject.easing + EASES_AFTER
    subject.level, subject.easing = level, 0
    out.changed = True
    return _NEVER


def _close(subject: SubjectState, now: Millis, cooldown: Millis) -> None:
    subject.quiet_until = now + cooldown if subject.opened else 0
    subject.quiet_since = now if subject.opened else 0
    subject.pending = subject.standing = subject.opened = subject.clearing = subject.level = (
        subject.easing
    ) = 0
    subject.frozen = None


def ready_to_open(state: SignalState) -> list[str]:
    """The subjects whose verdict is true and not yet said."""
    return [name for name, subject in state.subjects.items() if subject.standing and not subject.opened]


def close_all(state: SignalState, now: Millis, cooldown: Millis) -> list[str]:
    """End whatever stands (the account left the signal's gates, or was merged); returns what was open."""
    was_open = [name for name, subject in state.subjects.items() if subject.opened]
    for name, subject in list(state.subjects.items()):
        if subject.opened:
            _close(subject, now, cooldown)
        elif subject.quiet_until <= now:
            del state.subjects[name]
        else:
            subject.pending = subject.standing = 0
            subject.frozen = None
    state.recheck = state.ends = state.bears = 0
    state.held, state.held_since = "", 0
    state.unknown, state.unknown_since = "", 0
    _look_again(state, now)
    return was_open


def clamp_levels(state: SignalState | None, count: int) -> None:
    """Another catalog may have fewer levels: the highest it has stands for those above."""
    if state is None:
        return
    state.level = min(state.level, count - 1)
    for subject in state.subjects.values():
        subject.level = min(subject.level, count - 1)


def forget_subject(state: SignalState, name: str) -> None:
    """Drop what is remembered of a person who is forgotten, once nothing is open about them."""
    subject = state.subjects.get(name)
    if subject is not None and not subject.opened:
        del state.subjects[name]


def about_account(subjects: list[str]) -> bool:
    """Whether the alert is about the account as a whole."""
    return subjects == [ACCOUNT]
