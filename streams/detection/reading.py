"""What a detector says about one account at one time: readings, their findings and their evidence."""

from __future__ import annotations

import msgspec

from streams.detection.units import Day, Millis

Frozen = tuple[float, ...] | bytes
"""What a detector keeps of the day a subject first hit (its baseline); opaque to everybody else."""

Detail = str | float | int | bool | None

ACCOUNT = ""
"""The subject id of a finding about the account as a whole."""


class Memory(msgspec.Struct, frozen=True, gc=False):
    """What is remembered of a subject that hits: since when, and the baseline of the day it first did. The alert
    is open (or held) where `standing`; before that the hit has not held long enough."""

    since: Millis
    frozen: Frozen | None = None
    standing: bool = True


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One subject's state: `hit` is the opening condition, `clear` the clearing one (they may both be false:
    that is hysteresis). `level` is an index into the signal's levels. `decided` is when the deciding event
    happened, None where the passing of time decided."""

    hit: bool
    clear: bool
    level: int = 0
    subject: str = ACCOUNT
    observed: float = 0.0
    threshold: float = 0.0
    baseline: float | None = None
    frozen: Frozen | None = None
    decided: Millis | None = None


ANY_NUMBER = -1


class Reading(msgspec.Struct, frozen=True, gc=False):
    """The findings (a subject that is not named is clear) and the earliest time at which time alone could change
    them (None: only an event can). `unknown` names why nothing can be said; the lifecycle then stands still.
    `bears` is how many of the detector's `news` of days in progress can come before `recheck_at` and change nothing,
    ANY_NUMBER for all of them."""

    findings: tuple[Finding, ...] = ()
    recheck_at: Millis | None = None
    unknown: str | None = None
    bears: int = 0


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """What a person needs to check a finding by hand. Days are inclusive; the series is one value a day."""

    observed: float
    threshold: float
    unit: str
    window: tuple[Day, Day]
    baseline: float | None = None
    baseline_window: tuple[Day, Day] | None = None
    series: tuple[tuple[Day, float], ...] = ()
    event_ids: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    details: dict[str, Detail] = {}
