"""The columns of the users: a slot is a user. What is asked about them is in `users`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final, Literal, TypeAlias

import msgspec

from streams.detection.facts.activity import ActivityGrid
from streams.detection.facts.columns import (
    KIND,
    ROLE,
    STATUS,
    Bits,
    Column,
    code_at,
    day_number,
    put_code,
    read_number,
    write_number,
)
from streams.detection.facts.features import FEATURES_CAP, TRIED_CAP, FeatureUse
from streams.detection.facts.ids import LONGEST_ID, bounded_id
from streams.detection.units import MINUTE_MS, Day, Millis

USERS_CAP: Final = 50_000
"""Users on record; beyond, the least recently active make room, one in a hundred at a time."""

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
_BITS: Final[dict[str, Bits]] = {"kind": KIND, "status": STATUS, "role": ROLE}


class Roster(msgspec.Struct, array_like=True, dict=True):
    """Who the users are and what they did, column by column.

    A slot is one user's for good, unless the cap of users or an erasure takes it back: then the next new user gets
    it, and a mask kept from before names that one.
    """

    names: list[str] = msgspec.field(default_factory=list)
    """Slot → user id; the empty string is a free slot."""
    grid: ActivityGrid = msgspec.field(default_factory=ActivityGrid)
    features: FeatureUse = msgspec.field(default_factory=FeatureUse)
    """Successful uses."""
    tried: FeatureUse = msgspec.field(default_factory=FeatureUse)
    """Uses with the outcome trial or blocked."""
    standing: bytearray = msgspec.field(default_factory=bytearray)
    """Kind, status and role of each user in one byte."""
    department: Column = msgspec.field(default_factory=Column)
    team: Column = msgspec.field(default_factory=Column)
    persona: Column = msgspec.field(default_factory=Column)
    region: Column = msgspec.field(default_factory=Column)
    contacts: dict[int, str] = msgspec.field(default_factory=dict)
    """Slot → contact id, as the product says."""
    stamped: bytearray = msgspec.field(default_factory=bytearray)
    """Minute (24 bits, from 2020) of the last `user.changed` that was applied."""
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
    def powers(self) -> dict[tuple[Day, bool, Day], int]:
        """Who was a power user: answers that hold until the next activity."""
        return {}

    @cached_property
    def counted(self) -> int | None:
        """Users whose activity counts: humans that are not vendor staff, and those of unknown kind. None when
        everybody counts, so that the common account pays for no masking."""
        others = self.mask("kind", "service") | self.mask("kind", "vendor_staff")
        return self.everybody() & ~others if others else None

    @cached_property
    def home(self) -> str | None:
        """The region of most users, None where none is known."""
        return self.region.most_common()

    @cached_property
    def _groups(self) -> dict[Attribute, Mapping[str, int]]:
        return {}

    def _forget_answers(self) -> None:
        """Who the users are has changed."""
        kept = self.__dict__
        kept.pop("counted", None)
        kept.pop("home", None)
        kept.pop("_groups", None)
        self.powers.clear()

    def slot_of(self, user_id: str) -> int | None:
        """The user's slot, None if nothing named the user yet."""
        slot = self.index.get(user_id)
        if slot is None and len(user_id) > LONGEST_ID:
            return self.index.get(bounded_id(user_id))
        return slot

    def everybody(self) -> int:
        """All users on record, as a mask."""
        mask = (1 << len(self.names)) - 1
        for slot in self.free:
            mask &= ~(1 << slot)
        return mask

    def value(self, slot: int, attribute: Attribute) -> str | None:
        """The user's attribute, None if unknown."""
        bits = _BITS.get(attribute)
        return bits.value(self.standing, slot) if bits else self._column(attribute).value(slot)

    def mask(self, attribute: Attribute, value: str) -> int:
        """The users that have the value."""
        if attribute in _BITS:
            return self.groups(attribute).get(value, 0)
        return self._column(attribute).mask(value)

    def groups(self, attribute: Attribute) -> Mapping[str, int]:
        """Value → mask of the users that have it; users without one are in no group."""
        found = self._groups.get(attribute)
        if found is None:
            bits = _BITS.get(attribute)
            found = bits.masks(self.standing) if bits else self._column(attribute).masks()
            self._groups[attribute] = found
        return found

    def since(self, slot: int, attribute: Attribute) -> Day | None:
        """The day when department, team, persona or region became known of a user who was active before.

        0: known as long as the user is (of kind, status and role always). None: not known. Learning the
        department of an old user makes the department no newer.
        """
        if self.value(slot, attribute) is None:
            return None
        return 0 if attribute in _BITS else read_number(self._column(attribute).since, slot, 2)

    def add(self, user_id: str) -> tuple[int, int]:
        """The slot of a user, a new one if need be, and how many users the cap dropped for it."""
        name = bounded_id(user_id)
        known = self.index.get(name)
        if known is not None:
            return known, 0
        self._forget_answers()
        dropped = self._make_room() if not self.free and len(self.names) >= USERS_CAP else 0
        if self.free:
            slot = self.free.pop()
            self.names[slot] = name
        else:
            slot = len(self.names)
            self.names.append(name)
        self.index[name] = slot
        return slot, dropped

    def mark_active(self, slot: int, day: Day) -> bool:
        """Note an active day; True if it is new."""
        if self.grid.mark(slot, day):
            if self.powers:
                self.powers.clear()
            return True
        return False

    def note_feature(self, feature: str, slot: int, day: Day) -> bool:
        """Note a successful use; True if it is the user's newest of that feature."""
        if self.features.note(feature, slot, day):
            if self.powers:
                self.powers.clear()
            return True
        return False

    def trim_features(self) -> int:
        """Apply the cap of features in use; how many were dropped."""
        return self.features.drop_least_recent(FEATURES_CAP)

    def trim_tried(self) -> int:
        """Apply the cap of features tried; how many were dropped."""
        return self.tried.drop_least_recent(TRIED_CAP)

    def set_attribute(self, slot: int, attribute: Attribute, value: str | None, day: Day) -> bool | None:
        """Set or (None) clear an attribute; True if that changed it, None if the value is beyond the cap."""
        bits = _BITS.get(attribute)
        if bits:
            changed = bits.put(self.standing, slot, value)
        else:
            column = self._column(attribute)
            before = code_at(column.codes, slot)
            code = 0 if value is None else column.code_for(value)
            if code is None:
                return None
            changed = put_code(column.codes, slot, code)
            if changed and not before and self._active_before(slot, day):
                write_number(column.since, slot, 2, day_number(day))
        if changed:
            self._forget_answers()
        return changed

    def stamp(self, slot: int) -> tuple[int, int]:
        """Version and minute of the last `user.changed` that was applied; (0, 0) for none."""
        return self.versions.get(slot, 0), read_number(self.stamped, slot, 3)

    def set_stamp(self, slot: int, version: int, occurred_ms: Millis) -> None:
        """Remember what was applied."""
        write_number(self.stamped, slot, 3, minute_stamp(occurred_ms))
        if version:
            self.versions[slot] = version

    def forget(self, slots: list[int]) -> None:
        """Erase users: names, attributes, activity and links; their slots become free."""
        self._forget_answers()
        self.grid.clear(sum(1 << slot for slot in slots))
        self.features.forget(slots)
        self.tried.forget(slots)
        for slot in slots:
            self.index.pop(self.names[slot], None)
            self.names[slot] = ""
            put_code(self.standing, slot, 0)
            for column in (self.department, self.team, self.persona, self.region):
                put_code(column.codes, slot, 0)
                if 2 * slot < len(column.since):
                    write_number(column.since, slot, 2, 0)
            self.contacts.pop(slot, None)
            self.versions.pop(slot, None)
            write_number(self.stamped, slot, 3, 0)
        self.free.extend(slots)

    def _column(self, attribute: Attribute) -> Column:
        column: Column = getattr(self, attribute)
        return column

    def _active_before(self, slot: int, day: Day) -> bool:
        grid = self.grid
        return grid.days_active(slot, grid.base, day - 1) > 0

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


_STAMPS_FROM: Final = 1_577_836_800_000
"""2020-01-01: 24 bits of minutes from there last to 2051."""


def minute_stamp(ms: Millis) -> int:
    """A moment in whole minutes, as 24 bits hold it."""
    return min(max((ms - _STAMPS_FROM) // MINUTE_MS, 0), 0xFF_FFFF)
