"""One message, one line."""

from __future__ import annotations

import json

from schemas.alerts import Owner
from schemas.board import AccountQuadrant, QuadrantChange
from schemas.growth import ExpansionOpportunity
from schemas.retention import RetentionAlert
from streams.subscribing.lines import QUADRANT_NAMES, line_of, owner_of
from streams.subscribing.reader import OUTPUTS, Output
from tests.support.events import EXAMPLES


def example_of(model: type[Output], **changes: object) -> Output:
    message = json.loads((EXAMPLES / f"{model.__name__}.json").read_bytes())
    return model.model_validate_json(json.dumps({**message, **changes}))


def test_every_output_is_one_line_that_names_its_account() -> None:
    for model in OUTPUTS.values():
        message = example_of(model)
        line = line_of(message)
        assert "\n" not in line
        assert message.account.id in line


def test_a_risk_tells_its_severity_and_an_opportunity_its_strength() -> None:
    risk, opportunity = example_of(RetentionAlert), example_of(ExpansionOpportunity)
    assert isinstance(risk, RetentionAlert)
    assert isinstance(opportunity, ExpansionOpportunity)
    assert risk.severity in line_of(risk)
    assert opportunity.strength in line_of(opportunity)
    assert opportunity.why in line_of(opportunity)


def test_a_closing_message_says_why_it_closed() -> None:
    line = line_of(example_of(RetentionAlert, status="resolved", reason="active again"))
    assert line.endswith("[active again]")


def test_a_first_place_on_the_board_comes_from_nowhere() -> None:
    line = line_of(example_of(QuadrantChange, from_quadrant=None, to_quadrant="protect_and_maintain"))
    assert "(new) → Protect and Maintain" in line


def test_the_state_of_the_board_names_the_quadrant_for_people() -> None:
    message = example_of(AccountQuadrant)
    assert isinstance(message, AccountQuadrant)
    assert QUADRANT_NAMES[message.quadrant] in line_of(message)


def test_an_owner_is_a_person_with_a_queue_where_both_are_known() -> None:
    assert owner_of(Owner(role="csm", person_id="p-1", queue="risks")) == "csm p-1 · risks"
    assert owner_of(Owner(role="csm")) == "csm"
