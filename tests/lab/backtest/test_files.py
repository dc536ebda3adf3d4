"""Exports of a CRM or warehouse become events in the order of time, or it is said what is wrong and where."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import duckdb
import orjson
import pytest
import zstandard

from schemas.journal import EVENT_HEADER, WATERMARK_HEADER
from schemas.wire import decode_event
from streams.detection.catalog.problems import CatalogError
from streams.lab.backtest.histories import EventFiles, Folder, Record, history_of
from streams.lab.backtest.mapping import Mapping, read_mapping
from streams.lab.backtest.problems import BadInput

CONTACTS = """\
files:
  - match: "contacts*"
    type: contact.added
    time_zone: Europe/Berlin
    columns:
      account_id: Account
      occurred_at: Created
      contact_id: Id
      seniority: {column: Level, values: {CXO: c_level, VP: vp}, default: unknown}
      roles: {column: Roles, split: ";"}
      joined_company_on: Joined
    constants: {source_system: crm, discovered_via: crm}
"""
HEADER = "Account,Created,Id,Level,Roles,Joined\n"
ROWS = "acme,2026-07-02 10:00:00,c-2,VP,sponsor;champion,2020-01-31\nacme,2026-01-02 10:00:00,c-1,CXO,,\n"


def mapping(folder: Path, text: str = CONTACTS) -> Mapping:
    (folder / "mapping.yaml").write_text(text)
    return read_mapping(folder / "mapping.yaml")


def csv(folder: Path, text: str | bytes, name: str = "contacts.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def events(records: Iterator[Record]) -> list[dict[str, object]]:
    return [orjson.loads(r.value or b"") for r in records if r.headers[0][0] == EVENT_HEADER]


def read(paths: list[Path], by: Mapping | None = None) -> list[dict[str, object]]:
    return events(EventFiles(paths, by).records(lambda _: None))


def told(paths: list[Path], by: Mapping | None = None) -> str:
    with pytest.raises(BadInput) as problem:
        read(paths, by)
    return problem.value.text


def line(number: int, at: str, **fields: object) -> bytes:
    event = {
        "event_id": f"e-{number}", "type": "session.started", "schema_version": 1, "account_id": "acme",
        "occurred_at": at, "source_system": "app", "user_id": "u-1",
    }  # fmt: skip
    return orjson.dumps(event | fields) + b"\n"


def test_rows_become_events_in_the_order_of_time(tmp_path: Path) -> None:
    first, second = read([csv(tmp_path, HEADER + ROWS)], mapping(tmp_path))
    assert (first["contact_id"], first["occurred_at"]) == ("c-1", "2026-01-02T09:00:00Z")
    assert (second["contact_id"], second["occurred_at"]) == ("c-2", "2026-07-02T08:00:00Z")
    assert (second["seniority"], second["roles"]) == ("vp", ["sponsor", "champion"])
    assert second["joined_company_on"] == "2020-01-31"
    assert (first["roles"], first["event_id"]) == ([], "contacts.csv:3")


@pytest.mark.parametrize(
    ("name", "pack"),
    [("contacts.csv.gz", gzip.compress), ("contacts.csv.zst", zstandard.ZstdCompressor().compress)],
)
def test_packed_files_and_a_byte_order_mark_are_read(name: str, pack: object, tmp_path: Path) -> None:
    assert callable(pack)
    packed = pack(b"\xef\xbb\xbf" + (HEADER + ROWS).encode())
    assert len(read([csv(tmp_path, packed, name)], mapping(tmp_path))) == 2
    whole = pack(b"\xef\xbb\xbf" + (HEADER + ROWS * 200).encode())
    assert "cut short" in told([csv(tmp_path, whole[: len(whole) - 9], name)], mapping(tmp_path))


def test_a_column_that_is_not_there_is_named_with_what_is(tmp_path: Path) -> None:
    found = told([csv(tmp_path, HEADER.replace("Created", "CreatedDate") + ROWS)], mapping(tmp_path))
    assert "contacts.csv, row 1, column `Created`: no such column" in found
    assert "did you mean `CreatedDate`?" in found


def test_a_bad_date_is_told_by_row_and_column_and_nothing_is_folded(tmp_path: Path) -> None:
    rows = ROWS.replace("2020-01-31", "31.01.2020").replace("2026-01-02 10:00:00", "soon")
    found = told([csv(tmp_path, HEADER + rows)], mapping(tmp_path))
    assert "contacts.csv, row 2, column `Joined`: `31.01.2020` is no date written as YYYY-MM-DD" in found
    assert "contacts.csv, row 3, column `Created`: `soon` is no time" in found


def test_times_with_and_without_offset_in_one_column_are_not_mixed(tmp_path: Path) -> None:
    rows = ROWS.replace("2026-01-02 10:00:00", "2026-01-02 10:00:00+02:00")
    found = told([csv(tmp_path, HEADER + rows)], mapping(tmp_path))
    assert "row 3, column `Created`: `2026-01-02 10:00:00+02:00` has an offset" in found
    assert "row 2 has none" in found


def test_a_time_without_zone_needs_one_and_a_time_that_never_was_is_refused(tmp_path: Path) -> None:
    none = mapping(tmp_path, CONTACTS.replace("    time_zone: Europe/Berlin\n", ""))
    assert "`time_zone` in the mapping" in told([csv(tmp_path, HEADER + ROWS)], none)
    gap = ROWS.replace("2026-01-02 10:00:00", "2026-03-29 02:30:00")
    assert "Europe/Berlin never had" in told([csv(tmp_path, HEADER + gap)], mapping(tmp_path))


def test_what_the_contract_refuses_is_told_with_the_column(tmp_path: Path) -> None:
    found = told([csv(tmp_path, HEADER + ROWS.replace("sponsor", "boss"))], mapping(tmp_path))
    assert "row 2, column `Roles`" in found


def test_a_row_of_another_length_stops_with_its_number(tmp_path: Path) -> None:
    found = told([csv(tmp_path, HEADER + ROWS + "acme,2026\n")], mapping(tmp_path))
    assert "row 4: has 2 cells where the header has 6" in found


@pytest.mark.parametrize(
    ("was", "instead", "sentence"),
    [
        ("contact.added", "contact.aded", "did you mean `contact.added`?"),
        ("contact_id: Id", "contact: Id", "no such field of contact.added `contact`"),
        ("      contact_id: Id\n", "", "contact.added needs `contact_id`"),
    ],
)
def test_a_wrong_mapping_is_told_with_its_line(was: str, instead: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as problem:
        mapping(tmp_path, CONTACTS.replace(was, instead))
    assert sentence in problem.value.text
    assert "mapping.yaml, row " in problem.value.text


def test_an_unknown_zone_or_key_of_the_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no such time zone"):
        mapping(tmp_path, CONTACTS.replace("Europe/Berlin", "Berlin/Europe"))
    with pytest.raises(CatalogError, match="colums"):
        mapping(tmp_path, CONTACTS.replace("columns:", "colums:"))


def test_nested_fields_epochs_and_other_types_of_event_come_from_columns(tmp_path: Path) -> None:
    by = mapping(
        tmp_path,
        """\
