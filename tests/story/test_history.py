from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from schemas.events import validate
from streams.cli.story import story as command
from streams.story.history import tell, write
from streams.story.records import CRM_CHANGES, FEEDS, TOPICS
from streams.story.times import DAY_MS, HOUR_MS, stamp
from streams.story.truth import read_truth
from tests.story.told import Told

_DIGEST = """
import hashlib
from streams.story.history import tell
digest = hashlib.sha256()
for record in tell(6, 120, 9).records():
    digest.update(record.line)
print(digest.hexdigest())
"""


def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    digest = hashlib.sha256()
    for record in tell(6, 120, 9).records():
        digest.update(record.line)

    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": os.pathsep.join(sys.path)}
    other = subprocess.run(
        [sys.executable, "-c", _DIGEST], env=environment, capture_output=True, text=True, check=True
    )

    assert other.stdout.strip() == digest.hexdigest()


def test_another_seed_tells_another_story() -> None:
    assert tell(12, 120, 1).truths != tell(12, 120, 2).truths


def test_records_come_in_the_order_of_publishing(small_story: Told) -> None:
    published = [record.published for record in small_story.records]

    assert published == sorted(published)


def test_nothing_is_published_before_it_happens(small_story: Told) -> None:
    assert all(record.published >= record.occurred for record in small_story.records)


def test_every_line_obeys_the_contract(small_story: Told) -> None:
    for record in small_story.records:
        assert validate(record.topic, record.line).type == record.type


def test_some_events_are_late_by_hours_and_few_by_days(default_story: Told) -> None:
    delays = [
        record.published - record.occurred
        for record in default_story.records
        if record.type in ("session.started", "feature.used", "api.called")
    ]
    minutes = sum(HOUR_MS / 30 <= delay < DAY_MS for delay in delays) / len(delays)
    days = sum(delay >= DAY_MS for delay in delays) / len(delays)

    assert 0.01 < minutes < 0.02
    assert 0.0005 < days < 0.002


def test_a_publisher_repeats_a_few_records_byte_for_byte(default_story: Told) -> None:
    lines = Counter(record.line for record in default_story.records)
    ids = Counter(orjson.loads(line)["event_id"] for line in lines)
    repeated = sum(count - 1 for count in lines.values())

    assert 0.002 < repeated / len(default_story.records) < 0.004
    assert set(ids.values()) == {1}  # one id, one content


def test_the_crm_exports_a_day_at_two_in_the_morning_of_the_next(small_story: Told) -> None:
    batches = [
        record
        for record in small_story.records
        if record.topic == CRM_CHANGES and record.type != "source.heartbeat" and record.occurred >= HOUR_MS
    ]

    assert batches
    for record in batches:
        export = (record.occurred // DAY_MS + 1) * DAY_MS + 2 * HOUR_MS
        assert 0 <= record.published - export <= HOUR_MS / 30  # a repeat follows within two minutes


def test_the_first_day_brings_a_snapshot_of_every_account(small_story: Told) -> None:
    snapshot: dict[str, set[str]] = {}
    for record in small_story.records:
        event = orjson.loads(record.line)
        if event.get("origin") == "snapshot":
            assert record.occurred < HOUR_MS
            snapshot.setdefault(event["account_id"], set()).add(event["type"])

    assert len(snapshot) == 12
    wanted = {"account.changed", "contract.signed", "owner.changed", "contact.added", "user.changed"}
    assert all(types >= wanted for types in snapshot.values())


@pytest.mark.parametrize("feed", FEEDS)
def test_every_feed_shows_life_every_hour_and_closes_at_the_end(
    small_story: Told, feed: tuple[str, str]
) -> None:
    topic, source = feed
    beats = [
        record
        for record in small_story.records
        if record.type == "source.heartbeat" and orjson.loads(record.line)["source_system"] == source
    ]
    gaps = {later.occurred - earlier.occurred for earlier, later in pairwise(beats)}

    assert {record.topic for record in beats} == {topic}
    assert gaps == {HOUR_MS}
    assert beats[-1] in small_story.records[-len(FEEDS) :]
    assert orjson.loads(beats[-1].line)["complete_up_to"] >= stamp(120 * DAY_MS)


def test_the_default_story_has_the_size_of_a_demo(default_story: Told) -> None:
    assert 300_000 < len(default_story.records) < 480_000


def test_a_story_too_short_for_its_plots_is_refused() -> None:
    with pytest.raises(ValueError, match="120 days"):
        tell(10, 119, 1)


def test_the_files_hold_what_the_summary_says(tmp_path: Path) -> None:
    story = tell(6, 120, 3)
    summary = write(story, tmp_path)

    for topic in TOPICS:
        lines = (tmp_path / f"{topic}.jsonl").read_bytes().splitlines()
        assert len(lines) == summary.events[topic]
        assert all(line.startswith(b"{") and line.endswith(b"}") for line in lines)
    assert read_truth((tmp_path / "truth.jsonl").read_text().splitlines()) == story.truths
    assert orjson.loads((tmp_path / "story.json").read_text()) == summary.model_dump()


def test_the_command_writes_a_story_and_prints_one_json_document(tmp_path: Path) -> None:
    arguments = ["--accounts", "4", "--days", "120", "--seed", "2", "--out", str(tmp_path / "new"), "--json"]
    result = CliRunner().invoke(command, arguments)

    assert result.exit_code == 0
    assert orjson.loads(result.stdout)["accounts"] == 4
    assert (tmp_path / "new" / "truth.jsonl").exists()


def test_the_command_refuses_too_few_days(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["--days", "30", "--out", str(tmp_path)])

    assert result.exit_code == 2
    assert "--days" in result.output
