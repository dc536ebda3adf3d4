"""Somebody who matters scores us low, or lower than the last time."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from streams.detection.catalog.durations import Days
from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import Contact, Facts, NpsAnswer, Touch, canonical
from streams.detection.reading import Evidence, Finding, Memory, Reading
from streams.detection.units import Millis, date_of, day_of, day_start


class Pulse(Detector):
    """A key stakeholder answers a pulse low or far below their own last answer, or enough others do in one pulse.

    Mechanism: every respondent is a subject, judged by the latest answer: it is bad at `low` or less, or `fall` or
    more under the answer to the pulse before. A key stakeholder's bad answer hits by itself; other people's hit where
    at least `others` of them answered the same pulse badly. A respondent clears with a later answer of at least
    `good` that is not bad. Answers that a backfill or a snapshot brings are history.

    Trade-off: one respondent's mood is noise (it alone would open at every ninth pulse of a healthy account), so who
    has no say in the deal counts only in company. Who does not answer is not heard.

    Shapes and units: scores 0-10; `within` in UTC days. The value of the levels is 1 where the respondent has one of
    `decisive_roles`, else 0.

    Source: F. Reichheld, The One Number You Need to Grow (2003), for the line between detractors and others.

    >>> Pulse(within="90d").is_bad(7, before=10), Pulse(within="90d").is_bad(7, before=9)
    (True, False)
    """

    touches: ClassVar[int] = Touch.SCORES | Touch.CONTACTS
    fields: ClassVar[frozenset[str]] = frozenset({"who", "score", "before", "pulse", "bad", "answered_on"})

    within: Days = Field(description="how long an answer can open the signal")
    low: int = Field(default=6, ge=0, le=9)
    fall: int = Field(default=3, ge=1, le=10)
    good: int = Field(default=7, ge=1, le=10)
    others: int = Field(default=2, ge=1)
    decisive_roles: tuple[str, ...] = ("sponsor", "budget_holder")

    @property
    def subject_kind(self) -> str:
        return "contact"

    def is_bad(self, score: int, before: int | None) -> bool:
        """Low, or far below the last answer."""
        return score <= self.low or (before is not None and before - score >= self.fall)

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        latest, following = self.latest(facts, now)
        bad = {who: pair for who, pair in latest.items() if self.bad(pair)}
        company: dict[str, int] = {}
        for who, (answer, _) in bad.items():
            if not is_key(facts, who) and self.counts(answer, now):
                company[answer.pulse_id] = company.get(answer.pulse_id, 0) + 1
        findings = []
        for who, (answer, before) in latest.items():
            alone = is_key(facts, who)
            enough = alone or company.get(answer.pulse_id, 0) >= self.others
            hit = who in bad and enough and self.counts(answer, now)
            if not hit and who not in open_:
                continue
            findings.append(
                Finding(
                    hit=hit,
                    clear=who not in bad and answer.score >= self.good,
                    level=self.level_from_below(self._weight(facts.contacts.get(who))),
                    subject=who,
                    observed=answer.score,
                    threshold=self._line(answer, before),
                    baseline=None if before is None else before.score,
                    decided=answer.mark.occurred_ms,
                )
            )
            if hit and (who not in open_ or not open_[who].standing):
                following.append(self._ends(answer))
        return Reading(tuple(findings), min(following, default=None))

    def latest(
        self, facts: Facts, now: Millis
    ) -> tuple[dict[str, tuple[NpsAnswer, NpsAnswer | None]], list[Millis]]:
        """By respondent the latest answer and the one to the pulse before; and when answers ahead of now begin."""
        by_person: dict[str, list[NpsAnswer]] = {}
        following: list[Millis] = []
        for answer in facts.nps.values():
            if answer.mark.occurred_ms > now:
                following.append(answer.mark.occurred_ms)
            else:
                by_person.setdefault(canonical(facts, answer.contact_id), []).append(answer)
        latest: dict[str, tuple[NpsAnswer, NpsAnswer | None]] = {}
        for who, answers in by_person.items():
            answers.sort(key=lambda answer: (answer.mark.occurred_ms, answer.id))
            last = answers[-1]
            others = [answer for answer in answers if answer.pulse_id != last.pulse_id]
            latest[who] = (last, others[-1] if others else None)
        return latest, following

    def bad(self, pair: tuple[NpsAnswer, NpsAnswer | None]) -> bool:
        """Whether an answer is bad, by itself or as a fall from the one before."""
        answer, before = pair
        return self.is_bad(answer.score, None if before is None else before.score)

    def _line(self, answer: NpsAnswer, before: NpsAnswer | None) -> int:
        """The score that the answer had to stay above: the low one, or the fall from the answer before."""
        fell = answer.score > self.low and before is not None and before.score - answer.score >= self.fall
        return before.score - self.fall if fell and before is not None else self.low

    def counts(self, answer: NpsAnswer, now: Millis) -> bool:
        """Whether an answer is live and not too old at `now`."""
        return answer.mark.live and now < self._ends(answer)

    def _ends(self, answer: NpsAnswer) -> Millis:
        return day_start(answer.mark.day + self.within + 1)

    def _weight(self, contact: Contact | None) -> int:
        return int(contact is not None and not set(self.decisive_roles).isdisjoint(contact.roles))

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        latest, _ = self.latest(facts, now)
        today = day_of(now)
        answer, before = latest.get(finding.subject, (None, None))
        contact = facts.contacts.get(finding.subject)
        together = sorted(
            (pair[0] for pair in latest.values() if answer and pair[0].pulse_id == answer.pulse_id),
            key=lambda each: each.mark.occurred_ms,
        )
        bad = [each for each in together if self.bad(latest[canonical(facts, each.contact_id)])]
        return Evidence(
            observed=finding.observed,
            threshold=finding.threshold,
            unit="NPS score",
            window=(min(answer.mark.day, today) if answer else today, today),
            baseline=finding.baseline,
            event_ids=tuple(each.mark.event_id for each in [*([before] if before else []), *bad])[-20:],
            contacts=tuple(dict.fromkeys([finding.subject, *(each.contact_id for each in bad)])),
            departments=(contact.department,) if contact and contact.department else (),
            details={
                "who": (contact.name or contact.title or contact.id) if contact else finding.subject,
                "score": int(finding.observed),
                "before": None if finding.baseline is None else int(finding.baseline),
                "roles": ", ".join(contact.roles) if contact else "",
                "pulse": answer.pulse_id if answer else None,
                "bad": len(bad),
                "answered_on": str(date_of(answer.mark.day)) if answer else None,
            },
        )


def is_key(facts: Facts, contact_id: str) -> bool:
    contact = facts.contacts.get(contact_id)
    return contact is not None and contact.is_key
