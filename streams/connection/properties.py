"""Kafka's `client.properties`: the file that providers of Kafka hand out, with librdkafka's names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

BOOTSTRAP = "bootstrap.servers"


class WrongProperties(ValueError):
    """The file cannot be read; the message names file and line, and never shows a value."""


def read_properties(path: Path, names: Iterable[str]) -> Mapping[str, str]:
    """The file's `name=value` lines, by name; lines that begin with `#` or `!` are comments.

    Args:
        names: those that may be in it. Another one is refused: a misspelt name of a security setting would
            otherwise be a setting that silently does not apply.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failed:
        reason = failed.strerror if isinstance(failed, OSError) else "not UTF-8 text"
        raise WrongProperties(f"{path} cannot be read: {reason}") from None
    known = frozenset((BOOTSTRAP, *names))
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped[0] in "#!":
            continue
        name, equals, value = (part.strip() for part in stripped.partition("="))
        if not equals:
            raise WrongProperties(f"{path}:{number}: not `name=value`")
        if name not in known:
            raise WrongProperties(
                f"{path}:{number}: {name} is not read here; known are {', '.join(sorted(known))}"
            )
        found[name] = value
    return found
