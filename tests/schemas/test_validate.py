"""The gate: what is refused, with which reason, in which words."""

from __future__ import annotations

import pytest

from schemas.control import SourceHeartbeat
from schemas.crm import ContractSigned
from schemas.dead_letters import ReasonCode
from schemas.events import Refused, check_key, validate
from schemas.registry import topics_of
from tests.schemas.support import EVENT_TYPES, as_json, changed, example, without


def refusal(topic: str, value: bytes | None) -> Refused:
    with pytest.raises(Refused) as caught:
        validate(topic, value)
    return caught.value


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, ReasonCode.NULL_VALUE),
        (b"", ReasonCode.MALFORMED_JSON),
        (b'{"type": ', ReasonCode.MALFORMED_JSON),
        (b'{"type": "\xff"}', ReasonCode.MALFORMED_JSON),
        (b"[1, 2]", ReasonCode.NOT_AN_OBJECT),
        (b'"session.started"', ReasonCode.NOT_AN_OBJECT),
        (b"null", ReasonCode.NOT_AN_OBJECT),
        (b"{}", ReasonCode.MISSING_FIELD),
        (b'{"type": 7}', ReasonCode.WRONG_TYPE),
        (b'{"type": null}', ReasonCode.WRONG_TYPE),
        (b'{"type": "session.ended"}', ReasonCode.UNKNOWN_TYPE),
        (changed("session.started", account_id=""), ReasonCode.EMPTY_ACCOUNT_ID),
        (changed("session.started", account_id=" \u00a0"), ReasonCode.EMPTY_ACCOUNT_ID),
        (changed("session.started", account_id=None), ReasonCode.EMPTY_ACCOUNT_ID),
        (without("session.started", "account_id"), ReasonCode.MISSING_FIELD),
        (without("session.started", "user_id"), ReasonCode.MISSING_FIELD),
        (changed("session.started", account_id=17), ReasonCode.WRONG_TYPE),
        (changed("session.started", account_id="a" * 201), ReasonCode.INVALID_VALUE),
        (changed("session.started", account_id="\0watermark"), ReasonCode.INVALID_VALUE),
        (changed("session.started", schema_version="1"), ReasonCode.WRONG_TYPE),
        (changed("session.started", schema_version=True), ReasonCode.WRONG_TYPE),
        (changed("session.started", occurred_at=1_767_225_600), ReasonCode.WRONG_TYPE),
        (changed("session.started", client="television"), ReasonCode.INVALID_VALUE),
        (changed("feature.used", count=-1), ReasonCode.INVALID_VALUE),
        (changed("feature.used", count=2.5), ReasonCode.WRONG_TYPE),
        (changed("feature.used", count=None), ReasonCode.WRONG_TYPE),
    ],
)
def test_each_kind_of_fault_has_its_reason(value: bytes | None, reason: ReasonCode) -> None:
    assert refusal("product-usage", value).reason is reason


@pytest.mark.parametrize(
    ("topic", "value", "sentence"),
    [
        (
            "crm-changes",
            changed("contract.signed", products=[{"product_id": "p", "tier": "t", "seats": "ten"}]),
            "field `products.0.seats` of contract.signed: expected a whole number, got 'ten'",
        ),
        (
            "crm-changes",
            changed("contract.signed", auto_renew="yes"),
            "field `auto_renew` of contract.signed: expected true or false, got 'yes'",
        ),
        (
            "crm-changes",
            changed("contract.signed", acv=84000),
            "field `acv` of contract.signed: expected an amount of money as a decimal text, "
            'not negative, such as "1200.50", got 84000',
        ),
        (
            "product-usage",
            changed("session.started", occurred_at="2026-03-02 08:00"),
            "field `occurred_at` of session.started: expected a time with its offset, "
            "microseconds at most, such as 2026-01-31T08:00:00Z, got '2026-03-02 08:00'",
        ),
        (
            "support-changes",
            changed("ticket.opened", kind="rant"),
            "field `kind` of ticket.opened: expected one of 'question', 'problem', 'incident' or "
            "'feature_request', got 'rant'",
        ),
        (
            "support-changes",
            without("ticket.opened", "ticket_id"),
            "field `ticket_id` of ticket.opened is missing",
        ),
        (
            "support-changes",
            changed("csat.answered", score=7),
            "csat.answered: `score` must lie within 1 to 5, got 7",
        ),
        (
            "product-usage",
            changed("ticket.opened"),
            "ticket.opened does not belong on product-usage but on support-changes",
        ),
        (
            "support-changes",
            changed("goal.measured"),
            "goal.measured does not belong on support-changes but on product-usage or crm-changes",
        ),
        (
            "control",
            b'{"type": "catalogue.activated"}',
            "unknown type 'catalogue.activated'; control knows catalog.activated, "
            "reference.activated, account.erase, user.erase, source.heartbeat",
        ),
    ],
)
def test_the_sentence_names_the_field_and_what_was_expected(topic: str, value: bytes, sentence: str) -> None:
    assert refusal(topic, value).sentence == sentence


