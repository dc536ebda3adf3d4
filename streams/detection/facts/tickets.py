"""Support tickets: what is open, and what was open on a past day."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec

from streams.detection.facts.marks import Mark
from streams.detection.facts.patch import Layer
from streams.detection.units import Day, Millis

OPEN, PENDING_CUSTOMER, ON_HOLD, RESOLVED, MERGED, DELETED = range(6)
STATES = ("open", "pending_customer", "on_hold", "resolved", "merged", "deleted")
HISTORY_CAP = 16
"""Changes of state of one ticket; beyond, the oldest is dropped."""


class Ticket(msgspec.Struct, array_like=True, gc=False):
    """One ticket with its changes of state, so that every past moment can be asked about.

    >>> ticket = Ticket("t-1", Mark(1_000, b"t1"), history=[(2_000, RESOLVED), (3_000, OPEN)])
    >>> ticket.is_open(1_500), ticket.is_open(2_500), ticket.is_open(3_500), ticket.resolved_ms
    (True, False, True, None)
    """

    id: str
    opened: Mark | None = None
    """The opening, None if it was not seen."""
    heard_ms: Millis = 0
    """Where the opening was not seen: the first that was heard of the ticket."""
    severity: int | None = None
    """1 (worst) to 4."""
    kind: str | None = None
    department: str | None = None
    product_id: str | None = None
    feature: str | None = None
    capability: str | None = None
    problem_id: str | None = None
    requester_contact_id: str | None = None
    requester_user_id: str | None = None
    history: list[tuple[Millis, int]] = msgspec.field(default_factory=list)
    """(ms, state) in order of time, without the opening."""
    reopened: int = 0
    escalations: list[tuple[Millis, int]] = msgspec.field(default_factory=list)
    """(ms, level), the last 8."""
    merged_into: str | None = None
    deleted: bool = False
    stamps: list[Layer] = msgspec.field(default_factory=list)

    @property
    def opened_ms(self) -> Millis:
        """When it was opened, or at the latest."""
        return self.heard_ms if self.opened is None else self.opened.occurred_ms

    @property
    def counted_on(self) -> Day | None:
        """The day on which `tickets_opened` counts it; None for feature requests, deleted and unseen
        openings.
        """
        if self.opened is None or self.deleted or self.kind == "feature_request":
            return None
        return self.opened.day

    @property
    def state(self) -> int:
        """The latest state; deleted stays deleted."""
        if self.deleted:
            return DELETED
        return self.history[-1][1] if self.history else OPEN

    @property
    def status(self) -> str:
        """The latest state, in the contract's words (and resolved, merged, deleted)."""
        return STATES[self.state]

    @property
    def closed(self) -> bool:
        """Resolved, merged or deleted by the latest state."""
        return self.state >= RESOLVED

    @property
    def resolved_ms(self) -> Millis | None:
        """When it was last closed, None while it is open."""
        if not self.closed:
            return None
        return self.history[-1][0] if self.history else self.opened_ms

    @property
    def queued_ms(self) -> Millis | None:
        """When it was opened, where by its latest state it is open and does not wait for the customer."""
        return self.opened_ms if self.state in (OPEN, ON_HOLD) else None

    @property
    def newest_ms(self) -> Millis:
        """The last moment that is on record of it."""
        return max(self.opened_ms, self.history[-1][0]) if self.history else self.opened_ms

    @property
    def level(self) -> int:
        """The latest escalation level, 0 for none."""
        return self.escalations[-1][1] if self.escalations else 0

    def state_at(self, at_ms: Millis) -> int | None:
        """The state at a moment; None before the opening, and for a ticket that was deleted since."""
        if at_ms < self.opened_ms or self.state == DELETED:
            return None
        for since, state in reversed(self.history):
            if since <= at_ms:
                return state
        return OPEN

    def is_open(self, at_ms: Millis) -> bool:
        """Open at the moment, in whatever status."""
        state = self.state_at(at_ms)
        return state is not None and state < RESOLVED

    def waiting(self, at_ms: Millis) -> bool:
        """Waiting for the customer at the moment."""
        return self.state_at(at_ms) == PENDING_CUSTOMER

    def note_state(self, at_ms: Millis, state: int) -> bool:
        """Add a change of state in its place; True if it is new. Of equally dated ones the closing is the
        last.
        """
        entry = (at_ms, state)
        history = self.history
        if entry in history:
            return False
        history.append(entry)
        history.sort()
        if len(history) > HISTORY_CAP:
            del history[0]
        return True


