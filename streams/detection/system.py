"""What the engine runs: the rules of all motions, the board, and how they hand each other what they know.

The engine knows neither retention nor growth. Each motion brings its rules, says what holds them back and writes
its own messages; the board turns both motions' true verdicts into one of four situations. They meet here only as
the protocols below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, Protocol

import msgspec

from streams.detection.catalog.problems import CatalogError, Problem
from streams.detection.facts import Facts, acv
from streams.detection.packaging import Packaging
from streams.detection.reading import Evidence
from streams.detection.rules import Rule, Variant
from streams.detection.units import Day, Millis


class Outgoing(NamedTuple):
    """One record to publish: the contract name of the topic, the account id, the JSON; empty, it is a tombstone:
    the record without a value that removes the account from a compacted topic."""

    topic: str
    key: bytes
    value: bytes


class Status(StrEnum):
    """What a message says of its alert, in the engine's words; each motion has its own word for some of them."""

    OPENED = "opened"
    UPDATED = "updated"
    RAISED = "raised"
    EASED = "eased"
    CLEARED = "cleared"
    EXPIRED = "expired"
    RETRACTED = "retracted"
    HISTORICAL = "historical"
    CONVERTED = "converted"


class Where(msgspec.Struct, frozen=True, gc=False):
    """The journal record that decided."""

    partition: int
    offset: int


class SubjectView(msgspec.Struct, frozen=True, gc=False):
    """One subject of an alert: the account itself has the id ''."""

    id: str
    since: Millis
    level: int


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """A true verdict of the account, said or held. `contacts` and `departments` say where in the customer's
    house it is; both empty: the whole account."""

    rule: Rule
    level: int
    since: Millis
    said: bool
    contacts: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()


class Hold(msgspec.Struct, frozen=True, gc=False):
    """Why a true verdict is not said: a named reason, visible in `account-quadrants`."""

    reason: str
    feed: str | None = None


class Ending(msgspec.Struct, frozen=True, gc=False):
    """Why people or a deal ended an alert, and as what."""

    status: Status
    reason: str


class HeldSignal(msgspec.Struct, frozen=True, gc=False):
    """A signal that is held now."""

    rule: Rule
    hold: Hold
    since: Millis


@dataclass(frozen=True, slots=True)
class Notice:
    """Everything a motion needs to write one message about one alert."""

    rule: Rule
    variant: Variant
    account_id: str
    facts: Facts
    status: Status
    reason: str | None
    ordinal: int
    revision: int
    level: int
    opened_at: Millis
    case_since: Millis
    occurred_at: Millis
    decided_at: Millis
    evidence: Evidence
    subjects: tuple[SubjectView, ...]
    quadrant: str | None
    verdicts: tuple[Verdict, ...]
    where: Where

    @property
    def alert_id(self) -> str:
        """Deterministic: the n-th opening of this signal for this account."""
        return f"{self.rule.id}/{self.account_id}/{self.ordinal}"


class Motion(Protocol):
    """Retention or growth."""

    @property
    def name(self) -> str: ...

    @property
    def catalog_version(self) -> str: ...

    @property
    def rules(self) -> tuple[Rule, ...]: ...

    def told_by(self, rule: Rule) -> str:
        """Everything that a signal decides by and says, as a text that differs when any of it does."""

    def hold(
        self,
        rule: Rule,
        facts: Facts,
        evidence: Evidence,
        quadrant: str | None,
        verdicts: tuple[Verdict, ...],
    ) -> Hold | None:
        """What keeps a true verdict of this motion back, None where nothing does."""

    def ending(self, rule: Rule, facts: Facts, alert_id: str) -> Ending | None:
        """What ends an open alert of this motion beside its own clearing (a deal won from it), None if nothing."""

    def message(self, notice: Notice) -> Outgoing:
        """The motion's own message, on its own topic."""


class AccountView(msgspec.Struct, frozen=True, gc=False):
    """What the board's records call an account."""

    id: str
    name: str | None = None
    segment: str | None = None


class BoardState(msgspec.Struct, array_like=True, omit_defaults=True, gc=False):
    """One account's place on the board. Times in ms, 0 where they do not apply."""

    quadrant: str = ""
    since: Millis = 0
    risk_high: bool = False
    growth_high: bool = False
    risk_low_since: Millis = 0
    growth_low_since: Millis = 0
    risk_since: Millis = 0  # since when the risk axis is as high or low as it is


class Placed(msgspec.Struct, frozen=True, gc=False):
    """Where the board puts an account: `moved_from` is None where it stayed ('' on its first placing).
    `recheck_at` is when time alone could move it."""

    state: BoardState
    moved_from: str | None
    recheck_at: Millis | None


class Board(Protocol):
    """The 2x2: churn risk and growth potential, two axes that are never added up."""

    def place(
        self,
        state: BoardState,
        verdicts: tuple[Verdict, ...],
        now: Millis,
        taken_back: Mapping[str, Millis] = {},
    ) -> Placed:
        """`taken_back` is by motion since when a verdict had counted that was never true: what it moved, moves back
        at once."""

    def change(
        self, account: AccountView, placed: Placed, verdicts: tuple[Verdict, ...], now: Millis, where: Where
    ) -> Outgoing:
        """The QuadrantChange message."""

    def shown(
        self,
        account: AccountView,
        state: BoardState,
        verdicts: tuple[Verdict, ...],
        held: tuple[HeldSignal, ...],
        ordinals: Mapping[str, int],
        now: Millis,
        where: Where,
    ) -> Outgoing:
        """The AccountQuadrant record: the account's present state on the board, with its holds."""


def acv_in_one_currency(facts: Facts, day: Day) -> Decimal | None:
    """The ACV where all contracts are in one currency, without asking which."""
    return acv(facts, day)[0]


class Activate(Protocol):
    """Makes a system in which a catalog from the journal rules its motion."""

    def __call__(self, system: System, motion: str, version: str, text: str) -> System:
        """Raises CatalogError where the catalog is wrong."""


def refuse_activation(system: System, motion: str, version: str, text: str) -> System:
    """For systems that were put together by hand."""
    raise CatalogError([Problem(motion, 1, "", "this system takes no catalogs from the journal")])


@dataclass(frozen=True)
class System:
    """Everything a fold of the journal depends on beside the journal. `stall_after` overrides single feeds';
    `acv` is the annual contract value in the reference currency, None where it is unknown; `activate` takes the
    catalogs that the journal brings."""

    motions: tuple[Motion, ...]
    board: Board
    acv: Callable[[Facts, Day], Decimal | None] = acv_in_one_currency
    packaging: Packaging = field(default_factory=Packaging)
    stall_after: Mapping[tuple[str, str], Millis] = field(default_factory=dict)
    activate: Activate = refuse_activation

    @cached_property
    def motion_of(self) -> dict[str, Motion]:
        """Signal id -> the motion that it belongs to."""
        return {rule.id: motion for motion in self.motions for rule in motion.rules}

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, in the order of evaluation: motion by motion."""
        return tuple(rule for motion in self.motions for rule in motion.rules)
