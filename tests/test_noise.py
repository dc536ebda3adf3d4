"""Ordinary customers, to whom nothing happens, over the turn of the year: what opens is a false alarm."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.assembly import load_system
from streams.lab.alarms import Alarms, alarms
from streams.story.history import write
from streams.story.noise import SIZES, ordinary


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Alarms:
    folder: Path = tmp_path_factory.mktemp("noise")
    write(ordinary(2, 150, seed=1), folder)
    return alarms(folder, load_system())


def test_the_companies_have_the_four_sizes(found: Alarms) -> None:
    assert tuple(found.quarters) == SIZES
    assert all(3 < quarters < 4 for quarters in found.quarters.values())


def test_no_signal_opens_more_often_than_once_in_twenty_account_quarters(found: Alarms) -> None:
    assert {signal: found.rate(signal) for signal in found.opened if found.rate(signal) > 0.05} == {}


def test_strikes_are_rarer_than_one_in_five_account_quarters(found: Alarms) -> None:
    assert found.strike_rate <= 0.2
