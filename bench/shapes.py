"""How much load a run publishes: dense, sparse and wide.

The rules look back 70 days (14 against the 56 before). Dense fills these windows with a thin history,
which is processed before and not measured, and measures the dense days behind it; sparse is measured
from its first day to its last. Wide has more accounts and users than the two others, to measure memory.
"""

from __future__ import annotations

from dataclasses import dataclass

DENSE_EVENTS = 400_000
SPARSE_EVENTS = 448_000
PAST_EVENTS = 1_000_000
#: Of the defaults, with `--quick`.
QUICK_SHARE = 0.15

_HISTORY_DAYS = 77
_HISTORY_A_DAY = 18
_DENSE_DAYS = 10
_DENSE_A_DAY = 200
_SPARSE_DAYS = 112
_SPARSE_A_DAY = 2
#: Many accounts with many users: the load for memory.
_WIDE_ACCOUNTS = 5_000
_WIDE_USERS = 60
_WIDE_DAYS = 20
_WIDE_A_DAY = 4

#: Pasts for a backtest: ten million events are 200 dense accounts over a year, or 20,000 sparse ones.
_PAST_DENSE_DAYS = 365
_PAST_DENSE_A_DAY = 137
_PAST_SPARSE_DAYS = 250


@dataclass(frozen=True)
class Shape:
    """One load. Events a day are per account, heartbeats and the customers' first records not counted."""

    name: str
    accounts: int
    users: int  #: per account
    history_days: int  #: processed before the measured part begins; 0: all is measured
    history_a_day: int
    days: int
    events_a_day: int

    @property
    def all_days(self) -> int:
        return self.history_days + self.days


def dense(events: int = DENSE_EVENTS) -> Shape:
    """200 events an account and day; about `events` of them are measured.

    >>> dense().accounts
    200
    """
    accounts = max(1, round(events / (_DENSE_DAYS * _DENSE_A_DAY)))
    return Shape("dense", accounts, 24, _HISTORY_DAYS, _HISTORY_A_DAY, _DENSE_DAYS, _DENSE_A_DAY)


def sparse(events: int = SPARSE_EVENTS) -> Shape:
    """2 events an account and day over 16 weeks; about `events` in all.

    >>> sparse().accounts
    2000
    """
    accounts = max(1, round(events / (_SPARSE_DAYS * _SPARSE_A_DAY)))
    return Shape("sparse", accounts, 8, 0, 0, _SPARSE_DAYS, _SPARSE_A_DAY)


def wide(share: float = 1.0) -> Shape:
    """5,000 accounts of 60 users: what a worker takes in memory that holds them all.

    >>> wide().accounts, wide().users
    (5000, 60)
    """
    accounts = max(1, round(_WIDE_ACCOUNTS * share))
    return Shape("wide", accounts, _WIDE_USERS, 0, 0, _WIDE_DAYS, _WIDE_A_DAY)


def past_dense(events: int = PAST_EVENTS) -> Shape:
    """A year of 137 events an account and day; about `events` of them.

    >>> past_dense(10_000_000).accounts
    200
    """
    accounts = max(1, round(events / (_PAST_DENSE_DAYS * _PAST_DENSE_A_DAY)))
    return Shape("past dense", accounts, 24, 0, 0, _PAST_DENSE_DAYS, _PAST_DENSE_A_DAY)


def past_sparse(events: int = PAST_EVENTS) -> Shape:
    """250 days of 2 events an account and day; about `events` of them.

    >>> past_sparse(10_000_000).accounts
    20000
    """
    accounts = max(1, round(events / (_PAST_SPARSE_DAYS * _SPARSE_A_DAY)))
    return Shape("past sparse", accounts, 8, 0, 0, _PAST_SPARSE_DAYS, _SPARSE_A_DAY)
