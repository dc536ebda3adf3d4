"""What a publisher sends: one line of JSON, with the moment at which it goes out.

Most records leave within seconds. Some are late, some are sent twice: real publishers retry, phones
lose their network, and a CRM exports once a night.
"""

from __future__ import annotations

import random
from typing import Final, NamedTuple

import orjson

from streams.story.times import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, stamp

PRODUCT_USAGE: Final = "product-usage"
SUPPORT_CHANGES: Final = "support-changes"
CRM_CHANGES: Final = "crm-changes"
TOPICS: Final = (PRODUCT_USAGE, SUPPORT_CHANGES, CRM_CHANGES)

WEB: Final = "atlas-web"
API: Final = "atlas-api"
MOBILE: Final = "atlas-mobile"
HELP_DESK: Final = "helpdesk"
CRM: Final = "crm"
FEEDS: Final = (
    (PRODUCT_USAGE, WEB),
    (PRODUCT_USAGE, API),
    (PRODUCT_USAGE, MOBILE),
    (SUPPORT_CHANGES, HELP_DESK),
    (CRM_CHANGES, CRM),
)

NIGHTLY_BATCH_MS: Final = 2 * HOUR_MS  # the CRM exports a day at 02:00 of the next one
LATE_SHARE: Final = 0.015  # minutes to hours late
VERY_LATE_SHARE: Final = 0.001  # one to three days late
REPEATED_SHARE: Final = 0.003  # sent again by the publisher: same id, same bytes
_HISTORY_MS: Final = 31 * MINUTE_MS  # when the contacts are out, what happened before the story follows
_MAY_BE_LATE: Final = frozenset({"session.started", "feature.used", "api.called"})


class Record(NamedTuple):
    """One message of a source topic. Times are story time; sorting records gives the order of sending."""

    published: int
    occurred: int
    order: int
    topic: str
    type: str
    line: bytes


class Pen:
    """Writes the events of one account and decides when each of them is published.

    Event ids are the account's own count, so that adding an account changes no other account's bytes.
    """

    def __init__(self, account_id: str, number: int, rng: random.Random) -> None:
        self._account_id = account_id
        self._rng = rng
        self._count = 0
        self.in_order = False  # whether the past goes out as it happened, and not on the first day
        self._base = number << 32  # keeps the order of two records of one millisecond the same for ever
        self.written: list[Record] = []

    def write(self, topic: str, source: str, type_: str, at: int, /, **fields: object) -> None:
        """Note one event that the source recorded at story time `at`; None fields are left out."""
        event: dict[str, object] = {
            "event_id": f"{self._account_id}-{self._count}",
            "type": type_,
            "schema_version": 1,
            "account_id": self._account_id,
            "occurred_at": stamp(at),
            "source_system": source,
        }
        event.update((name, value) for name, value in fields.items() if value is not None)
        line = orjson.dumps(event)
        order = self._base + self._count
        self._count += 1
        published = self._published(topic, type_, at)
        self.written.append(Record(published, at, order, topic, type_, line))
        if self._rng.random() < REPEATED_SHARE:
            again = published + int(self._rng.uniform(1, 120) * SECOND_MS)
            self.written.append(Record(again, at, order, topic, type_, line))

    def usage(self, type_: str, at: int, source: str = WEB, **fields: object) -> None:
        self.write(PRODUCT_USAGE, source, type_, at, **fields)

    def support(self, type_: str, at: int, /, **fields: object) -> None:
        self.write(SUPPORT_CHANGES, HELP_DESK, type_, at, **fields)

    def crm(self, type_: str, at: int, /, **fields: object) -> None:
        self.write(CRM_CHANGES, CRM, type_, at, **fields)

    def take(self) -> list[Record]:
        """What was written since the last call."""
        taken, self.written = self.written, []
        return taken

    def _published(self, topic: str, type_: str, at: int) -> int:
        if at < 0:  # an account told from its beginning comes in the order of its life, other pasts in a lump
            return at if self.in_order else _HISTORY_MS - at // DAY_MS  # the newest first, as CRMs list them
        if topic == CRM_CHANGES:
            return (at // DAY_MS + 1) * DAY_MS + NIGHTLY_BATCH_MS if at >= HOUR_MS else at
        soon = at + int(self._rng.uniform(1, 20) * SECOND_MS)
        if type_ not in _MAY_BE_LATE:
            return soon
        chance = self._rng.random()
        if chance < VERY_LATE_SHARE:
            return at + int(self._rng.uniform(1, 3) * DAY_MS)
        if chance < VERY_LATE_SHARE + LATE_SHARE:
            return at + int(2 * MINUTE_MS * 180 ** self._rng.random())  # 2 minutes to 6 hours
        return soon


def heartbeat(topic: str, source: str, at: int, complete_up_to: int, order: int) -> Record:
    """Sign of life of one feed; the publisher sends it to every partition of the topic."""
    event = {
        "event_id": f"heartbeat-{source}-{at // MINUTE_MS}",
        "type": "source.heartbeat",
        "schema_version": 1,
        "source_system": source,
        "occurred_at": stamp(at),
        "complete_up_to": stamp(complete_up_to),
        "interval_s": HOUR_MS // SECOND_MS,
    }
    return Record(at, at, order, topic, "source.heartbeat", orjson.dumps(event))
