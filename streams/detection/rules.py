"""A rule: a signal of the catalog made ready to run, with one variant per segment."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from streams.detection.catalog.model import Gates, SignalSpec
from streams.detection.detectors.base import Detector
from streams.detection.facts import Touch
from streams.detection.packaging import Packaging
from streams.detection.units import Millis

SEGMENTS: tuple[str | None, ...] = (None, "smb", "mid_market", "enterprise")


class Clock(IntEnum):
    """The clocks that time reaches signals through: three sources with their stall, and the calendar without."""

    USAGE = 0
    SUPPORT = 1
    CRM = 2
    CALENDAR = 3


CLOCK_OF_TOPIC = {"product-usage": Clock.USAGE, "support-changes": Clock.SUPPORT, "crm-changes": Clock.CRM}
TOPIC_OF_CLOCK = {clock: topic for topic, clock in CLOCK_OF_TOPIC.items()}


@dataclass(frozen=True, slots=True)
class Variant:
    """A signal's parameters for one segment; durations in ms."""

    enabled: bool
    detector: Detector
    hold_for: Millis
    clears_for: Millis
    expires: Millis
    cooldown: Millis
    newly: bool = False


class Variants(dict[str | None, Variant]):
    """The parameters by segment; None and every segment that is not known have the defaults."""

    def __missing__(self, segment: str | None) -> Variant:
        if segment is None:
            raise KeyError(segment)
        return self[None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One signal of one motion."""

    spec: SignalSpec
    motion: str
    clock: Clock
    levels: tuple[str, ...]
    points: tuple[int, ...]
    touches: int
    falls: bool
    over_verdicts: bool
    variants: Variants
    by_subject: int = 0
    """The touch of which an event concerns one subject's finding only."""
    news: int = 0
    """The detector's, of all segments, and new or erased users; 0 where it has none in one of them."""
    id: str = field(init=False, default="")
    """The signal's; a field, as the next, because it is asked for at every step."""
    gates: Gates = field(init=False, default_factory=Gates)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", self.spec.id)
        object.__setattr__(self, "gates", self.spec.gates)

    @property
    def case(self) -> str:
        """What alerts of one account share to be one case: the family, or the engine; a signal without either is a
        case of its own."""
        return self.spec.family or self.spec.engine or self.spec.id


def compile_rule(spec: SignalSpec, motion: str, packaging: Packaging, usual_points: dict[str, int]) -> Rule:
    """Raises ValueError where an override does not fit its detector, or names what the packaging lacks."""
    numbers = tuple(spec.levels.values())
    variants = Variants()
    for segment in SEGMENTS:
        over = spec.segments.get(segment) if segment else None  # type: ignore[call-overload]
        detector = spec.detect.detector(over.detect if over else {}).bind(numbers, packaging)
        variants[segment] = Variant(
            enabled=over.enabled if over and over.enabled is not None else True,
            detector=detector,
            hold_for=over.hold_for if over and over.hold_for is not None else spec.hold_for,
            clears_for=over.clears_for if over and over.clears_for is not None else spec.clears_for,
            expires=over.expires if over and over.expires is not None else spec.expires,
            cooldown=over.cooldown if over and over.cooldown is not None else spec.cooldown,
            newly=spec.newly,
        )
    kind = type(variants[None].detector)
    reads = news = 0
    for variant in variants.values():
        reads |= variant.detector.reads
        news |= variant.detector.news
    if spec.gates.acv_at_least is not None:
        reads |= Touch.CONTRACT
    return Rule(
        spec=spec,
        motion=motion,
        clock=Clock[spec.source.upper()],
        levels=tuple(spec.levels),
        points=tuple((spec.points or usual_points).get(level, usual_points[level]) for level in spec.levels),
        touches=reads | Touch.PROFILE,
        news=news | Touch.USERS if all(variant.detector.news for variant in variants.values()) else 0,
        by_subject=min(variant.detector.by_subject for variant in variants.values()),
        over_verdicts=kind.over_verdicts,
        falls=kind.falls,
        variants=variants,
    )
