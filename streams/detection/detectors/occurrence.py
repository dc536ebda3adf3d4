"""Something happened: a fact of a kind, with conditions on its attributes."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from streams.detection.catalog.durations import Days
from streams.detection.detectors.base import Detector, Open
from streams.detection.detectors.kinds import KINDS, Attribute, Happened, Kind
from streams.detection.facts import Facts
from streams.detection.reading import Evidence, Finding, Memory, Reading
from streams.detection.units import Millis, date_of, day_of, day_start


class Range(BaseModel):
    """A numeric condition; both ends are inclusive."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at_least: float | None = None
    at_most: float | None = None

    def holds(self, value: Attribute) -> bool:
        if not isinstance(value, (int, float)):
            return False
        return (self.at_least is None or value >= self.at_least) and (
            self.at_most is None or value <= self.at_most
        )


Condition = Range | bool | tuple[str, ...]
"""A range of a number, a truth, or the values of which at least one must be there."""


class Occurrence(Detector):
    """A fact of one kind that meets all conditions of `where`, recorded within the last `within` days.

    Mechanism: each occurrence is a subject of its own; it hits from the event that recorded it (never from the
    date in the real world beside it), and stays until its named `cleared_by` condition holds, its subject is gone,
    or the signal expires. Occurrences of a backfill or a snapshot are history and never hit.

    Trade-off: no statistics, hence no delay and no blind period, but exactly as right as the source: what nobody
    records did not happen.

    Shapes and units: `within` in UTC days; conditions compare attributes of the kind (see `kinds.py`).

    >>> joined = Occurrence(of="contact.arrived", within="120d", where={"seniority": ["vp", "c_level"]})
    >>> joined.meets({"seniority": "vp"}), joined.meets({"seniority": "manager"})
    (True, False)
    """

    touches: ClassVar[int] = 0
    fields: ClassVar[frozenset[str]] = frozenset({"who", "about", "count", "recorded_on"})

    of: str
    where: dict[str, Condition] = Field(default_factory=dict)
    within: Days = Field(description="how long an occurrence can open the signal")
    cleared_by: str | None = None

    @model_validator(mode="after")
    def _knows_its_kind(self) -> Self:
        kind = KINDS.get(self.of)
        if kind is None:
            raise ValueError(f"no such kind {self.of!r}: {', '.join(sorted(KINDS))}")
        if unknown := set(self.where) - kind.attributes:
            raise ValueError(f"{self.of} has no {sorted(unknown)}, it has {sorted(kind.attributes)}")
        if self.cleared_by is not None and self.cleared_by not in kind.clearings:
            raise ValueError(
                f"{self.of} is cleared by one of {sorted(kind.clearings)}, not {self.cleared_by!r}"
            )
        return self

    @property
    def reads(self) -> int:
        return self.kind.touches

    @property
    def kind(self) -> Kind:
        return KINDS[self.of]

    @property
    def subject_kind(self) -> str:
        return self.kind.subject_kind

    def meets(self, attributes: dict[str, Attribute]) -> bool:
        """Whether an occurrence with these attributes meets every condition."""
        return all(_holds(condition, attributes.get(name)) for name, condition in self.where.items())

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        today = day_of(now)
        findings: list[Finding] = []
        following: list[Millis] = []
        for happened in self.kind.find(facts, self._packaging, today):
            mark = happened.mark
            if mark.occurred_ms > now:
                following.append(mark.occurred_ms)
                continue
            known = happened.subject in open_
            ends = day_start(mark.day + self.within + 1)
            hit = mark.live and now < ends and self.meets(happened.attributes)
            if not hit and not known:
                continue
            undone = self._undone(facts, happened, now)
            findings.append(
                Finding(
                    hit=hit and not undone,
                    clear=undone,
                    level=0,
                    subject=happened.subject,
                    observed=1,
                    threshold=1,
                    decided=mark.occurred_ms,
                )
            )
        return Reading(tuple(findings), min(following) if following else None)

    def _undone(self, facts: Facts, happened: Happened, now: Millis) -> bool:
        return self.cleared_by is not None and self.kind.clearings[self.cleared_by](facts, happened, now)

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        today = day_of(now)
        found = [h for h in self.kind.find(facts, self._packaging, today) if h.subject == finding.subject]
        happened = found[0] if found else None
        return Evidence(
            observed=finding.observed,
            threshold=finding.threshold,
            unit="occurrences",
            window=(today - self.within + 1, today),
            event_ids=(happened.mark.event_id,) if happened else (),
            contacts=happened.contacts if happened else (),
            departments=happened.departments if happened else (),
            details={
                **(happened.details if happened else {}),
                "who": happened.label if happened else finding.subject,
                "about": happened.about if happened else "",
                "count": 1,
                "recorded_on": str(date_of(happened.mark.day)) if happened else None,
            },
        )


def _holds(condition: Condition, value: Attribute) -> bool:
    if isinstance(condition, Range):
        return condition.holds(value)
    if isinstance(condition, bool):
        return value is condition
    if isinstance(value, tuple):
        return not set(condition).isdisjoint(value)
    return value in condition
