"""A running worker takes up another catalog, and forgets an account."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from streams.cli.catalog import catalog
from tests.detection.catalog.test_overlays import overlay
from tests.support.waiting import eventually
from tests.worker.support import Cluster, session


def crm(account: str, event_id: str, kind: str, day: int, **fields: object) -> tuple[str, str, bytes]:
    moment = f"2026-06-{day:02}T10:00:00Z"
    value = session(
        account, event_id, type=kind, user_id=None, source_system="crm", occurred_at=moment, **fields
    )
    return "crm-changes", account, value


def sponsor_leaves(account: str) -> list[tuple[str, str, bytes]]:
    joined = {"seniority": "vp", "roles": ["sponsor"], "discovered_via": "crm"}
    return [
        crm(account, f"{account}-1", "contact.added", 1, contact_id="c-1", **joined),
        crm(account, f"{account}-2", "contact.left", 2, contact_id="c-1", left_on="2026-06-02", how="left_company"),
    ]  # fmt: skip


def run(cluster: Cluster, *arguments: str) -> dict[str, Any]:
    where = ["--brokers", str(cluster.brokers), "--prefix", cluster.prefix, "--json"]
    result = CliRunner().invoke(catalog, [*arguments, *where], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def alerts(cluster: Cluster, account: str) -> list[dict[str, Any]]:
    told = [json.loads(r.value) for r in cluster.read("retention-alerts") if r.key == account.encode()]
    return [each for each in told if each["signal"]["id"] == "sponsor-departed"]


def test_a_running_worker_applies_an_activated_catalog_and_goes_on_with_it_after_a_restart(
    cluster: Cluster, tmp_path: Path
) -> None:
    ours = overlay(tmp_path / "ours" / "retention", signals__sponsor_departed="version: 2\nexpires: 60d\n")
    with cluster.worker() as worker:
        cluster.publish(sponsor_leaves("acme"))
        eventually(lambda: len(alerts(cluster, "acme")) == 1, what="the alert")

        activated = run(cluster, "activate", "retention", "--overlay", str(ours.parent))

        eventually(lambda: len(alerts(cluster, "acme")) == 2, what="the update")
        worker.wait_caught_up()
    updated = alerts(cluster, "acme")[-1]
    assert (updated["status"], updated["reason"]) == ("updated", "catalog changed")
    assert (updated["catalog_version"], updated["signal"]["version"]) == (activated["version"], 2)
    assert run(cluster, "show")["retention"]["version"] == activated["version"]

    cluster.publish(sponsor_leaves("globex"))
    with cluster.worker() as worker:
        worker.wait_caught_up()
        [opened] = alerts(cluster, "globex")
        assert opened["catalog_version"] == activated["version"]

        cluster.put("control", crm("globex", "erase-1", "account.erase", 3, request_id="r-1")[2])
        eventually(lambda: alerts(cluster, "globex")[-1]["status"] == "retracted", what="the retraction")
        worker.wait_caught_up()
    assert [r.value for r in cluster.read("account-quadrants") if r.key == b"globex"][-1] is None
    left = [r.value for r in cluster.read("account-state") if r.key == b"globex"][-1]
    assert b"c-1" not in (left or b"")
    assert cluster.read("dead-letters") == []
