"""What both motions' messages are made of; the messages themselves are two."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from schemas.base import (
    SCHEMA_VERSION,
    AlertId,
    Contract,
    Count,
    Currency,
    Date,
    Id,
    Label,
    Money,
    Positive,
    Text,
    Time,
)

Quadrant: TypeAlias = Literal[
    "protect_and_maintain", "expansion_target", "save_the_customer", "fix_while_expanding"
]
Detail: TypeAlias = str | bool | int | float | None


class AccountRef(Contract):
    """The account as it was known when the message was made; null is unknown."""

    id: Id
    name: Text | None = None
    segment: Literal["smb", "mid_market", "enterprise"] | None = None
    acv: Money | None = None
    currency: Currency | None = None
    """The reference currency that the ACV is taken in."""
    renewal_date: Date | None = None


class SignalRef(Contract):
    """Which signal of the motion's catalog spoke."""

    id: Label
    version: Positive
    title: Text


class Priority(Contract):
    """Order within the motion's own inbox: higher first, with the terms that it was made of."""

    rank: float
    terms: dict[str, float]


class Window(Contract):
    """Time that was looked at, from its first moment to its last."""

    start: Annotated[Time, Field(alias="from")]
    end: Annotated[Time, Field(alias="to")]


class SeriesPoint(Contract):
    """One day of the series that was judged; null where nothing was counted."""

    day: Date
    value: float | None


class Evidence(Contract):
    """What was seen, against what, and where the line is."""

    observed: float | None
    baseline: float | None = None
    threshold: float | None = None
    unit: Text
    window: Window
    baseline_window: Window | None = None
    series: Annotated[tuple[SeriesPoint, ...], Field(max_length=400)] = ()
    event_ids: Annotated[tuple[Id, ...], Field(max_length=20)] = ()
    """The latest of the events that decided it."""
    details: dict[str, Detail] = Field(default_factory=dict)


class Subject(Contract):
    """One of the things the message is about: which executive, meter, goal, ticket."""

    kind: Label
    id: Id
    since: Time


class Owner(Contract):
    """Whose it is; a queue where nobody is named, and a note that says so."""

    role: Label
    person_id: Id | None = None
    queue: Label | None = None
    note: Text | None = None


class PlayStep(Contract):
    """One step of a play, with its day."""

    title: Text
    due_on: Date
    by: Label
    """Role that does it."""


class PlayRef(Contract):
    """What to do, from the motion's own plays."""

    id: Label
    title: Text
    steps: tuple[PlayStep, ...] = ()


class Times(Contract):
    """When it happened, when that was decided, when the message's lifecycle began; event time, UTC."""

    occurred_at: Time
    decided_at: Time
    opened_at: Time


class JournalRef(Contract):
    """The journal record that decided it."""

    partition: Count
    offset: Count


class MotionMessage(Contract):
    """What a message of either motion says about itself. Never published as such: each motion has its own."""

    schema_version: int = SCHEMA_VERSION
    alert_id: AlertId
    revision: Positive
    """1 for the first message of an alert, one more for each that follows."""
    case_id: Annotated[str, Field(min_length=1, max_length=400)]
    """The same for the motion's alerts of one account and family."""
    account: AccountRef
    signal: SignalRef
    priority: Priority
    evidence: Evidence
    why: Text
    clears: Text
    owner: Owner
    also_notify: tuple[Owner, ...] = ()
    respond_by: Time | None
    """Null where nobody has to: a historical or closing message."""
    play: PlayRef
    quadrant: Quadrant
    times: Times
    catalog_version: Label
    journal: JournalRef
    reason: Text | None = None
    """Why it closed."""
