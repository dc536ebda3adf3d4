"""Who used which feature last when: per feature one byte a user."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from streams.detection.facts.activity import HORIZON_DAYS
from streams.detection.facts.columns import (
    LARGEST_CODE,
    code_at,
    mask_of_codes,
    ones_of_codes,
    put_code,
)
from streams.detection.units import Day

FEATURES_CAP = 64
"""Features whose last use is kept; beyond, the one unused for longest is dropped."""
TRIED_CAP = 16
"""The same for features that were tried without having them."""


class FeatureUse(msgspec.Struct, array_like=True, gc=False):
    """Last day of use by feature and user, as a byte: days since `base`, 0 for never.

    Only the last day is known. A question about a range is exact when the range ends with the newest day,
    or when nobody used the feature after it; otherwise it is a lower bound. What lies more than 128 days
    back may blur to "long ago".
    """

    base: Day = 0
    days: dict[str, bytearray] = msgspec.field(default_factory=dict)

    def note(self, feature: str, slot: int, day: Day) -> bool:
        """Note a use; True if it is the user's newest of that feature on record."""
        column = self.days.get(feature)
        code = day - self.base
        if column is None or not 0 < code <= LARGEST_CODE:
            if not self.days:
                self.base, code = day - HORIZON_DAYS, HORIZON_DAYS
            elif code > LARGEST_CODE:
                self._rebase(day)
                code = day - self.base
            elif code <= 0:
                return False
            column = self.days.setdefault(feature, bytearray())
        if slot < len(column):
            if column[slot] >= code:
                return False
            column[slot] = code
            return True
        return put_code(column, slot, code)

    def last_use(self, feature: str, slot: int) -> Day | None:
        """The user's last day of use."""
        code = code_at(self.days.get(feature, _NOBODY), slot)
        return self.base + code if code else None

    def newest(self, feature: str) -> Day | None:
        """The last day on which anybody used it."""
        code = max(self.days.get(feature, _NOBODY), default=0)
        return self.base + code if code else None

    def last_uses(
        self, feature: str, first: Day, last: Day, members: int | None = None
    ) -> Iterator[tuple[Day, int]]:
        """The days of the range on which a user's last use lies, the newest first, and the number of those users; of
        `members` alone where they are given."""
        column = self.days.get(feature, _NOBODY)
        lowest, highest = self._codes(first, last)
        for code in sorted(set(column), reverse=True):
            if lowest <= code <= highest:
                users = mask_of_codes(column, code, code)
                if members is not None:
                    users &= members
                if users:
                    yield self.base + code, users.bit_count()

    def users(self, feature: str, first: Day, last: Day) -> int:
        """The users whose last use lies in the range, as a mask."""
        column = self.days.get(feature)
        if column is None:
            return 0
        lowest, highest = self._codes(first, last)
        return mask_of_codes(column, lowest, highest)

    def used(self, slot: int, first: Day, last: Day) -> int:
        """How many features the user last used in the range."""
        lowest, highest = self._codes(first, last)
        return sum(lowest <= code_at(column, slot) <= highest for column in self.days.values())

    def users_of_at_least(self, features: int, first: Day, last: Day) -> int:
        """The users with `features` (≥ 1) or more features in the range, as a mask."""
        lowest, highest = self._codes(first, last)
        if highest < lowest or len(self.days) < features:
            return 0
        # One byte a user holds the sum of up to 64 columns without a carry into the next.
        total = sum(ones_of_codes(column, lowest, highest) for column in self.days.values())
        sums = total.to_bytes((total.bit_length() + 7) // 8, "little")
        return mask_of_codes(sums, features, LARGEST_CODE)

    def drop_least_recent(self, cap: int) -> int:
        """Forget the features unused for longest until `cap` are left; how many went."""
        surplus = len(self.days) - cap
        if surplus <= 0:
            return 0
        for feature in sorted(self.days, key=lambda name: (max(self.days[name], default=0), name))[:surplus]:
            del self.days[feature]
        return surplus

    def forget(self, slots: list[int]) -> None:
        """Forget the users of the slots."""
        for column in self.days.values():
            for slot in slots:
                put_code(column, slot, 0)

    def _codes(self, first: Day, last: Day) -> tuple[int, int]:
        return max(first - self.base, 1), min(last - self.base, LARGEST_CODE)

    def _rebase(self, day: Day) -> None:
        """Move the base so that `day` has room above it; uses before the new base become "long ago" (1)."""
        shift = day - self.base - (LARGEST_CODE - HORIZON_DAYS // 2)
        lost = min(shift + 1, LARGEST_CODE)
        table = b"\0" + b"\1" * lost + bytes(range(2, LARGEST_CODE - lost + 2))
        for feature, column in self.days.items():
            self.days[feature] = column.translate(table)
        self.base += shift


_NOBODY = bytearray()
