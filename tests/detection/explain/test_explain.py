"""Why, why not, and how far: read from the engine's own state, changing nothing."""

from __future__ import annotations

import pytest

from streams.assembly import load_system
from streams.detection.engine import PartitionEngine
from streams.detection.explain import (
    Explanation,
    SignalExplanation,
    Standing,
    UnknownAccount,
    UnknownSignal,
    explain,
)
from streams.detection.system import System
from streams.detection.units import millis_of
from tests.detection.test_engine import contract
from tests.detection.test_quiet_days import CHRISTMAS, account
from tests.support.journal import Journal, at, fold_all, sessions, told, working_day


@pytest.fixture(scope="module")
def system() -> System:
    return load_system()


def steady(until: int, *, silent_from: int = 10_000, signed: bool = True) -> Journal:
    """Twenty users on every working day, until nobody comes any more."""
    journal = Journal()
    if signed:
        contract(journal, "acme")
    else:
        journal.event("acme", "account.changed", at(0), lifecycle="live")
    for day in journal.days(0, until):
        if working_day(day) and day < silent_from:
            sessions(journal, "acme", day, 20)
    return journal


def explained(system: System, journal: Journal, *signals: str) -> Explanation:
    _, engine = fold_all(system, journal.records)
    return explain(engine, "acme", signals)


def one(system: System, journal: Journal, signal: str) -> SignalExplanation:
    (found,) = explained(system, journal, signal).signals
    return found


def test_where_nothing_fired_each_of_the_56_signals_says_how_far_it_is_or_why_it_cannot(
    system: System,
) -> None:
    found = explained(system, steady(80, signed=False))

    assert len(found.signals) == 56
    assert not found.open
    for signal in found.signals:
        if signal.reading is None:
            assert signal.because and signal.standing in (Standing.UNKNOWN, Standing.OUT_OF_SCOPE), signal.id
        else:
            assert signal.line is not None and signal.unit is not None and signal.gap is not None, signal.id
            assert signal.ratio is not None and 0 <= signal.ratio <= 1, signal.id
            assert any(not c.met for c in signal.conditions) or signal.because != "not reached", signal.id


def test_a_drop_that_is_not_one_tells_the_user_days_that_are_missing(system: System) -> None:
    drop = one(system, steady(100), "usage-drop")

    assert (drop.standing, drop.needs, drop.unit) == (Standing.QUIET, "at most", "user-days")
    assert drop.reading == 200
    assert drop.line is not None and drop.gap == pytest.approx(200 - drop.line)
    assert drop.ratio == pytest.approx(1 - drop.line / 200)
    assert drop.hold_days == 3


def test_an_open_alert_shows_the_numbers_of_its_message_and_what_would_clear_it(system: System) -> None:
    journal = steady(100, silent_from=84)
    messages, engine = fold_all(system, journal.records)

    (silence,) = explain(engine, "acme", ["usage-silence"]).signals

    alert = next(a for a in told(messages, "retention-alerts") if a["signal"]["id"] == "usage-silence")
    assert silence.standing is Standing.OPEN and silence.alert_id == alert["alert_id"]
    assert silence.evidence is not None and silence.evidence.observed == alert["evidence"]["observed"]
    assert silence.why and silence.clears == alert["clears"]
    assert [(c.needs, c.line, c.met) for c in silence.clearing] == [("at least", 1, False)]
    assert silence.expires_at is not None and silence.recheck_at is not None


def test_what_is_held_names_the_signal_that_explains_it_better(system: System) -> None:
    journal = Journal()
    contract(journal, "acme")
    for number in range(4):
        journal.event(
            "acme",
            "user.changed",
            at(0),
            user_id=f"u{number}",
            kind="human",
            status="active",
            product_role="admin",
        )
    for day in journal.days(0, 110):
        if working_day(day) and day < 84:
            sessions(journal, "acme", day, 20)

    lapsed = one(system, journal, "persona-lapsed")

    assert lapsed.standing is Standing.HELD and lapsed.opened_at is None
    assert lapsed.because == "true, but held: inhibited by usage-silence"


def test_looking_changes_nothing(system: System) -> None:
    journal = steady(100, silent_from=84)
    _, looked_at = fold_all(system, journal.records)
    _, left_alone = fold_all(system, journal.records)

    explain(looked_at, "acme")

    assert looked_at.flush() == left_alone.flush()
    assert looked_at.partition_record() == left_alone.partition_record()


def test_what_opens_by_itself_opens_at_the_time_that_was_told(system: System) -> None:
    journal = steady(90, silent_from=84)
    silence = one(system, journal, "usage-silence")
    assert silence.standing is Standing.QUIET and silence.changes_to == "opens" and silence.changes_at

    for _ in journal.days(91, 110):
        pass

    messages, _ = fold_all(system, journal.records)
    opened = next(a for a in told(messages, "retention-alerts") if a["signal"]["id"] == "usage-silence")
    assert millis_of(silence.changes_at) == at(96, 0)
    assert opened["times"]["opened_at"].startswith(silence.changes_at.strftime("%Y-%m-%dT%H:%M"))


def test_a_young_account_is_told_how_many_days_it_still_needs(system: System) -> None:
    drop = one(system, steady(20), "usage-drop")

    assert drop.standing is Standing.UNKNOWN and drop.because.startswith("too-young")
    assert (drop.reading, drop.line, drop.unit) == (21, 28, "days")


def test_tracking_that_is_unproven_tells_the_engagements_that_are_missing(system: System) -> None:
    found = one(system, steady(100), "single-threaded")

    assert found.because.startswith("tracking-unproven")
    assert any(c.unit == "engagements" and c.reading == 0 and c.line == 5 for c in found.conditions)


def test_a_lifecycle_that_no_signal_asks_about_is_named(system: System) -> None:
    journal = Journal()
    contract(journal, "acme")
    journal.event("acme", "account.changed", at(2), lifecycle="churned")
    journal.watermark(at(3))

    drop = one(system, journal, "usage-drop")

    assert (drop.standing, drop.because.split(";")[0]) == (Standing.OUT_OF_SCOPE, "lifecycle churned")


def test_an_open_alert_that_cannot_be_read_on_holidays_says_so_instead_of_numbers(system: System) -> None:
    journal = account(
        country="DE", users=40, away=range(CHRISTMAS - 14, CHRISTMAS + 20), until=CHRISTMAS + 10
    )

    drop = one(system, journal, "usage-drop")

    assert drop.standing is Standing.OPEN and drop.why
    assert (drop.reading, drop.clearing) == (None, ())
    assert drop.note.startswith("not read now: quiet-days")


def test_a_dead_feed_is_named(system: System) -> None:
    journal = steady(90)
    journal.watermark(at(95), seen={"atlas-web": at(90)})

    found = explained(system, journal, "usage-drop")

    assert found.stalled == ("product-usage/atlas-web",)
    as_of = found.signals[0].as_of
    assert as_of is not None and as_of.date().isoformat() == "2026-04-06"


def test_an_account_that_nobody_knows_and_a_signal_that_is_none_are_errors(system: System) -> None:
    with pytest.raises(UnknownAccount):
        explain(PartitionEngine(system, 0, {}), "nobody")
    with pytest.raises(UnknownSignal, match="usage-dropp"):
        explained(system, steady(2), "usage-dropp")
