"""How often each signal opens in a history, per account and quarter: `python -m streams.lab.alarms FOLDER`.

Over a history in which nothing happens these are the false alarms, but for what is true of an ordinary customer too:
one who has been well for half a year and bought nothing is healthy-not-expanding. The folder holds the source topics
as files, in the order of publishing.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from streams.assembly import load_system
from streams.detection.system import System
from streams.lab.history import fold_history

QUARTER_DAYS: Final = 365.25 / 4
_USAGE = "product-usage"


@dataclass(frozen=True)
class Alarms:
    """Openings by signal and number of users, and the account-quarters that they are counted in."""

    quarters: dict[int, float]
    opened: dict[str, Counter[int]] = field(repr=False)
    strikes: Counter[int]
    """Openings of retention signals that count as strikes."""

    def rate(self, signal: str) -> float:
        """Openings per account and quarter, every size weighing the same."""
        return self._mean(self.opened[signal])

    @property
    def strike_rate(self) -> float:
        """The same, of all signals that count as strikes together."""
        return self._mean(self.strikes)

    def _mean(self, counts: Counter[int]) -> float:
        return sum(counts[size] / number for size, number in self.quarters.items()) / len(self.quarters)


def alarms(folder: Path, system: System) -> Alarms:
    """Fold a history and count what opens. Accounts are sized by the users that are told of in a snapshot.

    Raises FileNotFoundError where the folder has no usage."""
    users, days = _sizes(folder / f"{_USAGE}.jsonl")
    striking = {rule.id for rule in system.rules if rule.motion == "retention" and rule.spec.strike}
    opened: dict[str, Counter[int]] = {rule.id: Counter() for rule in system.rules}
    strikes: Counter[int] = Counter()
    for outgoing in fold_history(folder, system):
        if outgoing.topic in ("retention-alerts", "expansion-opportunities"):
            message = _MESSAGE.decode(outgoing.value)
            if message.status == "opened":
                size = users[message.account.id]
                opened[message.signal.id][size] += 1
                strikes[size] += message.signal.id in striking
    accounts = Counter(users.values())
    quarters = {size: number * days / QUARTER_DAYS for size, number in sorted(accounts.items())}
    return Alarms(quarters, opened, strikes)


def _sizes(usage: Path) -> tuple[dict[str, int], float]:
    """Account -> its users in the snapshot; and the days that the file covers."""
    users: dict[str, set[str]] = defaultdict(set)
    first, last, line = None, None, b""
    with usage.open("rb") as lines:
        for line in lines:
            if first is None:
                first = _EVENT.decode(line).occurred_at
            if b'"user.changed"' in line:
                event = _EVENT.decode(line)
                if event.origin == "snapshot" and event.kind == "human":
                    users[event.account_id].add(event.user_id)
    if first is not None:
        last = _EVENT.decode(line).occurred_at
    days = 0.0 if first is None or last is None else (last - first).total_seconds() / 86_400
    return {account: len(names) for account, names in users.items()}, days


class _Event(msgspec.Struct):
    occurred_at: datetime
    account_id: str = ""
    origin: str = ""
    kind: str = ""
    user_id: str = ""


class _Id(msgspec.Struct):
    id: str


class _Message(msgspec.Struct):
    status: str
    account: _Id
    signal: _Id


_EVENT = msgspec.json.Decoder(_Event)
_MESSAGE = msgspec.json.Decoder(_Message)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m streams.lab.alarms", description=__doc__)
    parser.add_argument("folder", type=Path)
    found = alarms(parser.parse_args(arguments).folder, load_system())
    print(f"{'openings per account-quarter':<30}{'mean':>8}" + "".join(f"{n:>8,}" for n in found.quarters))
    for signal, counts in sorted(found.opened.items(), key=lambda each: -found.rate(each[0])):
        if counts:
            print(_line(signal, found, counts, found.rate(signal)))
    print(_line("all strikes together", found, found.strikes, found.strike_rate))
    return 0


def _line(name: str, found: Alarms, counts: Counter[int], mean: float) -> str:
    by_size = "".join(f"{counts[size] / number:>8.3f}" for size, number in found.quarters.items())
    return f"{name:<30}{mean:>8.3f}{by_size}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
