"""Sentences with fields: `{now:.0f} of {usual:.0f} user-days`. Checked when loaded, filled from evidence."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Final

from streams.detection.catalog.problems import unknown_name

TemplateValue = str | float | int | bool | None

COMMON_FIELDS: Final = frozenset(
    {
        "account",
        "account_id",
        "acv",
        "baseline",
        "contacts",
        "currency",
        "days_to_renewal",
        "departments",
        "level",
        "observed",
        "renewal_date",
        "segment",
        "subjects",
        "threshold",
        "unit",
    }
)
"""Fields that every signal's templates may use, beside those of its detector's evidence."""

UNKNOWN: Final = "unknown"
"""How a field reads that has no value."""


def template_problems(text: str, offered: frozenset[str]) -> list[str]:
    """Everything that is wrong with a template, as sentences; `offered` are the fields it may use."""
    problems = []
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        return [f"is no template: {error}"]
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        if name not in offered:
            problems.append(unknown_name("template field", name, offered))
        elif conversion or not _spec_fits(spec or ""):
            problems.append(f"field `{name}` cannot be formatted as `{{{name}:{spec}}}`")
    return problems


def render(text: str, values: Mapping[str, TemplateValue]) -> str:
    """The sentence. A field without a value reads `unknown`, and so does one whose value does not fit its
    format: an alert that is worded clumsily is better than none.

    >>> render("{now:.0f} of {usual:.0f} seats, {fall:.0%} fewer", {"now": 12.0, "usual": 40.2, "fall": 0.7})
    '12 of 40 seats, 70% fewer'
    """
    out = []
    for literal, name, spec, _ in string.Formatter().parse(text):
        out.append(literal)
        if name is not None:
            out.append(_filled(values.get(name), spec or ""))
    return "".join(out)


def _filled(value: TemplateValue, spec: str) -> str:
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and not spec:
        return f"{value:g}"
    try:
        return format(value, spec)
    except ValueError:
        return str(value)


def _spec_fits(spec: str) -> bool:
    """Whether a text or a number can be formatted like that."""
    for sample in (0.5, "text", 1):
        try:
            format(sample, spec)
        except ValueError:
            continue
        return True
    return False
