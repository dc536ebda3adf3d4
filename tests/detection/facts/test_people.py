"""Contacts and what was said with them."""

from __future__ import annotations

from itertools import permutations

from streams.detection.facts import Contact, Facts, Touch, canonical, decode_facts, encode_facts
from streams.detection.units import date_of
from tests.detection.facts.support import D, noon, say

BASE = {"seniority": "vp", "discovered_via": "crm"}


def test_a_departure_keeps_its_real_date_apart_from_the_day_it_was_recorded() -> None:
    facts = Facts()
    say(facts, "contact.added", noon(D - 90), contact_id="k", roles=["sponsor"], origin="snapshot", **BASE)
    left = {"contact_id": "k", "left_on": date_of(D - 40), "how": "left_company"}
    touched = say(facts, "contact.left", noon(D), event_id="evt-9", **left)

    contact = facts.contacts["k"]
    assert touched == Touch.CONTACTS
    assert contact.added is not None
    assert not contact.added.live
    assert contact.left is not None
    assert (contact.left.left_on, contact.left.mark.day) == (D - 40, D)
    assert (contact.left.mark.event_id, contact.left.mark.live) == ("evt-9", True)
    assert not contact.present
    assert contact.is_executive
    assert contact.is_key


def test_a_contact_is_known_from_whatever_names_it_first() -> None:
    facts = Facts()
    say(facts, "contact.left", noon(D), contact_id="a", left_on=date_of(D), how="changed_role")
    say(facts, "contact.verified", noon(D), contact_id="b", verified_on=date_of(D))
    say(facts, "contact.merged", noon(D), contact_id="c", into_contact_id="d")
    meeting = {"kind": "meeting", "initiated_by": "vendor", "held": True}
    say(facts, "engagement.logged", noon(D), engagement_id="e", contact_ids=["f"], **meeting)

    assert set(facts.contacts) == {"a", "b", "c", "d", "f"}


def test_a_role_is_dated_by_the_event_that_gave_it() -> None:
    facts = Facts()
    say(facts, "contact.added", noon(D - 90), contact_id="k", roles=["influencer"], event_id="first", **BASE)
    roles = ["influencer", "champion"]
    say(facts, "contact.changed", noon(D - 5), contact_id="k", roles=roles, event_id="second")
    say(facts, "contact.changed", noon(D), contact_id="k", roles=roles, event_id="nightly")

    contact = facts.contacts["k"]
    found = {role: mark.event_id for role in (*roles, "sponsor") if (mark := contact.role_since(role))}
    assert found == {"influencer": "first", "champion": "second"}
    assert contact.roles_at(noon(D - 30)) == ["influencer"]


def test_any_order_of_a_contacts_events_ends_in_the_same_contact() -> None:
    events: list[tuple[str, int, dict[str, object]]] = [
        ("contact.added", noon(D - 9), {"roles": [], "name": "Ann", **BASE}),
        ("contact.changed", noon(D - 7), {"roles": ["champion"], "seniority": "c_level"}),
        ("contact.left", noon(D - 5), {"left_on": date_of(D - 20), "how": "left_company"}),
        ("contact.left", noon(D - 3), {"left_on": date_of(D - 21), "how": "left_company"}),
        ("contact.verified", noon(D), {"verified_on": date_of(D)}),
    ]
    contacts: list[Contact] = []
    for order in permutations(events):
        facts = Facts()
        for kind, at, fields in order:
            say(facts, kind, at, contact_id="k", **fields)
        contacts.append(facts.contacts["k"])

    assert all(contact == contacts[0] for contact in contacts)
    assert contacts[0].left is not None
    assert contacts[0].left.left_on == D - 21


