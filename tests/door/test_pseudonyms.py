"""Behind the door nobody can be recognised, and everything else is as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas.base import Envelope
from schemas.dead_letters import ReasonCode
from schemas.events import topics_of, validate
from schemas.personal import FIELDS, NAMES, STAFF, kind_of
from schemas.registry import EVENTS
from schemas.wire import decode_event
from streams.detection.facts import Facts, fold
from streams.detection.units import millis_of
from streams.door.admit import Admitted, Heartbeat, Refusal, admit
from streams.door.dead_letter import Origin, dead_letter
from streams.door.pseudonyms import Pseudonyms, judge_with
from tests.schemas.support import as_json, assert_read_the_same, changed, example
from tests.support.journal import at

KEY = b"a key of the tests, 32 bytes long"
LATE = at(4_000)
_NOBODY = """
    type event_id account_id source_system origin workspace_id alert_id amount acv acv_after arr arr_after arr_before
    arr_lost answer_id as_of buying_centre_id capability client client_id closed_on competitor competitors context
    contract_id country created_on currency customer_since deal_id department discovered_via done_on due_on effective_on
    ends_on engagement_id engine entity expected_close_on feature function goal_id happened_on how industry initiated_by
    integration_id intent interest_id into_account_id into_ticket_id invoice_id joined_company_on kind left_on lifecycle
    lost_reason meter milestone_id name news_id next_review_on note_id occurred_at opened_on outcome parent_account_id
    path period_end period_start persona plan_id play_id posting_id problem_id problem_ids product_id product_ids
    product_role product_version products products_after pulse_id purpose queue reason region request_id result
    reviewed_on role roles segment sentiment seniority source sourced_by stage starts_on stated_reason status step team
    ticket_id time_zone title unit until url usage_pattern use_case_id verified_on withdrawn_on auto_renew
    confidence count customer_since deployed entity_version errors held horizon_days interval_s is_test level
    limit notice_days onboarding_started_on schema_version scale_max scale_min score seats_self_serve severity
    start_value target_value term_months upgrade_needs_amendment value version
    """
#: Fields of events that hold no person's id. Free texts are among them: the manual says so.
NOBODY = frozenset(_NOBODY.split())


def made(scope: str = "people", key: bytes = KEY) -> Pseudonyms:
    assert scope in ("users", "people")
    return Pseudonyms(key, "users" if scope == "users" else "people")


def rewritten(value: bytes, scope: str = "people") -> dict[str, Any]:
    read: dict[str, Any] = json.loads(made(scope).rewrite(value))
    return read


@pytest.mark.parametrize("name", EVENTS)
def test_every_field_of_every_event_is_known_to_hold_somebody_or_nobody(name: str) -> None:
    assert EVENTS[name].model_fields.keys() <= FIELDS.keys() | STAFF | NOBODY, "say it in schemas/personal.py"


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_with_pseudonyms_is_the_same_valid_event_but_for_people(name: str) -> None:
    value = as_json(example(name))
    made_of = made().rewrite(value)
    before = validate(topics_of(name)[0], value)
    after = validate(topics_of(name)[0], made_of)

    assert_read_the_same(made_of)
    for field in type(before).model_fields:
        was, now = getattr(before, field), getattr(after, field)
        if kind_of(name, field) == "name":
            assert now is None
        elif kind_of(name, field) is None or was is None:
            assert now == was, field
        else:
            assert now != was and len(now) == (len(was) if isinstance(was, tuple) else 28), field


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_no_clear_id_is_left_in_an_event(name: str) -> None:
    event = example(name)
    clear = {
        each
        for field, value in event.items()
        if kind_of(name, field) is not None and value is not None
        for each in (value if isinstance(value, list) else [value])
    }

    left = set(_texts(json.loads(made().rewrite(as_json(event)))))

    assert not clear & left


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []


def test_one_person_of_an_account_is_one_pseudonym_wherever_it_is_named() -> None:
    used = rewritten(changed("session.started", account_id="acme", user_id="ann"))
    asked = rewritten(changed("ticket.opened", account_id="acme", requester_user_id="ann"))

    assert used["user_id"] == asked["requester_user_id"]


def test_pseudonyms_differ_by_account_kind_and_key() -> None:
    people = made()
    one = people.of("user", "acme", "ann")
    others = {
        people.of("user", "globex", "ann"),
        people.of("contact", "acme", "ann"),
        people.of("user", "acme", "bob"),
        made(key=KEY[::-1]).of("user", "acme", "ann"),
    }

    assert len({one, *others}) == 5


def test_a_pseudonym_comes_through_as_it_is() -> None:
    people = made()
    once = people.of("user", "acme", "ann")

    assert people.of("user", "acme", once) == once
    assert made(key=KEY[::-1]).of("user", "acme", once) == once


def test_what_the_contract_does_not_know_is_left_out() -> None:
    told = rewritten(changed("session.started", email="ann@acme.example", extra={"who": "ann"}))

    assert not {"email", "extra"} & told.keys()


@pytest.mark.parametrize("scope", ["users", "people"])
def test_names_of_people_are_left_out_and_names_of_companies_stay(scope: str) -> None:
    added = rewritten(changed("contact.added", name="Ann Example"), scope)
    renamed = rewritten(changed("contact.changed", name="Ann Example"), scope)
    company = rewritten(changed("account.changed", name="Acme Incorporated"), scope)

    assert added["name"] is None
    assert "name" not in renamed
    assert company["name"] == "Acme Incorporated"


def test_users_alone_leaves_contacts_readable() -> None:
    told = rewritten(changed("contact.added", contact_id="c-1", user_id="ann"), "users")

    assert told["contact_id"] == "c-1"
    assert told["user_id"] == made("users").of("user", told["account_id"], "ann")


def test_without_pseudonyms_the_door_judges_as_ever() -> None:
    assert judge_with(None) is admit


def test_a_refused_record_is_told_of_without_its_content() -> None:
    value = changed("session.started", user_id=["ann"], account_id="acme")
    verdict = made().judge("product-usage", b"ann", value, LATE)
    assert isinstance(verdict, Refusal)
    key, letter = dead_letter(
        verdict, Origin("product-usage", 0, 7, LATE), b"ann", value, [("who", b"ann@acme.example")]
    )

    told = json.loads(letter)
    assert key == b"product-usage/0/7"
    assert (told["reason"], told["account_id"]) == (ReasonCode.WRONG_TYPE, "acme")
    assert (told["key_base64"], told["value_base64"], told["headers"]) == (None, None, [])
    assert "ann" not in told["sentence"]


def test_what_names_nobody_comes_through_untouched() -> None:
    beat = made().judge("product-usage", None, as_json(example("source.heartbeat")), LATE)
    catalog = as_json(example("catalog.activated"))
    activated = made().judge("control", None, catalog, LATE)

    assert isinstance(beat, Heartbeat)
    assert isinstance(activated, Admitted) and activated.value == catalog


def test_a_merger_is_told_to_both_accounts() -> None:
    merged = made().judge("crm-changes", None, changed("account.merged", into_account_id="globex"), LATE)

    assert isinstance(merged, Admitted) and merged.also == b"globex"


@pytest.mark.parametrize("scope", ["users", "people"])
def test_who_asks_to_be_forgotten_by_the_clear_id_is_forgotten(scope: str) -> None:
    people = made(scope)
    facts = Facts(account_id="acme")
    for value in (
        changed("user.changed", account_id="acme", user_id="ann"),
        changed("session.started", account_id="acme", user_id="ann"),
        changed("contact.added", account_id="acme", contact_id="c-1", user_id="ann", name="Ann"),
    ):
        _fold(facts, people.rewrite(value))
    known = people.of("user", "acme", "ann")
    assert known in facts.users.index

    _fold(facts, people.rewrite(changed("user.erase", account_id="acme", user_id="ann", contact_id="c-1")))

    assert known not in facts.users.index
    assert not facts.contacts


def _fold(facts: Facts, value: bytes) -> None:
    event = validate(topics_of(json.loads(value)["type"])[0], value)
    assert isinstance(event, Envelope)
    fold(facts, decode_event(value), millis_of(event.occurred_at))


def test_every_name_in_the_sets_is_a_field_of_the_contract() -> None:
    fields = {(name, field) for name, model in EVENTS.items() for field in model.model_fields}

    assert fields >= NAMES
    assert FIELDS.keys() | STAFF <= {field for _, field in fields}
