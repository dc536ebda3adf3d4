"""Records of `control`, and the heartbeat that travels in band on every source topic."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from schemas.base import Envelope, Id, Label, Message, Motion, Positive, Sha256, Time

Document = Annotated[str, Field(min_length=1)]
"""The text of a file or set of files, as one text; its hash is taken over the UTF-8 bytes."""


class SourceHeartbeat(Message):
    """A feed says that it lives, and up to when it has published everything.

    Published to every partition of the topic by the publisher, in order with its events.
    """

    type: Literal["source.heartbeat"]
    event_id: Id | None = None
    complete_up_to: Time
    interval_s: Positive
    """Seconds between two heartbeats."""


class CatalogActivated(Message):
    """From here on this signal catalog applies to the motion. It has no account, it concerns all."""

    type: Literal["catalog.activated"]
    event_id: Id
    motion: Motion
    version: Label
    sha256: Sha256
    catalog: Document

    @model_validator(mode="after")
    def _is_whole(self) -> CatalogActivated:
        _check_hash("catalog", self.catalog, self.sha256)
        return self


class ReferenceActivated(Message):
    """From here on this reference data applies; without `motion` it is shared by both."""

    type: Literal["reference.activated"]
    event_id: Id
    name: Literal["packaging", "routing", "plays", "calendar", "renewal-steps"]
    motion: Motion | None = None
    version: Label
    sha256: Sha256
    content: Document

    @model_validator(mode="after")
    def _is_whole(self) -> ReferenceActivated:
        _check_hash("content", self.content, self.sha256)
        return self


class AccountErase(Envelope):
    """Forget everything about the account."""

    type: Literal["account.erase"]
    request_id: Id


class UserErase(Envelope):
    """Forget one person of the account: a user, a contact, or both when they are the same."""

    type: Literal["user.erase"]
    request_id: Id
    user_id: Id | None = None
    contact_id: Id | None = None

    @model_validator(mode="after")
    def _names_somebody(self) -> UserErase:
        if self.user_id is None and self.contact_id is None:
            raise ValueError("`user_id` or `contact_id` must be given")
        return self


def _check_hash(name: str, text: str, sha256: str) -> None:
    if hashlib.sha256(text.encode()).hexdigest() != sha256:
        raise ValueError(f"`sha256` is not the hash of `{name}`")


ControlEvent: TypeAlias = CatalogActivated | ReferenceActivated | AccountErase | UserErase
