"""Pseudonyms instead of people's ids, made at the door so that nothing behind it holds the originals.

A pseudonym is HMAC-SHA-256 of kind, account and id under a secret key, cut to 128 bits: the same person of an
account always gets the same one, so everything that counts, follows or erases people works as before. Without
the key nobody comes back from it, nor finds out whether a known id is behind it; two accounts' users cannot be
told to be the same person. (A hash without a key would be undone by trying all ids.)

What the contract does not know is left out on this way, and so are the names of people: either could hold
anything. Free texts of the contract (reasons, titles, notes of a path) are left as they are.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias, cast

import msgspec

from schemas.base import Envelope
from schemas.personal import Kind, kind_of
from schemas.wire import STRUCTS, decode_event
from streams.detection.units import Millis
from streams.door.admit import Admitted, Heartbeat, Refusal, admit

Scope: TypeAlias = Literal["users", "people"]
Verdict: TypeAlias = Admitted | Heartbeat | Refusal
Judge: TypeAlias = Callable[[str, bytes | None, bytes | None, Millis], Verdict]

_BYTES: Final = 16
_LETTER: Final[dict[Kind, str]] = {"user": "u", "contact": "c"}
_MADE: Final = re.compile(r"[uc]~[a-z2-7]{26}")
#: Ids whose pseudonym is remembered; making one takes about 3 µs.
_REMEMBERED: Final = 100_000


class Pseudonyms:
    """Makes pseudonyms under one key.

    Args:
        key: the secret, 32 bytes or more.
        scope: `users` for ids of users, `people` for those of contacts too.
    """

    def __init__(self, key: bytes, scope: Scope) -> None:
        self._key = key
        kinds: frozenset[Kind] = frozenset({"user"} if scope == "users" else {"user", "contact"})
        self._fields = {
            name: [
                (field, kind)
                for field in (each.name for each in msgspec.structs.fields(struct))
                if (kind := kind_of(name, field)) is not None and (kind == "name" or kind in kinds)
            ]
            for name, struct in STRUCTS.items()
        }
        self._known: dict[tuple[Kind, str, str], str] = {}
        self._encode = msgspec.json.Encoder().encode

    def of(self, kind: Kind, account: str, identifier: str) -> str:
        """Somebody's pseudonym; a pseudonym's own is itself, so that what was made so comes through unchanged."""
        asked = (kind, account, identifier)
        known = self._known.get(asked)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[asked] = self._make(kind, account, identifier)
        return known

    def _make(self, kind: Kind, account: str, identifier: str) -> str:
        if _MADE.fullmatch(identifier):
            return identifier
        # Ids hold no control characters, so the parts cannot be shifted against each other.
        whole = "\0".join((kind, account, identifier)).encode()
        digest = hmac.digest(self._key, whole, "sha256")[:_BYTES]
        return f"{_LETTER[kind]}~{base64.b32encode(digest).decode().rstrip('=').lower()}"

    def rewrite(self, value: bytes) -> bytes:
        """A valid event about an account, with pseudonyms; nothing in it but what the contract knows."""
        event = cast(Envelope, decode_event(value))
        account = event.account_id
        changes: dict[str, object] = {}
        for field, kind in self._fields[event.type]:
            identifier = getattr(event, field)
            if kind == "name":
                # In a patch absent, not null: there is nothing to clear.
                unset = identifier is msgspec.UNSET or event.type == "contact.changed"
                changes[field] = msgspec.UNSET if unset else None
            elif isinstance(identifier, tuple):
                changes[field] = tuple(self.of(kind, account, each) for each in identifier)
            elif isinstance(identifier, str):
                changes[field] = self.of(kind, account, identifier)
        # It is a struct with the model's attributes, not the model (`schemas.wire`).
        return self._encode(msgspec.structs.replace(cast(Any, event), **changes))

    def judge(self, topic: str, key: bytes | None, value: bytes | None, timestamp_ms: Millis) -> Verdict:
        """`admit`, and what it lets in with pseudonyms; a refused record's content is kept back."""
        verdict = admit(topic, key, value, timestamp_ms)
        if type(verdict) is Admitted:
            if verdict.everywhere:
                return verdict  # catalogs and reference data: nobody is in them
            return msgspec.structs.replace(verdict, value=self.rewrite(verdict.value))
        if type(verdict) is Refusal:
            return Refusal(
                verdict.reason,
                "its content is kept back because pseudonyms are on; the original lies on the source topic",
                withheld=True,
            )
        return verdict


def judge_with(pseudonyms: Pseudonyms | None) -> Judge:
    """How the door judges a record: without pseudonyms it is `admit` itself."""
    return admit if pseudonyms is None else pseudonyms.judge
