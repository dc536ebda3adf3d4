"""Every topic, once: what is on it, how it is kept, who writes it and who reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from schemas.board import AccountQuadrant, QuadrantChange
from schemas.dead_letters import DeadLetter
from schemas.growth import ExpansionOpportunity
from schemas.journal import Watermark
from schemas.registry import EVENTS_OF_TOPIC, MESSAGES
from schemas.retention import RetentionAlert

_DAY_MS = 86_400_000
_MB = 1_048_576
_JOURNAL_PARTITIONS = 32


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One topic as `twomotion topics apply` makes it and `topics check` expects it."""

    name: str
    """Contract name; the real one may have a prefix, see `real_name`."""
    doc: str
    key: str
    models: tuple[type[BaseModel], ...]
    """What a record's value can be; empty for the engine's own bytes."""
    partitions: int
    pinned: bool = False
    """The partition count can never change: an account's order or its state would be lost."""
    retention_ms: int | None
    """None: kept for ever, or until compacted."""
    cleanup_policy: Literal["delete", "compact"] = "delete"
    timestamp_type: Literal["LogAppendTime", "CreateTime"] = "LogAppendTime"
    """The broker's clock: a publisher's own cannot be trusted to say when a record came."""
    max_message_bytes: int = _MB
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    owner: str


def _source(name: str, partitions: int, retention_ms: int | None, producer: str, doc: str) -> Topic:
    return Topic(
        name=name,
        doc=doc,
        key="account_id as UTF-8 (whatever else is put right by the door)",
        models=tuple(EVENTS_OF_TOPIC[name].values()),
        partitions=partitions,
        retention_ms=retention_ms,
        producers=(producer,),
        consumers=("door",),
        owner=producer,
    )


def _output(
    name: str,
    model: type[BaseModel],
    consumers: tuple[str, ...],
    owner: str,
    doc: str,
    *,
    state: bool = False,
) -> Topic:
    return Topic(
        name=name,
        doc=doc,
        key="account_id as UTF-8",
        models=(model,),
        partitions=8,
        retention_ms=None if state else 365 * _DAY_MS,
        cleanup_policy="compact" if state else "delete",
        producers=("engine",),
        consumers=consumers,
        owner=owner,
    )


_ALL = (
    _source("product-usage", 8, 30 * _DAY_MS, "product", "What people and programs do in the product."),
    _source("support-changes", 4, 30 * _DAY_MS, "help desk", "Tickets and satisfaction scores."),
    _source("crm-changes", 4, 30 * _DAY_MS, "CRM", "Contracts, people, plans, deals, news."),
    _source("retention-feedback", 1, 30 * _DAY_MS, "retention inbox", "What became of risks, by people."),
    _source(
        "expansion-feedback", 1, 30 * _DAY_MS, "growth inbox", "What became of opportunities, by people."
    ),
    _source("control", 1, None, "operator", "Activations of catalogs and reference data, erasures."),
    Topic(
        name="account-journal",
        doc="The one ordered log that detection reads: every valid event by account, and watermarks.",
        key="account_id as UTF-8; a NUL in front marks the project's own records",
        models=(*MESSAGES.values(), Watermark),
        partitions=_JOURNAL_PARTITIONS,
        pinned=True,
        retention_ms=400 * _DAY_MS,
        max_message_bytes=2 * _MB,
        producers=("door",),
        consumers=("engine", "lab"),
        owner="detection",
    ),
    Topic(
        name="account-state",
        doc="Changelog of the engine's state, one encoded record an account and one a partition.",
        key="account_id as UTF-8; a NUL in front marks the project's own records",
        models=(),
        partitions=_JOURNAL_PARTITIONS,
        pinned=True,
        retention_ms=None,
        cleanup_policy="compact",
        max_message_bytes=8 * _MB,
        producers=("engine",),
        consumers=("engine",),
        owner="detection",
    ),
    _output(
        "retention-alerts", RetentionAlert, ("retention inbox",), "retention", "Risks: what is going wrong."
    ),
    _output(
        "expansion-opportunities",
        ExpansionOpportunity,
        ("growth inbox",),
        "growth",
        "Opportunities: what is going right in a commercially relevant way.",
    ),
    _output(
        "quadrant-changes",
        QuadrantChange,
        ("console",),
        "board",
        "History of the board: which of the four situations an account moved to.",
    ),
    _output(
        "account-quadrants",
        AccountQuadrant,
        ("console",),
        "board",
        "State of the board: each account's situation, and what is held back and why.",
        state=True,
    ),
    Topic(
        name="dead-letters",
        doc="What was refused, with the original bytes, a reason code and a sentence.",
        key="topic/partition/offset of the original",
        models=(DeadLetter,),
        partitions=4,
        retention_ms=90 * _DAY_MS,
        max_message_bytes=2 * _MB,
        producers=("door", "engine"),
        consumers=("operator",),
        owner="detection",
    ),
)

TOPICS: dict[str, Topic] = {topic.name: topic for topic in _ALL}
"""Contract name → topic."""

SOURCES: tuple[str, ...] = tuple(EVENTS_OF_TOPIC)
"""Contract names of the topics the door reads."""

PUBLISHED: dict[str, type[BaseModel]] = {
    **MESSAGES,
    **{
        model.__name__: model
        for topic in _ALL
        for model in topic.models
        if model.__name__ not in {message.__name__ for message in MESSAGES.values()}
    },
}
"""Everything that has a JSON Schema and an example: events by their `type`, the others by class name."""


def real_name(prefix: str, name: str) -> str:
    """The name on the broker; KeyError for a topic that the contract does not know.

    >>> real_name("t3f9-", "control")
    't3f9-control'
    """
    return prefix + TOPICS[name].name
