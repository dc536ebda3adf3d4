"""Two stories, told once: one of the default size, and a small one."""

from __future__ import annotations

import pytest

from streams.story.history import tell
from tests.story.told import Told


def _told(accounts: int, days: int, seed: int) -> Told:
    story = tell(accounts, days, seed)
    return Told(story, list(story.records()))


@pytest.fixture(scope="session")
def default_story() -> Told:
    return _told(200, 150, 1)


@pytest.fixture(scope="session")
def small_story() -> Told:
    return _told(12, 120, 5)
