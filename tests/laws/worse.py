"""A case made worse: more of what a rising signal counts, less of what a falling one misses."""

from __future__ import annotations

from collections.abc import Iterator

from streams.detection.catalog.cases import Case, Happening
from streams.detection.rules import Rule

RISING = frozenset(
    {"backlog", "breadth", "burst", "ceiling", "occurrence", "reengagement", "spread", "surge"}
)
"""Kinds of detector that more of the same cannot ease."""

FALLING = frozenset({"drop", "silence"})
"""Kinds of detector that still less cannot ease."""


def worse_cases(rule: Rule, case: Case, opened: int) -> Iterator[Case]:
    """The case with what led to the opening doubled (rising), or thinned out (falling); nothing for kinds that
    neither fits: a level, a date and a score are not more or fewer events."""
    kind = rule.spec.detect.kind
    if kind in RISING:
        yield _with(case, [_more(happening, opened) for happening in case.timeline])
    elif kind in FALLING:
        yield _with(case, [kept for happening in case.timeline if (kept := _fewer(happening, opened))])


def _with(case: Case, timeline: list[Happening]) -> Case:
    return case.model_copy(update={"timeline": tuple(timeline)})


def _led_to_it(happening: Happening, opened: int) -> bool:
    """Whether it began behind the baseline and before the opening."""
    return max(0, opened - 40) < happening.days[0] <= opened


def _more(happening: Happening, opened: int) -> Happening:
    if not _led_to_it(happening, opened) or happening.times * 2 > 1000:
        return happening
    return happening.model_copy(update={"times": happening.times * 2})


def _fewer(happening: Happening, opened: int) -> Happening | None:
    if not _led_to_it(happening, opened) or happening.users is None:
        return happening
    first, last = happening.users
    if last == first:
        return None
    return happening.model_copy(update={"users": (first, (first + last) // 2)})