class Tickets(msgspec.Struct, array_like=True, dict=True):
    """Open tickets (at most 1,000) and those closed within 63 days (at most 300), by id.

    The fold keeps `standing` in step, so that a flood of tickets costs no scan of all of them at each.
    """

    open: dict[str, Ticket] = msgspec.field(default_factory=dict)
    closed: dict[str, Ticket] = msgspec.field(default_factory=dict)

    @cached_property
    def standing(self) -> Standing:
        """The tickets as of their latest states; made on first use and never encoded."""
        return Standing(self)

    def follow(self, ticket: Ticket, queued_before: Millis | None) -> None:
        """Take over into `standing` what an event has changed of one ticket."""
        standing: Standing | None = self.__dict__.get("standing")
        if standing is not None:
            standing.follow(ticket, queued_before)

    def forget_standing(self) -> None:
        """Make it anew when it is next asked for."""
        self.__dict__.pop("standing", None)

    def queue(self, at_ms: Millis) -> Sequence[Millis]:
        """When the tickets were opened that are open at a moment and do not wait for the customer, ascending; not
        to be changed."""
        standing = self.standing
        if standing.newest_ms <= at_ms:
            return standing.queued
        return [ticket.opened_ms for ticket in self.ageing(at_ms, 0)]

    def asking(self) -> Iterator[Ticket]:
        """The tickets that name a capability, but the deleted, by id."""
        for _, ticket in sorted(self.standing.asking.items()):
            if ticket.state != DELETED:
                yield ticket

    def get(self, ticket_id: str) -> Ticket | None:
        """A ticket by id, open or closed."""
        return self.open.get(ticket_id) or self.closed.get(ticket_id)

    def all(self) -> Iterator[Ticket]:
        """Every ticket on record but the deleted."""
        yield from self.open.values()
        for ticket in self.closed.values():
            if ticket.state != DELETED:
                yield ticket

    def open_at(self, at_ms: Millis, *, severity: int | None = None) -> list[Ticket]:
        """The tickets open at a moment, oldest first, only those at least that severe (≤) when given."""
        return self.ageing(at_ms, 0, not_waiting=False, severity=severity)

    def ageing(
        self,
        at_ms: Millis,
        older_than_ms: Millis,
        not_waiting: bool = True,
        severity: int | None = None,
        feature_requests: bool = True,
    ) -> list[Ticket]:
        """The tickets that are open at a moment and were opened more than so long before, oldest first.

        By default without those that wait for the customer at that moment; `severity` keeps those at least
        that severe (1 is worst; unknown counts as 4).
        """
        latest = at_ms - older_than_ms
        found = []
        for ticket in self.all():
            if ticket.opened_ms > latest or (older_than_ms and ticket.opened_ms == latest):
                continue
            if severity is not None and (ticket.severity or 4) > severity:
                continue
            if not feature_requests and ticket.kind == "feature_request":
                continue
            state = ticket.state_at(at_ms)
            if state is None or state >= RESOLVED or (not_waiting and state == PENDING_CUSTOMER):
                continue
            found.append(ticket)
        found.sort(key=lambda ticket: (ticket.opened_ms, ticket.id))
        return found


class Standing:
    """What is asked of all tickets at every event of one, kept up to date event by event."""

    __slots__ = ("asking", "newest_ms", "queued")

    def __init__(self, tickets: Tickets) -> None:
        every = [*tickets.open.values(), *tickets.closed.values()]
        self.queued = sorted(at for ticket in every if (at := ticket.queued_ms) is not None)
        """When those were opened that are open and do not wait for the customer."""
        self.newest_ms = max((ticket.newest_ms for ticket in every), default=0)
        """Nothing is on record after this moment."""
        self.asking = {ticket.id: ticket for ticket in every if ticket.capability is not None}
        """Those that name a capability, by id."""

    def follow(self, ticket: Ticket, queued_before: Millis | None) -> None:
        """Take over what an event has changed of one ticket."""
        queued = ticket.queued_ms
        if queued != queued_before:
            if queued_before is not None:
                del self.queued[bisect_left(self.queued, queued_before)]
            if queued is not None:
                insort(self.queued, queued)
        self.newest_ms = max(self.newest_ms, ticket.newest_ms)
        if ticket.capability is not None:
            self.asking[ticket.id] = ticket
        else:
            self.asking.pop(ticket.id, None)
