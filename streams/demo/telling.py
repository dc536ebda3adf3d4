"""A story onto the source topics, in its own order."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from streams.publishing import Publisher
from streams.story.history import Story
from streams.story.times import DAY_MS


class Told(NamedTuple):
    """What was published: events, and records with each heartbeat counted once a partition."""

    events: int
    records: int


class _Address(msgspec.Struct, gc=False):
    account_id: str | None = None


_address = msgspec.json.Decoder(_Address).decode


async def tell_to(publisher: Publisher, story: Story, day_told: Callable[[int], None]) -> Told:
    """Publish all of it; `day_told` hears of every day of the story that is on the way.

    The lines are not checked here: the door does that, and the story's own tests do.
    """
    events = 0
    today = 0
    accounts: dict[str, bytes] = {}
    for record in story.records():
        account = _address(record.line).account_id
        if account is None:
            await publisher.put_everywhere(record.topic, record.line)
        else:
            key = accounts.get(account)
            if key is None:
                key = accounts[account] = account.encode()
            await publisher.put(record.topic, key, record.line)
            events += 1
        if (day := record.published // DAY_MS) != today:
            today = day
            day_told(today)
    await publisher.flush()
    return Told(events, publisher.acknowledged.total())
