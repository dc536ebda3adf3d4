"""What a worker's log lines say, and what they never say."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from streams.door.admit import admit
from streams.worker.logs import LogFormat, OnceInAWhile, set_up_logging

SECRET = "anna.schmidt@customer.example"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The root logger as pytest has it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(3, "json")

    logging.getLogger("streams.worker.run").info("metrics at %s", "http://127.0.0.1:9100")

    said = json.loads(capsys.readouterr().err)
    assert (
        said.items()
        >= {
            "level": "info",
            "logger": "streams.worker.run",
            "message": "metrics at http://127.0.0.1:9100",
            "process": 3,
        }.items()
    )
    assert said["time"].endswith("+00:00")


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_an_exception_over_customers_data_is_told_without_its_words(
    log_format: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logging(log_format=log_format)
    try:
        admit("product-usage", f"{SECRET}", b"{}", 0)  # type: ignore[arg-type]
        admit("product-usage", None, [SECRET], 0)  # type: ignore[arg-type]
    except Exception as failed:
        failed.add_note(SECRET)
        failed.args = (f"cannot read {SECRET}",)
        logging.getLogger("streams.worker.failure").critical("stopping", exc_info=failed)

    page = capsys.readouterr().err
    assert "streams/door/admit.py" in page
    assert "words withheld" in page
    assert SECRET not in page


def test_an_exception_of_the_client_keeps_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging()
    try:
        raise ConnectionError("Connection at kafka-1:9092 closed")
    except ConnectionError as failed:
        logging.getLogger("streams.worker.failure").critical("stopping", exc_info=failed)

    assert "ConnectionError('Connection at kafka-1:9092 closed')" in capsys.readouterr().err


def test_what_a_library_repeats_is_counted_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("streams.worker.logs.time.monotonic", lambda: now)
    seldom = OnceInAWhile()

    def shown(text: str) -> logging.LogRecord | None:
        record = logging.LogRecord("aiokafka", logging.ERROR, "", 0, text, (), None)
        return record if seldom.filter(record) else None

    assert shown("Unable to connect") is not None
    assert [shown("Unable to connect") for _ in range(500)] == [None] * 500
    now = 11.0
    again = shown("Unable to connect")
    assert again is not None and again.__dict__["repeats"] == 500


def test_libraries_have_a_budget_whatever_they_find_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.worker.logs.time.monotonic", lambda: 60.0)
    seldom = OnceInAWhile()
    records = [logging.LogRecord("faust", logging.WARNING, "", 0, f"text {n}", (), None) for n in range(500)]

    assert sum(map(seldom.filter, records)) == 60
