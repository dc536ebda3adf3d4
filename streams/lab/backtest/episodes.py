"""Messages put together to episodes: one alert from its opening to its end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from streams.lab.backtest.messages import ENDED, Message


@dataclass
class Episode:
    """One opening of one signal on one account. `said` is every message: status, level, when."""

    alert_id: str
    motion: str
    signal: str
    account: str
    opened: datetime
    why: str
    ended: datetime | None = None
    ending: str | None = None
    said: list[tuple[str, str, datetime]] = field(default_factory=list)

    def overlaps(self, other: Episode) -> bool:
        """Whether both were open at one moment."""
        return (other.ended is None or self.opened <= other.ended) and (
            self.ended is None or other.opened <= self.ended
        )


def episodes(messages: Iterable[Message], *, historical: bool = False) -> list[Episode]:
    """In the order of opening. Messages of an alert whose opening is not among them are left out; `historical`
    ones, which open nothing, are taken on demand, as episodes without length."""
    found: dict[str, Episode] = {}
    for message in messages:
        if message.status == "opened" or (historical and message.status == "historical"):
            at = message.at
            made = Episode(
                message.alert_id, message.motion, message.signal.id, message.account.id, at, message.why
            )
            found[message.alert_id] = made
            if message.status == "historical":
                made.ended, made.ending = at, "historical"
        episode = found.get(message.alert_id)
        if episode is None:
            continue
        episode.said.append((message.status, message.level, message.at))
        if message.status in ENDED:
            episode.ended, episode.ending = message.at, message.status
    return list(found.values())


NEAR = timedelta(days=14)


def paired(before: list[Episode], after: list[Episode]) -> list[tuple[Episode | None, Episode | None]]:
    """Episodes of one signal and account on both sides, those that are the same case side by side: open at one
    moment, or opened within two weeks of each other."""
    left = sorted(after, key=lambda each: each.opened)
    pairs: list[tuple[Episode | None, Episode | None]] = []
    for one in sorted(before, key=lambda each: each.opened):
        near = [
            other
            for other in left
            if (one.ending == "historical") == (other.ending == "historical")
            and (one.overlaps(other) or abs(one.opened - other.opened) <= NEAR)
        ]
        match = min(near, key=lambda other: abs(one.opened - other.opened), default=None)
        if match is not None:
            left.remove(match)
        pairs.append((one, match))
    return [*pairs, *((None, other) for other in left)]
