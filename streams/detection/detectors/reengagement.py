"""Somebody who matters comes back to us by their own initiative."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from streams.detection.catalog.durations import Days
from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import Contact, Engagement, Facts, Touch, canonical, renewal_day
from streams.detection.reading import Evidence, Finding, Memory, Reading
from streams.detection.units import Day, Millis, date_of, day_of, day_start

_SELLS_NOTHING = frozenset({"support", "renewal"})


@dataclass(frozen=True, slots=True)
class _Return:
    contact: Contact
    engagement: Engagement
    silent: int
    """Days since the engagement before, or since tracking began where there was none."""


class Reengagement(Detector):
    """An executive engages by own initiative after a long silence.

    Mechanism: an engagement that the customer initiated, with a VP or C-level in it who had not been engaged for
    `dormant` days before. Who was never engaged counts from the day we knew them, if engagements of the account
    were recorded by then. The circumstances are taken as of the engagement: no ticket of severity 1 open, more than
    `to_renewal` days to the renewal (an unknown renewal is none that is near), and not about support or the renewal
    itself, which bring executives back for other reasons. Each executive is a subject and hits for `within` days.

    Trade-off: no statistics and no delay, but as right as the CRM's word on who initiated. Engagements of a backfill
    or a snapshot prove silence wrong and open nothing. The last 8 engaged days of a person are known, so a silence
    before those is not seen.

    Shapes and units: all durations in UTC days.

    >>> Reengagement(dormant="120d", to_renewal="60d", within="60d").long_enough(day=140, before=20)
    True
    """

    touches: ClassVar[int] = Touch.ENGAGEMENT | Touch.CONTACTS | Touch.TICKETS | Touch.CONTRACT
    fields: ClassVar[frozenset[str]] = frozenset({"who", "silent_days", "recorded_on"})

    dormant: Days = Field(default=120, description="not engaged for so long before")
    to_renewal: Days = Field(default=60, description="the renewal is further away than this")
    within: Days = Field(default=60, description="how long a return can open the signal")

    @property
    def subject_kind(self) -> str:
        return "contact"

    def long_enough(self, day: Day, before: Day) -> bool:
        """Whether an engagement on `day` ends a silence since `before`."""
        return day - before >= self.dormant

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        findings = {
            subject: Finding(hit=False, clear=False, subject=subject)
            for subject in open_
            if subject in facts.contacts and facts.contacts[subject].present
        }
        following = [met.mark.occurred_ms for met in self.own(facts) if met.mark.occurred_ms > now]
        for found in self._returns(facts, now):
            findings[found.contact.id] = Finding(
                hit=True,
                clear=False,
                subject=found.contact.id,
                observed=found.silent,
                threshold=self.dormant,
                decided=found.engagement.mark.occurred_ms,
            )
        return Reading(tuple(findings.values()), min(following, default=None))

    def own(self, facts: Facts) -> Iterator[Engagement]:
        """Engagements that the customer began, about something that could grow."""
        return (
            met
            for met in facts.engagements.values()
            if met.initiated_by == "customer" and met.mark.live and met.purpose not in _SELLS_NOTHING
        )

    def _returns(self, facts: Facts, now: Millis) -> Iterator[_Return]:
        """Every return within the last days, the newest of a contact last."""
        oldest = day_start(day_of(now) - self.within + 1)
        for met in sorted(self.own(facts), key=lambda met: (met.mark.occurred_ms, met.id)):
            if not oldest <= met.mark.occurred_ms <= now:
                continue
            for contact in self.executives(facts, met):
                before = self.engaged_before(facts, contact, met.mark.day)
                if before is None or not self.long_enough(met.mark.day, before):
                    continue
                if self.quiet_times(facts, met):
                    yield _Return(contact, met, met.mark.day - before)

    def executives(self, facts: Facts, met: Engagement) -> Iterator[Contact]:
        """The present executives who took part, each once."""
        for contact_id in dict.fromkeys(canonical(facts, named) for named in met.contact_ids):
            contact = facts.contacts.get(contact_id)
            if contact is not None and contact.present and contact.is_executive:
                yield contact

    def engaged_before(self, facts: Facts, contact: Contact, day: Day) -> Day | None:
        """The last engaged day before; of somebody never engaged, the day from which we would have known."""
        before = contact.last_engaged(day - 1)
        if before is not None or contact.added is None:
            return before
        days = [known.engaged[0] for known in facts.contacts.values() if known.engaged]
        days += [met.mark.day for met in facts.engagements.values()]
        return max(contact.added.day, min(days, default=day))

    def quiet_times(self, facts: Facts, met: Engagement) -> bool:
        """Neither trouble nor the renewal brought them."""
        renewal = renewal_day(facts, met.mark.day)
        near = renewal is not None and renewal - met.mark.day <= self.to_renewal
        return not near and not facts.tickets.open_at(met.mark.occurred_ms, severity=1)

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        today = day_of(now)
        contact = facts.contacts.get(finding.subject)
        since = memory.since if memory else now
        returns = [found for found in self._returns(facts, since) if found.contact.id == finding.subject]
        found = returns[-1] if returns else None
        engaged = contact.engaged if contact else []
        return Evidence(
            observed=float(found.silent if found else finding.observed),
            threshold=float(self.dormant),
            unit="days without engagement before",
            window=(today - self.within + 1, today),
            series=tuple((day, 1.0) for day in engaged if day <= today),
            event_ids=(found.engagement.mark.event_id,) if found else (),
            contacts=(finding.subject,),
            departments=(contact.department,) if contact and contact.department else (),
            details={
                "who": (contact.name or contact.title or contact.id) if contact else finding.subject,
                "silent_days": found.silent if found else int(finding.observed),
                "recorded_on": str(date_of(found.engagement.mark.day)) if found else None,
                "buying_centre_id": contact.buying_centre_id if contact else None,
            },
        )
