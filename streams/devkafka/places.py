"""Where a development Kafka keeps things between runs: one folder in the user's cache."""

from __future__ import annotations

import os
from pathlib import Path


def cache_dir() -> Path:
    """`$XDG_CACHE_HOME/twomotion`, or `~/.cache/twomotion`. Everything in it can be deleted at any time."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "twomotion"


def jars_dir() -> Path:
    """Downloaded jars, laid out as a Maven repository."""
    return cache_dir() / "jars"


def kafka_dir() -> Path:
    """Data, log and state of the Kafka that `twomotion kafka up` starts."""
    return cache_dir() / "kafka"
