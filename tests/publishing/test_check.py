"""Lines are checked by the door's own rules, and refused by number."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.dead_letters import ReasonCode
from streams.publishing import Checked, Message, RefusedLine, check_lines
from tests.support.events import example, heartbeat, session

NOW_MS = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp() * 1000)


def checked(*lines: bytes) -> tuple[Checked, list[Message]]:
    result = Checked()
    return result, list(check_lines("product-usage", lines, result, NOW_MS))


def test_an_event_goes_to_its_account_and_a_heartbeat_to_everybody() -> None:
    result, messages = checked(session(1, "zürich") + b"\n", heartbeat(1) + b"\r\n")

    assert [message.account for message in messages] == ["zürich".encode(), None]
    assert (result.events, result.heartbeats, result.refused) == (1, 1, [])


def test_a_refused_line_is_named_by_its_number_in_the_file_and_the_others_go_on() -> None:
    result, messages = checked(session(1, "acme"), b"\n", b'{"type": "session.started"', session(2, "acme"))

    assert len(messages) == 2
    assert [(line.number, line.reason) for line in result.refused] == [(3, ReasonCode.MALFORMED_JSON)]


def test_an_event_of_next_year_is_refused_as_the_door_would_do() -> None:
    result, _ = checked(example("session.started", occurred_at="2027-06-01T00:00:00Z"))

    assert result.refused[0].reason is ReasonCode.IN_THE_FUTURE


def test_an_event_of_another_source_is_refused() -> None:
    result, _ = checked(example("ticket.opened"))

    assert result.refused[0].reason is ReasonCode.UNKNOWN_TYPE


def test_an_event_larger_than_any_event_is_refused() -> None:
    result, _ = checked(session(1, "acme")[:-1] + b', "note": "' + b"x" * 300_000 + b'"}')

    assert result.refused == [RefusedLine(1, ReasonCode.TOO_LARGE, result.refused[0].sentence)]
