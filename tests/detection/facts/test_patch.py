"""Patches in any order end in the same entity."""

from __future__ import annotations

from itertools import permutations
from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.detection.facts import Contact, Facts
from streams.detection.facts.patch import patch, same
from tests.detection.facts.support import D, noon, say

FIELDS = same("name", "title", "department")
values = st.fixed_dictionaries(
    {},
    optional={field: st.none() | st.sampled_from("abc") for field in ("name", "title", "department")},
)
versions = st.none() | st.integers(1, 3)


@given(st.lists(st.tuples(values, versions), min_size=1, max_size=5))
@settings(max_examples=150)
def test_the_newest_event_wins_field_by_field_in_every_order(
    given_fields: list[tuple[dict[str, str | None], int | None]],
) -> None:
    events = [
        (at, SimpleNamespace(**fields, entity_version=version))
        for at, (fields, version) in enumerate(given_fields)
    ]
    wanted: dict[str, str | None] = {}
    for _, event in sorted(events, key=lambda item: (item[1].entity_version or 0, item[0])):
        wanted |= {name: value for name, value in vars(event).items() if name != "entity_version"}

    for order in permutations(events):
        contact = Contact("k-1")
        for at, event in order:
            patch(contact, event, at, FIELDS)
        found = {name: getattr(contact, name) for name in wanted}
        assert found == wanted
        assert len(contact.stamps) <= len(FIELDS)


def test_a_higher_version_wins_over_a_later_time() -> None:
    facts = Facts()
    say(facts, "account.changed", noon(D), name="New", entity_version=7)
    say(facts, "account.changed", noon(D + 5), name="Old", entity_version=6)

    assert facts.profile.name == "New"


def test_an_outdated_patch_fills_what_nothing_gave_yet() -> None:
    facts = Facts()
    say(facts, "account.changed", noon(D), name="Acme")
    say(facts, "account.changed", noon(D - 1), name="Former", country="DE")

    assert (facts.profile.name, facts.profile.country) == ("Acme", "DE")


def test_absent_is_unchanged_and_null_clears() -> None:
    facts = Facts()
    say(facts, "account.changed", noon(D), industry="retail", usage_pattern="volatile", is_test=True)
    say(facts, "account.changed", noon(D + 1), industry=None, usage_pattern=None)

    assert facts.profile.industry is None
    assert facts.profile.usage_pattern == "steady"
    assert facts.profile.is_test is True
