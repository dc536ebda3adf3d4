"""Questions about the users of an account; sets of users are integers with the bits of their slots.

Columns instead of an object a user: 1,000 users decode in a tenth of the time and rest in a fifth of the
space.
"""

from __future__ import annotations

from typing import Final

from streams.detection.facts.roster import ATTRIBUTES, Attribute, Roster
from streams.detection.units import Day

POWER_DAYS: Final = 12
POWER_FEATURES: Final = 3
POWER_WINDOW_DAYS: Final = 28

__all__ = ["ATTRIBUTES", "POWER_DAYS", "POWER_FEATURES", "POWER_WINDOW_DAYS", "Attribute", "Users"]


class Users(Roster, array_like=True, dict=True):
    """Names, attributes, active days and features. Attributes are today's, not those of a past day."""

    @property
    def count(self) -> int:
        """Users on record."""
        return len(self.names) - len(self.free)

    def names_of(self, mask: int, limit: int | None = None) -> list[str]:
        """The ids of the users of a mask, in the order of slots, at most `limit`."""
        found: list[str] = []
        while mask and (limit is None or len(found) < limit):
            lowest = mask & -mask
            found.append(self.names[lowest.bit_length() - 1])
            mask ^= lowest
        return found

    def mask_counted(self) -> int | None:
        """Users whose activity counts, None where everybody's does (see `counted`)."""
        return self.counted

    def only_counted(self, users: int) -> int:
        """Those of the users whose activity counts."""
        counted = self.counted
        return users if counted is None else users & counted

    def mask_where(
        self,
        *,
        kind: str | None = None,
        status: str | None = None,
        role: str | None = None,
        department: str | None = None,
        team: str | None = None,
        persona: str | None = None,
        region: str | None = None,
    ) -> int:
        """The users that have all the given values."""
        mask = self.everybody()
        wanted = (kind, status, role, department, team, persona, region)
        for attribute, value in zip(ATTRIBUTES, wanted, strict=True):
            if value is not None:
                mask &= self.mask(attribute, value)
        return mask

    def power_mask(self, day: Day, *, by_days_alone: bool = False, first: Day | None = None) -> int:
        """Power users: at least 12 active days of the 28 that end with `day` (or of those from `first` on,
        where holidays lie among them), and at least 3 features in them.

        Features are known by last use only, so for a past day ask `by_days_alone`. The answer is kept until
        the users' activity changes.
        """
        first = day - POWER_WINDOW_DAYS + 1 if first is None else first
        key = (day, by_days_alone, first)
        known = self.powers.get(key)
        if known is not None:
            return known
        mask = self.grid.at_least(POWER_DAYS, first, day)
        if mask and not by_days_alone:
            mask &= self.features.users_of_at_least(POWER_FEATURES, first, day)
        self.powers[key] = mask = self.only_counted(mask)
        return mask

    def users_of_feature(self, feature: str, first: Day, last: Day) -> int:
        """The users whose last successful use of the feature lies in the range, as a mask."""
        return self.features.users(feature, first, last)

    def users_who_tried(self, feature: str, first: Day, last: Day) -> int:
        """The users whose last trial of, or block at, the feature lies in the range, as a mask."""
        return self.tried.users(feature, first, last)

    def features_used(self, slot: int, first: Day, last: Day) -> int:
        """How many features the user last used in the range."""
        return self.features.used(slot, first, last)
