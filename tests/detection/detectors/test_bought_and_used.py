"""What was bought against what is used: scope, seats, core features."""

from __future__ import annotations

from streams.assembly import load_packaging
from streams.detection.detectors.adoption import Adoption
from streams.detection.facts import Facts
from streams.detection.scope import adjacent_features, core_features, outside, scope_of
from streams.detection.units import day_start
from tests.support.accounts import contract, facts_of
from tests.support.journal import DAY_0

PACKAGING = load_packaging()
Event = tuple[str, float, dict[str, object]]


def signed(tier: str, **fields: object) -> Event:
    products = [{"product_id": "atlas", "tier": tier, "seats": 20, **fields}]
    return ("contract.signed", 0.0, contract("20000", products=products))


def active(day: int, users: int) -> list[Event]:
    return [("session.started", float(day), {"user_id": f"u{number}"}) for number in range(users)]


def seats_read(facts: Facts, day: int) -> tuple[bool, bool]:
    """Whether the seats of the account are unused as of the day before, and whether they are in use again."""
    detector = Adoption(of="seats", share=0.4, clears_at=0.5, least=10, unused=5).bind((None,), PACKAGING)
    [finding] = detector.read(facts, day_start(DAY_0 + day), {}).findings
    return finding.hit, finding.clear


def test_a_feature_of_the_next_tier_beside_one_of_ours_is_adjacent() -> None:
    scope = scope_of(facts_of(signed("team")), PACKAGING)

    assert adjacent_features(PACKAGING, scope) >= {"alert.configured", "data.connected", "forecast.run"}
    assert "audit.viewed" not in adjacent_features(PACKAGING, scope)
    assert "workflow.built" not in adjacent_features(PACKAGING, scope)


def test_the_features_that_a_contract_lists_are_its_scope() -> None:
    facts = facts_of(signed("team", scope_features=["report.created", "forecast.run"]))
    scope = scope_of(facts, PACKAGING)

    assert scope is not None and scope.features == {"report.created", "forecast.run"}
    assert core_features(PACKAGING, scope) == {"report.created"}


def test_a_larger_tier_has_the_capabilities_of_the_smaller_ones() -> None:
    team, enterprise = (scope_of(facts_of(signed(tier)), PACKAGING) for tier in ("team", "enterprise"))

    assert team is not None and enterprise is not None
    assert outside(PACKAGING, team, "sso") and outside(PACKAGING, team, "audit_log")
    assert not outside(PACKAGING, enterprise, "sso")
    assert not outside(PACKAGING, team, "a capability that nobody sells")


def test_without_a_contract_nothing_is_known_of_the_scope() -> None:
    assert scope_of(facts_of(), PACKAGING) is None
    assert core_features(PACKAGING, None) == PACKAGING.core_features


def test_seats_are_compared_with_people_not_with_logins() -> None:
    facts = facts_of(signed("team"), *active(1, 1), *active(90, 7), *active(95, 7), *active(97, 7))

    assert seats_read(facts, 100) == (True, False)


def test_four_tenths_of_the_seats_are_neither_unused_nor_back_in_use() -> None:
    facts = facts_of(signed("team"), *active(1, 1), *active(95, 9))

    assert seats_read(facts, 100) == (False, False)


def test_half_of_the_seats_are_in_use() -> None:
    facts = facts_of(signed("team"), *active(1, 1), *active(95, 10))

    assert seats_read(facts, 100) == (False, True)


def test_service_accounts_sit_on_no_seat() -> None:
    robots: list[Event] = [
        ("user.changed", 1.0, {"user_id": f"u{number}", "kind": "service", "status": "active"})
        for number in range(5)
    ]
    facts = facts_of(signed("team"), *active(1, 1), *robots, *active(95, 12))

    assert seats_read(facts, 100) == (True, False)


def test_nothing_is_expected_in_the_first_ninety_days() -> None:
    detector = Adoption(of="seats", share=0.4, clears_at=0.5, least=10, unused=5).bind((None,), PACKAGING)
    facts = facts_of(signed("team"), *active(30, 1))

    reading = detector.read(facts, day_start(DAY_0 + 60), {})

    assert reading.findings == ()
    assert reading.recheck_at == day_start(DAY_0 + 91)
