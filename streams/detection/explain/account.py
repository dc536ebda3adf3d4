"""All signals of one account, explained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from pydantic import BaseModel

from schemas.alerts import Evidence
from streams.detection.account import Account
from streams.detection.clocks import Clocks
from streams.detection.engine import PartitionEngine
from streams.detection.explain import words
from streams.detection.explain.by_itself import by_itself
from streams.detection.explain.clearing import clearing
from streams.detection.explain.conditions import Asked, Condition, NoReading, Way
from streams.detection.explain.model import Explanation, SignalExplanation, Standing
from streams.detection.explain.ways import nearest_way
from streams.detection.lifecycle import Judged, SignalState
from streams.detection.reading import Finding, Reading
from streams.detection.reviewed import Reviewed, primary_of
from streams.detection.reviewer import Reviewer
from streams.detection.rules import TOPIC_OF_CLOCK, Rule
from streams.detection.system import Status, System, Where
from streams.detection.teller import Teller
from streams.detection.units import DAY_MS, Millis, moment_of


class UnknownAccount(LookupError):
    """The engine has never heard of the account, or it was erased."""


class UnknownSignal(LookupError):
    """No catalog in force has a signal of that name."""


def explain(engine: PartitionEngine, account_id: str, signals: Collection[str] = ()) -> Explanation:
    """The account as the engine knows it now, and where each signal stands; only those named, where any are. A pure
    look: no state changes, and nothing is said.

    Raises UnknownAccount and UnknownSignal."""
    account = engine.account(account_id.encode())
    if account is None or not (account.facts.feeds or account.state.signals):
        raise UnknownAccount(account_id)
    system = engine.system
    known = {rule.id for rule in system.rules}
    if unknown := sorted(set(signals) - known):
        raise UnknownSignal(", ".join(unknown))
    one = _Explainer(system, account, engine.clocks)
    rules = [rule for rule in system.rules if not signals or rule.id in signals]
    board, profile = account.state.board, account.facts.profile
    return Explanation(
        account_id=account_id,
        name=profile.name,
        segment=profile.segment,
        lifecycle=profile.lifecycle or "unknown",
        as_of=_moment(engine.clocks.calendar),
        quadrant=board.quadrant or None,
        quadrant_since=_moment(board.since),
        catalogs={motion.name: motion.catalog_version for motion in system.motions},
        signals=tuple(one.signal(rule) for rule in rules),
        stalled=one.stalled,
        dropped=dict(account.facts.dropped),
    )


class _Told(BaseModel):
    """What the motion's own message says, as far as it is shown."""

    alert_id: str
    why: str
    evidence: Evidence


