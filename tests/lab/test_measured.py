"""What the statistical signals see of a change, by company size, and how often they see one that is not there."""

from __future__ import annotations

import random

import pytest

from streams.assembly import load_system
from streams.detection.system import System
from streams.lab import measured
from streams.lab.measured import CHANGES, FIRST_DAY, NOTHING, SIGNALS, Measured, measure, read_measured
from streams.lab.measured_page import MOST_FALSE, least_recall, measured_section
from streams.lab.population import Population


@pytest.fixture(scope="module")
def system() -> System:
    return load_system()


@pytest.fixture(scope="module")
def told() -> Measured:
    return read_measured()


def test_what_was_measured_reaches_what_is_asked(told: Measured) -> None:
    for signal, changes in told.found.items():
        for change, cells in changes.items():
            for users, found in cells.items():
                least = least_recall(signal, change, users)
                assert least is None or found.recall >= least, (signal, change, users)


def test_false_alarms_are_as_rare_as_is_asked(told: Measured) -> None:
    for signal in SIGNALS:
        rates = {users: told.false[signal][users] / quarters for users, quarters in told.quarters.items()}
        assert all(rates[users] <= most for users, most in MOST_FALSE.items()), (signal, rates)


def test_a_large_company_that_comes_a_third_as_often_is_found_within_two_weeks(system: System) -> None:
    change = next(change for change in CHANGES if change.name == "third")

    population = Population("acme", 100, random.Random(1))
    opened = measured.opened(system, population, measured.BEFORE + change.within, change)

    days = [day - measured.BEFORE for signal, day in opened if signal == "usage-drop"]
    assert len(days) == 1 and 7 <= days[0] <= 14


def test_the_same_seed_gives_the_same_people(system: System) -> None:
    def events() -> list[bytes]:
        population = Population("acme", 12, random.Random(7), organic=True)
        return [event.value for event in population.events(FIRST_DAY, 40, NOTHING, 90)]

    assert events() == events()


def test_a_measurement_has_every_signal_change_and_size(system: System) -> None:
    small = measure(system, seed=2, companies={3: 1})

    assert {(signal, name) for signal, changes in small.found.items() for name in changes} == {
        (signal, change.name) for change in CHANGES for signal in change.signals
    }
    assert small.found["usage-silence"]["silence"][3].recall == 1.0


def test_the_page_names_every_signal_and_what_is_asked(told: Measured) -> None:
    page = "\n".join(measured_section(told))

    assert all(f"[{signal}](#{signal})" in page for signal in SIGNALS)
    assert "(≥ 0.92)" in page and "(≤ 0.05)" in page
