"""What the records of an account show when its plot is played: the truth is in the data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

import orjson
import pytest

from streams.story.times import DAY_MS, FIRST_DAY, is_weekend, is_year_end
from streams.story.truth import Kind
from tests.story.told import Told

Event = dict[str, object]
_DAYS = 150


class Past:
    """The events of every account of the default story, by type, each with its story day."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self._events: dict[tuple[str, str], list[tuple[int, Event]]] = defaultdict(list)
        for record in dict.fromkeys(told.records):
            event = orjson.loads(record.line)
            if "account_id" in event:
                self._events[event["account_id"], record.type].append((record.occurred // DAY_MS, event))

    def of(self, account_id: str, type_: str) -> list[tuple[int, Event]]:
        return self._events[account_id, type_]

    def plots(self, plot: str) -> list[tuple[str, int]]:
        """Account and onset (story day) of a plot's accounts."""
        told = self.told.story.truths
        lines = [line for line in told if line.plot == plot and line.kind is not Kind.CONSEQUENCE]
        assert lines
        return sorted({(line.account_id, _day(line.onset)) for line in lines})

    def users(self, account_id: str) -> dict[str, Event]:
        return {
            str(event["user_id"]): event
            for _, event in self.of(account_id, "user.changed")
            if event["kind"] == "human"
        }

    def user_days(self, account_id: str, days: Iterable[int], users: Iterable[str]) -> int:
        among, within = set(users), set(days)
        active = {(day, event["user_id"]) for day, event in self.of(account_id, "session.started")}
        return sum(user in among and day in within for day, user in active)


def _day(day: date) -> int:
    return (day - FIRST_DAY).days


@pytest.fixture(scope="module")
def past(default_story: Told) -> Past:
    return Past(default_story)


def _left(past: Past, account: str, onset: int, users: Iterable[str]) -> float:
    """Activity a working day of the two full weeks from five days after the onset, against eight weeks before it.

    The two weeks around the turn of the year are left out, and weeks further on taken instead."""
    known = list(users)
    before = _working(range(onset - 56, onset))
    after = _working(range(onset + 5, _DAYS))[:10]
    return (past.user_days(account, after, known) / len(after)) / (
        past.user_days(account, before, known) / len(before)
    )


def _working(days: Iterable[int]) -> list[int]:
    return [day for day in days if not is_weekend(day) and not is_year_end(day)]


@pytest.mark.parametrize("plot", ["usage-collapse", "usage-slump"])
def test_use_falls_by_seventy_percent_in_companies_of_fifty_users(past: Past, plot: str) -> None:
    for account, onset in past.plots(plot):
        users = past.users(account)
        assert len(users) >= 50
        assert _left(past, account, onset, users) < 0.36


def test_key_users_fade_while_the_company_goes_on(past: Past) -> None:
    for account, onset in past.plots("key-users-fading"):
        users = past.users(account)
        features: dict[str, set[object]] = defaultdict(set)
        for _, event in past.of(account, "feature.used"):
            features[str(event["user_id"])].add(event["feature"])
        key = {user for user in users if len(features[user]) >= 3}
        assert len(users) >= 50
        assert 5 <= len(key) <= 9
        assert _left(past, account, onset, key) < 0.4
        assert _left(past, account, onset, users) > 0.6


def _shares(past: Past, account: str, meter: str) -> dict[int, float]:
    return {
        day: float(str(event["value"])) / float(str(event["limit"]))
        for day, event in past.of(account, "level.sampled")
        if event["meter"] == meter
    }


@pytest.mark.parametrize(
    ("plot", "meter"),
    [
        ("seats-filling", "seats_assigned"),
        ("full-house", "seats_assigned"),
        ("tier-ceiling-storage", "storage_gb"),
    ],
)
def test_a_meter_passes_nine_tenths_at_the_onset_and_stays(past: Past, plot: str, meter: str) -> None:
    for account, onset in past.plots(plot):
        if plot == "full-house":  # two meters, each with its own onset
            lines = past.told.story.truths
            onset = next(
                _day(x.onset) for x in lines if x.account_id == account and x.signal == "seats-near-full"
            )
        shares = _shares(past, account, meter)
        assert all(shares[day] >= 0.9 for day in range(onset, _DAYS))
        assert all(shares[day] < 0.9 for day in range(onset))


def test_no_ordinary_account_comes_near_a_limit(past: Past) -> None:
    played = {line.account_id for line in past.told.story.truths}
    ordinary = {f"acct-{number:05d}" for number in range(1, 201)} - played

    for account in ordinary:
        for meter in ("storage_gb", "workflow_runs"):
            assert all(share < 0.75 for share in _shares(past, account, meter).values())


def test_unresolved_tickets_come_often_and_stay_open(past: Past) -> None:
    for account, onset in past.plots("unresolved-tickets"):
        opened = {str(event["ticket_id"]): day for day, event in past.of(account, "ticket.opened")}
        solved = {str(event["ticket_id"]): day for day, event in past.of(account, "ticket.resolved")}
        wave = [ticket for ticket, day in opened.items() if onset <= day < onset + 28]
        before = sum(onset - 84 <= day < onset for day in opened.values()) / 3
        old = [ticket for ticket in wave if solved.get(ticket, _DAYS) > opened[ticket] + 14]
        assert len(wave) > 2 * before
        assert len(old) >= 3


def test_a_spreading_department_had_nobody_before(past: Past) -> None:
    for account, onset in past.plots("department-spread"):
        first: dict[object, int] = {}
        for day, event in past.of(account, "user.changed"):
            first.setdefault(event.get("department"), day)
        new = [department for department, day in first.items() if day >= onset]
        assert len(new) == 1
        starters = [user for user, event in past.users(account).items() if event.get("department") == new[0]]
        days = _working(range(onset, _DAYS))[:23]
        busy = [u for u in starters if past.user_days(account, days, [u]) >= 12]
        assert len(busy) >= 3


def test_sponsors_who_go_are_sponsors_and_decoys_are_not(past: Past) -> None:
    for plot, gone in (("quiet-sponsor-exit", True), ("decoy-analyst-left", False)):
        for account, onset in past.plots(plot):
            sponsors = {
                e["contact_id"] for _, e in past.of(account, "contact.added") if "sponsor" in str(e["roles"])
            }
            left = {e["contact_id"]: day for day, e in past.of(account, "contact.left")}
            assert onset in left.values()
            assert bool(sponsors & set(left)) is gone


def test_the_sponsor_is_in_no_meeting_before_the_quiet_exit(past: Past) -> None:
    for account, onset in past.plots("quiet-sponsor-exit"):
        sponsor = next(
            e["contact_id"] for _, e in past.of(account, "contact.added") if "sponsor" in str(e["roles"])
        )
        for day, event in past.of(account, "engagement.logged"):
            assert day < onset - 42 or str(sponsor) not in str(event["contact_ids"]).replace("'", " ").split()
