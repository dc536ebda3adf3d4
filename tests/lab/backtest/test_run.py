"""A backtest is the engine over a past, and its folder is there whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import orjson
import pytest

from streams.assembly import load_system
from streams.detection.engine import PartitionEngine
from streams.lab.backtest.folding import ALERTS, Rules
from streams.lab.backtest.histories import PARTITIONS, Folder, Record
from streams.lab.backtest.result import OutputExists
from streams.lab.backtest.run import Backtest, Plan, backtest
from streams.lab.backtest.tables import Told


def run(story: Path, out: Path, **options: object) -> Backtest:
    return backtest(Plan(Folder(story), Rules(), out, **options))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def result(story: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one backtest in one process."""
    folder = tmp_path_factory.mktemp("results") / "one"
    run(story, folder)
    return folder


def test_the_alerts_are_the_engines_own_bytes(story: Path, result: Path) -> None:
    engines = [PartitionEngine(load_system(), number, {}) for number in range(PARTITIONS)]
    said = {
        message.value
        for record in Folder(story).records(lambda _: None)
        for message in engines[record.partition].process([record])
        if message.topic in ALERTS
    }
    lines = (result / "alerts.jsonl").read_bytes().splitlines()
    assert {b"{" + line.partition(b",")[2] for line in lines} == said
    assert len(lines) == len(said) > 10


def test_several_processes_say_the_same_in_the_same_order(story: Path, result: Path, tmp_path: Path) -> None:
    run(story, tmp_path / "two", processes=2)
    for name in ("alerts.jsonl", "board.jsonl", "signals.csv"):
        assert (tmp_path / "two" / name).read_bytes() == (result / name).read_bytes(), name


def test_the_folder_holds_the_whole_result(result: Path) -> None:
    told = orjson.loads((result / "result.json").read_bytes())
    lines = (result / "alerts.jsonl").read_bytes().splitlines()
    assert told["complete"] is True
    assert told["messages"] == len(lines)
    assert told["openings"] == sum(row["opened"] for row in told["signals"])
    assert len(told["signals"]) == 56
    query = f"SELECT count(*), count(DISTINCT alert_id), min(message) FROM '{result}/alerts.parquet'"
    [(count, ids, message)] = duckdb.connect().execute(query).fetchall()
    assert (count, ids) == (len(lines), len({orjson.loads(line)["alert_id"] for line in lines}))
    assert message.encode() in lines
    page = (result / "report.html").read_text()
    assert page.count("<svg") >= 3 and "http://" not in page.replace("http://www.w3.org/2000/svg", "")


def test_only_what_was_decided_in_the_span_is_reported(story: Path, result: Path, tmp_path: Path) -> None:
    last = datetime.fromisoformat(orjson.loads((result / "result.json").read_bytes())["last"])
    middle = last - timedelta(days=30)
    run(story, tmp_path / "late", span=(middle, None))
    late = (tmp_path / "late" / "alerts.jsonl").read_bytes().splitlines()
    every = (result / "alerts.jsonl").read_bytes().splitlines()
    assert late == every[-len(late) :] and 0 < len(late) < len(every)
    assert orjson.loads(late[0])["times"]["decided_at"] >= middle.isoformat()[:10]


class Interrupted(Folder):
    """Ctrl-C in the middle of the reading."""

    def records(self, told: Told) -> Iterator[Record]:
        for number, record in enumerate(super().records(told)):
            if number == 5_000:
                raise KeyboardInterrupt
            yield record


@pytest.mark.parametrize("processes", [1, 2])
def test_an_interrupted_backtest_leaves_nothing_behind(processes: int, story: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        backtest(Plan(Interrupted(story), Rules(), tmp_path / "out", processes))
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_result_is_replaced_only_when_asked_and_only_by_a_whole_one(
    story: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(OutputExists, match=r"holds no result\.json"):
        run(story, out, replace=True)
    (out / "result.json").write_text("{}")
    with pytest.raises(OutputExists):
        run(story, out)
    with pytest.raises(KeyboardInterrupt):
        backtest(Plan(Interrupted(story), Rules(), out, replace=True))
    assert (out / "result.json").read_text() == "{}"
    run(story, out, replace=True)
    assert orjson.loads((out / "result.json").read_bytes())["complete"]
