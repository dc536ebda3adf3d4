"""The users of an account as columns: a slot is a user, a mask an integer with the bits of the slots.

Columns instead of an object a user: 1,000 users decode in a tenth of the time and rest in a fifth of the
space.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final, Literal, TypeAlias

import msgspec

from streams.detection.facts.activity import ActivityGrid
from streams.detection.facts.columns import (
    Column,
    code_at,
    day_number,
    put_code,
    read_number,
    write_number,
)
from streams.detection.facts.features import FEATURES_CAP, TRIED_CAP, FeatureUse
from streams.detection.facts.ids import bounded_id
from streams.detection.units import SECOND_MS, Day, Millis

USERS_CAP: Final = 50_000
"""Users on record; beyond, the least recently active make room, one in a hundred at a time."""
POWER_DAYS: Final = 12
POWER_FEATURES: Final = 3
POWER_WINDOW_DAYS: Final = 28

Attribute: TypeAlias = Literal["kind", "status", "role", "department", "team", "persona", "region"]
ATTRIBUTES: Final[tuple[Attribute, ...]] = (
    "kind",
    "status",
    "role",
    "department",
    "team",
    "persona",
    "region",
)


def _column() -> Column:
    return Column()


class Users(msgspec.Struct, array_like=True, dict=True):
    """Names, attributes, active days and features of the users. Attributes are those of today, not of a
    past day.
    """

    names: list[str] = msgspec.field(default_factory=list)
    """Slot → user id; the empty string is a free slot."""
    grid: ActivityGrid = msgspec.field(default_factory=ActivityGrid)
    features: FeatureUse = msgspec.field(default_factory=FeatureUse)
    """Successful uses."""
    tried: FeatureUse = msgspec.field(default_factory=FeatureUse)
    """Uses with the outcome trial or blocked."""
    kind: Column = msgspec.field(default_factory=_column)
    status: Column = msgspec.field(default_factory=_column)
    role: Column = msgspec.field(default_factory=_column)
    department: Column = msgspec.field(default_factory=_column)
    team: Column = msgspec.field(default_factory=_column)
    persona: Column = msgspec.field(default_factory=_column)
    region: Column = msgspec.field(default_factory=_column)
    contacts: dict[int, str] = msgspec.field(default_factory=dict)
    """Slot → contact id, as the product says."""
    first_named: bytearray = msgspec.field(default_factory=bytearray)
    """Day (16 bits) of the event that first named the user."""
    stamped: bytearray = msgspec.field(default_factory=bytearray)
    """Second (32 bits) of the last `user.changed` that was applied."""
    versions: dict[int, int] = msgspec.field(default_factory=dict)
    """Slot → `entity_version` of that event, where the source numbers them."""
    free: list[int] = msgspec.field(default_factory=list)

    @cached_property
    def index(self) -> dict[str, int]:
        """User id → slot, built on first use and never encoded."""
        index = {name: slot for slot, name in enumerate(self.names)}
        index.pop("", None)
        return index

    @cached_property
    def _memo(self) -> dict[object, int | None]:
        return {}

    @property
    def count(self) -> int:
        """Users on record."""
        return len(self.names) - len(self.free)

    # -- who
    # ---------------------------------------------------------------------------------------------------

    def slot_of(self, user_id: str) -> int | None:
        """The user's slot, None if nothing named the user yet."""
        slot = self.index.get(user_id)
        return self.index.get(bounded_id(user_id)) if slot is None and len(user_id) > 64 else slot

    def names_of(self, mask: int, limit: int | None = None) -> list[str]:
        """The ids of the users of a mask, in the order of slots, at most `limit`."""
        found: list[str] = []
        while mask and (limit is None or len(found) < limit):
            lowest = mask & -mask
            found.append(self.names[lowest.bit_length() - 1])
            mask ^= lowest
        return found

    def everybody(self) -> int:
        """All users on record, as a mask."""
        mask = (1 << len(self.names)) - 1
        for slot in self.free:
            mask &= ~(1 << slot)
        return mask

    def mask_counted(self) -> int | None:
        """Users whose activity counts: humans that are not vendor staff, and those of unknown kind.

        None when everybody counts, so that the common account pays for no masking.
        """
        memo = self._memo
        if "counted" not in memo:
            others = self.kind.mask("service") | self.kind.mask("vendor_staff")
            memo["counted"] = self.everybody() & ~others if others else None
        return memo["counted"]

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
                mask &= self.column(attribute).mask(value)
        return mask

    def groups(self, attribute: Attribute) -> dict[str, int]:
        """Value → mask of the users that have it; users without one are in no group."""
        return self.column(attribute).masks()

    def column(self, attribute: Attribute) -> Column:
        """The attribute's column."""
        column: Column = getattr(self, attribute)
        return column

    def value(self, slot: int, attribute: Attribute) -> str | None:
        """The user's attribute, None if unknown."""
        return self.column(attribute).value(slot)

    def since(self, slot: int, attribute: Attribute) -> Day | None:
        """The day when the attribute first became known, None if it is not.

        For a user who was known before the attribute was, that is later than the user's first day: learning
        the department of an old user makes the department no newer.
        """
        column = self.column(attribute)
        if not code_at(column.codes, slot):
            return None
        return read_number(column.since, slot, 2) or self.named_on(slot)

    def named_on(self, slot: int) -> Day:
        """The day of the event that first named the user."""
        return read_number(self.first_named, slot, 2)

    # -- how much
    # ----------------------------------------------------------------------------------------------

    def power_mask(self, day: Day, *, by_days_alone: bool = False) -> int:
        """Power users: at least 12 active days of the 28 that end with `day`, and at least 3 features in
        them.

        Features are known by last use only, so for a past day ask `by_days_alone`. The result is cached
        until the users' activity changes.
        """
        key = (day, by_days_alone)
        memo = self._memo
        known = memo.get(key)
        if known is not None:
            return known
        first = day - POWER_WINDOW_DAYS + 1
        mask = self.grid.at_least(POWER_DAYS, first, day)
        if mask and not by_days_alone:
            mask &= self.features.users_of_at_least(POWER_FEATURES, first, day)
        counted = self.mask_counted()
        if counted is not None:
            mask &= counted
        memo[key] = mask
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

    # -- folding
    # -----------------------------------------------------------------------------------------------

    def add(self, user_id: str, day: Day) -> tuple[int, int]:
        """The slot of a user, a new one if need be, and how many users the cap dropped for it."""
        name = bounded_id(user_id)
        known = self.index.get(name)
        if known is not None:
            return known, 0
        self._memo.clear()
        dropped = self._make_room() if not self.free and len(self.names) >= USERS_CAP else 0
        if self.free:
            slot = self.free.pop()
            self.names[slot] = name
        else:
            slot = len(self.names)
            self.names.append(name)
        self.index[name] = slot
        write_number(self.first_named, slot, 2, day_number(day))
        return slot, dropped

    def mark_active(self, slot: int, day: Day) -> bool:
        """Note an active day; True if it is new."""
        if self.grid.mark(slot, day):
            if self._memo:
                self._forget_power()
            return True
        return False

    def note_feature(self, feature: str, slot: int, day: Day) -> bool:
        """Note a successful use; True if it is the user's newest of that feature."""
        if self.features.note(feature, slot, day):
            if self._memo:
                self._forget_power()
            return True
        return False

    def too_many_features(self) -> bool:
        """Whether a cap of features is exceeded."""
        return len(self.features.days) > FEATURES_CAP or len(self.tried.days) > TRIED_CAP

    def trim_features(self) -> int:
        """Apply the caps of features; how many were dropped."""
        return self.features.drop_least_recent(FEATURES_CAP) + self.tried.drop_least_recent(TRIED_CAP)

    def set_attribute(self, slot: int, attribute: Attribute, value: str | None, day: Day) -> bool | None:
        """Set or (None) clear an attribute; True if that changed it, None if the value is beyond the cap."""
        column = self.column(attribute)
        before = code_at(column.codes, slot)
        code = 0 if value is None else column.code_for(value)
        if code is None:
            return None
        if not put_code(column.codes, slot, code):
            return False
        if not before and day_number(day) != self.named_on(slot):
            write_number(column.since, slot, 2, day_number(day))
        self._memo.clear()
        return True

    def stamp(self, slot: int) -> tuple[int, int]:
        """Version and second of the last `user.changed` that was applied; (0, 0) for none."""
        return self.versions.get(slot, 0), read_number(self.stamped, slot, 4)

    def set_stamp(self, slot: int, version: int, occurred_ms: Millis) -> None:
        """Remember what was applied."""
        write_number(self.stamped, slot, 4, second_of(occurred_ms))
        if version:
            self.versions[slot] = version

    def forget(self, slots: list[int]) -> None:
        """Erase users: names, attributes, activity and links; their slots become free."""
        self._memo.clear()
        self.grid.clear(sum(1 << slot for slot in slots))
        self.features.forget(slots)
        self.tried.forget(slots)
        for slot in slots:
            self.index.pop(self.names[slot], None)
            self.names[slot] = ""
            for attribute in ATTRIBUTES:
                column = self.column(attribute)
                put_code(column.codes, slot, 0)
                if 2 * slot < len(column.since):
                    write_number(column.since, slot, 2, 0)
            self.contacts.pop(slot, None)
            self.versions.pop(slot, None)
            write_number(self.stamped, slot, 4, 0)
        self.free.extend(slots)

    def _forget_power(self) -> None:
        counted = self._memo.get("counted", _MISSING)
        self._memo.clear()
        if counted != _MISSING:
            self._memo["counted"] = counted

    def _make_room(self) -> int:
        """Forget the least recently active hundredth of the users."""
        wanted = max(len(self.names) // 100, 1)
        seen = 0
        newest = self.grid.newest
        if newest is not None:
            for day in range(newest, self.grid.base - 1, -1):
                later = seen | self.grid.active(day, day)
                if len(self.names) - later.bit_count() < wanted:
                    break
                seen = later
        idle = self.everybody() & ~seen
        victims: list[int] = []
        while idle and len(victims) < wanted:
            lowest = idle & -idle
            victims.append(lowest.bit_length() - 1)
            idle ^= lowest
        self.forget(victims)
        return len(victims)


_MISSING: Final = -1


def second_of(ms: Millis) -> int:
    """A moment in whole seconds, as 32 bits hold it (to 2106)."""
    return min(max(ms // SECOND_MS, 0), 0xFFFF_FFFF)
