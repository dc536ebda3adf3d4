"""Who was active on which day: users × days as one bitmap.

One row a day, one bit a user. A question about many users and many days is then one slice and a few
operations on a big integer, at any size of account (user-days of 63 days: about 1 µs for 60 users, 5 µs for
1,000).
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from streams.detection.units import Day

HORIZON_DAYS = 128
"""Day buckets that are kept: 56 days of baseline, 35 of window and hold, 35 for looking back, and two to
spare.
"""


AHEAD: Day = 1 << 40
"""As the end of a range: with all that is known of the days ahead."""


class ActivityGrid(msgspec.Struct, array_like=True, gc=False):
    """A bitmap of active days. Rows are consecutive days from `base`, at most 128; the bit of a row is the
    user's slot.

    All ranges are inclusive. A day without a row counts as nobody active. Masks and results that name users
    are integers with bit `slot` set.

    >>> grid = ActivityGrid()
    >>> grid.mark(slot=3, day=20_000), grid.mark(slot=3, day=20_000), grid.mark(slot=0, day=20_002)
    (True, False, True)
    >>> grid.user_days(20_000, 20_006), bin(grid.active(20_000, 20_006)), grid.daily(19_999, 20_002)
    (2, '0b1001', [0, 1, 0, 1])
    """

    base: Day = 0
    width: int = 1
    """Bytes of one row: room for 8 × `width` users."""
    bits: bytearray = msgspec.field(default_factory=bytearray)

    @property
    def newest(self) -> Day | None:
        """The last day that has a row."""
        rows = len(self.bits) // self.width
        return self.base + rows - 1 if rows else None

    def mark(self, slot: int, day: Day) -> bool:
        """Note the user as active; True if that is new. A day older than the horizon is not kept (False)."""
        bits = self.bits
        width = self.width
        byte = slot >> 3
        row = day - self.base
        at = row * width + byte
        if row < 0 or byte >= width or at >= len(bits):
            if not self._make_room(byte, day):
                return False
            bits = self.bits
            at = (day - self.base) * self.width + byte
        bit = 1 << (slot & 7)
        before = bits[at]
        if before & bit:
            return False
        bits[at] = before | bit
        return True

    def user_days(self, first: Day, last: Day, mask: int | None = None) -> int:
        """Sum over the days of the users active, only those of `mask` when given."""
        rows, raw = self._slice(first, last)
        if not rows:
            return 0
        days = int.from_bytes(raw, "little")
        if mask is not None:
            width = self.width
            row_mask = mask & ((1 << (8 * width)) - 1)
            days &= int.from_bytes(row_mask.to_bytes(width, "little") * rows, "little")
        return days.bit_count()

    def active(self, first: Day, last: Day) -> int:
        """The users active on any of the days."""
        rows, raw = self._slice(first, last)
        if not rows:
            return 0
        found = int.from_bytes(raw, "little")
        row_bits = 8 * self.width
        # Folded by halves. What a shift leaves above the half is rows of the same range: it adds nothing
        # wrong.
        while rows > 1:
            rows = (rows + 1) >> 1
            found |= found >> (rows * row_bits)
        return found & ((1 << row_bits) - 1)

    def last_day(self, first: Day, last: Day, mask: int | None = None) -> Day | None:
        """The last of the days on which anybody was active, of the users of `mask` when given."""
        rows, raw = self._slice(first, last)
        if not rows:
            return None
        days = int.from_bytes(raw, "little")
        if mask is not None:
            row_mask = mask & ((1 << (8 * self.width)) - 1)
            days &= int.from_bytes(row_mask.to_bytes(self.width, "little") * rows, "little")
        return max(first, self.base) + (days.bit_length() - 1) // (8 * self.width) if days else None

    def daily(self, first: Day, last: Day, mask: int | None = None) -> list[int]:
        """Users active on each day of the range, only those of `mask` when given."""
        length = last - first + 1
        rows, raw = self._slice(first, last)
        if not rows:
            return [0] * max(length, 0)
        width = self.width
        if mask is not None:
            row_mask = mask & ((1 << (8 * width)) - 1)
            kept = int.from_bytes(raw, "little")
            kept &= int.from_bytes(row_mask.to_bytes(width, "little") * rows, "little")
            raw = bytearray(kept.to_bytes(rows * width, "little"))
        if width <= _SUMS_FIT:
            # Count the bits of every byte, then add up the bytes of all rows at once, one byte a day.
            ones = raw.translate(_BITS_OF_BYTE)
            total = sum(int.from_bytes(ones[at::width], "little") for at in range(width))
            counts = list(total.to_bytes(rows, "little"))
        else:
            starts = range(0, rows * width, width)
            counts = [int.from_bytes(raw[at : at + width], "little").bit_count() for at in starts]
        if rows == length:
            return counts
        before = max(min(self.base - first, length), 0)
        return [0] * before + counts + [0] * (length - before - rows)

    def days_active(self, slot: int, first: Day, last: Day) -> int:
        """On how many of the days the user was active."""
        return self._column(slot, first, last)[1].count(1)

    def was_active(self, slot: int, first: Day, last: Day) -> bool:
        """Whether the user was active on any of a few days; asks the latest first."""
        width = self.width
        byte, bit = slot >> 3, 1 << (slot & 7)
        if byte >= width:
            return False
        bits, base = self.bits, self.base
        at = min(last - base, len(bits) // width - 1) * width + byte
        end = (first - base if first > base else 0) * width
        while at >= end:
            if bits[at] & bit:
                return True
            at -= width
        return False

    def last_active(self, slot: int, first: Day | None = None, last: Day | None = None) -> Day | None:
        """The user's most recent active day of the range, or of the whole horizon."""
        newest = self.newest
        if newest is None:
            return None
        first, column = self._column(
            slot, self.base if first is None else first, newest if last is None else last
        )
        at = column.rfind(1)
        return first + at if at >= 0 else None

    def at_least(self, days: int, first: Day, last: Day) -> int:
        """The users active on `days` (≥ 1) or more of the days.

        Few users are counted one by one. For many, a carry-save adder over the rows: three rows of one weight
        become a sum of that weight and a carry of the next, for all users at once. What is left is one bit
        plane a binary digit, and compared as a number.
        """
        if self.width <= _COUNTED_ONE_BY_ONE:
            return self._at_least_of_few(days, first, last)
        rows = [row for row in self._rows(first, last) if row]
        if len(rows) < days:
            return 0
        planes = []
        while rows:
            carries = []
            while len(rows) > 2:
                one, two, three = rows.pop(), rows.pop(), rows.pop()
                either = one ^ two
                rows.append(either ^ three)
                carries.append((one & two) | (either & three))
            if len(rows) == 2:
                one, two = rows
                carries.append(one & two)
                planes.append(one ^ two)
            else:
                planes.append(rows[0])
            rows = carries
        more, equal = 0, (1 << (8 * self.width)) - 1
        for digit in range(max(len(planes), days.bit_length()) - 1, -1, -1):
            plane = planes[digit] if digit < len(planes) else 0
            if days >> digit & 1:
                equal &= plane
            else:
                more |= equal & plane
                equal &= ~plane
        return more | equal

    def _at_least_of_few(self, days: int, first: Day, last: Day) -> int:
        count, raw = self._slice(first, last)
        if count < days:
            return 0
        rows = int.from_bytes(raw, "little")
        every = _first_of_each_row(count, self.width)
        found = 0
        for slot in range(8 * self.width):
            if ((rows >> slot) & every).bit_count() >= days:
                found |= 1 << slot
        return found

    def clear(self, mask: int) -> None:
        """Forget every active day of the users of the mask."""
        rows = len(self.bits) // self.width
        if not rows:
            return
        row_mask = mask & ((1 << (8 * self.width)) - 1)
        gone = int.from_bytes(row_mask.to_bytes(self.width, "little") * rows, "little")
        kept = int.from_bytes(self.bits, "little") & ~gone
        self.bits[:] = kept.to_bytes(len(self.bits), "little")

    def _slice(self, first: Day, last: Day) -> tuple[int, bytearray]:
        """How many rows of the range exist, and their bytes."""
        width = self.width
        start = first - self.base
        if start < 0:
            start = 0
        stop = min(last - self.base + 1, len(self.bits) // width)
        if stop <= start:
            return 0, bytearray()
        return stop - start, self.bits[start * width : stop * width]

    def _rows(self, first: Day, last: Day) -> list[int]:
        """Each day of the range that has a row, as an integer."""
        rows, raw = self._slice(first, last)
        width = self.width
        return [int.from_bytes(raw[at : at + width], "little") for at in range(0, rows * width, width)]

    def _column(self, slot: int, first: Day, last: Day) -> tuple[Day, bytearray]:
        """One user's days, one byte (0 or 1) each, and the day of the first."""
        width = self.width
        byte = slot >> 3
        start = first - self.base
        if start < 0:
            start = 0
        stop = last - self.base + 1
        if stop <= start or byte >= width:
            return first, _NO_DAYS
        column = self.bits[start * width + byte : stop * width : width]
        return self.base + start, column.translate(_HAS[slot & 7])

    def _make_room(self, byte: int, day: Day) -> bool:
        """Give the slot's byte and the day a place; False if the day is older than the horizon."""
        if not self.bits:
            self.base = day
        if byte >= self.width:
            self._widen(byte + 1)
        width = self.width
        rows = len(self.bits) // width
        if day < self.base:
            missing = self.base - day
            if rows + missing > HORIZON_DAYS:
                return False
            self.bits[:0] = bytes(missing * width)
            self.base = day
        elif day >= self.base + rows:
            added = day - self.base - rows + 1
            if added >= HORIZON_DAYS:
                self.base, self.bits = day, bytearray(width)
                return True
            self.bits += bytes(added * width)
            surplus = rows + added - HORIZON_DAYS
            if surplus > 0:
                del self.bits[: surplus * width]
                self.base += surplus
        return True

    def _widen(self, needed: int) -> None:
        """Wider rows: by an eighth at least, so that a growing account is copied a logarithmic number of
        times.
        """
        old = self.width
        new = max(needed, old + (old >> 3))
        bits = self.bits
        pad = bytes(new - old)
        self.bits = bytearray(b"".join(bits[at : at + old] + pad for at in range(0, len(bits), old)))
        self.width = new


@lru_cache(maxsize=4096)
def _first_of_each_row(rows: int, width: int) -> int:
    """The bit of slot 0 in each of so many rows."""
    return int.from_bytes((b"\1" + bytes(width - 1)) * rows, "little")


_COUNTED_ONE_BY_ONE = 6
"""Bytes of a row up to which a loop over its users is faster than adding up rows."""
_BITS_OF_BYTE = bytes(byte.bit_count() for byte in range(256))
_SUMS_FIT = 255 // 8
"""Bytes of a row whose bits, counted, fit into one byte."""
_NO_DAYS = bytearray()
_HAS = tuple(bytes(byte >> bit & 1 for byte in range(256)) for bit in range(8))
"""By bit: every byte to whether it has the bit."""
