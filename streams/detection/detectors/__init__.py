"""The mechanisms. One detector, one class, one file; a signal is a YAML file over one of them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, model_validator

from streams.detection.detectors.adoption import Adoption
from streams.detection.detectors.ageing import Ageing
from streams.detection.detectors.backlog import Backlog
from streams.detection.detectors.base import Detector
from streams.detection.detectors.behind import Behind
from streams.detection.detectors.breadth import Breadth
from streams.detection.detectors.burst import Burst
from streams.detection.detectors.ceiling import Ceiling
from streams.detection.detectors.coverage import Coverage
from streams.detection.detectors.decline import Decline
from streams.detection.detectors.drop import Drop
from streams.detection.detectors.occurrence import Occurrence
from streams.detection.detectors.overdue import Overdue
from streams.detection.detectors.pulse import Pulse
from streams.detection.detectors.reengagement import Reengagement
from streams.detection.detectors.silence import Silence
from streams.detection.detectors.spread import Spread
from streams.detection.detectors.strikes import Strikes
from streams.detection.detectors.surge import Surge
from streams.detection.detectors.uncovered import Uncovered
from streams.detection.detectors.unexpanded import Unexpanded
from streams.detection.detectors.unmapped import Unmapped
from streams.detection.detectors.weak_intent import WeakIntent

DETECTORS: dict[str, type[Detector]] = {
    "adoption": Adoption,
    "ageing": Ageing,
    "backlog": Backlog,
    "behind": Behind,
    "breadth": Breadth,
    "burst": Burst,
    "ceiling": Ceiling,
    "coverage": Coverage,
    "decline": Decline,
    "drop": Drop,
    "occurrence": Occurrence,
    "overdue": Overdue,
    "pulse": Pulse,
    "reengagement": Reengagement,
    "silence": Silence,
    "spread": Spread,
    "strikes": Strikes,
    "surge": Surge,
    "uncovered": Uncovered,
    "unexpanded": Unexpanded,
    "unmapped": Unmapped,
    "weak_intent": WeakIntent,
}


class Detect(BaseModel):
    """`detect:` of a signal file: exactly one detector by its name, with its parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    adoption: Adoption | None = None
    ageing: Ageing | None = None
    backlog: Backlog | None = None
    behind: Behind | None = None
    breadth: Breadth | None = None
    burst: Burst | None = None
    ceiling: Ceiling | None = None
    coverage: Coverage | None = None
    decline: Decline | None = None
    drop: Drop | None = None
    occurrence: Occurrence | None = None
    overdue: Overdue | None = None
    pulse: Pulse | None = None
    reengagement: Reengagement | None = None
    silence: Silence | None = None
    spread: Spread | None = None
    strikes: Strikes | None = None
    surge: Surge | None = None
    uncovered: Uncovered | None = None
    unexpanded: Unexpanded | None = None
    unmapped: Unmapped | None = None
    weak_intent: WeakIntent | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Detect:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"name exactly one detector: {', '.join(sorted(DETECTORS))}")
        return self

    @property
    def kind(self) -> str:
        """The detector's name."""
        (kind,) = self.model_fields_set
        return kind

    def detector(self, overrides: dict[str, object]) -> Detector:
        """The detector, with some parameters replaced. Raises pydantic.ValidationError where they do not fit."""
        detector: Detector = getattr(self, self.kind)
        if not overrides:
            return detector
        merged = self.given[self.kind] | overrides
        return type(detector).model_validate(merged)

    @property
    def given(self) -> dict[str, dict[str, object]]:
        """The parameters as they were written, by detector."""
        return self._given

    _given: dict[str, dict[str, object]] = {}

    @model_validator(mode="wrap")
    @classmethod
    def _remember(cls, value: object, build):  # type: ignore[no-untyped-def]
        detect: Detect = build(value)
        if isinstance(value, dict):
            detect._given = {str(kind): dict(given or {}) for kind, given in value.items()}
        return detect


__all__ = ["DETECTORS", "Detect", "Detector"]
