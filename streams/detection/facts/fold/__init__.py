"""Taking events in: one handler a type, one file a subject."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.detection.facts.activity import HORIZON_DAYS
from streams.detection.facts.bounds import FEEDS_CAP
from streams.detection.facts.fold import (
    account,
    contacts,
    contracts,
    conversations,
    deals,
    delivery,
    erase,
    feedback,
    market,
    support,
    usage,
    user,
)
from streams.detection.facts.fold.routes import Handler
from streams.detection.facts.state import Facts, note_dropped
from streams.detection.units import DAY_MS, Millis

if TYPE_CHECKING:
    from schemas.events import Event

USAGE: Final = "product-usage"
SUPPORT: Final = "support-changes"
CRM: Final = "crm-changes"
_EITHER: Final = "product-usage or crm-changes"

_MODULES: Final[tuple[tuple[str | None, dict[str, Handler]], ...]] = (
    (USAGE, usage.HANDLERS),
    (USAGE, user.HANDLERS),
    (SUPPORT, support.HANDLERS),
    (CRM, account.HANDLERS),
    (CRM, contracts.HANDLERS),
    (CRM, deals.HANDLERS),
    (CRM, contacts.HANDLERS),
    (CRM, conversations.HANDLERS),
    (CRM, market.HANDLERS),
    (CRM, delivery.HANDLERS),
    (_EITHER, delivery.SHARED_HANDLERS),
    (None, feedback.HANDLERS),
    (None, erase.HANDLERS),
)

HANDLERS: Final[dict[str, tuple[Handler, str | None]]] = {
    name: (handler, topic) for topic, handlers in _MODULES for name, handler in handlers.items()
}
"""`type` → its handler, and the source topic that it is a sign of life of (feedback and control are no
feeds).
"""

SOURCES: Final[dict[str, str]] = {
    name: topic for name, (_, topic) in HANDLERS.items() if topic in (USAGE, SUPPORT, CRM)
}
"""`type` → the source topic that tells it; without what either of two may tell, feedback and control."""

DATED: Final = frozenset(usage.DATED)
"""Types that the late-data horizon applies to: session, feature, API, level, limit and seat events."""

_routes: Final[dict[type, tuple[Handler, str | None]]] = {}
_dated: Final[dict[type, bool]] = {}


def fold(facts: Facts, event: Event, occurred_ms: Millis) -> int:
    """Take one event into the facts; the `Touch` flags of what changed.

    0 says that nothing changed that a signal could read. `occurred_ms` is the event's `occurred_at`. Events
    of types that say nothing about an account (heartbeats, activations) change nothing. `account.erase` is
    the owner's of the state: it drops the facts as a whole.
    """
    route = _routes.get(event.__class__)
    if route is None:
        route = _routes[event.__class__] = HANDLERS.get(event.type, (_ignored, None))
    handler, topic = route
    if topic is not None:
        feed = facts.feeds.get(topic)
        source_system = event.source_system
        if feed is None or feed.get(source_system, -1) < occurred_ms // DAY_MS:
            _note_feed(facts, topic, source_system, occurred_ms // DAY_MS)
    return handler(facts, event, occurred_ms)


def horizon_refuses(facts: Facts, event: Event, occurred_ms: Millis) -> bool:
    """Whether the event is too late to be kept: 128 days or more before the newest day on record.

    Only measurements by day can be too late (see `DATED`); every other event is always taken in.
    """
    if occurred_ms // DAY_MS > facts.newest_day - HORIZON_DAYS:
        return False
    kind = event.__class__
    dated = _dated.get(kind)
    if dated is None:
        dated = _dated[kind] = event.type in DATED
    return dated


def _ignored(facts: Facts, event: object, occurred_ms: Millis) -> int:
    return 0


def _note_feed(facts: Facts, topic: str, source_system: str, day: int) -> None:
    """Note a source's sign of life. A type of two topics counts for the one on which the source is known."""
    if topic == _EITHER:
        known = (name for name in (USAGE, CRM) if source_system in facts.feeds.get(name, ()))
        topic = next(known, USAGE)
    feed = facts.feeds.setdefault(topic, {})
    if feed.get(source_system, -1) >= day:
        return
    feed[source_system] = day
    if len(feed) > FEEDS_CAP:
        del feed[min(feed, key=lambda name: (feed[name], name))]
        note_dropped(facts, "feeds", 1)
