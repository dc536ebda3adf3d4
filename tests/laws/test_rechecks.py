"""Signals over the CRM's map, people and dates, and over new users, promise honest rechecks: reading them at every
midnight finds nothing more, whatever comes in whatever order."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.journal import WATERMARK_KEY
from streams.assembly import load_system
from streams.detection.engine import PartitionEngine
from streams.detection.system import System
from tests.laws import comings_and_goings, on_the_map, people_and_dates
from tests.laws.eager import eager_system
from tests.laws.examined import with_rules
from tests.support.journal import Record

Message = tuple[str, ...]


@dataclass(frozen=True)
class Accounts:
    """Made-up accounts of one kind, and the signals of one motion that are read over them."""

    motion: str
    signals: frozenset[str]
    story: Callable[[int], list[Record]]
    quiet: Callable[[], list[Record]]
    readings_when_quiet: int

    @cached_property
    def lazy(self) -> System:
        """Only these signals, read when they ask for it."""
        bundled = load_system()
        rules = tuple(rule for rule in bundled.rules if rule.id in self.signals)
        assert {rule.id for rule in rules} == self.signals
        alone = with_rules(bundled, self.motion, rules)
        return replace(alone, motions=tuple(m for m in alone.motions if m.name == self.motion))

    @cached_property
    def always(self) -> System:
        """The same, read at every midnight."""
        return eager_system(self.lazy)

    @cached_property
    def heard(self) -> frozenset[str]:
        """The signals that spoke in a few of the stories."""
        told = (said(self.lazy, self.story(seed))[0] for seed in range(24))
        return frozenset(message[0].split("/")[0] for messages in told for message in messages)


MAP = Accounts("growth", on_the_map.SIGNALS, on_the_map.story, on_the_map.quiet, 60)
PEOPLE = Accounts("retention", people_and_dates.SIGNALS, people_and_dates.story, people_and_dates.quiet, 120)
USERS = Accounts(
    "growth", comings_and_goings.SIGNALS, comings_and_goings.story, comings_and_goings.quiet, 160
)
UNHEARD = {"healthy-not-expanding"}
"""Half a year without risk and a year without a purchase: longer than the stories."""
KINDS = pytest.mark.parametrize("accounts", [MAP, PEOPLE, USERS], ids=["map", "people and dates", "users"])


def said(rules: System, records: list[Record]) -> tuple[list[Message], int]:
    """Every alert: id, revision, status, level, subjects, and by how many midnights of the journal it was said (not
    the hour: what falls due at the time of an event is decided with it or by the next watermark; nor the time of
    the decision: what was held speaks as of its last reading). And the number of readings."""
    midnights = list(accumulate(record.key == WATERMARK_KEY for record in records))
    engine = PartitionEngine(rules, 0, {})
    found = []
    for message in engine.process(records):
        body = json.loads(message.value)
        if "alert_id" in body:
            level = body.get("severity") or body["strength"]
            parts = (body["alert_id"], str(body["revision"]), body["status"], level)
            subjects = sorted(subject["id"] for subject in body["subjects"])
            found.append((*parts, str(midnights[body["journal"]["offset"]]), *subjects))
    return sorted(found), engine.stats.evaluations


@KINDS
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
@example(seed=649_174)  # a cooldown that ends a millisecond after midnight
def test_reading_at_every_midnight_finds_nothing_more(accounts: Accounts, seed: int) -> None:
    records = accounts.story(seed)
    assert said(accounts.lazy, records)[0] == said(accounts.always, records)[0]


@KINDS
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 60))
def test_batches_and_commits_change_nothing(accounts: Accounts, seed: int, size: int) -> None:
    records = accounts.story(seed)
    whole = PartitionEngine(accounts.lazy, 0, {}).process(records)
    engine, found = PartitionEngine(accounts.lazy, 0, {}), []
    for start in range(0, len(records), size):
        found += engine.process(records[start : start + size])
        engine.flush()
        engine.committed()
        engine.discard()
    assert found == whole


@KINDS
def test_the_made_up_accounts_make_every_signal_speak(accounts: Accounts) -> None:
    """Otherwise the laws above would hold of silence."""
    assert accounts.signals - accounts.heard <= UNHEARD


@KINDS
def test_a_quiet_account_is_hardly_ever_read(accounts: Accounts) -> None:
    assert said(accounts.lazy, accounts.quiet())[1] < accounts.readings_when_quiet
