"""Facts as bytes: one version byte, then MessagePack by position.

No compression: it would cost ten times what encoding costs, and the changelog's producer compresses whole
batches better than one account at a time.
"""

from __future__ import annotations

import msgspec

from streams.detection.facts.state import Facts

VERSION = 1
"""Raised when bytes of an older version would be misread. Fields added at an end with a default need no new
one.
"""

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Facts)
_PREFIX = bytes((VERSION,))


class UnknownVersion(ValueError):
    """The bytes were written by a release that this one does not know."""


def encode_facts(facts: Facts) -> bytes:
    """The facts as they rest in memory and on the changelog."""
    return _PREFIX + _ENCODER.encode(facts)


def decode_facts(data: bytes | memoryview) -> Facts:
    """Facts that `encode_facts` wrote, in this release or an earlier one.

    Raises UnknownVersion for a version of the future, msgspec.DecodeError for bytes that are no facts.
    """
    view = memoryview(data)
    if not view or view[0] != VERSION:
        found = view[0] if view else None
        raise UnknownVersion(f"facts of version {found}, this release reads version {VERSION}")
    return _DECODER.decode(view[1:])
