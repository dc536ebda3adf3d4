"""Adding a signal of an existing kind is adding one file."""

from __future__ import annotations

from pathlib import Path

from streams.assembly import load_system
from streams.lab.cases import run_signal
from tests.detection.catalog.folders import copy_of
from tests.support.journal import Journal, at, fold_all, told

INFLUENCER_LOST = """\
id: influencer-lost
version: 1
title: An influencer has left
why: One voice less for the product inside the company.
good: Every account has two people who are listened to.
source: crm
family: relationship
detect:
  occurrence: {of: contact.left, where: {roles: [influencer]}, within: 90d}
clears_when: Nothing clears it; it expires.
expires: 90d
severity: {warning: null}
play: rebuild-sponsorship
explain: "{who}, influencer at {account}, has left (recorded on {recorded_on})."
blind_spots: [It is as late as the CRM.]
tests:
  - name: the influencer leaves and the sponsor stays
    kind: fires
    until: 30
    timeline:
      - days: 0
        event: {type: contact.added, contact_id: c-1, seniority: manager, roles: [influencer], discovered_via: crm}
      - {days: 20, event: {type: contact.left, contact_id: c-1, left_on: day 19, how: left_company}}
    expect:
      - {day: 20, status: opened, level: warning, subjects: [c-1]}
"""


def test_a_ninth_signal_is_one_file(tmp_path: Path) -> None:
    retention = copy_of("retention", tmp_path)
    (retention / "signals/influencer-lost.yaml").write_text(INFLUENCER_LOST)

    system = load_system(retention_dir=retention)
    [rule] = [rule for rule in system.rules if rule.id == "influencer-lost"]

    assert len(system.rules) == len(load_system().rules) + 1
    assert [result.passed for result in run_signal(system, rule)] == [True]


def test_the_ninth_signal_speaks_beside_the_others(tmp_path: Path) -> None:
    retention = copy_of("retention", tmp_path)
    (retention / "signals/influencer-lost.yaml").write_text(INFLUENCER_LOST)
    journal = Journal()
    roles = ["influencer", "sponsor"]
    contact = {"contact_id": "c-1", "seniority": "vp", "roles": roles, "discovered_via": "crm", "name": "Ada"}
    journal.event("acme", "contact.added", at(0), **contact)  # type: ignore[arg-type]
    journal.event("acme", "contact.left", at(5), contact_id="c-1", left_on="2026-01-09", how="left_company")

    messages, _ = fold_all(load_system(retention_dir=retention), journal.records)

    alerts = told(messages, "retention-alerts")
    assert [alert["alert_id"] for alert in alerts] == ["influencer-lost/acme/1", "sponsor-departed/acme/1"]
    assert alerts[0]["why"] == "Ada, influencer at acme, has left (recorded on 2026-01-10)."
