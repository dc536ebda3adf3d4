"""More openings than usual: a count of the last days against the account's own rate before."""

from __future__ import annotations

from math import sqrt
from typing import ClassVar

from pydantic import Field

from streams.detection.catalog.durations import Days
from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import Facts, Posting, Touch
from streams.detection.reading import Evidence, Finding, Memory, Reading
from streams.detection.units import Day, Millis, day_of, day_start


class Burst(Detector):
    """Job openings in a function that the product serves, far above the account's own rate.

    Mechanism: openings of the last `window` days (by the day they were opened, at the latest the day we heard of
    them; today included) against the mean of such windows in the `baseline` before. A function hits at `at_least`
    openings, at `ratio` times the mean, and where chance does not explain it: twice the difference of the square
    roots of count and mean is at least `z` (the root makes the noise of a count about the same at any size;
    Anscombe, Biometrika 35, 1948). With nothing in the baseline `at_least` decides alone. Openings that came as
    history count for the baseline and never for the burst. Each function is a subject.

    Trade-off: openings stand for a budget that is decided, months before the people use anything; a company that
    posts one job on five boards looks like five. The first look at a company that has always been hiring is only as
    good as the opening days that come with it.

    Shapes and units: `window` and `baseline` in UTC days; `at_least` openings; `ratio` and `z` plain numbers.

    >>> burst = Burst(at_least=5, ratio=1.5, z=2.5)
    >>> burst.beyond(5, 0.0), burst.beyond(5, 3.0), burst.beyond(12, 3.0)
    (True, False, True)
    """

    touches: ClassVar[int] = Touch.HIRING
    fields: ClassVar[frozenset[str]] = frozenset({"function", "openings", "usual"})

    at_least: int = Field(default=5, ge=1)
    ratio: float = Field(default=1.5, gt=1)
    z: float = Field(default=2.5, ge=0)
    window: Days = 30
    baseline: Days = 120

    @property
    def subject_kind(self) -> str:
        return "function"

    def beyond(self, count: int, usual: float) -> bool:
        """Whether a count is a burst over the usual one."""
        if count < self.at_least or count < self.ratio * usual:
            return False
        return usual == 0 or 2 * (sqrt(count) - sqrt(usual)) >= self.z

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        today = day_of(now)
        findings = {
            name: Finding(hit=False, clear=False, subject=name)
            for name, memory in open_.items()
            if memory.standing
        }
        dues: list[Day] = []
        for name, postings in self.served(facts, now).items():
            if name in findings:
                continue
            recent, before = self.split(postings, today)
            usual = self.usual(facts, before, today)
            if usual is None:
                dues += [today + 1] * (len(recent) >= self.at_least)
            elif self.beyond(len(recent), usual):
                findings[name] = Finding(
                    hit=True,
                    clear=False,
                    level=self.level_from_below(len(recent)),
                    subject=name,
                    observed=len(recent),
                    threshold=max(self.at_least, self.ratio * usual),
                    baseline=usual,
                    decided=max(posting.mark.occurred_ms for posting in recent),
                )
            elif len(recent) >= self.at_least and before:
                capped = bool(facts.dropped.get("hiring"))
                leaves = min(map(_opened, before)) + self.window + self.baseline
                dues.append(today + 1 if capped else leaves)
        following = [
            posting.mark.occurred_ms for posting in facts.hiring.values() if posting.mark.occurred_ms > now
        ]
        following += [day_start(due) for due in dues]
        return Reading(tuple(findings.values()), min(following, default=None))

    def served(self, facts: Facts, now: Millis) -> dict[str, list[Posting]]:
        """Function in lower case -> its openings as known now; only functions that the product serves."""
        found: dict[str, list[Posting]] = {}
        for _, posting in sorted(facts.hiring.items()):
            if posting.mark.occurred_ms <= now and self._packaging.serves(posting.function):
                found.setdefault(posting.function.lower(), []).append(posting)
        return found

    def split(self, postings: list[Posting], today: Day) -> tuple[list[Posting], list[Posting]]:
        """Live openings of the window that ends today, and all of the baseline before it."""
        first = today - self.window + 1
        recent = [p for p in postings if _opened(p) >= first and p.mark.live]
        before = [p for p in postings if first - self.baseline <= _opened(p) < first]
        return recent, before

    def usual(self, facts: Facts, before: list[Posting], today: Day) -> float | None:
        """The mean of a window before; None where the cap of openings has left less than one to look at."""
        length = self.baseline
        if facts.dropped.get("hiring"):
            oldest = min(posting.mark.day for posting in facts.hiring.values())
            length = min(length, today - self.window + 1 - oldest)
        return len(before) * self.window / length if length >= self.window else None

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        today = day_of(memory.since if memory and memory.standing else now)
        recent, before = self.split(self.served(facts, now).get(finding.subject, []), today)
        recent = [posting for posting in recent if _opened(posting) <= today]
        usual = self.usual(facts, before, today) or 0.0
        days = [_opened(posting) for posting in (*before, *recent)]
        departments = sorted({p.department for p in recent if p.department}) or [finding.subject]
        regions = sorted({p.region for p in recent if p.region})
        first = today - self.window + 1
        return Evidence(
            observed=float(len(recent)),
            threshold=float(max(self.at_least, self.ratio * usual)),
            unit="openings",
            window=(first, today),
            baseline=usual,
            baseline_window=(first - self.baseline, first - 1),
            series=tuple((day, float(days.count(day))) for day in sorted(set(days))),
            event_ids=tuple(p.mark.event_id for p in sorted(recent, key=lambda p: p.mark.occurred_ms)[-20:]),
            departments=tuple(departments[:1]),
            details={
                "function": finding.subject,
                "openings": len(recent),
                "usual": round(usual, 2),
                "regions": ", ".join(regions) or None,
            },
        )


def _opened(posting: Posting) -> Day:
    """The day of the opening; nobody can have heard of it before."""
    return min(posting.opened_on, posting.mark.day)
