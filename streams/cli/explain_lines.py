"""An explanation as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from streams.detection.explain import Condition, Explanation, SignalExplanation, Standing

_HEADINGS = {
    Standing.OPEN: "FIRED",
    Standing.HELD: "TRUE, AND HELD BACK",
    Standing.PENDING: "HITS, NOT YET FOR LONG ENOUGH",
    Standing.COOLDOWN: "HITS AGAIN, IN ITS COOLDOWN",
    Standing.QUIET: "DID NOT FIRE · nearest first",
    Standing.UNKNOWN: "CANNOT BE READ",
    Standing.OUT_OF_SCOPE: "DOES NOT ASK ABOUT THIS ACCOUNT",
}


def lines_of(found: Explanation, *, whole: bool = False) -> Iterator[str]:
    """The page; `whole` shows every condition of every signal, not only of those that fired."""
    name = f"{found.name} ({found.account_id})" if found.name else found.account_id
    about = ", ".join(part for part in (found.segment, found.lifecycle) if part)
    yield f"{name} · {about} · as of {_time(found.as_of)}"
    place = (found.quadrant or "no place yet").replace("_", " ")
    yield f"Board: {place}" + (f" since {_day(found.quadrant_since)}" if found.quadrant_since else "")
    if found.stalled:
        yield f"No sign of life from {', '.join(found.stalled)}: what they feed is read as of then."
    if found.dropped:
        yield f"Beyond the caps: {', '.join(f'{n} {what}' for what, n in sorted(found.dropped.items()))}"
    yield from found.notes
    for standing, heading in _HEADINGS.items():
        signals = [signal for signal in found.signals if signal.standing is standing]
        if not signals:
            continue
        yield ""
        yield f"{heading} ({len(signals)})"
        if standing is Standing.QUIET:
            signals.sort(key=lambda s: (1.0 if s.ratio is None else s.ratio, s.id))
        for signal in signals:
            yield from _signal(signal, whole or standing in (Standing.OPEN, Standing.HELD, Standing.PENDING))


def _signal(signal: SignalExplanation, whole: bool) -> Iterator[str]:
    level = f" {signal.level}" if signal.level else ""
    since = f" since {_day(signal.opened_at)}" if signal.opened_at else ""
    subject = f" [{signal.subject}]" if signal.subject else ""
    if not whole:
        yield f"  {signal.id:<28} {_reached(signal)}{subject}"
        return
    yield f"  {signal.id} ({signal.motion}){level}{since}{subject}"
    why = signal.why or signal.because
    if why and why != "not reached":
        yield f"      {why}"
    if signal.why and signal.because not in ("", signal.why):
        yield f"      {signal.because}"
    if signal.standing in (Standing.OPEN, Standing.HELD):
        if signal.reading is not None:
            yield f"      reading {_number(signal.reading)}, line {_number(signal.line)} ({signal.unit})"
        yield f"      clears  {signal.clears}"
        for condition in signal.clearing:
            yield f"              {_condition(condition)}"
        if signal.note:
            yield f"      {signal.note}"
        if signal.expires_at:
            yield f"      ends    by itself on {_day(signal.expires_at)} at the latest"
    else:
        for condition in signal.conditions:
            yield f"      {_condition(condition)}"
        if signal.note:
            yield f"      {signal.note}"
        if signal.hold_days:
            yield f"      must hold for {signal.hold_days:g} days; has for {signal.held_days:.1f}"
    if signal.changes_at:
        yield f"      if nothing more is heard it {signal.changes_to} on {_time(signal.changes_at)}"
    if signal.recheck_at:
        yield f"      by time alone its reading changes on {_time(signal.recheck_at)} at the earliest"


def _reached(signal: SignalExplanation) -> str:
    """The furthest condition, or why there is none."""
    if signal.standing in (Standing.UNKNOWN, Standing.OUT_OF_SCOPE) and signal.reading is None:
        return signal.because
    if signal.needs == "yes":
        text = f"not so: {signal.conditions[0].what}" if len(signal.conditions) == 1 else _unmet(signal)
    else:
        text = _unmet(signal)
    if signal.standing in (Standing.UNKNOWN, Standing.OUT_OF_SCOPE):
        return f"{signal.because} ({text})"
    return text if signal.because in ("", "not reached") else f"{text}; {signal.because}"


def _unmet(signal: SignalExplanation) -> str:
    missing = [c for c in signal.conditions if not c.met]
    furthest = max(missing, key=lambda c: c.ratio, default=None)
    if furthest is None:
        return "all conditions are met"
    return _condition(furthest)


def _condition(condition: Condition) -> str:
    if condition.needs == "yes":
        return f"{'✓' if condition.met else '✗'} {condition.what}"
    text = (
        f"{condition.what}: {_number(condition.reading)}, needs {condition.needs} {_number(condition.line)}"
    )
    if condition.met:
        return f"✓ {text}"
    missing = f"{_number(condition.gap)} {condition.unit}".strip()
    return f"✗ {text}; {missing} away ({condition.ratio:.0%})"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "the beginning"


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "–"
