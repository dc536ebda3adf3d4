"""Files as they should not be: told by name, row and column, never read in part without a word."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from streams.cli.backtest import backtest as command
from streams.cli.explain import explain
from streams.lab.backtest.histories import history_of
from streams.lab.backtest.problems import BadInput
from tests.lab.backtest.test_files import CONTACTS, HEADER, ROWS, csv, events, line, mapping, read, told


def refused(*arguments: Path) -> str:
    with pytest.raises(BadInput) as problem:
        list(history_of([str(each) for each in arguments], None).records(lambda _: None))
    return problem.value.text


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("crm_changes.jsonl", "no such source topic `crm_changes`, did you mean `crm-changes`?"),
        ("crm-changes.json", "a topic's file is called crm-changes.jsonl"),
        ("crm-changes.ndjson", "a topic's file is called crm-changes.jsonl"),
        ("product-usage.jsonl.gz", "the topic's events stand in another file too"),
    ],
)
def test_a_topic_that_nobody_would_read_is_no_reason_to_read_the_others(
    name: str, sentence: str, tmp_path: Path
) -> None:
    csv(tmp_path, line(1, "2026-01-03T00:00:00Z"), "product-usage.jsonl")
    csv(tmp_path, "", "truth.jsonl")
    assert history_of([str(tmp_path)], None)
    csv(tmp_path, "", name)
    assert f"{name}: {sentence}" in refused(tmp_path)
    assert sentence in CliRunner().invoke(explain, ["acme", "--history", str(tmp_path)]).output


def test_files_of_one_name_in_two_folders_are_two_exports(tmp_path: Path) -> None:
    for year in ("2025", "2026"):
        (tmp_path / year).mkdir()
    files = [csv(tmp_path / year, HEADER + ROWS) for year in ("2025", "2026")]
    ids = [event["event_id"] for event in read(files, mapping(tmp_path))]
    assert sorted(map(str, ids)) == [f"{year}/contacts.csv:{n}" for year in ("2025", "2026") for n in (2, 3)]


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    csv(tmp_path, line(1, "2026-01-03T00:00:00Z"), "a.jsonl")
    monkeypatch.chdir(tmp_path)
    history = history_of(["a.jsonl", "./a.jsonl", "*.jsonl", str(tmp_path / "a.jsonl")], None)
    assert len(events(history.records(lambda _: None))) == 1


def test_utf_16_is_read_where_the_mapping_says_so(tmp_path: Path) -> None:
    wide = CONTACTS.replace("    columns:", "    encoding: utf-16\n    columns:")
    file = csv(tmp_path, (HEADER + ROWS).encode("utf-16"))
    assert len(read([file], mapping(tmp_path, wide))) == 2
    assert "row 1: is not utf-8: byte 1 of the line; `encoding`" in told([file], mapping(tmp_path))
    narrow = csv(tmp_path, (HEADER + ROWS.replace("c-1", "c-é")).encode("cp1252"))
    assert "row 3: is not utf-8" in told([narrow], mapping(tmp_path))
    assert "no encoding `klingon`" in told([file], mapping(tmp_path, wide.replace("utf-16", "klingon")))


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("", "holds no event"),
        ("acme,2026-01-02 10:00:00,,VP,,\n", "row 2, column `Id`: field `contact_id` of contact.added is missing"),
        (",2026-01-02 10:00:00,c-1,VP,,\n", "row 2, column `Account`: field `account_id`"),
        ("acme,,c-1,VP,,\n", "row 2, column `Created`: field `occurred_at`"),
        ("acme,2126-01-02 10:00:00,c-1,VP,,\n", "column `Created`: `occurred_at` lies after the year 2099"),
        ("acme,2026-02-30 10:00:00,c-1,VP,,\n", "row 2, column `Created`: `2026-02-30 10:00:00` is no time"),
        ('acme,2026-01-02 10:00:00,"c-1,VP,,\n', "row 2: is no CSV from here on"),
    ],
)  # fmt: skip
def test_a_row_that_lacks_something_is_told_with_its_column(rows: str, sentence: str, tmp_path: Path) -> None:
    assert sentence in told([csv(tmp_path, HEADER + rows)], mapping(tmp_path))


def test_semicolons_are_found_out_and_a_column_may_stand_in_the_header_once(tmp_path: Path) -> None:
    rows = 'acme;2026-01-02 10:00:00;c-1;CXO;"sponsor;champion";\n'
    [event] = read([csv(tmp_path, HEADER.replace(",", ";") + rows)], mapping(tmp_path))
    assert event["roles"] == ["sponsor", "champion"]
    double = csv(tmp_path, HEADER.replace("Level", "Id") + ROWS)
    assert "row 1, column `Id`: stands twice in the header" in told([double], mapping(tmp_path))
    assert "is empty" in told([csv(tmp_path, "")], mapping(tmp_path))


@pytest.mark.parametrize(
    "wrong", [b"\0\0\0\0", line(2, "2026-01-01T00:00:00Z")[:-20], b'{"type":"\xff"}', b"[]"]
)
def test_a_broken_line_is_told_with_its_row(wrong: bytes, tmp_path: Path) -> None:
    assert "a.jsonl, row 2" in refused(csv(tmp_path, line(1, "2026-01-01T00:00:00Z") + wrong, "a.jsonl"))


def test_carriage_returns_and_odd_characters_pass_through(tmp_path: Path) -> None:
    odd = {"user_id": 'ü\u2028 "x"', "source_system": "a'b,c|d"}
    text = line(1, "2026-01-01T00:00:00Z", **odd).replace(b',"', b',\r"').rstrip() + b"\r\n\r\n"
    [event] = read([csv(tmp_path, text, "a.jsonl")])
    assert {name: event[name] for name in odd} == odd


def test_a_parquet_file_says_where_its_times_lack_a_zone(tmp_path: Path) -> None:
    path = tmp_path / "sessions.parquet"
    duckdb.connect().execute(
        "COPY (SELECT 'session.started' AS type, 'acme' AS account_id, 'app' AS source_system, 'u' AS user_id, "
        f"'e' AS event_id, TIMESTAMP '2026-01-01 00:00:00' AS occurred_at) TO '{path}' (FORMAT parquet)"
    )
    assert "sessions.parquet, row 1, column `occurred_at`" in told([path])
    path.write_bytes(b"PAR1")
    assert "cannot be read as Parquet" in told([path])
    path.write_bytes(b"")
    assert "cannot be read as Parquet" in told([path])


def test_only_what_can_be_left_out_is_offered_to_be(tmp_path: Path) -> None:
    file = csv(tmp_path, line(1, "2026-01-01T00:00:00Z") + b"{no\n", "a.jsonl")
    out = ["--out", str(tmp_path / "out")]
    row, nothing = (
        CliRunner().invoke(command, [name, *out]) for name in (str(file), str(tmp_path / "*.csv"))
    )
    assert row.exit_code == nothing.exit_code == 1
    assert "--skip-invalid" in row.output and "--skip-invalid" not in nothing.output
    assert not (tmp_path / "out").exists()
