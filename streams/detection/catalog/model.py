"""What a signal file says: the schema of one signal, the same for both motions."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from streams.detection.catalog.cases import Case
from streams.detection.catalog.durations import Duration
from streams.detection.detectors import DETECTORS, Detect

Segment = Literal["smb", "mid_market", "enterprise"]
Source = Literal["usage", "support", "crm", "calendar"]
Family = Literal["usage", "support", "sentiment", "relationship", "commercial", "delivery"]
Engine = Literal["seat", "feature", "strategic"]
Severity = Literal["warning", "critical"]
Strength = Literal["low", "medium", "high"]
SIGNAL_ID = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
SignalId = Annotated[str, Field(pattern=SIGNAL_ID.pattern, max_length=60)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Gates(_Strict):
    """Whom the signal is asked about. Outside its gates a signal is silent, and open alerts close."""

    lifecycles: tuple[Literal["trial", "onboarding", "live", "notice", "churned", "unknown"], ...] = (
        "onboarding",
        "live",
        "notice",
        "unknown",
    )
    test_accounts: bool = False
    acv_at_least: float | None = Field(default=None, gt=0, description="in the reference currency")


class Override(_Strict):
    """What differs for one segment; `detect` holds only the parameters that differ."""

    enabled: bool | None = None
    hold_for: Duration | None = Field(default=None, alias="for")
    clears_for: Duration | None = None
    expires: Duration | None = None
    cooldown: Duration | None = None
    detect: dict[str, object] = Field(default_factory=dict)


class SignalSpec(_Strict):
    """One signal. `severity` (retention) or `strength` (growth) names the levels in rising order; the number
    beside a level is the detector's value from which it holds, null for the level the signal opens at."""

    id: SignalId
    version: int = Field(ge=1, description="raised with every change; the lock proves it")
    enabled: bool = Field(default=True, description="false, in an overlay: the signal is switched off")
    title: str = Field(min_length=5)
    why: str = Field(min_length=10, description="why the signal matters to the account's owner")
    good: str = Field(min_length=5, description="what good looks like")
    source: Source = Field(description="the clock that time reaches this signal through")
    family: Family | None = None
    engine: Engine | None = None
    detect: Detect
    hold_for: Duration = Field(default=0, alias="for", description="how long it must hold before it opens")
    clears_for: Duration = Field(default=0, description="how long the clearing condition must hold")
    clears_when: str = Field(min_length=5, description="what clears it, for people")
    newly: bool = Field(default=False, description="opens only after it was seen clear: news, not a state")
    expires: Duration = Field(description="an open alert ends by itself after this")
    cooldown: Duration = 14 * 86_400_000
    severity: dict[Severity, float | None] | None = None
    strength: dict[Strength, float | None] | None = None
    points: dict[str, int] | None = Field(
        default=None, description="board points by level, where not the usual"
    )
    done_by_play: bool = Field(default=False, description="`feedback.play_finished` on the alert ends it")
    strike: bool = Field(default=True, description="counts as one of the three strikes of its family")
    gates: Gates = Gates()
    inhibits: tuple[SignalId, ...] = ()
    segments: dict[Segment, Override] = Field(default_factory=dict)
    play: str
    explain: str = Field(min_length=10, description="one sentence with {fields} of the evidence")
    narrative: str | None = Field(default=None, description="growth: the value narrative, a template")
    ask: str | None = Field(default=None, description="growth: what to ask for, a template")
    blind_spots: tuple[str, ...] = Field(min_length=1)
    tests: tuple[Case, ...] = Field(
        default=(), description="at least one, each a timeline and what must follow from it"
    )

    @field_validator("explain", "narrative", "ask")
    @classmethod
    def _braces_match(cls, text: str | None) -> str | None:
        if text and re.sub(r"\{[a-z_]+(:[^{}]*)?\}", "", text).count("{"):
            raise ValueError("a field of a template is written {name} or {name:.0%}")
        return text

    @model_validator(mode="after")
    def _one_motion(self) -> SignalSpec:
        retention, growth = self.severity is not None, self.strength is not None
        if retention == growth:
            raise ValueError("say either `severity` (retention) or `strength` (growth)")
        if retention and self.family is None and not DETECTORS[self.detect.kind].over_verdicts:
            raise ValueError("a retention signal names its `family`")
        if growth and self.engine is None:
            raise ValueError("a growth signal names its `engine`")
        levels = self.levels
        if not levels or next(iter(levels.values())) is not None:
            raise ValueError("the first level is the one the signal opens at: its number is null")
        order = ["low", "medium", "high"] if growth else ["warning", "critical"]
        if list(levels) != [name for name in order if name in levels]:
            raise ValueError(f"levels rise in this order: {', '.join(order)}")
        if any(number is None for number in list(levels.values())[1:]):
            raise ValueError("every level after the first needs the number it holds from")
        unknown = set(self.points or ()) - set(levels)
        if unknown:
            raise ValueError(f"points are given for levels that do not exist: {', '.join(sorted(unknown))}")
        return self

    @property
    def levels(self) -> dict[str, float | None]:
        """Level name -> the detector's value from which it holds (None: the opening level), rising."""
        if self.severity is not None:
            return {str(name): number for name, number in self.severity.items()}
        return {str(name): number for name, number in (self.strength or {}).items()}
