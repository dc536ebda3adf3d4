"""Sentences that are filled from evidence."""

from __future__ import annotations

from streams.detection.catalog.templates import COMMON_FIELDS, render, template_problems


def test_numbers_are_formatted_as_the_template_says() -> None:
    text = "{now:.0f} of {usual:.1f}, {fall:.0%} fewer, {ageing} open"

    assert (
        render(text, {"now": 3.0, "usual": 8.25, "fall": 0.625, "ageing": 4}) == "3 of 8.2, 62% fewer, 4 open"
    )


def test_what_is_not_known_reads_unknown() -> None:
    assert render("renewal on {renewal_date}", {"renewal_date": None}) == "renewal on unknown"


def test_a_value_that_does_not_fit_its_format_is_shown_as_it_is() -> None:
    assert render("{who:.0f} left", {"who": "Ada"}) == "Ada left"


def test_a_field_that_is_not_offered_is_named_with_those_that_are() -> None:
    [problem] = template_problems("{accuont} has left", COMMON_FIELDS)

    assert problem.startswith("no such template field `accuont`, did you mean `account`?")


def test_a_format_that_fits_nothing_is_refused() -> None:
    assert template_problems("{observed:zz}", COMMON_FIELDS) == [
        "field `observed` cannot be formatted as `{observed:zz}`"
    ]


def test_attributes_and_indexes_are_no_fields() -> None:
    assert template_problems("{account.__class__}", COMMON_FIELDS) != []
