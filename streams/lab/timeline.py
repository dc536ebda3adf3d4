"""A case's timeline as events: days become times, `users` and `times` become many events of one kind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from schemas.errors import Refused
from schemas.events import validate
from schemas.registry import topics_of
from streams.detection.catalog.cases import Case, Happening
from streams.detection.units import DAY_MS, Day, Millis, date_of, day_from_date, day_start, moment_of

ACCOUNT = "acme"
FIRST_DAY: Day = day_from_date(date(2026, 1, 5))
"""Day 0 of every timeline, a Monday."""

SYSTEMS = {"product-usage": "product", "support-changes": "helpdesk", "crm-changes": "crm"}
"""The feed of each topic, unless an event names another `source_system`."""
SOURCES = {"usage": "product-usage", "support": "support-changes", "crm": "crm-changes"}

_DATE = re.compile(r"(start of )?day (-?\d+)(?: ([+-]) (\d+))?")


class TimelineError(ValueError):
    """A timeline holds an event that the contract refuses."""


@dataclass(frozen=True, slots=True)
class Published:
    """One event and when it reaches the journal."""

    at: Millis
    topic: str
    value: bytes
    occurred: Millis


def events_of(case: Case) -> list[Published]:
    """All events in the order of their publication. Raises TimelineError for one that the contract refuses.

    What a stalled source records in those days is published when it is back."""
    found = [_account(case)]
    for number, happening in enumerate(case.timeline):
        found.extend(_happening(case, number, happening))
    return sorted(found, key=lambda event: (event.at, event.occurred))


def start_of(day: int) -> Millis:
    """The first moment of a timeline's day."""
    return day_start(FIRST_DAY + day)


def day_in(ms: Millis) -> int:
    """The timeline's day of a moment."""
    return ms // DAY_MS - FIRST_DAY


def _account(case: Case) -> Published:
    fields = {"type": "account.changed", "name": "Acme", "lifecycle": "live", **case.account}
    return _published("account", fields, start_of(0), None, {})


def _happening(case: Case, number: int, happening: Happening) -> Iterator[Published]:
    hour, minute = (int(part) for part in happening.at.split(":"))
    first, last = happening.users or (0, 0)
    for day in range(happening.days[0], happening.days[1] + 1, happening.every):
        if happening.weekdays and day % 7 >= 5:
            continue
        moment = start_of(day) + (hour * 60 + minute) * 60_000
        late = None if happening.published is None else moment + (happening.published - day) * DAY_MS
        for user in range(first, last + 1):
            for n in range(happening.times):
                names = {"user": f"user-{user}", "n": str(n), "day": str(day)}
                at = moment + n * 60_000 + user * 1_000
                yield _published(f"{number}-{day}-{user}-{n}", happening.event, at, late, names, case)


def _published(
    event_id: str,
    fields: dict[str, object],
    occurred: Millis,
    late: Millis | None,
    names: dict[str, str],
    case: Case | None = None,
) -> Published:
    kind = str(fields["type"])
    topics = topics_of(kind)
    if not topics:
        raise TimelineError(f"there is no event of type {kind!r}")
    topic = topics[0]
    event = {
        "event_id": f"evt-{event_id}",
        "schema_version": 1,
        "account_id": ACCOUNT,
        "occurred_at": _text_of(occurred),
        "source_system": SYSTEMS.get(topic, "inbox"),
        **{name: _filled(value, names) for name, value in fields.items()},
    }
    value = json.dumps(event).encode()
    try:
        validate(topic, value)
    except Refused as refused:
        raise TimelineError(f"event {kind}: {refused.sentence}") from refused
    return Published(_when_heard(topic, late or occurred, case), topic, value, occurred)


def _when_heard(topic: str, at: Millis, case: Case | None) -> Millis:
    for source, (first, last) in (case.stalled if case else {}).items():
        if SOURCES[source] == topic and first <= day_in(at) <= last:
            return start_of(last + 1) - 1  # the backlog comes first, then the watermark that counts on it
    return at


def _filled(value: object, names: dict[str, str]) -> object:
    if isinstance(value, list):
        return [_filled(item, names) for item in value]
    if isinstance(value, dict):
        return {name: _filled(item, names) for name, item in value.items()}
    if not isinstance(value, str):
        return value
    for name, text in names.items():
        value = value.replace("{" + name + "}", text)
    if named := _DATE.fullmatch(value):
        moment, day, sign, more = named.groups()
        number = int(day) + (int(more) if sign == "+" else -int(more) if sign else 0)
        return _text_of(start_of(number)) if moment else str(date_of(FIRST_DAY + number))
    return value


def _text_of(ms: Millis) -> str:
    return moment_of(ms).isoformat().replace("+00:00", "Z")
