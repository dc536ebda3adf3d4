"""The page of the settings is made from the settings."""

from __future__ import annotations

from streams.worker.settings import own_settings, variable_of
from streams.worker.settings_page import PAGE, page


def test_the_page_is_as_the_settings_are() -> None:
    assert PAGE.read_text() == page(), "python -m streams.worker.settings_page"


def test_every_setting_says_what_it_is() -> None:
    assert all(f"| `{variable_of(name)}`" in page() for name in own_settings())
    assert "|  |" not in page()
