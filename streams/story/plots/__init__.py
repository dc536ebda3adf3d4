"""The registry of plots. A file in this folder is found by itself; each holds one plot or a few of a kind.

A plot says what it asks of its account (`role`), how many accounts of 200 play it (`share`), and writes
the account's script and truth (`direct`).
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache

from streams.story.plots.base import Plot


@cache
def plots() -> dict[str, Plot]:
    """Every plot by name, in alphabetical order."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    kinds = Plot.__subclasses__()
    for kind in kinds:
        kinds += kind.__subclasses__()  # one plot may be a variation of another
    found = [kind() for kind in kinds if not inspect.isabstract(kind)]
    by_name = {plot.name: plot for plot in found}
    if len(by_name) != len(found):
        raise ValueError("two plots share a name: " + ", ".join(sorted(plot.name for plot in found)))
    return dict(sorted(by_name.items()))