def test_where_much_is_wrong_the_account_is_named_first_and_the_rest_is_counted() -> None:
    refused = refusal("product-usage", changed("session.started", account_id="", user_id=5, client=1))
    assert refused.reason is ReasonCode.EMPTY_ACCOUNT_ID
    assert refused.sentence.endswith("got '' (and 2 more)")


def test_a_long_wrong_value_is_not_repeated_whole() -> None:
    assert len(refusal("product-usage", changed("session.started", client="x" * 5000)).sentence) < 200


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_required_field_is_missed_by_name(name: str) -> None:
    model = type(validate(topics_of(name)[0], as_json(example(name))))
    for field_name, field in model.model_fields.items():
        if not field.is_required():
            continue
        refused = refusal(topics_of(name)[0], without(name, field_name))
        assert refused.reason is ReasonCode.MISSING_FIELD
        assert f"`{field_name}`" in refused.sentence


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_field_refuses_what_is_of_no_type_it_could_have(name: str) -> None:
    for field_name in example(name):
        refused = refusal(topics_of(name)[0], changed(name, **{field_name: {"not": ["this"]}}))
        assert refused.reason in (ReasonCode.WRONG_TYPE, ReasonCode.INVALID_VALUE)
        assert f"`{field_name}`" in refused.sentence


def test_unknown_fields_are_ignored() -> None:
    assert validate("product-usage", changed("session.started", mood="good")).type == "session.started"


def test_a_number_that_no_json_knows_is_refused_even_in_an_unknown_field() -> None:
    refused = refusal("product-usage", changed("session.started", mood=float("nan")))
    assert refused.reason is ReasonCode.MALFORMED_JSON


def test_a_time_is_converted_to_utc() -> None:
    event = validate("product-usage", changed("session.started", occurred_at="2026-03-02T01:30:00+02:00"))
    assert event.occurred_at.isoformat() == "2026-03-01T23:30:00+00:00"


def test_a_heartbeat_needs_no_account_and_is_welcome_on_every_source_topic() -> None:
    for topic in topics_of("source.heartbeat"):
        assert isinstance(validate(topic, changed("source.heartbeat")), SourceHeartbeat)


def test_a_patch_tells_absent_from_cleared() -> None:
    absent = validate("crm-changes", without("contract.signed", "notice_days"))
    cleared = validate("crm-changes", changed("contract.signed", notice_days=None))
    assert isinstance(absent, ContractSigned)
    assert isinstance(cleared, ContractSigned)
    assert "notice_days" not in absent.model_fields_set
    assert "notice_days" in cleared.model_fields_set
    assert b"notice_days" not in absent.encode()
    assert b'"notice_days":null' in cleared.encode()


def test_a_key_must_be_utf8_where_there_is_one() -> None:
    check_key(None)
    check_key("Zürich".encode())
    with pytest.raises(Refused) as caught:
        check_key(b"acme\xff")
    assert caught.value.reason is ReasonCode.KEY_NOT_UTF8
