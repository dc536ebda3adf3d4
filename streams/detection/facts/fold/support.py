"""Support: tickets and answers to satisfaction surveys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from schemas.wire import given
from streams.detection.facts.bounds import (
    CSAT_CAP,
    TICKETS_CLOSED_CAP,
    TICKETS_CLOSED_DAYS,
    TICKETS_OPEN_CAP,
    drop_before,
    make_room,
    put_dated,
)
from streams.detection.facts.fold.routes import Handler
from streams.detection.facts.fold.usage import count
from streams.detection.facts.marks import mark_of
from streams.detection.facts.patch import Field, patch, same
from streams.detection.facts.reports import put_report
from streams.detection.facts.state import Facts
from streams.detection.facts.success import CsatAnswer
from streams.detection.facts.tickets import DELETED, MERGED, OPEN, RESOLVED, STATES, Ticket
from streams.detection.facts.touch import Touch
from streams.detection.units import DAY_MS, Day, Millis

if TYPE_CHECKING:
    from schemas.support import (
        CsatAnswered,
        TicketDeleted,
        TicketEscalated,
        TicketMerged,
        TicketOpened,
        TicketReopened,
        TicketResolved,
        TicketUpdated,
    )

_FIELDS: Final[tuple[Field, ...]] = same(
    "severity",
    "kind",
    "department",
    "product_id",
    "feature",
    "capability",
    "problem_id",
    "requester_contact_id",
    "requester_user_id",
)


def ticket_opened(facts: Facts, event: TicketOpened, occurred_ms: Millis) -> int:
    """The opening fills in what no update gave; so it needs no stamps, and most tickets are never updated."""
    ticket, known, before = _ticket(facts, event.ticket_id, occurred_ms)
    changed = not known
    for field in _FIELDS:
        value = getattr(event, field.source)
        if value is not None and getattr(ticket, field.target) is None:
            setattr(ticket, field.target, value)
            changed = True
    if ticket.opened is None or occurred_ms < ticket.opened.occurred_ms:
        ticket.opened = mark_of(event, occurred_ms)
        changed = True
    return _settle(facts, ticket, occurred_ms, changed, before)


def ticket_updated(facts: Facts, event: TicketUpdated, occurred_ms: Millis) -> int:
    ticket, known, before = _ticket(facts, event.ticket_id, occurred_ms)
    changed = bool(patch(ticket, event, occurred_ms, _FIELDS)) or not known
    status = event.status
    if given(status) and status is not None:
        changed |= ticket.note_state(occurred_ms, STATES.index(status))
    return _settle(facts, ticket, occurred_ms, changed, before)


def ticket_resolved(facts: Facts, event: TicketResolved, occurred_ms: Millis) -> int:
    ticket, _, before = _ticket(facts, event.ticket_id, occurred_ms)
    return _settle(facts, ticket, occurred_ms, ticket.note_state(occurred_ms, RESOLVED), before)


def ticket_reopened(facts: Facts, event: TicketReopened, occurred_ms: Millis) -> int:
    ticket, _, before = _ticket(facts, event.ticket_id, occurred_ms)
    changed = ticket.note_state(occurred_ms, OPEN)
    ticket.reopened += changed
    return _settle(facts, ticket, occurred_ms, changed, before)


def ticket_deleted(facts: Facts, event: TicketDeleted, occurred_ms: Millis) -> int:
    ticket, _, before = _ticket(facts, event.ticket_id, occurred_ms)
    ticket.deleted = True
    return _settle(facts, ticket, occurred_ms, ticket.note_state(occurred_ms, DELETED), before)


def ticket_escalated(facts: Facts, event: TicketEscalated, occurred_ms: Millis) -> int:
    ticket, known, before = _ticket(facts, event.ticket_id, occurred_ms)
    changed = put_dated(ticket.escalations, occurred_ms, event.level) or not known
    return _settle(facts, ticket, occurred_ms, changed, before)


def ticket_merged(facts: Facts, event: TicketMerged, occurred_ms: Millis) -> int:
    ticket, _, before = _ticket(facts, event.ticket_id, occurred_ms)
    ticket.merged_into = event.into_ticket_id
    return _settle(facts, ticket, occurred_ms, ticket.note_state(occurred_ms, MERGED), before)


def csat_answered(facts: Facts, event: CsatAnswered, occurred_ms: Millis) -> int:
    answer = CsatAnswer(
        event.answer_id,
        mark_of(event, occurred_ms),
        event.score,
        event.scale_min,
        event.scale_max,
        event.ticket_id,
        event.contact_id,
    )
    return Touch.SCORES if put_report(facts, "csat", facts.csat, event.answer_id, answer, CSAT_CAP) else 0


class _Before(NamedTuple):
    """Where a ticket stood before the event: the day on which `tickets_opened` counts it, its place in the queue."""

    counted_on: Day | None
    queued_ms: Millis | None


_NOWHERE: Final = _Before(None, None)


def _ticket(facts: Facts, ticket_id: str, occurred_ms: Millis) -> tuple[Ticket, bool, _Before]:
    """The ticket, whether it was known, and where it stands by now.

    One that is heard of for the first time was opened by then at the latest.
    """
    ticket = facts.tickets.get(ticket_id)
    if ticket is None:
        return Ticket(ticket_id, heard_ms=occurred_ms), False, _NOWHERE
    before = _Before(ticket.counted_on, ticket.queued_ms)
    if ticket.opened is None and occurred_ms < ticket.heard_ms:
        ticket.heard_ms = occurred_ms
    return ticket, True, before


def _settle(facts: Facts, ticket: Ticket, occurred_ms: Millis, changed: bool, before: _Before) -> int:
    """Put a ticket where its state belongs, count its opening, apply the caps."""
    tickets = facts.tickets
    if not changed:
        if ticket.id in tickets.open or ticket.id in tickets.closed:
            tickets.follow(ticket, before.queued_ms)
        return 0
    _recount(facts, before.counted_on, ticket.counted_on)
    tickets.follow(ticket, before.queued_ms)
    if ticket.closed:
        tickets.open.pop(ticket.id, None)
        tickets.closed[ticket.id] = ticket
        oldest = occurred_ms - TICKETS_CLOSED_DAYS * DAY_MS
        dropped = len(tickets.closed)
        if _closed_ms(next(iter(tickets.closed.values()))) < oldest:
            drop_before(tickets.closed, _closed_ms, oldest)
        make_room(tickets.closed, TICKETS_CLOSED_CAP, _closed_ms, facts.dropped, "tickets_closed")
        dropped -= len(tickets.closed)
    else:
        tickets.closed.pop(ticket.id, None)
        tickets.open[ticket.id] = ticket
        dropped = len(tickets.open)
        make_room(tickets.open, TICKETS_OPEN_CAP, _worth, facts.dropped, "tickets_open")
        dropped -= len(tickets.open)
    if dropped:
        tickets.forget_standing()
        return Touch.TICKETS | Touch.OVERFLOW
    return Touch.TICKETS


def _recount(facts: Facts, before: Day | None, after: Day | None) -> None:
    """Keep `tickets_opened` true to what is known of a ticket now."""
    if before == after:
        return
    if before is not None:
        count(facts, "tickets_opened", before, -1)
    if after is not None:
        count(facts, "tickets_opened", after, 1)


def _closed_ms(ticket: Ticket) -> Millis:
    return ticket.resolved_ms or 0


def _worth(ticket: Ticket) -> tuple[int, int]:
    """The severe before the mild, the old before the new."""
    return (-(ticket.severity or 4), -ticket.opened_ms)


HANDLERS: Final[dict[str, Handler]] = {
    "ticket.opened": ticket_opened,
    "ticket.updated": ticket_updated,
    "ticket.resolved": ticket_resolved,
    "ticket.reopened": ticket_reopened,
    "ticket.deleted": ticket_deleted,
    "ticket.escalated": ticket_escalated,
    "ticket.merged": ticket_merged,
    "csat.answered": csat_answered,
}
