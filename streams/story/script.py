"""What a plot writes down for one account; the parts of the account's story read it day by day."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from streams.story.company import Company, User, newcomer
from streams.story.records import Pen
from streams.story.times import HOUR_MS, MINUTE_MS, date_of, is_year_end
from streams.story.truth import Kind, Truth

NEVER = 1_000_000
_LONGEST_LEAD = 20  # days between what happens and the first on which a signal may say so
_RECENT_DAYS = 85  # what happened is still news on the last day: no alert of it has expired by then

OVER_WORKING_DAYS = frozenset(
    {
        "usage-drop", "key-user-login-drop", "persona-lapsed", "usage-silence", "core-feature-abandoned",
        "seats-unused", "active-users-rising", "api-surge", "ready-for-next-use-case", "power-users-spread",
        "team-breadth-rising", "region-spread", "seats-near-full", "adjacent-feature-wanted",
        "support-backlog-rising", "tier-limit-sustained",
    }
)  # fmt: skip
"""Signals that wait for people to work: the turn of the year makes them later."""

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
    capability: str | None = None
    reopened: int = 0  # how often; who reopens twice waits for the end of the story


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
    api: Curve | None = None  # times the ordinary number of calls
    api_level: float | None = None  # calls of an ordinary hour in which there are any
    habits: dict[int, list[tuple[User, tuple[str, ...]]]] = field(default_factory=lambda: defaultdict(list))
    shunned: dict[str, int] = field(default_factory=dict)  # feature: story day from which nobody uses it
    absent: dict[str, int] = field(default_factory=dict)  # contact: in no meeting from that story day on
    alone: bool = False  # whoever else we hear of meets nobody of ours
    remembered: list[tuple[int, str]] = field(default_factory=list)  # meetings of long ago: day, contact
    checks_until: int = NEVER  # the last story day on which health checks and reviews are held
    plan_reviews_until: int = NEVER
    verified_on: int | None = None  # when the key contacts were verified last, instead of every quarter
    steps: dict[int, int | None] = field(
        default_factory=dict
    )  # days before the end: done so late; None: never
    intents: list[tuple[int, str]] | None = None  # what is said about renewing, instead of a friendly word
    renews: bool = True  # the renewal is signed in time
    fair: bool = True  # the background of opinions goes on
    scenes: dict[int, list[Callable[[Pen, int], None]]] = field(default_factory=lambda: defaultdict(list))


class Stage:
    """One account, its script and its dice: what a plot works with."""

    def __init__(self, company: Company, days: int, rng: random.Random) -> None:
        self.company = company
        self.days = days
        self.rng = rng
        self.plot = ""
        self.script = Script()
        self.truths: list[Truth] = []
        self._named = 0
        self._first_day = 0

    def play(self, plot: str, recent: bool) -> None:
        """What is written from now on is of this plot; `recent`: in the last months of the story."""
        self.plot = plot
        self._first_day = self.days - _RECENT_DAYS if recent else 0

    def draw_onset(self, earliest: int, needs: int) -> int:
        """A story day not before `earliest` that leaves `needs` days before the end of the story."""
        earliest = max(earliest, self._first_day)
        latest = self.days - 4 - needs
        while latest > earliest and latest + needs + self.quiet_days(latest, needs) > self.days - 4:
            latest -= 1
        return self.rng.randint(earliest, max(earliest, latest))

    def quiet_days(self, onset: int, within: int) -> int:
        """Days around the turn of the year, in which little use means nothing, that delay what takes `within`."""
        day, left = onset, within
        while left > 0:
            left -= not is_year_end(day)
            day += 1
        return day - onset - within

    def shown_by(self, onset: int, within: int) -> int:
        """The story day by which something that waits for people to work has shown."""
        return onset + within + self.quiet_days(onset - _LONGEST_LEAD, within + _LONGEST_LEAD)

    def event(self, day: int, type_: str, /, **fields: object) -> None:
        """The CRM records an event in the working hours of `day`."""
        self.on(day, lambda pen, at: pen.crm(type_, at, **fields))

    def name(self, what: str) -> str:
        """An id of this account that nothing else has."""
        self._named += 1
        return f"{self.company.account_id}-{what}{self._named}"

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
        """`signal` rightly opens too, as a consequence, if the story is long enough for it."""
        if onset < self.days:
            self._note(Kind.CONSEQUENCE, signal, min(onset, self.days - 5), within, sentence)

    def looks_like(self, signal: str, onset: int, sentence: str) -> None:
        """A near miss: `signal` must not open."""
        self._note(Kind.DECOY, signal, onset, None, sentence)

    def _note(self, kind: Kind, signal: str, onset: int, within: int | None, sentence: str) -> None:
        onset = max(0, onset)
        if within is not None and signal in OVER_WORKING_DAYS:
            within = self.shown_by(onset, within) - onset
        by = None if within is None else date_of(min(onset + within, self.days - 2))
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