class _Explainer:
    """Reads one account."""

    def __init__(self, system: System, account: Account, clocks: Clocks) -> None:
        self._account, self._clocks = account, clocks
        self._reviewer = Reviewer(system)
        self._teller = Teller(system, 0, Counter())
        self._verdicts = self._reviewer.verdicts(account)
        self.stalled = tuple(
            f"{topic}/{name}"
            for topic, systems in sorted(account.facts.feeds.items())
            for name in sorted(systems)
            if clocks.stalled(topic, name)
        )

    def signal(self, rule: Rule) -> SignalExplanation:
        """Where the rule stands."""
        account, spec = self._account, rule.spec
        variant = rule.variants[account.facts.profile.segment]
        state = account.state.signals.get(rule.id) or SignalState()
        now = self._reviewer.present(rule, account, self._clocks)
        base = SignalExplanation(
            id=rule.id,
            motion=rule.motion,
            title=spec.title,
            version=spec.version,
            standing=Standing.UNKNOWN,
            because="",
            as_of=_moment(now),
            subject_kind=variant.detector.subject_kind,
            hold_days=variant.hold_for / DAY_MS,
            openings=state.ordinal,
            clears=spec.clears_when,
        )
        if not now:
            return base.model_copy(update={"because": f"time has not begun for {self._source(rule)}"})
        others = tuple(verdict for verdict in self._verdicts if verdict.rule.id != rule.id)
        asked = Asked(account.facts, now, others, account.state.board)
        out = self._reviewer.out_of_scope(rule, variant, account, now)
        memories = state.memories()
        reading = variant.detector.read_on_board(asked.facts, others, account.state.board, now, memories)
        review = Reviewed(rule, variant, state, reading, Judged([], []), memories, now)
        found: dict[str, object] = {}
        try:
            found |= _nearest(rule, *nearest_way(variant.detector, asked))
            nothing = ""
        except NoReading as missing:
            nothing = str(missing)
        if out is not None:
            return base.model_copy(
                update={
                    **found,
                    "standing": Standing.OUT_OF_SCOPE,
                    "because": out + (f"; {nothing}" if nothing else ""),
                }
            )
        found |= {
            "cooldown_until": _moment(max((s.quiet_until for s in state.subjects.values()), default=0)),
            "recheck_at": _moment(_later(now, reading.recheck_at, state.recheck)),
        }
        changes = by_itself(rule, variant, state, reading, asked)
        if changes is not None:
            found |= {"changes_at": _moment(changes[0]), "changes_to": changes[1]}
        if state.true:
            found |= self._true(review, asked)
        else:
            found |= self._untrue(rule, state, reading, nothing, now)
        return base.model_copy(update=found)

    def _true(self, review: Reviewed, asked: Asked) -> dict[str, object]:
        state, rule = review.state, review.rule
        subject = primary_of(state)
        finding = review.finding(subject)
        told = self._told(review)
        since = min(s.standing for s in state.subjects.values() if s.standing)
        standing = Standing.OPEN if state.opened else Standing.HELD
        kept = words.held(state.held, rule, self._verdicts) if state.held else ""
        shown: dict[str, object] = {
            "standing": standing,
            "because": told.why if state.opened else f"true, but held: {kept or 'it is said next'}",
            "note": f"changes are kept back: {kept}" if state.opened and kept else "",
            "alert_id": told.alert_id if state.opened else None,
            "why": told.why,
            "evidence": told.evidence,
            "level": rule.levels[min(state.strongest, len(rule.levels) - 1)],
            "opened_at": _moment(state.opened),
            "true_since": _moment(since),
            "held_days": (review.now - since) / DAY_MS,
            "subject": subject or "",
            "clearing": clearing(review.variant.detector, asked, finding),
            "expires_at": _moment(state.ends),
            "ways": sum(bool(s.standing) for s in state.subjects.values()),
        }
        if review.reading.unknown and not review.reading.findings:
            # It stays as it is until it can be read again.
            unread = {"clearing": (), "note": f"not read now: {words.unknown(review.reading.unknown)}"}
            return shown | _numbers(Finding(hit=False, clear=False), told.evidence.unit) | unread
        # The numbers of an open one are those of its own finding, not of the next way to open.
        shown |= _numbers(finding, told.evidence.unit)
        return shown

    def _told(self, review: Reviewed) -> _Told:
        evidence = review.evidence(self._account, primary_of(review.state))
        verdicts, where = self._verdicts, Where(0, 0)
        message = self._teller.message(
            self._account, review, Status.UPDATED, None, review.state.level, 1, evidence, verdicts, where
        )
        return _Told.model_validate_json(message.value)

    def _untrue(
        self, rule: Rule, state: SignalState, reading: Reading, nothing: str, now: Millis
    ) -> dict[str, object]:
        pending = [s.pending for s in state.subjects.values() if s.pending]
        hits = [finding for finding in reading.findings if finding.hit]
        if any(subject.waits for subject in state.subjects.values()):
            return {"standing": Standing.COOLDOWN, "because": "it hits again, within its cooldown"}
        if pending:
            held = (now - min(pending)) / DAY_MS
            return {
                "standing": Standing.PENDING,
                "because": f"it has held for {held:.1f} days",
                "held_days": held,
            }
        if reading.unknown:
            return {"standing": Standing.UNKNOWN, "because": words.unknown(reading.unknown)}
        if nothing:
            return {"standing": Standing.UNKNOWN, "because": nothing}
        if hits and rule.variants[self._account.facts.profile.segment].newly and not state.was_clear:
            return {"standing": Standing.QUIET, "because": "it was so from the start: it opens on news only"}
        if hits and state.subjects:
            return {"standing": Standing.COOLDOWN, "because": "it was told as history, or ended a while ago"}
        if hits:
            return {"standing": Standing.QUIET, "because": "it hits; it is judged at the next recheck"}
        if self._stalled(rule):
            return {
                "standing": Standing.QUIET,
                "because": f"{self._source(rule)} is stalled: read as of then",
            }
        return {"standing": Standing.QUIET, "because": "not reached"}

    def _source(self, rule: Rule) -> str:
        return TOPIC_OF_CLOCK.get(rule.clock, "the calendar")

    def _stalled(self, rule: Rule) -> bool:
        return any(feed.startswith(f"{self._source(rule)}/") for feed in self.stalled)


def _nearest(rule: Rule, way: Way, count: int) -> dict[str, object]:
    binding: Condition = way.binding
    return {
        "note": way.note,
        "subject": way.subject,
        "ways": count,
        "reading": binding.reading,
        "needs": binding.needs,
        "line": binding.line,
        "unit": binding.unit,
        "gap": binding.gap,
        "ratio": binding.ratio,
        "conditions": way.conditions,
    }


def _numbers(finding: Finding, unit: str) -> dict[str, object]:
    """Some detectors measure nothing any more while their alert is open."""
    measured = bool(finding.observed or finding.threshold)
    return {
        "reading": float(finding.observed) if measured else None,
        "line": float(finding.threshold) if measured else None,
        "needs": None,
        "unit": unit,
        "gap": 0.0,
        "ratio": 0.0,
        "conditions": (),
    }


def _later(now: Millis, *dues: Millis | None) -> Millis:
    return min((due for due in dues if due and due > now), default=0)


def _moment(ms: Millis) -> datetime | None:
    return moment_of(ms) if ms else None
