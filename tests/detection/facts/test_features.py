"""Last uses of features against a dictionary."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.detection.facts.features import FeatureUse
from tests.detection.facts.support import D

uses = st.lists(
    st.tuples(
        st.sampled_from(["report", "export", "share", "plan"]), st.integers(0, 70), st.integers(0, 120)
    ),
    max_size=80,
)


@given(uses, st.integers(0, 130), st.integers(0, 60), st.integers(1, 4))
def test_within_the_horizon_last_uses_are_exact(
    used: list[tuple[str, int, int]], first: int, length: int, enough: int
) -> None:
    features = FeatureUse()
    model: dict[tuple[str, int], int] = {}
    for feature, slot, day in used:
        newer = model.get((feature, slot), -1) < day
        assert features.note(feature, slot, D + day) is newer
        if newer:
            model[feature, slot] = day
    last = first + length

    counts: dict[int, int] = {}
    for feature in ("report", "export", "share", "plan"):
        users = {slot for (name, slot), day in model.items() if name == feature and first <= day <= last}
        assert features.users(feature, D + first, D + last) == sum(1 << slot for slot in users)
        for slot in users:
            counts[slot] = counts.get(slot, 0) + 1
    wanted = sum(1 << slot for slot, count in counts.items() if count >= enough)
    assert features.users_of_at_least(enough, D + first, D + last) == wanted
    for slot in range(71):
        assert features.used(slot, D + first, D + last) == counts.get(slot, 0)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=300))
def test_a_year_of_use_keeps_the_newest_months_exact(steps: list[int]) -> None:
    features = FeatureUse()
    day = D
    last: dict[int, int] = {}
    for number, step in enumerate(steps):
        day += step
        features.note("report", number % 7, day)
        last[number % 7] = day

    for slot, used in last.items():
        if used > day - 128:
            assert features.last_use("report", slot) == used
        else:
            known = features.last_use("report", slot)
            assert known is not None
            assert known <= day - 128


def test_what_was_used_before_a_long_pause_stays_used_long_ago() -> None:
    features = FeatureUse()
    features.note("report", 0, D)
    features.note("report", 1, D + 1_000)

    assert features.users("report", D + 873, D + 1_000) == 0b10
    assert features.last_use("report", 0) is not None


def test_beyond_the_cap_the_feature_unused_for_longest_goes() -> None:
    features = FeatureUse()
    for number in range(10):
        features.note(f"feature-{number}", 0, D + number)

    assert features.drop_least_recent(8) == 2
    assert set(features.days) == {f"feature-{number}" for number in range(2, 10)}
