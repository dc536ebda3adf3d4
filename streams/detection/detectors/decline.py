"""A score that falls below the account's own level, by more than a few moody answers explain."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from pydantic import Field

from streams.detection.catalog.durations import Days
from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import CsatAnswer, Facts, Touch
from streams.detection.reading import ACCOUNT, Evidence, Finding, Memory, Reading
from streams.detection.units import Day, Millis, day_of, day_start

MANY, FEW = 0.0, 1.0


class Decline(Detector):
    """The last answers to satisfaction surveys against those before; with few answers, two bad ones in a row of three.

    Mechanism: the recent answers are the last `recent_answers` or those of `recent_days`, whichever are more; the
    baseline the `before_answers` or `before_days` before them, whichever are more. Scores count as shares of their
    scale. z = (baseline's mean - recent mean) / (s * sqrt(1/n + 1/m)), s the pooled deviation, at least `least_sd`. It
    hits at z >= `z` and clears at z < `clears_z` against the baseline that was frozen. An account that has not that
    many answers hits at `bad_of_few` of its last `few`, and clears when the last two are good; one that has them, but
    nearly all just now, is too young to be judged. What decides must have been answered just now: a backfill of old
    answers opens nothing.

    Trade-off: fifteen answers take weeks where few people answer, hence the second rule, which two unlucky tickets can
    meet. Who never answers is not heard; silence is no score.

    Shapes and units: scores as shares (0-1) of their scale; days in UTC; z in standard errors. A bad answer is in the
    lowest `bad` of its scale, a good one in the highest.

    Source: the two-sample z-test with pooled variance; window sizes from a simulation of over-dispersed answers.

    >>> round(Decline().z_of([1.0] * 10 + [0.0] * 5, mean=0.9, variance=0.04, count=30), 1)
    2.3
    """

    touches: ClassVar[int] = Touch.SCORES
    fields: ClassVar[frozenset[str]] = frozenset({"answers", "now_share", "usual_share", "z", "bad", "rule"})

    of: Literal["csat"] = "csat"
    recent_answers: int = Field(default=15, ge=2)
    recent_days: Days = 30
    before_answers: int = Field(default=30, ge=2)
    before_days: Days = 90
    z: float = Field(default=3.0, gt=0)
    clears_z: float = 1.0
    least_sd: float = Field(default=0.1, gt=0, description="shares of the scale; no score is surer than that")
    few: int = Field(default=3, ge=2)
    bad_of_few: int = Field(default=2, ge=1)
    bad: float = Field(default=0.4, gt=0, lt=0.5, description="share of the scale that is bad, from below")

    def z_of(self, scores: list[float], mean: float, variance: float, count: int) -> float:
        """How far the mean of the scores lies below the baseline's, in standard errors."""
        n = len(scores)
        sd = self._sd(scores, variance, count)
        return (mean - sum(scores) / n) / (sd * math.sqrt(1 / n + 1 / count))

    def _sd(self, scores: list[float], variance: float, count: int) -> float:
        """The standard deviation of the scores and the baseline together."""
        now = sum(scores) / len(scores)
        squares = sum((score - now) ** 2 for score in scores) + variance * count
        return max(self.least_sd, math.sqrt(squares / max(1, len(scores) + count - 2)))

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        today = day_of(now)
        answers = answers_of(facts, now)
        later = [a.mark.occurred_ms for a in facts.csat.values() if a.mark.occurred_ms > now]
        if not answers:
            return Reading(recheck_at=min(later, default=None))
        recent, before = self.windows(answers, today)
        memory = open_.get(ACCOUNT)
        frozen = memory.frozen if memory is not None and isinstance(memory.frozen, tuple) else None
        rule = frozen[0] if frozen else self.rule(answers)
        if frozen is None and rule == MANY and len(before) < self.before_answers:
            return Reading((), _earliest(later, self._slides(recent, before, today)), "too-young")
        if rule == FEW:
            finding = self._of_few(answers)
        else:
            baseline = frozen[1:] if frozen else baseline_of(before)
            finding = self.of_many(recent, baseline)
        return Reading((finding,), _earliest(later, self._slides(recent, before, today)))

    def rule(self, answers: list[CsatAnswer]) -> float:
        """Which of the two judges so many answers: `MANY` or `FEW`."""
        return MANY if len(answers) >= self.recent_answers + self.before_answers else FEW

    def windows(self, answers: list[CsatAnswer], today: Day) -> tuple[list[CsatAnswer], list[CsatAnswer]]:
        """The recent answers and those of the baseline."""
        first = today - self.recent_days + 1
        by_days = sum(answer.mark.day >= first for answer in answers)
        cut = max(0, len(answers) - max(by_days, self.recent_answers))
        recent, rest = answers[cut:], answers[:cut]
        begins = min(first, recent[0].mark.day)
        by_days = sum(answer.mark.day >= begins - self.before_days for answer in rest)
        return recent, rest[max(0, len(rest) - max(by_days, self.before_answers)) :]

    def _slides(self, recent: list[CsatAnswer], before: list[CsatAnswer], today: Day) -> list[Millis]:
        """When a window that is filled by days loses its oldest answer."""
        days = []
        if len(recent) > self.recent_answers:
            days.append(recent[0].mark.day + self.recent_days)
        if len(before) > self.before_answers:
            days.append(before[0].mark.day + self.before_days + self.recent_days)
        return [day_start(day) for day in days if day > today]

    def _of_few(self, answers: list[CsatAnswer]) -> Finding:
        last = answers[-self.few :]
        bad = sum(self.is_bad(answer) for answer in last)
        return Finding(
            hit=bad >= self.bad_of_few and self.is_bad_news(answers),
            clear=len(answers) >= 2 and all(answer.share >= 1 - self.bad for answer in answers[-2:]),
            observed=bad,
            threshold=self.bad_of_few,
            frozen=(FEW,),
            decided=answers[-1].mark.occurred_ms,
        )

    def is_bad(self, answer: CsatAnswer) -> bool:
        """Whether one answer counts as bad."""
        return answer.share <= self.bad

    def is_bad_news(self, answers: list[CsatAnswer]) -> bool:
        """Whether the last bad answer was given just now, not brought by a backfill."""
        last = [answer for answer in answers if self.is_bad(answer)][-1:]
        return bool(last) and last[0].mark.live

    def of_many(self, recent: list[CsatAnswer], baseline: tuple[float, ...]) -> Finding:
        """The finding where there are many answers: their fall in standard errors against (mean, variance, count)."""
        mean, variance, count = baseline
        z = self.z_of([answer.share for answer in recent], mean, variance, int(count))
        return Finding(
            hit=z >= self.z and recent[-1].mark.live,
            clear=z < self.clears_z,
            observed=z,
            threshold=self.z,
            baseline=mean,
            frozen=(MANY, mean, variance, count),
            decided=recent[-1].mark.occurred_ms,
        )

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        today = day_of(now)
        answers = answers_of(facts, now)
        recent, before = self.windows(answers, today) if answers else ([], [])
        few = finding.frozen is None or not isinstance(finding.frozen, tuple) or finding.frozen[0] == FEW
        shown = answers[-self.few :] if few else recent
        frozen = finding.frozen if not few and isinstance(finding.frozen, tuple) else None
        now_share = sum(answer.share for answer in shown) / len(shown) if shown else 0.0
        first = shown[0].mark.day if shown else today
        contacts = (answer.contact_id for answer in shown if answer.contact_id and self.is_bad(answer))
        return Evidence(
            observed=finding.observed,
            threshold=finding.threshold,
            unit=f"bad answers of the last {self.few}" if few else "standard errors below the baseline",
            window=(first, today),
            baseline=finding.baseline,
            baseline_window=(before[0].mark.day, before[-1].mark.day) if before and not few else None,
            series=_by_day(shown if few else [*before, *recent]),
            event_ids=tuple(answer.mark.event_id for answer in shown[-20:]),
            contacts=tuple(dict.fromkeys(contacts)),
            details={
                "answers": len(shown),
                "now_share": round(now_share, 3),
                "usual_share": None if finding.baseline is None else round(finding.baseline, 3),
                "z": None if few else round(finding.observed, 2),
                "usual_answers": int(frozen[3]) if frozen else None,
                "sd": self._sd([a.share for a in shown], frozen[2], int(frozen[3])) if frozen else None,
                "bad": sum(self.is_bad(answer) for answer in shown),
                "rule": "few answers" if few else "many answers",
            },
        )


def answers_of(facts: Facts, now: Millis) -> list[CsatAnswer]:
    """All answers until now, in order of time."""
    known = (answer for answer in facts.csat.values() if answer.mark.occurred_ms <= now)
    return sorted(known, key=lambda answer: (answer.mark.occurred_ms, answer.id))


def baseline_of(before: list[CsatAnswer]) -> tuple[float, ...]:
    """(mean, variance, number) of the shares."""
    shares = [answer.share for answer in before]
    mean = sum(shares) / len(shares)
    return mean, sum((share - mean) ** 2 for share in shares) / len(shares), float(len(shares))


def _by_day(answers: list[CsatAnswer]) -> tuple[tuple[Day, float], ...]:
    """The mean share of each day with answers."""
    days: dict[Day, list[float]] = {}
    for answer in answers:
        days.setdefault(answer.mark.day, []).append(answer.share)
    return tuple((day, sum(shares) / len(shares)) for day, shares in days.items())[-400:]


def _earliest(*times: list[Millis]) -> Millis | None:
    return min((time for group in times for time in group), default=None)
