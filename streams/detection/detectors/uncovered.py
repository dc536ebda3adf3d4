"""A buying centre that has a problem we could solve, and nobody of ours to talk to."""

from __future__ import annotations

from typing import ClassVar

from streams.detection.buying_centres import (
    COVERED_DAYS,
    contacts_of,
    deployed_departments,
    fits,
    is_deployed,
    known,
    last_engaged,
    problems_of,
    tracking,
)
from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import BuyingCentre, Facts, Problem, Touch
from streams.detection.reading import Evidence, Finding, Memory, Reading
from streams.detection.units import Day, Millis, date_of, day_of, day_start


class Uncovered(Detector):
    """Known buying centres without a deployment that have an open, fitting problem and are not covered.

    Mechanism: a centre is covered while somebody of it was engaged in the last 90 days. It hits from the first day
    on which nobody was, as long as it is known (neither suspected nor ruled out), not deployed, and has an open
    problem that a use case of ours serves. It clears when it is covered, and when there is nothing to cover any
    more. Each centre is a subject.

    Trade-off: a meeting that nobody logged covers nothing, so nothing is said of an account whose engagements are
    not tracked (fewer than 5 in 180 days): `tracking-unproven`, and what is open stays open.

    >>> Uncovered().uncovered_from(known_since=100, engaged=20), Uncovered().uncovered_from(100, None)
    (110, 100)
    """

    touches: ClassVar[int] = Touch.CENTRES | Touch.PROBLEM | Touch.CONTACTS | Touch.ENGAGEMENT | Touch.USERS
    fields: ClassVar[frozenset[str]] = frozenset({"centre", "problems", "use_case", "engaged_on", "path"})

    @property
    def subject_kind(self) -> str:
        return "buying_centre"

    def uncovered_from(self, known_since: Day, engaged: Day | None) -> Day:
        """The first day on which a centre is not covered, engaged last on that day (None: never)."""
        return known_since if engaged is None else max(known_since, engaged + COVERED_DAYS)

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        today = day_of(now)
        wanting = self.wanting(facts)
        if not wanting:
            return Reading()
        proven = tracking(facts, now)
        if proven is None:
            standing = tuple(Finding(hit=False, clear=False, subject=centre.id) for centre in wanting)
            return Reading(standing, unknown="tracking-unproven")
        findings, dues = [], [proven + 1]
        for centre in wanting:
            engaged = last_engaged(facts, centre, today)
            starts = self.uncovered_from(0, engaged)
            if today < starts:
                dues.append(starts)
                continue
            findings.append(
                Finding(
                    hit=True,
                    clear=False,
                    subject=centre.id,
                    observed=COVERED_DAYS if engaged is None else today - engaged,
                    threshold=COVERED_DAYS,
                )
            )
        return Reading(tuple(findings), day_start(min(dues)))

    def wanting(self, facts: Facts) -> list[BuyingCentre]:
        """Centres that ought to be covered, by id."""
        if not facts.centres:
            return []
        deployed = deployed_departments(facts)
        return [
            centre
            for _, centre in sorted(facts.centres.items())
            if known(centre) and not is_deployed(centre, deployed) and self._problems(facts, centre)
        ]

    def _problems(self, facts: Facts, centre: BuyingCentre) -> list[Problem]:
        return [problem for problem in problems_of(facts, centre) if fits(problem, self._packaging)]

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        today = day_of(now)
        centre = facts.centres.get(finding.subject) or BuyingCentre(finding.subject)
        problems = self._problems(facts, centre)
        engaged = last_engaged(facts, centre, today)
        cases = [self._packaging.use_cases.get(problem.use_case_id or "") for problem in problems]
        return Evidence(
            observed=finding.observed,
            threshold=finding.threshold,
            unit="days without an engaged contact",
            window=(today - COVERED_DAYS + 1, today),
            event_ids=tuple(problem.mark.event_id for problem in problems)[:20],
            contacts=tuple(contact.id for contact in contacts_of(facts, centre))[:6],
            departments=(centre.department,) if centre.department else (),
            details={
                "centre": centre.name or centre.department or centre.id,
                "buying_centre_id": centre.id,
                "problems": len(problems),
                "use_case": ", ".join(sorted({case.name for case in cases if case})),
                "engaged_on": "never" if engaged is None else str(date_of(engaged)),
                "path": centre.path,
            },
        )
