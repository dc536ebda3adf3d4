"""Something happened: a fact of a kind, with conditions on its attributes."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from streams.detection.catalog.durations import Days
from streams.detection.detectors.base import Detector, Open
from streams.detection.detectors.kinds import KINDS, Attribute, Happened, Kind
from streams.detection.facts import Facts
from streams.detection.reading import ACCOUNT, Detail, Evidence, Finding, Memory, Reading
from streams.detection.units import Day, Millis, date_of, day_of, day_start


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
    """Facts of one kind that meet all conditions of `where`, recorded within the last `within` days.

    Mechanism: occurrences of one subject (`per: account`: all of them) are counted from the event that recorded
    them, never from the date in the real world beside it. A subject hits with `count` of them, different in the
    attribute `distinct` where that is given, or with a single one that meets `alone`. It stays until the named
    `cleared_by` condition undoes all of them, they are gone from the record, or the signal expires; what is undone
    is not counted. Occurrences of a backfill or a snapshot are history and never count.

    Trade-off: no statistics, hence no delay and no blind period, but exactly as right as the source: what nobody
    records did not happen.

    Shapes and units: `within` in UTC days; conditions compare attributes of the kind (see `kinds/`). The value of
    the levels is the largest `level_of`, or how many meet `raised_when`, else the count.

    >>> joined = Occurrence(of="contact.arrived", within="120d", where={"seniority": ["vp", "c_level"]})
    >>> joined.meets({"seniority": "vp"}), joined.meets({"seniority": "manager"})
    (True, False)
    """

    touches: ClassVar[int] = 0
    fields: ClassVar[frozenset[str]] = frozenset({"who", "about", "count", "recorded_on"})

    of: str
    where: dict[str, Condition] = Field(default_factory=dict)
    within: Days = Field(description="how long an occurrence can open the signal")
    per: Literal["subject", "account"] = Field(default="subject", description="what is counted together")
    count: int = Field(default=1, ge=1, description="how many make the signal open")
    distinct: str | None = Field(default=None, description="count different values of this attribute")
    alone: dict[str, Condition] = Field(default_factory=dict, description="a single one like this is enough")
    raised_when: dict[str, Condition] = Field(default_factory=dict, description="what the levels count")
    level_of: str | None = Field(default=None, description="the attribute that the levels measure")
    cleared_by: str | None = None

    @model_validator(mode="after")
    def _knows_its_kind(self) -> Self:
        kind = KINDS.get(self.of)
        if kind is None:
            raise ValueError(f"no such kind {self.of!r}: {', '.join(sorted(KINDS))}")
        named = {*self.where, *self.alone, *self.raised_when, self.distinct, self.level_of} - {None}
        if unknown := named - kind.attributes:
            raise ValueError(
                f"{self.of} has no {sorted(map(str, unknown))}, it has {sorted(kind.attributes)}"
            )
        if self.cleared_by is not None and self.cleared_by not in kind.clearings:
            raise ValueError(
                f"{self.of} is cleared by one of {sorted(kind.clearings)}, not {self.cleared_by!r}"
            )
        return self

    @property
    def reads(self) -> int:
        return self.kind.touches

    @property
    def offers(self) -> frozenset[str]:
        """Templates may use the attributes of the kind as well."""
        return self.fields | self.kind.attributes

    @property
    def kind(self) -> Kind:
        return KINDS[self.of]

    @property
    def subject_kind(self) -> str:
        return self.kind.subject_kind if self.per == "subject" else "account"

    def meets(self, attributes: dict[str, Attribute]) -> bool:
        """Whether an occurrence with these attributes meets every condition of `where`."""
        return meets_all(self.where, attributes)

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        found, following = self.found_by_subject(facts, now)
        findings = []
        for subject, together in found.items():
            memory = open_.get(subject)
            counted = self.counted(facts, together, now, None)
            hit = self._enough(counted)
            if not hit and memory is None:
                continue
            weighed = counted if memory is None else self.counted(facts, together, now, memory)
            if hit and (memory is None or not memory.standing):
                following.append(day_start(counted[0].mark.day + self.within + 1))
            findings.append(
                Finding(
                    hit=hit,
                    clear=all(self._undone(facts, happened, now) for happened in together),
                    level=self.level_from_below(self._value(weighed)),
                    subject=subject,
                    observed=self.number(weighed),
                    threshold=self.count,
                    decided=counted[-1].mark.occurred_ms if counted else None,
                )
            )
        return Reading(tuple(findings), min(following) if following else None)

    def found_by_subject(self, facts: Facts, now: Millis) -> tuple[dict[str, list[Happened]], list[Millis]]:
        """What has happened until now by subject, in order of time; and when the rest will have."""
        found: dict[str, list[Happened]] = {}
        following: list[Millis] = []
        for happened in self.kind.find(facts, self._packaging, day_of(now)):
            if happened.mark.occurred_ms > now:
                following.append(happened.mark.occurred_ms)
            else:
                subject = happened.subject if self.per == "subject" else ACCOUNT
                found.setdefault(subject, []).append(happened)
        for together in found.values():
            together.sort(key=lambda happened: (happened.mark.occurred_ms, happened.mark.evidence))
        return found, following

    def counted(
        self, facts: Facts, together: list[Happened], now: Millis, memory: Memory | None
    ) -> list[Happened]:
        """Those that count now; of a subject that is open, those that have counted since before it was."""
        first = day_of(now) - self.within
        if memory is not None:
            first = min(first, day_of(memory.since) - self.within)
        return [
            happened
            for happened in together
            if happened.mark.live
            and happened.mark.day >= first
            and self.meets(happened.attributes)
            and not self._undone(facts, happened, now)
        ]

    def _enough(self, counted: list[Happened]) -> bool:
        if self.number(counted) >= self.count:
            return True
        return self.is_enough_alone(counted)

    def is_enough_alone(self, counted: list[Happened]) -> bool:
        """Whether there is one among them that is enough by itself."""
        return bool(self.alone) and any(meets_all(self.alone, happened.attributes) for happened in counted)

    def number(self, counted: list[Happened]) -> int:
        """How many were counted: of distinct values where that is asked."""
        name = self.distinct
        return len(counted) if name is None else len({happened.attributes.get(name) for happened in counted})

    def _value(self, counted: list[Happened]) -> float:
        if self.raised_when:
            return sum(meets_all(self.raised_when, happened.attributes) for happened in counted)
        if self.level_of is None:
            return self.number(counted)
        values = [happened.attributes.get(self.level_of) for happened in counted]
        return max((float(value) for value in values if isinstance(value, (int, float))), default=0.0)

    def _undone(self, facts: Facts, happened: Happened, now: Millis) -> bool:
        return self.cleared_by is not None and self.kind.clearings[self.cleared_by](facts, happened, now)

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        today = day_of(now)
        together = self.found_by_subject(facts, now)[0].get(finding.subject, [])
        shown = self.counted(facts, together, now, memory) or together
        latest = shown[-1] if shown else None
        who = list(dict.fromkeys(happened.label for happened in shown if happened.label))
        return Evidence(
            observed=finding.observed,
            threshold=finding.threshold,
            unit="occurrences",
            window=(today - self.within + 1, today),
            series=_by_day(shown),
            event_ids=tuple(happened.mark.event_id for happened in shown if happened.mark.event_id)[-20:],
            contacts=tuple(dict.fromkeys(contact for happened in shown for contact in happened.contacts)),
            departments=tuple(dict.fromkeys(name for happened in shown for name in happened.departments)),
            details={
                **({name: _told(value) for name, value in latest.attributes.items()} if latest else {}),
                **(latest.details if latest else {}),
                "who": ", ".join(who[-5:]) or finding.subject,
                "about": latest.about if latest else "",
                "count": int(finding.observed),
                **({"raised": self._value(shown)} if self.raised_when else {}),
                **({"alone": self.is_enough_alone(shown)} if self.alone else {}),
                "recorded_on": str(date_of(latest.mark.day)) if latest else None,
            },
        )


def meets_all(conditions: dict[str, Condition], attributes: dict[str, Attribute]) -> bool:
    return all(_holds(condition, attributes.get(name)) for name, condition in conditions.items())


def _by_day(shown: list[Happened]) -> tuple[tuple[Day, float], ...]:
    """How many happened on each day on which some did."""
    days = [happened.mark.day for happened in shown]
    return tuple((day, float(days.count(day))) for day in sorted(set(days)))[-400:]


def _told(value: Attribute) -> Detail:
    return ", ".join(value) if isinstance(value, tuple) else value


def _holds(condition: Condition, value: Attribute) -> bool:
    if isinstance(condition, Range):
        return condition.holds(value)
    if isinstance(condition, bool):
        return value is condition
    if isinstance(value, tuple):
        return not set(condition).isdisjoint(value)
    return value in condition
