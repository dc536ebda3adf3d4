"""Faust without the HTTP client that it names in a type and a worker never makes.

`faust.types.web` imports `aiohttp.client` for a name alone: forty modules, 8 MB in every worker process. A
placeholder stands in while Faust is imported; whoever wants aiohttp afterwards gets it. To be imported before
anything that imports Faust; without it all works the same.
"""

from __future__ import annotations

import sys
from types import ModuleType


class NoHttpClient:
    """In place of aiohttp's client session, for a Faust app's setting `HttpClient` too."""


def _import_faust() -> None:
    client = ModuleType("aiohttp.client")
    client.ClientSession = NoHttpClient  # type: ignore[attr-defined]
    placeholders = {"aiohttp": ModuleType("aiohttp"), "aiohttp.client": client}
    sys.modules.update(placeholders)
    try:
        import faust.types.web  # noqa: F401
    finally:
        for name in placeholders:
            del sys.modules[name]


if "aiohttp" not in sys.modules and "faust" not in sys.modules:
    _import_faust()
