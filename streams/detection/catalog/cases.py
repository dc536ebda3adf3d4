"""Inline tests of a signal: a timeline of what happened to one account, and which messages must follow."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _span(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return (value, value)
    return value


DayRange = Annotated[
    tuple[int, int],
    BeforeValidator(_span),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer"},
                {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
            ]
        }
    ),
]
"""Days of the timeline (day 0 is a Monday), inclusive: `12` or `[12, 14]`."""


class Happening(_Strict):
    """Events of one kind: `days` says when, `users` how many users do it (`{user}` in the event), `times` how
    often on each day (`{n}`). `{day}` in a text becomes the day's number, and a field that reads `day 40` or
    `day 40 + 365` the date of that day."""

    days: DayRange
    at: str = Field(default="10:00", pattern=r"^\d\d:\d\d$", description="UTC")
    weekdays: bool = Field(default=False, description="Monday to Friday only")
    every: int = Field(default=1, ge=1, description="only every n-th day of the range")
    users: DayRange | None = Field(
        default=None, description="numbers of users: `20` is user-20, `[1, 20]` all"
    )
    times: int = Field(default=1, ge=1, le=1000)
    published: int | None = Field(default=None, description="the day it is published, where that is later")
    event: dict[str, object]

    @model_validator(mode="after")
    def _typed(self) -> Happening:
        if not isinstance(self.event.get("type"), str):
            raise ValueError("an event of a timeline needs its `type`")
        if self.days[0] > self.days[1]:
            raise ValueError(f"days run backwards: {list(self.days)}")
        return self


class Expected(_Strict):
    """One message of this signal. `day` is the day on which it is decided."""

    day: DayRange
    status: str
    level: str | None = None
    subjects: tuple[str, ...] | None = None


class Case(_Strict):
    """`expect` lists every message of this signal, in order; nothing listed means silence."""

    name: str = Field(min_length=5)
    kind: Literal["fires", "near_miss", "clears", "no_flap", "stalled", "other"] = "other"
    until: int = Field(ge=1, le=1000, description="the day the timeline ends")
    account: dict[str, object] = Field(default_factory=dict, description="fields of account.changed on day 0")
    timeline: tuple[Happening, ...]
    stalled: dict[Literal["usage", "support", "crm"], DayRange] = Field(default_factory=dict)
    expect: tuple[Expected, ...]
