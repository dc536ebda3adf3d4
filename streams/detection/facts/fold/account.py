"""The account itself: its profile, and who is in charge of it on our side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.detection.facts.bounds import OWNERS_CAP, make_room
from streams.detection.facts.fold.routes import Handler
from streams.detection.facts.patch import Field, dates, patch, same
from streams.detection.facts.people import OwnerFact
from streams.detection.facts.state import Facts
from streams.detection.facts.touch import Touch
from streams.detection.units import Millis

if TYPE_CHECKING:
    from schemas.crm import AccountChanged, AccountMerged, OwnerChanged

_PROFILE: Final[tuple[Field, ...]] = (
    *same("name", "segment", "lifecycle", "is_test", "usage_pattern", "parent_account_id"),
    *same("industry", "country", "time_zone"),
    *dates("customer_since", "onboarding_started_on"),
    *same("product_version"),
)
_OWNER: Final[tuple[Field, ...]] = same("person_id", "queue", "country", "time_zone")


def account_changed(facts: Facts, event: AccountChanged, occurred_ms: Millis) -> int:
    profile = facts.profile
    changed = patch(profile, event, occurred_ms, _PROFILE)
    # Cleared means the default, for the two that always have a value.
    profile.is_test = bool(profile.is_test)
    profile.usage_pattern = profile.usage_pattern or "steady"
    return Touch.PROFILE if changed else 0


def account_merged(facts: Facts, event: AccountMerged, occurred_ms: Millis) -> int:
    """The event reaches both accounts; only the one that ends remembers where it went."""
    if facts.account_id == event.into_account_id or facts.profile.merged_into == event.into_account_id:
        return 0
    facts.profile.merged_into = event.into_account_id
    return Touch.PROFILE


def owner_changed(facts: Facts, event: OwnerChanged, occurred_ms: Millis) -> int:
    owner = facts.owners.get(event.role)
    if owner is None:
        owner = facts.owners[event.role] = OwnerFact()
        make_room(facts.owners, OWNERS_CAP, lambda kept: bool(kept.stamps), facts.dropped, "owners")
    return Touch.OWNERS if patch(owner, event, occurred_ms, _OWNER) else 0


HANDLERS: Final[dict[str, Handler]] = {
    "account.changed": account_changed,
    "account.merged": account_merged,
    "owner.changed": owner_changed,
}
