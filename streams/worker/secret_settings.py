"""Settings that are secrets: from a variable, or from the file that the variable with `_FILE` names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


class UnreadableSecret(ValueError):
    """The file cannot be read, or both ways are used; the message names the variable."""


def secret_from(environment: Mapping[str, str], variable: str) -> str | None:
    """The secret's text, None when it is not set (an empty variable counts as that)."""
    text, file = environment.get(variable), environment.get(f"{variable}_FILE")
    if text and file:
        raise UnreadableSecret(f"{variable} and {variable}_FILE are both set: leave one out")
    if not file:
        return text or None
    try:
        # A file made with an editor or `echo` ends with a line break that is no part of the secret.
        secret = Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as failed:
        reason = failed.strerror if isinstance(failed, OSError) else "not UTF-8 text"
        raise UnreadableSecret(f"{variable}_FILE: {file} cannot be read: {reason}") from None
    if not secret:
        # Meant to be set: going on without it would leave open what was to be closed.
        raise UnreadableSecret(f"{variable}_FILE: {file} is empty")
    return secret
