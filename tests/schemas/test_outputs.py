"""The two motions' messages are two, and what they promise holds."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from schemas.alerts import MotionMessage
from schemas.board import AccountQuadrant, QuadrantChange
from schemas.dead_letters import DeadLetter
from schemas.growth import BuyingCentreRef, ExpansionOpportunity
from schemas.retention import RetentionAlert
from tests.schemas.support import as_json, changed, example


def test_neither_motions_message_is_valid_as_the_others() -> None:
    with pytest.raises(ValidationError):
        RetentionAlert.model_validate_json(changed("ExpansionOpportunity"))
    with pytest.raises(ValidationError):
        ExpansionOpportunity.model_validate_json(changed("RetentionAlert"))


def test_a_risk_has_severity_and_an_opportunity_strength_and_neither_has_a_health_score() -> None:
    risk, chance = set(RetentionAlert.model_fields), set(ExpansionOpportunity.model_fields)
    shared = set(MotionMessage.model_fields) | {"status", "subjects"}
    assert risk - shared == {"severity", "problem", "mitigation", "strikes", "days_to_renewal"}
    assert {"strength", "engine", "reach", "readiness", "handover"} <= chance - shared
    assert not {name for name in risk | chance if "health" in name or "score" in name}


@pytest.mark.parametrize("status", ["strengthened", "converted", "lapsed"])
def test_a_risk_has_no_status_of_an_opportunity(status: str) -> None:
    with pytest.raises(ValidationError):
        RetentionAlert.model_validate_json(changed("RetentionAlert", status=status))


def test_evidence_names_at_most_twenty_events() -> None:
    evidence = {**example("RetentionAlert")["evidence"], "event_ids": [f"e-{n}" for n in range(21)]}
    with pytest.raises(ValidationError):
        RetentionAlert.model_validate_json(changed("RetentionAlert", evidence=evidence))


def test_a_window_goes_by_the_words_from_and_to() -> None:
    alert = RetentionAlert.model_validate_json(as_json(example("RetentionAlert")))
    assert alert.evidence.window.start < alert.evidence.window.end
    assert b'"window":{"from":"2026-04-20T00:00:00Z","to":"2026-05-04T00:00:00Z"}' in alert.encode()


def test_a_quadrant_change_goes_somewhere_else() -> None:
    with pytest.raises(ValidationError):
        QuadrantChange.model_validate_json(changed("QuadrantChange", from_quadrant="fix_while_expanding"))
    first = QuadrantChange.model_validate_json(changed("QuadrantChange", from_quadrant=None))
    assert first.from_quadrant is None


def test_a_hold_has_one_of_the_named_reasons() -> None:
    holds = [{**example("AccountQuadrant")["holds"][0], "reason": "because"}]
    with pytest.raises(ValidationError):
        AccountQuadrant.model_validate_json(changed("AccountQuadrant", holds=holds))


def test_a_centre_with_an_id_is_mapped_already() -> None:
    assert BuyingCentreRef(name="another centre", to_be_mapped=True).id is None
    with pytest.raises(ValidationError):
        BuyingCentreRef(id="bc-1", name="Finance", to_be_mapped=True)


def test_a_dead_letter_gives_the_original_back_to_the_byte() -> None:
    letter = DeadLetter.model_validate_json(changed("DeadLetter", value_base64="/wA="))
    assert letter.original_key() == b"brightwater"
    assert letter.original_value() == b"\xff\x00"
    empty = DeadLetter.model_validate_json(changed("DeadLetter", value_base64=None, reason="null_value"))
    assert empty.original_value() is None
