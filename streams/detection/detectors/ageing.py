"""Something is wrong, and stays so: a severe ticket open, an integration down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal, NamedTuple

from pydantic import Field

from streams.detection.catalog.durations import Duration
from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import DELETED, Facts, Integration, Ticket, Touch
from streams.detection.reading import Evidence, Finding, Memory, Reading
from streams.detection.units import DAY_MS, HOUR_MS, Millis, day_of


class _Bad(NamedTuple):
    """A thing in a bad state: since when, and whether that is bad enough without any age."""

    subject: str
    since: Millis
    at_once: bool


class Ageing(Detector):
    """One thing in a bad state for longer than `longer_than`.

    Mechanism: `of: tickets` watches open tickets at least as severe as `severity`, in whatever status (a severe
    ticket that waits for the customer is still a severe ticket), and, whatever their age and severity, those that
    were reopened `reopened` times. `of: integrations` watches those whose status is one of `statuses`; from failing
    to disconnected is no recovery. Each ticket or integration is a subject and clears as soon as it is closed,
    downgraded or connected.

    Trade-off: no statistics, so one thing is enough and no history is needed; what is agreed to take longer fires
    all the same.

    Shapes and units: ages in ms of event time, strictly longer; severities 1 (worst) to 4.

    >>> Ageing(of="tickets", longer_than="72h", severity=1).longer_than // HOUR_MS
    72
    """

    touches: ClassVar[int] = Touch.TICKETS
    fields: ClassVar[frozenset[str]] = frozenset(
        {"what", "status", "hours", "days", "severity", "reopened", "count"}
    )

    of: Literal["tickets", "integrations"]
    longer_than: Duration
    severity: int = Field(default=1, ge=1, le=4)
    reopened: int = Field(default=2, ge=1)
    statuses: tuple[Literal["disconnected", "failing"], ...] = ("disconnected", "failing")

    @property
    def reads(self) -> int:
        return Touch.TICKETS if self.of == "tickets" else Touch.INTEGRATION

    @property
    def subject_kind(self) -> str:
        return "ticket" if self.of == "tickets" else "integration"

    @property
    def by_subject(self) -> int:
        return Touch.TICKETS if self.of == "tickets" else 0

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        return self._reading(self._bad(facts, now), self._ahead(facts, now), now)

    def read_subject(self, facts: Facts, now: Millis, open_: Open, subject: str) -> Reading:
        ticket = facts.tickets.get(subject)
        if ticket is None:
            return Reading()
        ahead = [at for at in _times(ticket) if at > now and ticket.state != DELETED]
        return self._reading(self._bad_tickets((ticket,), now), ahead, now)

    def _reading(self, found: Iterable[_Bad], following: list[Millis], now: Millis) -> Reading:
        findings = []
        for bad in found:
            due = bad.since + self.longer_than + 1
            if not bad.at_once and due > now:
                following.append(due)
                continue
            findings.append(
                Finding(
                    hit=True,
                    clear=False,
                    subject=bad.subject,
                    observed=(now - bad.since) / HOUR_MS,
                    threshold=0 if bad.at_once else self.longer_than / HOUR_MS,
                )
            )
        return Reading(tuple(findings), min(following) if following else None)

    def _bad(self, facts: Facts, now: Millis) -> Iterator[_Bad]:
        if self.of == "integrations":
            for integration in facts.integrations.values():
                since = self.broken_since(integration, now)
                if since is not None:
                    yield _Bad(integration.id, since, False)
        else:
            yield from self._bad_tickets(facts.tickets.all(), now)

    def _bad_tickets(self, tickets: Iterable[Ticket], now: Millis) -> Iterator[_Bad]:
        for ticket in tickets:
            if ticket.closed and (ticket.resolved_ms or 0) <= now:
                continue
            severe = (ticket.severity or 4) <= self.severity
            again = times_reopened(ticket, now) >= self.reopened
            if (severe or again) and ticket.is_open(now):
                yield _Bad(ticket.id, ticket.opened_ms, again)

    def broken_since(self, integration: Integration, now: Millis) -> Millis | None:
        """The begin of the unbroken run of bad statuses; None while it is connected."""
        since = None
        for at, status in reversed(integration.statuses):
            if at > now:
                continue
            if status not in self.statuses:
                break
            since = at
        return since

    def _ahead(self, facts: Facts, now: Millis) -> list[Millis]:
        """What is on record ahead of the clock."""
        if self.of == "integrations":
            dated = (at for each in facts.integrations.values() for at, _ in each.statuses)
        elif facts.tickets.standing.newest_ms <= now:
            return []
        else:
            dated = (at for ticket in facts.tickets.all() for at in _times(ticket))
        return [at for at in dated if at > now]

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        bad = {each.subject: each for each in self._bad(facts, now)}
        this = bad.get(finding.subject)
        since = this.since if this else memory.since if memory else now
        ticket = facts.tickets.get(finding.subject) if self.of == "tickets" else None
        integration = facts.integrations.get(finding.subject) if self.of == "integrations" else None
        mark = ticket.opened if ticket else integration.mark if integration else None
        contact = ticket.requester_contact_id if ticket else None
        return Evidence(
            observed=round((now - since) / HOUR_MS, 1),
            threshold=finding.threshold,
            unit="hours",
            window=(day_of(since), day_of(now)),
            event_ids=(mark.event_id,) if mark else (),
            contacts=(contact,) if contact else (),
            departments=(ticket.department,) if ticket and ticket.department else (),
            details={
                "what": (integration.name if integration else None) or finding.subject,
                "status": ticket.status if ticket else integration.status if integration else None,
                "hours": (now - since) // HOUR_MS,
                "days": (now - since) // DAY_MS,
                "severity": ticket.severity if ticket else None,
                "severity_1": ticket is not None and ticket.severity == 1,
                "reopened": times_reopened(ticket, now) if ticket else 0,
                "count": len(bad),
            },
        )


def _times(ticket: Ticket) -> Iterator[Millis]:
    yield ticket.opened_ms
    for at, _ in ticket.history:
        yield at


def times_reopened(ticket: Ticket, now: Millis) -> int:
    """How often it came back after it had been closed; of a history longer than is kept, what was counted."""
    if not ticket.history or ticket.history[-1][0] <= now:
        return ticket.reopened
    ahead = sum(at > now for at, _ in ticket.history)
    return max(ticket.reopened - ahead, 0)
