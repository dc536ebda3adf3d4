"""What a plot writes down for one account; the parts of the account's story read it day by day."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from streams.story.company import Company, User, newcomer
from streams.story.records import Pen
from streams.story.times import HOUR_MS, MINUTE_MS, date_of
from streams.story.truth import Kind, Truth

_RECENT_DAYS = 85  # what happened is still news on the last day: no alert of it has expired by then

Curve = Callable[[int], float]
"""A level by story day, as a share of the limit."""


@dataclass(frozen=True)
class Fade:
    """Activity falls to `to` of its level, over `ramp` days from `start`; `until` ends it."""

    start: int
    ramp: int
    to: float
    users: frozenset[str] | None = None  # None: everyone
    until: int = 1_000_000

    def factor(self, day: int) -> float:
        if not self.start <= day < self.until:
            return 1.0
        done = min(1.0, (day - self.start + 1) / self.ramp)
        return 1.0 - (1.0 - self.to) * done


@dataclass(frozen=True)
class Trouble:
    """One ticket to come. `solved_after` in days; None: nobody solves it."""

    day: int
    solved_after: float | None
    kind: str = "problem"
    severity: int = 3
    waits_for_customer: bool = False


@dataclass
class Script:
    fades: list[Fade] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    arrivals: dict[int, list[User]] = field(default_factory=lambda: defaultdict(list))
    departures: dict[int, list[User]] = field(default_factory=lambda: defaultdict(list))
    away: dict[int, list[tuple[User, int]]] = field(default_factory=lambda: defaultdict(list))
    storage: Curve | None = None  # share of the limit on that day
    runs: Curve | None = None  # share of the month's limit that such a month would use
    even_runs: bool = False  # machines that run seven days a week at the same pace
    blocked: dict[int, int] = field(default_factory=dict)  # story day: how often
    sponsor_absent_from: int | None = None
    scenes: dict[int, list[Callable[[Pen, int], None]]] = field(default_factory=lambda: defaultdict(list))


class Stage:
    """One account, its script and its dice: what a plot works with."""

    def __init__(self, company: Company, days: int, rng: random.Random, plot: str, recent: bool) -> None:
        self.company = company
        self.days = days
        self.rng = rng
        self.plot = plot
        self.script = Script()
        self.truths: list[Truth] = []
        self._first_day = days - _RECENT_DAYS if recent else 0

    def draw_onset(self, earliest: int, needs: int) -> int:
        """A story day not before `earliest` that leaves `needs` days before the end of the story."""
        earliest = max(earliest, self._first_day)
        return self.rng.randint(earliest, max(earliest, self.days - 4 - needs))

    def on(self, day: int, scene: Callable[[Pen, int], None]) -> None:
        """Play `scene(pen, at)` in the working hours of `day`."""
        self.script.scenes[day].append(scene)

    def enrol(self, day: int, department: str | None = None, *, power: bool = False) -> User:
        """One more user starts on `day`."""
        user = newcomer(self.company, self.rng, day, department=department, power=power)
        self.script.arrivals[day].append(user)
        return user

    def is_true(self, signal: str, onset: int, within: int, sentence: str) -> None:
        """`signal` must open from `onset` on, at most `within` days later."""
        self._note(Kind.PLOT, signal, onset, within, sentence)

    def follows(self, signal: str, onset: int, within: int, sentence: str) -> None:
        """`signal` rightly opens too, as a consequence."""
        self._note(Kind.CONSEQUENCE, signal, onset, within, sentence)

    def looks_like(self, signal: str, onset: int, sentence: str) -> None:
        """A near miss: `signal` must not open."""
        self._note(Kind.DECOY, signal, onset, None, sentence)

    def _note(self, kind: Kind, signal: str, onset: int, within: int | None, sentence: str) -> None:
        by = None if within is None else date_of(onset + within)
        self.truths.append(
            Truth(
                account_id=self.company.account_id,
                signal=signal,
                kind=kind,
                plot=self.plot,
                onset=date_of(onset),
                by=by,
                sentence=sentence,
            )
        )


def working_moment(rng: random.Random, first_hour: int) -> int:
    """Milliseconds after midnight UTC, in the nine working hours of a region."""
    return first_hour * HOUR_MS + int(rng.random() * 9 * 60) * MINUTE_MS + int(rng.random() * 60_000)
