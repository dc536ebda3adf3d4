"""What a metric is, and the labels that metrics have: every one with a bound on its values.

No label ever names an account, a user or anything else that grows with the customers: what a label may
say is a closed set, or the first so many values that come. Whatever else comes is counted as `other`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from schemas.alerts import Quadrant
from schemas.base import Motion
from schemas.board import HoldReason
from schemas.dead_letters import ReasonCode
from schemas.growth import ExpansionStatus
from schemas.retention import RetentionStatus
from schemas.topics import SOURCES, TOPICS

OTHER: Final = "other"
"""What a value is called that a label has no room for."""

Kind: TypeAlias = Literal["counter", "gauge", "histogram"]
Area: TypeAlias = Literal["service", "retention", "growth"]
Where: TypeAlias = Literal["door", "engine", "worker", "supervisor"]
Together: TypeAlias = Literal["sum", "most", "least"]

MOTIONS: Final[tuple[str, ...]] = get_args(Motion)
JOURNAL: Final = "account-journal"
_OUTPUTS: Final = tuple(
    name
    for name, topic in TOPICS.items()
    if "engine" in topic.producers and "engine" not in topic.consumers and name != "dead-letters"
)


@dataclass(frozen=True)
class Label:
    """One label: `values` is all it can say; where it is empty, the first `most` values that come."""

    name: str
    values: tuple[str, ...] = ()
    most: int = 0
    note: str = ""

    @property
    def bound(self) -> int:
        """How many values it can have, `other` among them."""
        return (len(self.values) or self.most) + 1


@dataclass(frozen=True)
class Metric:
    """One metric; a counter's series end on `_total`, which the name leaves out.

    Args:
        unit: of the value: seconds, bytes, records …; empty for a plain number or a yes (1) and no (0).
        together: what a supervisor makes of a gauge of several processes.
        buckets: upper bounds of a histogram.
    """

    name: str
    kind: Kind
    help: str
    unit: str = ""
    labels: tuple[Label, ...] = ()
    area: Area = "service"
    where: Where = "worker"
    together: Together = "sum"
    buckets: tuple[float, ...] = ()

    @property
    def series(self) -> str:
        """The name to ask Prometheus for; a histogram's is that of its buckets, without their ending."""
        return f"{self.name}_total" if self.kind == "counter" else self.name

    @property
    def label_names(self) -> tuple[str, ...]:
        return tuple(label.name for label in self.labels)

    @property
    def bound(self) -> int:
        """How many combinations of label values one process can show."""
        product = 1
        for label in self.labels:
            product *= label.bound
        return product


def _values(*names: str) -> tuple[str, ...]:
    return names


SOURCE: Final = Label("source", SOURCES, note="source topic, without prefix")
FEED: Final = Label("feed", most=200, note="`source_system` of the events; the first 200 that come")
OUTCOME_AT_DOOR: Final = Label("outcome", _values("accepted", "rejected", "heartbeat"))
LATE: Final = Label("how", _values("behind_watermark", "beyond_horizon"))
STAGE: Final = Label("stage", _values("door", "engine"))
REASON_OF_LETTER: Final = Label("reason", tuple(code.value for code in ReasonCode))
OUTCOME_IN_ENGINE: Final = Label(
    "outcome", _values("folded", "repeat", "publisher_repeat", "too_late", "watermark")
)
MOTION: Final = Label("motion", MOTIONS)
ACTIVATION: Final = Label("outcome", _values("applied", "refused"))
OUTPUT: Final = Label("topic", _OUTPUTS, note="output topic, without prefix")
QUADRANT: Final = Label("quadrant", get_args(Quadrant), note="where the account is now")
SIGNAL: Final = Label("signal", most=300, note="id in the motion's catalog; the first 300 that come")
RETENTION_STATUS: Final = Label("status", get_args(RetentionStatus))
GROWTH_STATUS: Final = Label("status", get_args(ExpansionStatus))
REASON_OF_HOLD: Final = Label("reason", tuple(reason.value for reason in HoldReason))
VERSION: Final = Label("version", most=8, note="at most 8 at a time")
CAUSE: Final = Label(
    "cause", _values("event", "watermark", "control"), note="which kind of journal record decided"
)
ABORT: Final = Label("reason", _values("fenced", "failed", "revoked"))
TOPIC_READ: Final = Label("topic", (*SOURCES, JOURNAL), note="without prefix")
PARTITION: Final = Label("partition", most=10_000, note="number of the assigned partition")
PROCESS: Final = Label("process", most=256, note="number of the process under its supervisor")
