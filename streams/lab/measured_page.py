"""The part of the signal reference that says how well the statistical signals see, from measured.json."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streams.lab.measured import CHANGES, COMPANIES, SIGNALS, Found, Measured

HEADING: Final = "Measured recall and delay"
ANCHOR: Final = "measured-recall-and-delay"

_ASKED: Final = {
    ("usage-drop", "half"): {10: 0.37, 50: 0.92, 500: 1.0},
    ("usage-drop", "third"): {50: 0.95, 500: 0.95, 2_000: 0.95},
    ("usage-drop", "slow"): {10: 0.23, 50: 0.80, 500: 1.0},
}
"""The least recall that the project asks of itself, by signal, change and number of users."""
MOST_FALSE: Final = {10: 0.05, 50: 0.02, 500: 0.01, 2_000: 0.01}
"""The most false alarms of a signal per healthy account and quarter that it allows itself, by number of users."""


def least_recall(signal: str, change: str, users: int) -> float | None:
    """What is asked; None where nothing is."""
    return _ASKED.get((signal, change), {}).get(users)


def measured_section(measured: Measured) -> Iterator[str]:
    """The section in Markdown, line by line."""
    sizes = [users for users in COMPANIES if users in measured.quarters]
    head = " | ".join(f"{users:,} users" for users in sizes)
    rule = "|---" * (len(sizes) + 2) + "|"
    yield from (f"## {HEADING}", "")
    yield "Of the signals that compare use with an account's own past: the share of companies in which a change was"
    yield "found, and the median of the days from the change to the opening, the hold included. In brackets the least"
    yield "recall that is asked. Healthy noise is in it: weekdays, moods of the whole company, leave, people who have"
    yield "other work for weeks. What decides is the level, so here it is too: active user-days in a fortnight."
    yield f"Made by `python -m streams.lab.measured --seed {measured.seed}` on made-up companies."
    yield from ("", f"| signal | change | {head} |", rule)
    levels = " | ".join(f"{measured.levels[users]:,.0f}" for users in sizes)
    yield f"| *level* | | {levels} |"
    for signal in SIGNALS:
        for change in CHANGES:
            cells = measured.found.get(signal, {}).get(change.name)
            if cells is not None:
                row = " | ".join(
                    _cell(cells[users], least_recall(signal, change.name, users)) for users in sizes
                )
                yield f"| [{signal}](#{signal}) | {change.sentence} | {row} |"
    yield from (
        "",
        "False alarms per healthy account and quarter, with people who come and go and two holiday weeks",
    )
    yield from ("(in brackets the most that is allowed):", "", f"| signal | version | {head} |", rule)
    quarters = " | ".join(f"{measured.quarters[users]:,.0f}" for users in sizes)
    yield f"| *account-quarters* | | {quarters} |"
    for signal in SIGNALS:
        row = " | ".join(_rate(measured, signal, users) for users in sizes)
        yield f"| [{signal}](#{signal}) | {measured.versions[signal]} | {row} |"
    yield from ("", "For all signals, ordinary customers of a story can be counted in the same way:")
    yield "`python -m streams.story.noise --out FOLDER`, then `python -m streams.lab.alarms FOLDER`."
    yield ""


def _cell(found: Found, asked: float | None) -> str:
    brackets = "" if asked is None else f" (≥ {asked:.2f})"
    delay = "" if found.delay is None else f" in {found.delay:.0f} d"
    return f"{found.recall:.2f}{brackets}{delay}"


def _rate(measured: Measured, signal: str, users: int) -> str:
    most = MOST_FALSE.get(users)
    rate = measured.false[signal][users] / measured.quarters[users]
    return f"{rate:.3f}" + ("" if most is None else f" (≤ {most:.2f})")
