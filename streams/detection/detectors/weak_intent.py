"""What the customer says about renewing, or that nobody has asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from streams.detection.catalog.durations import Days
from streams.detection.detectors.base import Detector, Open
from streams.detection.detectors.dues.money import renewal_signed, term_begins
from streams.detection.facts import Facts, Intent, Touch, contracts_change, contracts_in_force
from streams.detection.reading import Evidence, Finding, Memory, Reading
from streams.detection.units import Day, Millis, date_of, day_of, day_start

WEAK = {"undecided": 0.0, "negative": 1.0}


class WeakIntent(Detector):
    """The renewal intent of a contract is undecided or negative within `within` of its end, or still unknown at
    `unknown_from`.

    Mechanism: every contract in force is a subject, with the last intent that was recorded in its present term; what
    was said before it was about another renewal. It clears when the intent is likely or committed, or the renewal is
    signed. A contract that was given notice of is not asked about: that is decided.

    Trade-off: an intent is what somebody said to somebody, on the day they said it; silence becomes a finding only
    late, so that nobody is nagged for asking in good time.

    Shapes and units: UTC days before the contract's last day. The value of the levels is 1 for a negative intent,
    else 0.

    >>> WeakIntent(within="270d", unknown_from="120d").hits("undecided", 200), WeakIntent().hits(None, 200)
    (True, False)
    """

    touches: ClassVar[int] = Touch.CONTRACT | Touch.RENEWAL
    fields: ClassVar[frozenset[str]] = frozenset({"intent", "said_by", "said_on", "days_left", "contract_id"})

    within: Days = 270
    unknown_from: Days = 120

    @property
    def subject_kind(self) -> str:
        return "contract"

    def hits(self, intent: str | None, days_left: int) -> bool:
        """Whether that intent is weak, so many days before the end."""
        if intent is None:
            return days_left <= self.unknown_from
        return intent in WEAK and days_left <= self.within

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        today = day_of(now)
        findings, days = [], []
        for contract_id, ends, said in self.asked(facts, now):
            days += [ends - self.within, ends - self.unknown_from]
            intent = said.intent if said else None
            hit = self.hits(intent, ends - today)
            if hit or contract_id in open_:
                findings.append(
                    Finding(
                        hit=hit,
                        clear=not hit and (intent is None or intent not in WEAK),
                        level=self.level_from_below(WEAK.get(intent or "", 0.0)),
                        subject=contract_id,
                        observed=ends - today,
                        threshold=self.unknown_from if said is None else self.within,
                        decided=said.mark.occurred_ms if said else None,
                    )
                )
        changes = contracts_change(facts, today)
        later = [day for day in (*days, changes) if day is not None and day > today]
        return Reading(tuple(findings), day_start(min(later)) if later else None)

    def asked(self, facts: Facts, now: Millis) -> Iterator[tuple[str, Day, Intent | None]]:
        """(contract, its last day, the last intent of its term) of the contracts whose renewal is open."""
        today = day_of(now)
        for contract in contracts_in_force(facts, today):
            ends = contract.ends_on(today)
            if ends is None or contract.notice_in_force is not None or renewal_signed(contract, today):
                continue
            begun = day_start(term_begins(contract, ends))
            said = [
                intent
                for intent in facts.intents.get(contract.id, ())
                if begun <= intent.mark.occurred_ms <= now
            ]
            yield contract.id, ends, said[-1] if said else None

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        today = day_of(now)
        found = {contract_id: (ends, said) for contract_id, ends, said in self.asked(facts, now)}
        ends, said = found.get(finding.subject, (None, None))
        contact = facts.contacts.get(said.contact_id) if said and said.contact_id else None
        return Evidence(
            observed=finding.observed,
            threshold=finding.threshold,
            unit="days to the end of the contract",
            window=(min(said.mark.day, today) if said else today, today),
            event_ids=(said.mark.event_id,) if said else (),
            contacts=(said.contact_id,) if said and said.contact_id else (),
            departments=(contact.department,) if contact and contact.department else (),
            details={
                "intent": said.intent if said else "unknown",
                "said_by": (contact.name or contact.title or contact.id) if contact else None,
                "said_on": str(date_of(said.mark.day)) if said else None,
                "days_left": None if ends is None else ends - today,
                "contract_id": finding.subject,
            },
        )
