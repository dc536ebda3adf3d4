"""What both motions are alike in: rules made of a catalog, and the part of a message that does not depend on the
motion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypedDict

from schemas import alerts
from streams.detection import wording
from streams.detection.catalog.load import Catalog
from streams.detection.routing import Route
from streams.detection.rules import Rule
from streams.detection.system import Notice


class Shared(TypedDict):
    """Fields of every message of either motion."""

    alert_id: str
    revision: int
    case_id: str
    account: alerts.AccountRef
    signal: alerts.SignalRef
    evidence: alerts.Evidence
    clears: str
    owner: alerts.Owner
    also_notify: tuple[alerts.Owner, ...]
    respond_by: datetime | None
    play: alerts.PlayRef
    quadrant: alerts.Quadrant
    times: alerts.Times
    catalog_version: str
    journal: alerts.JournalRef
    reason: str | None


@dataclass(frozen=True)
class CatalogMotion:
    """A motion over one catalog. What holds an alert back, and its words, are the motion's own."""

    name: ClassVar[str]

    catalog: Catalog
    rules: tuple[Rule, ...]

    @property
    def catalog_version(self) -> str:
        """The name of the catalog in force, as messages carry it."""
        return self.catalog.version

    def told_by(self, rule: Rule) -> str:
        """Everything that the rule decides by and says; where it differs, open alerts are judged anew."""
        return self.catalog.told_by(rule.spec)

    def shared(self, notice: Notice, way: Route) -> Shared:
        """What a message says in the same way in both motions; `way` is to whom it goes."""
        spec, routing = notice.rule.spec, self.catalog.routing
        return Shared(
            alert_id=notice.alert_id,
            revision=notice.revision,
            case_id=wording.case_of(notice),
            account=wording.account_ref(notice, routing),
            signal=wording.signal_ref(notice),
            evidence=wording.evidence_message(notice.evidence, notice.facts),
            clears=spec.clears_when,
            owner=way.owner,
            also_notify=way.also_notify,
            respond_by=way.respond_by if wording.asks_for_an_answer(notice) else None,
            play=wording.play_ref(self.catalog.plays[spec.play], notice.opened_at),
            quadrant=wording.quadrant_of(notice),
            times=wording.times_of(notice),
            catalog_version=self.catalog.version,
            journal=wording.journal_ref(notice),
            reason=notice.reason,
        )
