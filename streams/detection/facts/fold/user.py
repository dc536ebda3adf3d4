"""Who a user is. The newest `user.changed` of a user counts as a whole; an older one only adds what is
missing.

Users are many, so they keep one stamp each (to the minute) and not one a field: of patches that give
different fields, an outdated one fills fields that nothing gave so far and changes none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.wire import given
from streams.detection.facts.fold.routes import Handler
from streams.detection.facts.fold.usage import add_user
from streams.detection.facts.roster import Attribute, minute_stamp
from streams.detection.facts.state import Facts, note_dropped
from streams.detection.facts.touch import Touch
from streams.detection.units import DAY_MS, Millis

if TYPE_CHECKING:
    from schemas.usage import UserChanged

_FIELDS: Final[tuple[tuple[str, Attribute], ...]] = (
    ("kind", "kind"),
    ("status", "status"),
    ("product_role", "role"),
    ("persona", "persona"),
    ("department", "department"),
    ("team", "team"),
    ("region", "region"),
)


def user_changed(facts: Facts, event: UserChanged, occurred_ms: Millis) -> int:
    day = occurred_ms // DAY_MS
    users = facts.users
    slot, touched = add_user(facts, event.user_id)
    version = event.entity_version or 0
    newest = (version, minute_stamp(occurred_ms)) >= users.stamp(slot)
    changed = bool(touched)
    for field, attribute in _FIELDS:
        value = getattr(event, field)
        if not given(value) or (not newest and users.value(slot, attribute) is not None):
            continue
        done = users.set_attribute(slot, attribute, value, day)
        if done is None:
            note_dropped(facts, f"user_{attribute}_values", 1)
        elif done:
            changed = True
    linked = event.contact_id
    if given(linked) and (newest or slot not in users.contacts):
        before = users.contacts.get(slot)
        if linked is None:
            users.contacts.pop(slot, None)
        else:
            users.contacts[slot] = linked
        changed = changed or before != linked
    if newest:
        users.set_stamp(slot, version, occurred_ms)
    return Touch.USERS if changed else 0


HANDLERS: Final[dict[str, Handler]] = {"user.changed": user_changed}
