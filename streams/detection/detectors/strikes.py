"""Early warnings of different kinds that stand together."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from streams.detection.catalog.durations import Days
from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import Facts
from streams.detection.reading import Evidence, Finding, Memory, Reading
from streams.detection.units import DAY_MS, Millis, day_of

if TYPE_CHECKING:
    from streams.detection.system import Verdict


class Strikes(Detector):
    """Strikes of at least `families` distinct families have become true within `within` and still are.

    Mechanism: a strike is a true verdict of a signal that counts as one, said or held; three signals of one family are
    one strike, because they have one cause. The contributing signals are the subjects. Once it is open every strike
    that is still true counts, however old, and warnings that are held back because of it join as subjects for as long
    as they are true: it absorbs them. It clears while fewer than `clears_below` families are left, and a signal leaves
    it when its own verdict has ended (both after the signal's `clears_for`).

    Trade-off: it waits for the third kind of trouble, and needs no single one to be large; whoever wants to act on the
    first two reads their own alerts.

    Shapes and units: `within` in UTC days; counts of families.

    >>> strikes = Strikes(within="90d")
    >>> strikes.enough({"usage", "support"}), strikes.enough({"usage", "support", "sentiment"})
    (False, True)
    """

    touches: ClassVar[int] = 0
    over_verdicts: ClassVar[bool] = True
    fields: ClassVar[frozenset[str]] = frozenset({"families", "signals", "count"})

    families: int = Field(default=3, ge=2)
    within: Days
    clears_below: int = Field(default=2, ge=1)

    @property
    def subject_kind(self) -> str:
        return "signal"

    def enough(self, families: set[str]) -> bool:
        """Whether strikes of these families are enough to open."""
        return len(families) >= self.families

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        """Facts alone say nothing here."""
        return Reading()

    def read_verdicts(self, facts: Facts, verdicts: tuple[Verdict, ...], now: Millis, open_: Open) -> Reading:
        standing = any(memory.standing for memory in open_.values())
        strikes = [v for v in verdicts if v.rule.spec.family and v.rule.spec.strike]
        oldest = now - self.within * DAY_MS
        families = {str(v.rule.spec.family) for v in strikes if standing or v.since >= oldest}
        if not standing and not self.enough(families):
            return Reading()
        clear = len(families) < self.clears_below
        struck = {verdict.rule.id for verdict in strikes}
        taken_in = [
            v for v in verdicts if v.rule.id not in struck and (v.rule.id in open_ or _held_warning(v))
        ]
        joined = [*strikes, *taken_in]
        told = ",".join(f"{v.rule.spec.family if v.rule.id in struck else ''}:{v.rule.id}" for v in joined)
        return Reading(
            tuple(
                Finding(
                    hit=not clear,
                    clear=clear,
                    subject=verdict.rule.id,
                    observed=len(families),
                    threshold=self.families,
                    frozen=told.encode(),
                )
                for verdict in joined
            )
        )

    def stands_without(self, memories: Open, gone: frozenset[str]) -> bool:
        families = set()
        for memory in memories.values():
            frozen = memory.frozen if isinstance(memory.frozen, bytes) else b""
            for pair in frozen.decode().split(",") if frozen else ():
                family, _, signal = pair.partition(":")
                if family and signal not in gone:
                    families.add(family)
        return self.enough(families)

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        today = day_of(now)
        frozen = finding.frozen if finding.frozen is not None else memory.frozen if memory else None
        pairs = frozen.decode().split(",") if isinstance(frozen, bytes) and frozen else []
        families = dict.fromkeys(name for pair in pairs if (name := pair.partition(":")[0]))
        return Evidence(
            observed=finding.observed,
            threshold=float(self.families),
            unit="families of early indicators",
            window=(today - self.within + 1, today),
            details={
                "families": ", ".join(families),
                "signals": ", ".join(pair.partition(":")[2] for pair in pairs),
                "count": len(families),
            },
        )


def _held_warning(verdict: Verdict) -> bool:
    """A warning of the retention motion (whose signals have families) that nobody was told of."""
    return verdict.rule.spec.family is not None and not verdict.said and _is_warning(verdict)


def _is_warning(verdict: Verdict) -> bool:
    return verdict.rule.levels[verdict.level] == "warning"
