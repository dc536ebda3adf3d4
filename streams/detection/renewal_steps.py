"""The steps of our own renewal sequence: how many days before a contract's last day each is to be done."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from streams.detection.catalog.durations import Days


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sequence(_Strict):
    """The steps of contracts of at least that many months, from the first to the last."""

    from_months: int = Field(ge=1)
    days_before: tuple[Days, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if list(self.days_before) != sorted(set(self.days_before), reverse=True):
            raise ValueError("steps stand in their order, the one furthest from the contract's end first")
        return self


class RenewalSteps(_Strict):
    """Reference data (`renewal-steps.yaml`). Sequences stand from the longest term to the shortest; a contract has
    the first that its term is long enough for.

    >>> steps = RenewalSteps(terms=[{"from_months": 12, "days_before": ["90d", "60d"]}])
    >>> steps.of(24), steps.of(6), step_name(90)
    ((90, 60), (), 'T-90')
    """

    terms: tuple[Sequence, ...] = ()

    @model_validator(mode="after")
    def _from_the_longest(self) -> Self:
        months = [sequence.from_months for sequence in self.terms]
        if months != sorted(set(months), reverse=True):
            raise ValueError("`terms` stand from the longest to the shortest, each once")
        return self

    def of(self, term_months: int | None) -> tuple[int, ...]:
        """Days before the contract's end, by its term; a contract of unknown term is taken for a year's."""
        months = 12 if term_months is None else term_months
        return next((each.days_before for each in self.terms if months >= each.from_months), ())


def step_name(days_before: int) -> str:
    """How a step is called in `renewal.step_done`."""
    return f"T-{days_before}"
