"""What was refused, why, and the original to the byte."""

from __future__ import annotations

import base64
from enum import StrEnum
from typing import Literal

from schemas.base import SCHEMA_VERSION, Contract, Count, Id, Label, Text, Time


class ReasonCode(StrEnum):
    """Why a record is in `dead-letters`; the sentence beside it says which field and what was expected."""

    MALFORMED_JSON = "malformed_json"
    NOT_AN_OBJECT = "not_an_object"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    INVALID_VALUE = "invalid_value"
    UNKNOWN_TYPE = "unknown_type"
    EMPTY_ACCOUNT_ID = "empty_account_id"
    IN_THE_FUTURE = "in_the_future"
    NULL_VALUE = "null_value"
    KEY_NOT_UTF8 = "key_not_utf8"
    TOO_LATE = "too_late"
    TOO_LARGE = "too_large"
    INVALID_CATALOG = "invalid_catalog"


class DeadLetterHeader(Contract):
    """One header of the original record; `value_base64` is null where the header had no value."""

    name: str
    value_base64: str | None


class DeadLetter(Contract):
    """One refused record. Written at least once; `id` is the record key and the same for each repeat.

    It carries no clock time of its own: the same record refused twice is the same dead letter.
    """

    schema_version: int = SCHEMA_VERSION
    id: Text
    """`topic/partition/offset` of the original."""
    reason: ReasonCode
    sentence: str
    """One sentence for a person: the field and what was expected."""
    stage: Literal["door", "engine"]
    """The door refuses what breaks the contract, the engine what is older than its memory and catalogs that are
    wrong."""
    topic: Label
    """Contract name of the topic the original lies on (`account-journal` where the engine refused)."""
    partition: Count
    offset: Count
    broker_time: Time
    account_id: Id | None = None
    """Where it could be read."""
    key_base64: str | None
    value_base64: str | None
    headers: tuple[DeadLetterHeader, ...] = ()

    def original_key(self) -> bytes | None:
        return None if self.key_base64 is None else base64.b64decode(self.key_base64)

    def original_value(self) -> bytes | None:
        return None if self.value_base64 is None else base64.b64decode(self.value_base64)