files:
  - match: "*.csv"
    type: {column: What, values: {Signed: contract.signed, Viewed: null}}
    time_format: epoch_s
    date_format: "%d.%m.%Y"
    columns:
      account_id: A
      occurred_at: T
      contract_id: K
      acv: Value
      arr: Value
      starts_on: From
      ends_on: To
      products.0.product_id: P
      products.0.tier: Tier
      products.0.seats: Seats
    constants: {source_system: erp, currency: EUR, term_months: 12, auto_renew: true}
""",
    )
    head = "What;A;T;K;Value;From;To;P;Tier;Seats\n"
    rows = head + "Signed;acme;1767225600;k;1200.50;01.01.2026;31.12.2026;atlas;team;20\nViewed;;;;;;;;;\n"
    [event] = read([csv(tmp_path, rows)], by)
    assert event["products"] == [{"product_id": "atlas", "tier": "team", "seats": 20}]
    assert (event["acv"], event["ends_on"], event["occurred_at"]) == (
        "1200.50",
        "2026-12-31",
        "2026-01-01T00:00:00Z",
    )


def test_parquet_is_read_and_one_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sessions.parquet"
    duckdb.connect().execute(
        "COPY (SELECT 'session.started' AS type, 'acme' AS account_id, 'app' AS source_system, 'u-' || i AS user_id, "
        "'e-' || i AS event_id, TIMESTAMPTZ '2026-01-01 00:00:00+00' - INTERVAL (i) HOUR AS occurred_at "
        f"FROM range(3) t(i)) TO '{path}' (FORMAT parquet)"
    )
    assert [event["event_id"] for event in read([path])] == ["e-2", "e-1", "e-0"]
    path.write_bytes(path.read_bytes()[:-20])
    assert "sessions.parquet: cannot be read as Parquet, it may be cut short" in told([path])


def test_json_lines_of_several_files_are_sorted_together(tmp_path: Path) -> None:
    one = csv(tmp_path, line(1, "2026-01-03T00:00:00Z") + line(2, "2026-01-01T00:00:00+05:00"), "a.jsonl")
    two = csv(tmp_path, line(3, "2026-01-02T00:00:00Z"), "b.ndjson")
    assert [event["event_id"] for event in read([one, two])] == ["e-2", "e-3", "e-1"]
    bad = csv(tmp_path, line(1, "2026-01-03T00:00:00Z") + b"{no\n", "c.jsonl")
    assert "c.jsonl, row 2" in told([bad])


def test_feeds_of_files_are_alive_to_the_end(tmp_path: Path) -> None:
    path = csv(tmp_path, line(1, "2026-01-01T00:00:00Z") + line(2, "2026-03-01T00:00:00Z"), "a.jsonl")
    marks = [
        orjson.loads(r.value or b"")
        for r in EventFiles([path]).records(lambda _: None)
        if r.headers[0][0] == WATERMARK_HEADER and r.partition == 0
    ]
    assert marks[-1]["feeds"][0]["last_seen"] == marks[-1]["partitions"][0]["up_to"] == 1_772_323_200_000


def test_rows_may_be_left_out_and_are_counted(tmp_path: Path) -> None:
    path = csv(tmp_path, line(1, "2026-01-01T00:00:00Z") + b"{no\n", "a.jsonl")
    history = EventFiles([path], skip_invalid=True)
    assert len(events(history.records(lambda _: None))) == 1
    assert history.refusals.total == 1


def test_a_folder_of_topics_is_read_in_its_own_order_and_stops_at_a_refused_line(tmp_path: Path) -> None:
    late = line(1, "2026-01-03T00:00:00Z") + line(2, "2026-01-01T00:00:00Z")
    csv(tmp_path, gzip.compress(late), "product-usage.jsonl.gz")
    history = history_of([str(tmp_path)], None)
    assert isinstance(history, Folder)
    assert [event["event_id"] for event in events(history.records(lambda _: None))] == ["e-1", "e-2"]
    csv(tmp_path, gzip.compress(late + b"{}\n"), "product-usage.jsonl.gz")
    with pytest.raises(BadInput, match="row 3"):
        list(history_of([str(tmp_path)], None).records(lambda _: None))


def test_what_is_not_there_and_what_is_no_event_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file or folder"):
        history_of([str(tmp_path / "*.csv")], None)
    csv(tmp_path, "x", "notes.txt")
    with pytest.raises(BadInput, match="holds no file of events"):
        history_of([str(tmp_path)], None)
    assert decode_event(line(1, "2026-01-03T00:00:00Z")).type == "session.started"
