"""A story that was told: what the tests of this folder look at."""

from __future__ import annotations

from dataclasses import dataclass

from streams.story.history import Story
from streams.story.records import Record


@dataclass(frozen=True)
class Told:
    story: Story
    records: list[Record]
