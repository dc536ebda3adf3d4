"""What every message of the contract has in common: strictness, text formats, the envelope.

Numbers are numbers, never texts that look like one. Times, dates and money are texts in exactly one
format each, checked by a pattern before they are parsed, so that every decoder reads them the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core import core_schema as cs

SCHEMA_VERSION = 1
LARGEST_COUNT = 2**53 - 1
"""Largest whole number that every JSON reader keeps exact."""


class Contract(BaseModel):
    """A message or a part of one: frozen, strict about types, deaf to fields it does not know."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        validate_by_name=True,  # `from` is a word of the contract, but no Python name
        validate_by_alias=True,
        serialize_by_alias=True,
    )

    def encode(self) -> bytes:
        """The message as it goes onto a topic: UTF-8 JSON, fields in the order of the contract."""
        return self.model_dump_json().encode()


@dataclass(frozen=True)
class _Format:
    """A text in one format, parsed to `parsed`; what is expected is said in words, not as a pattern."""

    parsed: Literal["text", "time", "date", "decimal"]
    pattern: str
    expected: str
    json_format: str | None = None
    longest: int | None = None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        text: CoreSchema = cs.str_schema(pattern=self.pattern, max_length=self.longest, strict=True)
        if self.parsed == "time":
            parse: CoreSchema = cs.datetime_schema(tz_constraint="aware", strict=False)
            read: CoreSchema = cs.no_info_after_validator_function(_in_utc, cs.chain_schema([text, parse]))
            ready: CoreSchema = cs.datetime_schema(tz_constraint="aware", strict=True)
            instance: CoreSchema = cs.no_info_after_validator_function(_in_utc, ready)
        elif self.parsed == "date":
            read = cs.chain_schema([text, cs.date_schema(strict=False)])
            instance = cs.date_schema(strict=True)
        elif self.parsed == "decimal":
            read = cs.chain_schema([text, cs.decimal_schema(strict=False)])
            instance = cs.decimal_schema(strict=True)
        else:
            return self._told(text)
        in_python = cs.union_schema([instance, read], mode="left_to_right")
        return self._told(cs.json_or_python_schema(json_schema=read, python_schema=in_python))

    def _told(self, schema: CoreSchema) -> CoreSchema:
        return cs.custom_error_schema(
            schema, custom_error_type="expected", custom_error_message=self.expected
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        described: dict[str, Any] = {"type": "string", "pattern": self.pattern}
        if self.json_format is not None:
            described["format"] = self.json_format
        if self.longest is not None:
            described["maxLength"] = self.longest
        return described


def _in_utc(time: datetime) -> datetime:
    return time.astimezone(UTC)


# Control characters are refused in ids: a NUL in front marks the project's own journal and state keys.
_NO_CONTROL = r"[^\x00-\x1f\x7f]"

Id = Annotated[
    str,
    _Format(
        "text",
        rf"^{_NO_CONTROL}*[^\s\x00-\x1f\x7f]{_NO_CONTROL}*$",
        "a text of 1 to 200 characters that is not blank",
        longest=200,
    ),
]
"""An identifier of the publisher's: 1 to 200 characters, not blank, no control characters."""

Label = Id
"""A name that is compared as it stands (department, feature, meter, persona): bounded like an id."""

Text = Annotated[str, Field(min_length=1, max_length=2_000)]
"""Words for a person: 1 to 2,000 characters."""

AlertId = Annotated[
    str, _Format("text", r"^\S+/[^\x00-\x1f\x7f]+/[0-9]+$", "signal/account/ordinal", longest=400)
]
"""`signal/account/ordinal of the opening`; the account may hold slashes, the two others do not."""

Time = Annotated[
    datetime,
    _Format(
        "time",
        r"^(19[7-9][0-9]|2[0-9]{3})-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
        r"(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$",
        "a time with its offset, microseconds at most, such as 2026-01-31T08:00:00Z",
        json_format="date-time",
    ),
]
"""RFC 3339 with an offset, microseconds at most, 1970 to 2999; converted to UTC."""

Date = Annotated[
    date,
    _Format(
        "date",
        r"^(19|[2-9][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}$",
        "a date such as 2026-01-31",
        json_format="date",
    ),
]
"""A calendar day, `YYYY-MM-DD`, from 1900."""

Money = Annotated[
    Decimal,
    _Format(
        "decimal",
        r"^[0-9]{1,15}(\.[0-9]{1,6})?$",
        'an amount of money as a decimal text, not negative, such as "1200.50"',
    ),
]
"""An amount that cannot be negative, as a decimal text; its currency is a field beside it."""

SignedMoney = Annotated[
    Decimal,
    _Format(
        "decimal",
        r"^-?[0-9]{1,15}(\.[0-9]{1,6})?$",
        'an amount of money as a decimal text, such as "1200.50" or "-80"',
    ),
]
"""An amount that may be negative (a credit note, a shrinking renewal), as a decimal text."""

Currency = Annotated[str, _Format("text", r"^[A-Z]{3}$", "an ISO 4217 currency code such as EUR")]
Country = Annotated[str, _Format("text", r"^[A-Z]{2}$", "an ISO 3166 country code such as DE")]
Region = Annotated[
    str,
    _Format("text", r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$", "an ISO 3166 code such as DE or US-CA"),
]
TimeZone = Annotated[
    str, _Format("text", r"^[A-Za-z][A-Za-z0-9_+/-]{0,63}$", "an IANA time zone such as Europe/Berlin")
]
Sha256 = Annotated[str, _Format("text", r"^[0-9a-f]{64}$", "64 lower-case hexadecimal digits")]

Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]
Positive = Annotated[int, Field(ge=1, le=LARGEST_COUNT)]
Severity = Annotated[int, Field(ge=1, le=4)]
"""Of a ticket: 1 is the worst."""
Amount = Annotated[float, Field(ge=0)]
"""A measured level that cannot be negative."""
Fraction = Annotated[float, Field(ge=0, le=1)]

Motion = Literal["retention", "growth"]
Origin = Literal["live", "backfill", "snapshot"]


class Message(Contract):
    """What even a message without an account carries."""

    type: str
    schema_version: Positive
    occurred_at: Time
    """When the source recorded it."""
    source_system: Label
    """Which product, help desk or CRM; with the topic it names the feed."""


class Envelope(Message):
    """What every event about an account carries."""

    event_id: Id
    """The same for every retry of the publisher."""
    account_id: Id
    origin: Origin = "live"
    """A backfill or snapshot sets facts and opens no occurrence."""
    entity_version: Count | None = None
    """For state events out of order: the higher one wins, then the later `occurred_at`."""
    workspace_id: Id | None = None


class Patch(Envelope):
    """A state event: an absent optional field is unchanged, one that is null is cleared.

    The envelope's own fields describe the event, not the state, and are no part of the patch.
    """

    def encode(self) -> bytes:
        """As JSON without what was never given: a null would clear it."""
        return self.model_dump_json(exclude_unset=True).encode()
