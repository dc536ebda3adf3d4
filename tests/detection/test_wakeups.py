"""Who must be looked at when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.detection.rules import Clock
from streams.detection.wakeups import Wakeups

EVER = [10**9] * len(Clock)


def test_an_account_whose_time_moves_on_lies_here_once() -> None:
    wakeups = Wakeups()
    for due in range(100, 1_100):
        wakeups.add(Clock.USAGE, due, b"acme")

    assert wakeups.pop(EVER) == (Clock.USAGE, 100, b"acme")
    assert wakeups.pop(EVER) is None


def test_an_earlier_time_takes_the_place_of_a_later_one() -> None:
    wakeups = Wakeups()
    wakeups.add(Clock.USAGE, 200, b"acme")
    wakeups.add(Clock.USAGE, 100, b"acme")

    assert wakeups.pop(EVER) == (Clock.USAGE, 100, b"acme")
    assert wakeups.pop(EVER) is None


@given(
    st.lists(
        st.tuples(st.sampled_from([b"a", b"b", b"c"]), st.integers(1, 30), st.integers(0, 30)), max_size=40
    )
)
def test_everybody_is_found_at_their_own_time_and_in_the_order_of_times(
    steps: list[tuple[bytes, int, int]],
) -> None:
    wakeups, real = Wakeups(), {}
    for key, due, until in steps:
        real[key] = due
        wakeups.add(Clock.USAGE, due, key)
        found: list[tuple[int, bytes]] = []
        while (entry := wakeups.pop([until] * len(Clock))) is not None:
            clock, at, woken = entry
            if real.get(woken) == at:
                found.append((at, woken))
                del real[woken]
            elif woken in real:
                wakeups.add(clock, real[woken], woken)
        assert found == sorted(found)
        assert all(due > until for due in real.values())
