"""The group `twomotion signals` with every command of it; each command registers itself where it is defined."""

from streams.cli import signals_diff, signals_lint, signals_new
from streams.cli.signals import signals

__all__ = ["signals", "signals_diff", "signals_lint", "signals_new"]
