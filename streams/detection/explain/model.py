"""What an explanation says; the same from a history, from the journal and from a running worker."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from schemas.alerts import Evidence
from streams.detection.explain.conditions import Condition


class Standing(StrEnum):
    """Where a signal is for the account."""

    OPEN = "open"
    HELD = "held"
    """True, and something keeps it from being said."""
    PENDING = "pending"
    """It hits, and has not done so for long enough."""
    COOLDOWN = "cooldown"
    """It hits again, too soon after the last time."""
    QUIET = "quiet"
    """It does not hit."""
    UNKNOWN = "unknown"
    """There is nothing to read, or not enough of it."""
    OUT_OF_SCOPE = "out of scope"
    """The signal does not ask about accounts like this one, or is switched off."""


class SignalExplanation(BaseModel):
    """One signal of one account. `reading`, `needs`, `line`, `unit`, `gap` and `ratio` are those of the condition that
    is furthest from being met; all of them are None where there is nothing to read, and `because` says why."""

    model_config = ConfigDict(frozen=True)

    id: str
    motion: str
    title: str
    version: int
    standing: Standing
    because: str
    note: str = ""
    """What else there is to know of the nearest way."""
    as_of: datetime | None
    """The signal's own clock: falling signals are read at midnight, a dead source holds the clock."""
    subject: str = ""
    subject_kind: str = "account"
    ways: int = 0
    """How many subjects and ways there are; the nearest is shown."""
    reading: float | None = None
    needs: str | None = None
    line: float | None = None
    unit: str | None = None
    gap: float | None = None
    ratio: float | None = None
    conditions: tuple[Condition, ...] = ()
    hold_days: float = 0.0
    """How long it must hold before it opens."""
    held_days: float = 0.0
    """How long it has."""
    alert_id: str | None = None
    level: str | None = None
    opened_at: datetime | None = None
    true_since: datetime | None = None
    openings: int = 0
    why: str | None = None
    evidence: Evidence | None = None
    clears: str = ""
    clearing: tuple[Condition, ...] = ()
    cooldown_until: datetime | None = None
    expires_at: datetime | None = None
    recheck_at: datetime | None = None
    """The earliest time at which the reading could change by itself."""
    changes_at: datetime | None = None
    """When it opens or ends if nothing is heard any more; None where it stays as it is."""
    changes_to: str | None = None

    @property
    def fired(self) -> bool:
        """Whether the alert is open."""
        return self.standing is Standing.OPEN


class Explanation(BaseModel):
    """One account at one time: every signal of both motions, the board, and what is missing to judge it."""

    model_config = ConfigDict(frozen=True)

    account_id: str
    name: str | None
    segment: str | None
    lifecycle: str
    as_of: datetime | None
    quadrant: str | None
    quadrant_since: datetime | None = None
    catalogs: dict[str, str]
    signals: tuple[SignalExplanation, ...]
    stalled: tuple[str, ...] = ()
    """Feeds of the account that give no sign of life."""
    dropped: dict[str, int] = {}
    """What the caps of the account's facts dropped."""
    notes: tuple[str, ...] = ()

    @property
    def open(self) -> tuple[SignalExplanation, ...]:
        return tuple(signal for signal in self.signals if signal.fired)
