"""An account of some size in which nobody knows who else could buy."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from streams.detection.buying_centres import (
    customer_since,
    deployed_departments,
    is_deployed,
    known,
)
from streams.detection.catalog.durations import Days
from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import BuyingCentre, Facts, Touch
from streams.detection.reading import Evidence, Finding, Memory, Reading
from streams.detection.units import Millis, date_of, day_of, day_start


class Unmapped(Detector):
    """No buying centre beyond those that work with the product is known, so long after the start.

    Mechanism: centres count that are known (neither suspected nor ruled out) and not deployed; one whose deployment
    nobody has said is deployed where users of its department are. The start is the day from which the account is a
    customer, else that of its first contract; without either nothing is said.

    Trade-off: it asks whether there is a map, not whether the map is any good.

    Shapes and units: `after` in UTC days since the start.

    >>> Unmapped(after="180d").after
    180
    """

    touches: ClassVar[int] = Touch.CENTRES | Touch.CONTRACT | Touch.PROFILE | Touch.USERS
    fields: ClassVar[frozenset[str]] = frozenset({"since", "deployed"})

    after: Days = Field(default=180, description="days since the account became a customer")

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        started = customer_since(facts)
        if started is None:
            return Reading()
        due = started + self.after
        if day_of(now) < due:
            return Reading(recheck_at=day_start(due))
        beyond = len(self.beyond(facts))
        hit = beyond == 0
        return Reading((Finding(hit=hit, clear=not hit, observed=beyond, threshold=1),))

    def beyond(self, facts: Facts) -> list[BuyingCentre]:
        """The known buying centres that nothing is deployed in."""
        deployed = deployed_departments(facts) if facts.centres else frozenset()
        return [
            centre for centre in facts.centres.values() if known(centre) and not is_deployed(centre, deployed)
        ]

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        today, started = day_of(now), customer_since(facts)
        beyond = self.beyond(facts)
        return Evidence(
            observed=float(len(beyond)),
            threshold=1.0,
            unit="known buying centres beyond today's",
            window=(today if started is None else min(started, today), today),
            event_ids=tuple(centre.first.event_id for centre in beyond if centre.first)[:20],
            details={
                "since": None if started is None else str(date_of(started)),
                "deployed": ", ".join(sorted(deployed_departments(facts))) or "departments not known",
            },
        )
