"""What one step has read of one signal, before anything is said of it."""

from __future__ import annotations

from streams.detection.account import Account, PastVerdict
from streams.detection.lifecycle import Judged, SignalState
from streams.detection.reading import Evidence, Finding, Memory, Reading
from streams.detection.rules import Rule, Variant
from streams.detection.system import Status
from streams.detection.units import Millis


class Reviewed:
    """What one step has read of one rule."""

    __slots__ = (
        "anew",
        "ended_as",
        "historical",
        "judged",
        "memories",
        "now",
        "past",
        "reading",
        "reason",
        "rule",
        "said_at",
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
        self.said_at = now
        """When it is said: later than it was read where it was held until now, or is looked at in hindsight."""
        self.past: PastVerdict | None = None
        """The ended verdict that is taken back, where it is no longer the present one."""

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


def primary_of(state: SignalState) -> str | None:
    """The subject that the evidence is about: the strongest, then the newest."""
    true = [(s.level, s.standing, name) for name, s in state.subjects.items() if s.standing]
    return max(true)[2] if true else None
