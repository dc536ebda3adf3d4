"""One small history for all tests of the backtest."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.story.history import tell, write

ACCOUNTS, DAYS = 8, 120


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `twomotion story` writes it."""
    folder = tmp_path_factory.mktemp("story")
    write(tell(ACCOUNTS, DAYS, seed=3), folder)
    return folder
