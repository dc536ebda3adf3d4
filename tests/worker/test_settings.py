"""Settings come from the environment, and a wrong one says which it is."""

from __future__ import annotations

import pytest

from streams.worker.settings import SettingsError, environment_of, settings_from

HERE = {"TWOMOTION_BROKERS": "localhost:9092"}


def test_brokers_are_all_that_has_to_be_said() -> None:
    settings = settings_from(HERE)

    assert settings.stages == ("door", "engine")
    assert settings.clock == "live"


def test_what_is_given_wins_over_the_environment() -> None:
    settings = settings_from(HERE | {"TWOMOTION_PREFIX": "a-"}, prefix="b-", brokers=None)

    assert (settings.prefix, settings.brokers) == ("b-", "localhost:9092")


def test_numbers_and_lists_are_read_from_text() -> None:
    settings = settings_from(HERE | {"TWOMOTION_COMMIT_GAP_S": "0.5", "TWOMOTION_STAGES": "door, engine"})

    assert settings.commit_gap_s == 0.5
    assert settings.stages == ("door", "engine")


def test_a_process_of_a_supervisor_gets_the_same_settings_through_its_environment() -> None:
    settings = settings_from(
        HERE
        | {"TWOMOTION_METRICS_PORT": "none", "TWOMOTION_STAGES": "engine", "TWOMOTION_COMMIT_GAP_S": "0.5"},
        store="rocksdb",
        data="/var/lib/states",
        processes=3,
        prefix="a-",
    )

    assert settings_from(environment_of(settings)) == settings


@pytest.mark.parametrize(
    ("given", "supervised"), [({}, False), ({"processes": 2}, True), ({"restart": True}, True)]
)
def test_a_supervisor_is_there_for_several_processes_or_where_it_is_asked_for(
    given: dict[str, object], supervised: bool
) -> None:
    assert settings_from(HERE, **given).supervised is supervised


def test_metrics_can_be_switched_off() -> None:
    assert settings_from(HERE | {"TWOMOTION_METRICS_PORT": "none"}).metrics_port is None
    assert settings_from(HERE, metrics_port=-1).metrics_port is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("COMMIT_INTERVAL_S", "soon"), ("STAGES", "door,window"), ("PREFIX", "a b"), ("CLOCK", "wall")],
)
def test_a_wrong_setting_is_named_with_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"TWOMOTION_{name}"):
        settings_from(HERE | {f"TWOMOTION_{name}": value})


def test_no_brokers_is_said_so() -> None:
    with pytest.raises(SettingsError, match="TWOMOTION_BROKERS"):
        settings_from({})


def test_workers_of_one_stage_form_a_group_of_their_own() -> None:
    groups = {
        settings_from(HERE, prefix="a-", stages=stages).app_id for stages in (("door",), ("engine",), None)
    }

    assert groups == {"a-twomotion", "a-twomotion-door", "a-twomotion-engine"}
