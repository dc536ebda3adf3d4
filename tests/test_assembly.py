"""Both motions, the board and the reference data put together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streams.assembly import load_system
from streams.detection.catalog.problems import CatalogError
from tests.detection.catalog.folders import change, copy_of
from tests.support.accounts import contract
from tests.support.journal import Journal, at, date, fold_all, told, working_day


def refused(retention: Path | None, growth: Path | None) -> list[str]:
    with pytest.raises(CatalogError) as error:
        load_system(retention, growth)
    return [str(problem) for problem in error.value.problems]


def test_the_bundled_system_has_every_signal_of_both_motions() -> None:
    motions = {motion.name: {rule.id for rule in motion.rules} for motion in load_system().motions}

    assert {name: len(signals) for name, signals in motions.items()} == {"retention": 32, "growth": 24}
    assert motions["retention"].isdisjoint(motions["growth"])


def test_a_risk_weighs_by_severity_and_an_opportunity_by_engine() -> None:
    points = {rule.id: dict(zip(rule.levels, rule.points, strict=True)) for rule in load_system().rules}

    assert points["usage-drop"] == {"warning": 1, "critical": 3}
    assert points["seats-near-full"] == {"low": 1, "medium": 1, "high": 1}
    assert points["power-users-spread"] == {"medium": 2, "high": 2}


def test_above_the_upper_band_nobody_owns_both_motions(tmp_path: Path) -> None:
    growth = copy_of("growth", tmp_path)
    change(
        growth,
        "routing.yaml",
        "{when: {bands: [large]}, owner: expansion_ae}",
        "{when: {bands: [large]}, owner: csm}",
    )

    [problem] = refused(None, growth)

    assert problem == (
        "growth/routing.yaml:1: owners: above 100000 EUR `csm` would own both motions; give growth to another role"
    )


def test_the_motions_share_no_queue(tmp_path: Path) -> None:
    growth = copy_of("growth", tmp_path)
    change(growth, "routing.yaml", "csm: growth-csm", "csm: retention-csm")

    [problem] = refused(None, growth)

    assert "`retention-csm` is also a queue of retention" in problem


def test_one_signal_is_in_one_catalog_alone(tmp_path: Path) -> None:
    growth = copy_of("growth", tmp_path)
    source = growth / "signals/seats-near-full.yaml"
    text = source.read_text().replace("id: seats-near-full", "id: usage-drop")
    (growth / "signals/usage-drop.yaml").write_text(text)

    [problem] = refused(None, growth)

    assert "`usage-drop` is in both catalogs" in problem


def test_what_is_wrong_in_either_motion_is_told_at_once(tmp_path: Path) -> None:
    retention, growth = copy_of("retention", tmp_path), copy_of("growth", tmp_path)
    change(retention, "signals/usage-drop.yaml", "family: usage", "family: use")
    change(growth, "plays/add-seats.yaml", "starts_with: opportunity", "starts_with: problem")

    files = {problem.split(":")[0] for problem in refused(retention, growth)}

    assert files == {"retention/signals/usage-drop.yaml", "growth/plays/add-seats.yaml"}


def test_a_packaging_that_names_what_it_does_not_sell_is_refused(tmp_path: Path) -> None:
    (tmp_path / "packaging.yaml").write_text("products: {a: {name: A, tiers: [s], use_cases: [sing]}}\n")

    with pytest.raises(
        CatalogError, match=r"packaging\.yaml:1: products\.a\.use_cases\[0\]: no such use case `sing`"
    ):
        load_system(reference_dir=tmp_path)


def test_an_account_at_risk_and_growing_has_one_message_in_each_lane() -> None:
    """A sponsor leaves one department, an executive comes to another, and seats fill up in a third."""
    journal = Journal()
    journal.event("acme", "account.changed", at(0), name="Acme", lifecycle="live", segment="mid_market")
    journal.event("acme", "contract.signed", at(0), **contract("50000", seats=20))  # type: ignore[arg-type]
    for role, person in (("csm", "kim"), ("account_manager", "lou")):
        journal.event("acme", "owner.changed", at(0), role=role, person_id=person)
    for number in range(14):
        department = "operations" if number % 2 else "sales"
        fields = {"user_id": f"u{number}", "kind": "human", "status": "active", "department": department}
        journal.event("acme", "user.changed", at(0), **fields)
    sponsor = {"contact_id": "c-1", "seniority": "vp", "department": "sales", "roles": ["sponsor"]}
    journal.event("acme", "contact.added", at(0), discovered_via="crm", **sponsor)  # type: ignore[arg-type]
    for day in range(61):
        journal.watermark(at(day, 0))
        seats = {"meter": "seats_assigned", "unit": "seat", "kind": "gauge", "limit": 20}
        journal.event("acme", "level.sampled", at(day, 6), value=18 if day > 40 else 15, **seats)  # type: ignore[arg-type]
        for number in range(14 if working_day(day) else 0):
            journal.event("acme", "session.started", at(day, 9) + number, user_id=f"u{number}")
        if day == 45:
            arrived = {"contact_id": "c-2", "seniority": "vp", "department": "finance", "roles": []}
            journal.event(
                "acme",
                "contact.added",
                at(day),
                joined_company_on=date(40),
                discovered_via="crm",
                **arrived,  # type: ignore[arg-type]
            )
        if day == 55:
            left = {"contact_id": "c-1", "left_on": date(54), "how": "left_company"}
            journal.event("acme", "contact.left", at(day), **left)

    messages, _ = fold_all(load_system(), journal.records)
    risks, chances = told(messages, "retention-alerts"), told(messages, "expansion-opportunities")
    [*_, place] = told(messages, "account-quadrants")

    assert [alert["alert_id"] for alert in risks] == ["sponsor-departed/acme/1"]
    assert [alert["alert_id"] for alert in chances] == ["new-executive/acme/1", "seats-near-full/acme/1"]
    assert place["quadrant"] == "fix_while_expanding"
    owners = {json.dumps(alert["owner"]["queue"]) for alert in (*risks, *chances)}
    assert owners == {'"retention-csm"', '"growth-csm"'}
    assert {alert["play"]["id"] for alert in (*risks, *chances)} == {
        "rebuild-sponsorship",
        "meet-new-executive",
        "add-seats",
    }
