"""Whom of the customer's people we are in touch with: too few, nobody senior, or those that matter gone quiet."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from streams.detection.catalog.durations import Days
from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import Contact, Facts, Touch, contracts_change, present_contacts, renewal_day
from streams.detection.reading import Evidence, Finding, Memory, Reading
from streams.detection.units import Day, Millis, date_of, day_of, day_start


class Coverage(Detector):
    """Fewer than `fewer_than` of a group of contacts were in touch within `within`, or `dormant_share` of it was not.

    Mechanism: the group is everybody present at the customer, the executives (VP, C-level) or the key stakeholders
    (sponsor, budget holder, influencer, champion). In touch is who took part in a held engagement or wrote to us
    (`by: engaged`), or was checked to be right (`by: verified`). For the share a contact is dormant only once it has
    been known for `within`, and the group must have at least `least` members. With `before_renewal` it asks only
    that close to the end of a contract.

    No meetings on record may mean that nobody records meetings. So with `proven_by` nothing is said (unknown,
    `tracking-unproven`) before the source has delivered that many engagements within `proven_within`, nor
    (`too-young`) before the first of them is `within` old.

    Trade-off: it sees the diary, not the relationship, and it needs the window to pass before it notices a silence.

    Shapes and units: windows in UTC days, today included; shares 0-1.

    >>> key = Coverage(among="key_stakeholders", within="120d", dormant_share=0.5, least=2)
    >>> key.uncovered(covered=1, members=2), key.uncovered(covered=2, members=3), key.uncovered(covered=0, members=1)
    (True, False, False)
    """

    touches: ClassVar[int] = Touch.CONTACTS | Touch.ENGAGEMENT
    fields: ClassVar[frozenset[str]] = frozenset({"covered", "members", "dormant", "who", "days", "last_on"})

    among: Literal["anybody", "executives", "key_stakeholders"]
    by: Literal["engaged", "verified"] = "engaged"
    within: Days
    fewer_than: int | None = Field(default=None, ge=1)
    dormant_share: float | None = Field(default=None, gt=0, le=1)
    least: int = Field(default=1, ge=1, description="members that the group needs for a share")
    before_renewal: Days | None = None
    proven_by: int = Field(default=0, ge=0, description="engagements on record that prove the tracking")
    proven_within: Days = 180

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if (self.fewer_than is None) == (self.dormant_share is None):
            raise ValueError("say either `fewer_than` or `dormant_share`")
        return self

    @property
    def reads(self) -> int:
        return self.touches | (Touch.CONTRACT if self.before_renewal is not None else 0)

    def uncovered(self, covered: int, members: int) -> bool:
        """Whether so many in touch are too few."""
        if self.fewer_than is not None:
            return covered < self.fewer_than
        assert self.dormant_share is not None
        return members >= self.least and members - covered >= self.dormant_share * members

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        today = day_of(now)
        days = self._days_of_proof(facts, today)
        if self.before_renewal is not None:
            changes, renewal = contracts_change(facts, today), renewal_day(facts, today)
            days += [changes] if changes is not None else []
            days += [renewal - self.before_renewal] if renewal is not None else []
            if renewal is None or today < renewal - self.before_renewal:
                return Reading(recheck_at=_upcoming(days, today))
        if self.proven_by and (unknown := self._unproven(facts, today)):
            return Reading(recheck_at=_upcoming(days, today), unknown=unknown)
        members = self.group(facts)
        known = (self.last(contact, today) for contact in members)
        last = sorted((day for day in known if day is not None), reverse=True)
        covered, enough = sum(day > today - self.within for day in last), self.enough(len(members))
        short = covered < enough
        if enough and not short:
            days.append(last[enough - 1] + self.within)
        finding = Finding(hit=short, clear=not short, observed=covered, threshold=enough)
        return Reading((finding,) if short or open_ else (), _upcoming(days, today))

    def enough(self, members: int) -> int:
        """The fewest in touch that are enough."""
        if self.fewer_than is not None:
            return self.fewer_than
        return next(n for n in range(members + 1) if not self.uncovered(n, members))

    def group(self, facts: Facts) -> list[Contact]:
        """The present contacts that are to be kept in touch with."""
        return [
            contact
            for contact in present_contacts(facts)
            if self.among == "anybody"
            or (self.among == "executives" and contact.is_executive)
            or (self.among == "key_stakeholders" and contact.is_key)
        ]

    def last(self, contact: Contact, today: Day) -> Day | None:
        """The day on which the contact was last in touch; of a share, at least the day it became known."""
        known = contact.added.day if contact.added is not None and self.dormant_share is not None else None
        if self.by == "verified":
            return known if contact.verified_on is None else contact.verified_on
        engaged = contact.last_engaged(today)
        days = [day for day in (engaged, known) if day is not None and day <= today]
        return max(days, default=None)

    def _unproven(self, facts: Facts, today: Day) -> str | None:
        if len(self.delivered(facts, today)) < self.proven_by:
            return "tracking-unproven"
        return None if tracked_since(facts) <= today - self.within else "too-young"

    def delivered(self, facts: Facts, today: Day) -> list[Day]:
        """The days of the engagements within `proven_within`, held or not, in order."""
        days = (engagement.mark.day for engagement in facts.engagements.values())
        return sorted(day for day in days if today - self.proven_within < day <= today)

    def _days_of_proof(self, facts: Facts, today: Day) -> list[Day]:
        """The days on which the tracking becomes old enough, or is proven no more."""
        if not self.proven_by:
            return []
        delivered = self.delivered(facts, today)
        if len(delivered) < self.proven_by:
            return []
        return [tracked_since(facts) + self.within, delivered[-self.proven_by] + self.proven_within]

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        today = day_of(now)
        members = self.group(facts)
        last = {contact.id: self.last(contact, today) for contact in members}
        quiet = [c for c in members if (day := last[c.id]) is None or day <= today - self.within]
        newest = max((day for day in last.values() if day is not None), default=None)
        delivered = sorted(facts.engagements.values(), key=lambda engagement: engagement.mark.occurred_ms)
        return Evidence(
            observed=finding.observed,
            threshold=finding.threshold,
            unit=f"contacts {self.by} in {self.within} d",
            window=(today - self.within + 1, today),
            event_ids=tuple(engagement.mark.event_id for engagement in delivered[-20:]),
            contacts=tuple(contact.id for contact in quiet[:20]) if self.dormant_share is not None else (),
            details={
                "covered": int(finding.observed),
                "members": len(members),
                "dormant": len(quiet),
                "who": ", ".join(contact.name or contact.title or contact.id for contact in quiet[:5]),
                "days": self.within,
                "delivered": len(self.delivered(facts, today)),
                "last_on": None if newest is None else str(date_of(newest)),
            },
        )


def tracked_since(facts: Facts) -> Day:
    """The first engagement that anybody still knows of; there must be one."""
    known = [engagement.mark.day for engagement in facts.engagements.values()]
    return min(known + [contact.engaged[0] for contact in facts.contacts.values() if contact.engaged])


def _upcoming(days: list[Day], today: Day) -> Millis | None:
    later = [day for day in days if day > today]
    return day_start(min(later)) if later else None
