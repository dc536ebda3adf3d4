"""Accounts at rest."""

from __future__ import annotations

from bench.at_rest import states_of
from streams.detection.account import Account


def test_each_account_of_the_load_rests_with_its_users() -> None:
    states = states_of(10, seed=1, days=3, events_a_day=4)
    accounts = [Account.decode(b"acct", state) for state in states]
    assert len(accounts) == 12
    assert all(len(account.facts.users.names) >= 10 for account in accounts)
