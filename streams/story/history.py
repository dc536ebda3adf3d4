"""The story of all accounts, told day by day in the order in which publishers send it.

Each account has dice of its own, seeded by the story's seed and its number, so that the same seed gives
the same bytes on any machine, and memory holds one day of records, not the whole history.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from streams.story.casting import cast, sizes
from streams.story.company import Company, found
from streams.story.crm import Crm
from streams.story.plots.base import PROTECT, Plot
from streams.story.plots.white_space import still_after_a_year
from streams.story.records import CRM, FEEDS, NIGHTLY_BATCH_MS, TOPICS, Pen, Record, heartbeat
from streams.story.roles import Role
from streams.story.script import Stage
from streams.story.support import Support
from streams.story.times import DAY_MS, HOUR_MS, MINUTE_MS, date_of
from streams.story.truth import Truth, truth_lines
from streams.story.usage import Usage

DEFAULT_ACCOUNTS = 200
DEFAULT_DAYS = 150
DEFAULT_SEED = 1
FEWEST_DAYS = 120  # ten weeks of history, a plot, and the time it takes to show
_AFTER_LAST_DAY = 3 * HOUR_MS  # when the last nightly batch is out, the feeds close


class Summary(BaseModel):
    """`story.json`: what was told."""

    model_config = ConfigDict(frozen=True)

    seed: int
    accounts: int
    days: int
    first_day: str
    last_day: str
    events: dict[str, int]  # lines by topic, heartbeats and repeats included
    truth: dict[str, dict[str, int]]  # signal: kind: lines
    ordinary_accounts: int
    ends_in: dict[str, list[str]]  # quadrant: the accounts that are certainly there on the last day


@dataclass
class _Account:
    company: Company
    pen: Pen
    usage: Usage
    support: Support
    crm: Crm


@dataclass
class Story:
    """A story that is cast and not yet told. `truths` stand from the start; `records` can be told once."""

    seed: int
    days: int
    truths: list[Truth]
    ordinary: int
    ends_in: dict[str, list[str]]
    _accounts: list[_Account] = field(repr=False)

    @property
    def accounts(self) -> int:
        return len(self._accounts)

    def records(self) -> Iterator[Record]:
        """Every message in the order of sending, heartbeats in between; the last ones close the feeds."""
        end = self.days * DAY_MS + _AFTER_LAST_DAY
        waiting: list[Record] = []
        for day in range(self.days):
            for account in self._accounts:
                if day == 0:
                    account.crm.snapshot()
                    account.usage.snapshot()
                account.usage.day(day)
                account.support.day(day)
                account.crm.day(day)
                waiting += account.pen.take()
            waiting += _heartbeats(day * DAY_MS, min((day + 1) * DAY_MS, end))
            waiting.sort()
            midnight = (day + 1) * DAY_MS
            sent = next((i for i, record in enumerate(waiting) if record.published >= midnight), len(waiting))
            yield from waiting[:sent]
            waiting = waiting[sent:]
        waiting += _heartbeats(self.days * DAY_MS, end)
        last = end - MINUTE_MS
        yield from sorted(record._replace(published=min(record.published, last)) for record in waiting)
        yield from _closing(end)

    def summary(self, events: dict[str, int]) -> Summary:
        truth: dict[str, Counter[str]] = {}
        for line in self.truths:
            truth.setdefault(line.signal, Counter())[line.kind.value] += 1
        return Summary(
            seed=self.seed,
            accounts=self.accounts,
            days=self.days,
            first_day=date_of(0).isoformat(),
            last_day=date_of(self.days - 1).isoformat(),
            events=events,
            truth={signal: dict(sorted(counts.items())) for signal, counts in sorted(truth.items())},
            ordinary_accounts=self.ordinary,
            ends_in=self.ends_in,
        )


def tell(
    accounts: int = DEFAULT_ACCOUNTS,
    days: int = DEFAULT_DAYS,
    seed: int = DEFAULT_SEED,
    *,
    plotted: bool = True,
    users: Sequence[int] = (),
) -> Story:
    """Cast a story; without plots all customers are ordinary ones. `users` are the sizes of the companies, one after
    the other and then from the first again; without them sizes are those of the plots and of a market.

    Raises ValueError for less than one account or fewer than FEWEST_DAYS days."""
    if accounts < 1 or days < FEWEST_DAYS:
        raise ValueError(f"a story needs an account and {FEWEST_DAYS} days, got {accounts} and {days}")
    rng = random.Random(f"{seed}/casting")
    nothing: list[tuple[Plot, ...]] = [()] * accounts
    roles = cast(accounts, days, rng) if plotted else nothing
    truths: list[Truth] = []
    ends_in: dict[str, list[str]] = {}
    told: list[_Account] = []
    drawn = [users[number % len(users)] for number in range(accounts)] if users else sizes(roles, rng)
    for number, (played, size) in enumerate(zip(roles, drawn, strict=True), start=1):
        account = _account(number, size, played, days, seed, truths)
        ends = {plot.ends_in for plot in played}
        quadrant = PROTECT if not played else ends.pop() if len(ends) == 1 else None
        if quadrant is not None:
            ends_in.setdefault(quadrant, []).append(account.company.account_id)
        told.append(account)
    ordinary = sum(not played for played in roles)
    return Story(seed, days, truths, ordinary, dict(sorted(ends_in.items())), told)


def write(story: Story, folder: Path) -> Summary:
    """Tell the story into `<topic>.jsonl`, `truth.jsonl` and `story.json` of a folder, made if missing."""
    folder.mkdir(parents=True, exist_ok=True)
    events = dict.fromkeys(TOPICS, 0)
    with ExitStack() as stack:
        files = {topic: stack.enter_context((folder / f"{topic}.jsonl").open("wb")) for topic in TOPICS}
        for record in story.records():
            files[record.topic].write(record.line + b"\n")
            events[record.topic] += 1
    summary = story.summary(events)
    (folder / "truth.jsonl").write_text(truth_lines(story.truths), encoding="utf-8")
    (folder / "story.json").write_text(summary.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return summary


def _account(
    number: int, users: int, played: tuple[Plot, ...], days: int, seed: int, truths: list[Truth]
) -> _Account:
    def dice(purpose: str) -> random.Random:
        return random.Random(f"{seed}/{number}/{purpose}")

    role = next((plot.role for plot in played if plot.role is not Plot.role), Role())
    company = found(number, users, role, dice("company"))
    stage = Stage(company, days, dice("plot"))
    for plot in played:
        stage.play(plot.name, recent=plot.ends_in not in (None, PROTECT))
        plot.direct(stage)
    still_after_a_year(stage)
    truths += stage.truths
    pen = Pen(company.account_id, number, dice("delivery"))
    return _Account(
        company=company,
        pen=pen,
        usage=Usage(company, stage.script, dice("usage"), pen),
        support=Support(company, stage.script, dice("support"), pen),
        crm=Crm(company, stage.script, dice("crm"), pen),
    )


def _heartbeats(start: int, end: int) -> Iterator[Record]:
    """The hourly signs of life of every feed in [start, end)."""
    for at in range(start, end, HOUR_MS):
        for index, (topic, source) in enumerate(FEEDS):
            complete = _last_cut_off(at) if source == CRM else max(0, at - MINUTE_MS)
            yield heartbeat(topic, source, at, complete, index)


def _closing(end: int) -> Iterator[Record]:
    for index, (topic, source) in enumerate(FEEDS):
        yield heartbeat(topic, source, end, _last_cut_off(end) if source == CRM else end, index)


def _last_cut_off(at: int) -> int:
    """The midnight up to which the nightly export was complete at `at`."""
    return max(0, (at - NIGHTLY_BATCH_MS) // DAY_MS * DAY_MS)
