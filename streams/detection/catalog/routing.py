"""What a motion's `routing.yaml` says: bands of ACV, owners, who else is told, and how fast to answer."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from streams.detection.catalog.model import Engine, Family, Severity, SignalId, Strength
from streams.detection.catalog.plays import Role

Band = Literal["small", "middle", "large"]
Queue = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


def _exact(value: object) -> object:
    """YAML has binary floats only: 1.07 is meant as it is written."""
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


Amount = Annotated[
    Decimal, BeforeValidator(_exact), Field(gt=0), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class When(_Strict):
    """Which alerts a line is about; a list that is left out fits everything."""

    families: tuple[Family, ...] = ()
    engines: tuple[Engine, ...] = ()
    signals: tuple[SignalId, ...] = ()
    levels: tuple[Severity | Strength, ...] = ()
    bands: tuple[Band, ...] = ()
    details: dict[str, bool] = Field(
        default_factory=dict, description="flags of the evidence, such as refused: true"
    )


class OwnerLine(_Strict):
    """Who owns the alert. `pool` is the queue that works it where the CRM names nobody; without one such an
    alert goes to triage."""

    when: When = When()
    owner: Role
    pool: Queue | None = None


class NotifyLine(_Strict):
    """Who else is told."""

    when: When = When()
    roles: tuple[Role, ...] = Field(min_length=1)


class RespondLine(_Strict):
    """By when somebody answers; 0 is the same working day."""

    when: When = When()
    working_days: int = Field(ge=0, le=60)


class Bands(_Strict):
    """ACV in the reference currency: small is below the first number, large above the second."""

    middle_from: Amount
    large_above: Amount

    @model_validator(mode="after")
    def _rise(self) -> Bands:
        if self.middle_from > self.large_above:
            raise ValueError(
                f"`large_above` ({self.large_above}) lies below `middle_from` ({self.middle_from})"
            )
        return self

    def of(self, acv: Decimal | None) -> Band | None:
        """The band of an ACV, None where it is unknown."""
        if acv is None:
            return None
        if acv < self.middle_from:
            return "small"
        return "large" if acv > self.large_above else "middle"


class Routing(_Strict):
    """A motion's routing. Of `owners` and `respond_within` the first line that fits counts, so the last of
    each fits everything; of `also_notify` every line that fits."""

    currency: Currency = Field(description="the reference currency, which ACV is taken in")
    rates: dict[Currency, Amount] = Field(description="one unit of a currency in the reference currency")
    bands: Bands
    triage: Queue = Field(description="where alerts go whose ACV or owner is unknown")
    queues: dict[Role, Queue] = Field(description="the inbox of each role in this motion")
    owners: tuple[OwnerLine, ...] = Field(min_length=1)
    also_notify: tuple[NotifyLine, ...] = ()
    respond_within: tuple[RespondLine, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> Routing:
        if self.rates.get(self.currency) != 1:
            raise ValueError(f"`rates` gives the reference currency itself: {self.currency}: 1")
        for name, last in (
            ("owners", self.owners[-1].when),
            ("respond_within", self.respond_within[-1].when),
        ):
            if last != When():
                raise ValueError(f"the last line of `{name}` fits everything: it has no `when`")
        used = {line.owner for line in self.owners} | {r for line in self.also_notify for r in line.roles}
        if without := sorted(used - set(self.queues)):
            raise ValueError(f"`queues` names no inbox for {', '.join(without)}")
        return self

    def owners_of(self, band: Band) -> frozenset[str]:
        """Every role that can own an alert of an account of the band."""
        found = set()
        for line in self.owners:
            if not line.when.bands or band in line.when.bands:
                found.add(line.owner)
                if line.when == When() or line.when == When(bands=line.when.bands):
                    break
        return frozenset(found)

    @property
    def all_queues(self) -> frozenset[str]:
        """Every queue that the motion fills."""
        pools = {line.pool for line in self.owners if line.pool}
        return frozenset({self.triage, *self.queues.values(), *pools})
