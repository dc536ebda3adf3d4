"""Dead letters as lines for people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from schemas.dead_letters import DeadLetter
from streams.door.replay import Planned, Verdict, header_value, origin_of

_LONGEST = 20_000


def group_lines(counts: Mapping[tuple[str, str], int]) -> Iterator[str]:
    """How many there are of each reason and topic."""
    if not counts:
        yield "No dead letters."
        return
    yield f"{sum(counts.values())} dead letters"
    for (reason, topic), count in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        yield f"  {count:>7}  {reason:<18} {topic}"
    yield ""


def line_of(letter: DeadLetter) -> str:
    """One letter on one line."""
    what = f"{letter.broker_time:%Y-%m-%d %H:%M}  {letter.reason.value:<18} {letter.id:<28}"
    return f"{what} {letter.account_id or '–'}  {letter.sentence}"


def letter_lines(letter: DeadLetter) -> Iterator[str]:
    """One letter whole."""
    yield f"{letter.id}: {letter.reason.value}"
    yield f"  {letter.sentence}"
    yield f"  refused by the {letter.stage}, written at {letter.broker_time:%Y-%m-%d %H:%M:%S} (broker)"
    if origin_of(letter) != letter.id:
        yield f"  a replay of {origin_of(letter)}"
    yield f"  account  {letter.account_id or 'not readable'}"
    yield f"  key      {_text(letter.original_key())}"
    for header in letter.headers:
        yield f"  header   {header.name}: {_text(header_value(header.value_base64))}"
    value = letter.original_value()
    try:
        text = json.dumps(json.loads(value or b""), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = _text(value)
    yield "  value"
    for line in text[:_LONGEST].splitlines() or [""]:
        yield f"    {line}"


def plan_lines(planned: list[Planned], dry_run: bool) -> Iterator[str]:
    """What was, or would be, done with the letters; why not, where nothing was."""
    counts = Counter(each.verdict for each in planned)
    would = "would be sent" if dry_run else "sent"
    words = {
        Verdict.SEND: would,
        Verdict.DONE: "sent before",
        Verdict.STILL_REFUSED: "still refused",
        Verdict.NOT_THIS_WAY: "not to be sent",
        Verdict.FORGOTTEN: "perhaps sent before (--again sends them)",
    }
    if not planned:
        yield "No dead letters of that kind."
    for verdict, word in words.items():
        if counts[verdict]:
            yield f"{counts[verdict]:>7}  {word}"
    for each in planned:
        if each.verdict not in (Verdict.SEND, Verdict.DONE) or dry_run:
            yield f"  {each.letter.id:<28} {each.verdict.value}{': ' + each.why if each.why else ''}"


def _text(value: bytes | None) -> str:
    if value is None:
        return "none"
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex(" ")
