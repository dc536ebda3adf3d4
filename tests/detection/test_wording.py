"""What both motions say in the same words."""

from __future__ import annotations

from streams.detection.facts import Facts
from streams.detection.reading import Evidence
from streams.detection.wording import evidence_message


def test_an_alert_says_what_the_caps_of_the_account_dropped() -> None:
    seen = Evidence(observed=1, threshold=1, unit="tickets", window=(20_000, 20_013))

    said = evidence_message(seen, Facts(dropped={"users": 120, "tickets_open": 19_000}))

    assert said.details["dropped_by_caps"] == "19000 tickets_open, 120 users"


def test_an_alert_of_an_account_within_the_caps_says_nothing_of_them() -> None:
    seen = Evidence(observed=1, threshold=1, unit="tickets", window=(20_000, 20_013))

    assert "dropped_by_caps" not in evidence_message(seen, Facts()).details
