"""Falling scores: when there is enough to compare, and when there is not."""

from __future__ import annotations

from streams.detection.detectors.decline import Decline
from streams.detection.facts import Facts
from streams.detection.reading import ACCOUNT, Memory, Reading
from tests.support.accounts import facts_of
from tests.support.journal import at


def answers(*days_and_scores: tuple[float, int]) -> Facts:
    """Answers on a scale of five, in order."""
    return facts_of(
        *(
            (
                "csat.answered",
                day,
                {"answer_id": f"a-{number}", "score": score, "scale_min": 1, "scale_max": 5},
            )
            for number, (day, score) in enumerate(days_and_scores)
        )
    )


def read(facts: Facts, day: float) -> Reading:
    return Decline().read(facts, at(day), {})


def test_an_account_that_answers_a_lot_and_only_lately_is_too_young_to_be_judged() -> None:
    facts = answers(*((number / 4, 1 if number % 2 else 5) for number in range(60)))

    reading = read(facts, 15)

    assert (reading.findings, reading.unknown) == ((), "too-young")
    assert reading.recheck_at is not None and at(29, 0) < reading.recheck_at <= at(31, 0)


def test_forty_five_answers_are_compared_and_forty_four_are_not() -> None:
    good = [(float(day), 5) for day in range(30)]
    bad = [(40.0 + day, 4 if day % 2 else 2) for day in range(15)]

    many, few = read(answers(*good, *bad), 60), read(answers(*good[1:], *bad), 60)

    assert many.findings[0].hit and many.findings[0].baseline == 1.0
    assert few.findings[0].baseline is None and few.findings[0].observed == 2


def test_the_baseline_stays_while_the_alert_is_open() -> None:
    """Fifteen bad answers later the recent answers are no worse than those before, and it is still open."""
    good = [(float(day), 5) for day in range(40)]
    bad = [(50.0 + day, 2) for day in range(60)]
    opened = read(answers(*good, *bad[:15]), 65).findings[0]
    memory = {ACCOUNT: Memory(at(65), opened.frozen)}

    later = Decline().read(answers(*good, *bad), at(112), memory).findings[0]

    assert not later.clear and later.baseline == opened.baseline
