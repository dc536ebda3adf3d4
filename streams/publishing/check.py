"""Lines of JSON against the contract, by the same rules as the door."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.dead_letters import ReasonCode
from streams.door.admit import Admitted, Heartbeat, admit


class Message(NamedTuple):
    """What one line becomes on the topic. `account` is the key; None goes to every partition."""

    account: bytes | None
    value: bytes


class RefusedLine(NamedTuple):
    """Line `number` (from 1) that the door would refuse, and why."""

    number: int
    reason: ReasonCode
    sentence: str


@dataclass
class Checked:
    """What `check_lines` found; grows while its lines are read."""

    events: int = 0
    heartbeats: int = 0
    refused: list[RefusedLine] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        return self.events + self.heartbeats


def check_line(topic: str, line: bytes, now_ms: int) -> Message | tuple[ReasonCode, str]:
    """The message of one line, or why the door would refuse it at that broker time (ms, UTC).

    `topic` is a source topic's contract name. A heartbeat, and a control record without an account, has
    no account.
    """
    verdict = admit(topic, None, line, now_ms)
    if isinstance(verdict, Heartbeat):
        return Message(None, line)
    if isinstance(verdict, Admitted):
        return Message(None if verdict.everywhere else verdict.entries[0].key, line)
    return verdict.reason, verdict.sentence


def check_lines(
    topic: str, lines: Iterable[bytes], checked: Checked, now_ms: int, *, start: int = 1
) -> Iterator[Message]:
    """The good lines as messages, in order; `checked` counts them and keeps the refused ones.

    Blank lines are passed over. `now_ms` is the time (ms, UTC) that no event may lie after, `start` the
    number of the first line.
    """
    for number, raw in enumerate(lines, start):
        line = raw.strip()
        if not line:
            continue
        found = check_line(topic, line, now_ms)
        if not isinstance(found, Message):
            checked.refused.append(RefusedLine(number, *found))
            continue
        if found.account is None:
            checked.heartbeats += 1
        else:
            checked.events += 1
        yield found
