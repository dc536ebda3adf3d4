"""`/accounts/<id>/explain` of a worker answers as the command does."""

from __future__ import annotations

import json

from streams.assembly import load_system
from streams.detection.engine import PartitionEngine
from streams.detection.explain import Explanation, explain
from streams.worker.explain_page import explain_page
from streams.worker.page import account_of
from tests.detection.explain.test_explain import steady


def engine() -> PartitionEngine:
    found = PartitionEngine(load_system(), 0, {})
    found.process(steady(30).records)
    return found


def test_the_page_is_the_explanation_of_the_account() -> None:
    known = engine()

    page = explain_page("/accounts/acme/explain?signal=usage-drop", "acme", lambda account: known)

    assert page.code == 200
    assert Explanation.model_validate_json(page.body) == explain(known, "acme", ["usage-drop"])


def test_an_account_id_may_hold_any_character() -> None:
    assert account_of("/accounts/a%2Fb%20c/explain?signal=x") == "a/b c"
    assert account_of("/accounts/acme") is None
    assert account_of("@elsewhere/accounts/acme/explain") is None


def test_what_is_not_known_or_not_here_is_said() -> None:
    known = engine()

    pages = [
        explain_page("/accounts/nobody/explain", "nobody", lambda account: known),
        explain_page("/accounts/acme/explain?signal=no-such", "acme", lambda account: known),
        explain_page("/accounts/acme/explain", "acme", lambda account: None),
    ]

    said = [(page.code, json.loads(page.body)["error"]) for page in pages]
    assert said == [(404, "unknown account"), (404, "unknown signal"), (421, "not here")]