def test_engaged_is_who_took_part_or_wrote_to_us() -> None:
    facts = Facts()

    def talk(number: int, day: int, contact: str, initiated_by: str, *, held: bool) -> int:
        return say(
            facts,
            "engagement.logged",
            noon(day),
            engagement_id=f"e{number}",
            kind="email",
            contact_ids=[contact],
            initiated_by=initiated_by,
            held=held,
        )

    talk(1, D - 9, "met", "vendor", held=True)
    talk(2, D - 8, "wrote", "customer", held=False)
    talk(3, D - 7, "invited", "vendor", held=False)
    assert talk(1, D - 9, "met", "vendor", held=True) == 0

    assert facts.contacts["met"].engaged == [D - 9]
    assert facts.contacts["wrote"].initiated == [D - 8]
    assert "invited" not in facts.contacts
    assert facts.contacts["met"].engaged_in(D - 10, D)
    assert facts.contacts["met"].last_engaged(D - 10) is None


def test_what_was_said_with_a_merged_contact_counts_for_the_other() -> None:
    facts = Facts()
    meeting = {"kind": "meeting", "initiated_by": "vendor", "held": True}
    say(facts, "engagement.logged", noon(D - 5), engagement_id="e1", contact_ids=["old"], **meeting)
    say(facts, "contact.merged", noon(D - 3), contact_id="old", into_contact_id="new")
    say(facts, "engagement.logged", noon(D), engagement_id="e2", contact_ids=["old"], **meeting)

    assert facts.contacts["new"].engaged == [D - 5, D]
    assert canonical(facts, "old") == "new"
    assert facts.engagements["e2"].contact_ids == ["new"]


def test_contacts_merged_in_a_circle_do_not_hang() -> None:
    facts = Facts()
    say(facts, "contact.merged", noon(D), contact_id="a", into_contact_id="b")
    say(facts, "contact.merged", noon(D + 1), contact_id="b", into_contact_id="a")

    assert canonical(facts, "a") in ("a", "b")


def test_beyond_500_contacts_those_without_a_role_go_first() -> None:
    facts = Facts()
    for number in range(501):
        roles = ["champion"] if number < 10 else []
        say(facts, "contact.added", noon(D) + number, contact_id=f"k{number}", roles=roles, **BASE)

    assert len(facts.contacts) == 475
    assert facts.dropped == {"contacts": 26}
    assert {f"k{number}" for number in range(10)} <= set(facts.contacts)
    assert "k35" not in facts.contacts
    assert "k36" in facts.contacts


def test_erasing_people_leaves_neither_their_ids_nor_their_days() -> None:
    facts = Facts()
    say(facts, "session.started", noon(D), user_id="ann-user")
    say(facts, "user.changed", noon(D), user_id="ann-user", kind="human", status="active", contact_id="ann-k")
    say(facts, "seat.requested", noon(D), request_id="s", user_id="ann-user", outcome="requested")
    say(facts, "limit.blocked", noon(D), meter="storage_gb", user_id="ann-user", event_id="x")
    asked = {"requester_user_id": "ann-user", "requester_contact_id": "ann-k"}
    say(facts, "ticket.opened", noon(D), ticket_id="t", severity=2, kind="problem", **asked)
    say(facts, "contact.added", noon(D), contact_id="ann-k", roles=[], name="Ann", user_id="ann-user", **BASE)
    talk = {"kind": "call", "initiated_by": "customer", "held": True}
    say(facts, "engagement.logged", noon(D), engagement_id="e", contact_ids=["ann-k"], **talk)
    say(facts, "nps.answered", noon(D), answer_id="n", pulse_id="p", contact_id="ann-k", score=9)

    say(facts, "user.erase", noon(D + 1), request_id="r", user_id="ann-user", contact_id="ann-k")

    encoded = encode_facts(facts)
    assert b"ann" not in encoded.lower()
    assert facts.users.grid.user_days(D - 9, D + 9) == 0
    assert facts.users.count == 0
    assert decode_facts(encoded) == facts
    say(facts, "session.started", noon(D + 2), user_id="ben")
    assert facts.users.slot_of("ben") == 0
