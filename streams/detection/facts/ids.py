"""Ids as keys of a bounded state."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

LONGEST_ID: Final = 64
"""Characters of an id that are kept; a longer one keeps its beginning and gets a digest of the whole."""


def bounded_id(text: str) -> str:
    """The id itself, or a distinct one of 64 characters that begins alike.

    >>> bounded_id("u-7"), len(bounded_id("x" * 500)), bounded_id("x" * 500) == bounded_id("x" * 501)
    ('u-7', 64, False)
    """
    if len(text) <= LONGEST_ID:
        return text
    return text[:47] + "#" + blake2b(text.encode(), digest_size=8).hexdigest()
