"""A backtest says what the workers said: over the journal the same messages, over the sources the same alerts."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from streams.assembly import load_catalogs, load_packaging
from streams.cli.backtest import backtest
from streams.detection.catalog.bundle import sha256_of
from streams.lab.backtest.folding import ALERTS
from streams.story.history import tell, write
from tests.detection.catalog.test_overlays import overlay
from tests.worker.support import Cluster

STORY = {"accounts": 14, "days": 120, "seed": 1}
BEATS = 4
"""Heartbeats are hours apart; so many make one that is sent."""
APART = timedelta(hours=6) + timedelta(hours=BEATS) + timedelta(hours=1)
"""What falls due by time waits for a watermark, and an event that comes before it may say the same later. A watermark
comes every six hours, knows a quiet partition's time from its last heartbeat, and a partition may be an hour ahead."""


def activation(folder: Path, at: datetime) -> bytes:
    """A retention catalog of one's own, activated in event time."""
    over = overlay(folder / "ours" / "retention", signals__champion_lost="version: 2\nexpires: 60d\n")
    made, _ = load_catalogs(load_packaging(), overlays=[over.parent])
    event = {
        "event_id": "activation-1",
        "type": "catalog.activated",
        "schema_version": 1,
        "occurred_at": at.isoformat(),
        "source_system": "twomotion",
        "motion": "retention",
        "version": made.version,
        "sha256": sha256_of(made.text),
        "catalog": made.text,
    }
    return json.dumps(event, ensure_ascii=False).encode()


def run(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(backtest, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def messages(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "alerts.jsonl").read_bytes().splitlines()]


def without_motion(message: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in message.items() if name != "motion"}


def openings(told: list[dict[str, Any]]) -> dict[str, datetime]:
    return {
        m["alert_id"]: datetime.fromisoformat(m["times"]["decided_at"])
        for m in told
        if m["status"] == "opened"
    }


def test_a_backtest_gives_the_alerts_of_the_run(cluster: Cluster, tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    story = tell(STORY["accounts"], STORY["days"], STORY["seed"])
    summary = write(story, sources)
    middle = datetime.fromisoformat(f"{summary.first_day}T12:00:00+00:00") + timedelta(
        days=STORY["days"] // 2
    )
    activated = activation(tmp_path, middle)
    (sources / "control.jsonl").write_bytes(activated + b"\n")
    cluster.publish_story(**STORY, beats=BEATS)
    cluster.put("control", activated)
    with cluster.worker() as worker:
        worker.wait_caught_up(180)
        assert worker.stop() == 0
    said = sorted(
        (json.loads(record.value) for topic in ALERTS for record in cluster.read(topic)),
        key=lambda message: (message["alert_id"], message["revision"]),
    )
    assert len({message["catalog_version"] for message in said if "severity" in message}) == 2

    told = run(
        "--from-kafka",
        "--brokers",
        str(cluster.brokers),
        "--prefix",
        cluster.prefix,
        "--out",
        str(tmp_path / "k"),
    )
    again = messages(tmp_path / "k")
    assert told["complete"] and told["messages"] == len(again)
    assert [without_motion(m) for m in sorted(again, key=lambda m: (m["alert_id"], m["revision"]))] == said

    run(str(sources), "--out", str(tmp_path / "files"))
    of_run, of_files = openings(said), openings(messages(tmp_path / "files"))
    assert of_run.keys() == of_files.keys()
    apart = {alert: abs(of_run[alert] - of_files[alert]) for alert in of_run}
    assert max(apart.values()) <= APART, max(apart.items(), key=lambda each: each[1])
