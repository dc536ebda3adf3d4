"""The retention motion: its rules, what holds an alert back, and the RetentionAlert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from schemas.board import HoldReason
from schemas.retention import (
    MitigationStep,
    RetentionAlert,
    RetentionSeverity,
    RetentionStatus,
    RiskSubject,
)
from streams.detection import wording
from streams.detection.catalog.load import Catalog
from streams.detection.catalog.templates import render
from streams.detection.facts import Facts
from streams.detection.motion import CatalogMotion
from streams.detection.packaging import Packaging
from streams.detection.reading import Evidence
from streams.detection.routing import route
from streams.detection.rules import Rule, compile_rule
from streams.detection.system import Ending, Hold, Notice, Outgoing, Status, Verdict
from streams.detection.units import DAY_MS, day_of, moment_of
from streams.retention.priority import priority_of
from streams.retention.save_plan import absorbed
from streams.retention.takeover import taken_over

NAME = "retention"
TOPIC = "retention-alerts"
USUAL_POINTS = {"warning": 1, "critical": 3}
"""On the board's risk axis, by severity, where a signal says nothing else."""
STRIKE_DAYS = 90
"""How far back an early indicator still counts as a strike."""

_STATUS: dict[Status, RetentionStatus] = {
    Status.OPENED: "opened",
    Status.UPDATED: "updated",
    Status.RAISED: "escalated",
    Status.EASED: "eased",
    Status.CLEARED: "resolved",
    Status.EXPIRED: "expired",
    Status.RETRACTED: "retracted",
    Status.HISTORICAL: "historical",
}


@dataclass(frozen=True)
class Retention(CatalogMotion):
    """The defensive motion over one catalog."""

    name = NAME

    @classmethod
    def of(cls, catalog: Catalog, packaging: Packaging) -> Retention:
        return cls(catalog, tuple(compile_rule(s, NAME, packaging, USUAL_POINTS) for s in catalog.signals))

    def hold(
        self,
        rule: Rule,
        facts: Facts,
        evidence: Evidence,
        quadrant: str | None,
        verdicts: tuple[Verdict, ...],
    ) -> Hold | None:
        """Held while the API has taken over from people, a true verdict of this motion inhibits the signal (one
        cause, one alert), or a save plan under way has taken it in."""
        since = [v.since for v in verdicts if v.rule.id == rule.id]
        if since and taken_over(rule, facts, evidence, since[0]):
            return Hold(HoldReason.API_TAKEOVER.value)
        own = [verdict for verdict in verdicts if verdict.rule.motion == NAME]
        inhibited = any(rule.id in verdict.rule.spec.inhibits for verdict in own)
        return Hold(HoldReason.INHIBITED.value) if inhibited or absorbed(rule, own) else None

    def ending(self, rule: Rule, facts: Facts, alert_id: str) -> Ending | None:
        """Nothing but its own clearing, and people, end a message of this motion."""
        return None

    def message(self, notice: Notice) -> Outgoing:
        """The alert, with the play's steps as mitigation; who owns it is decided anew with every revision."""
        spec, facts = notice.rule.spec, notice.facts
        routing, play = self.catalog.routing, self.catalog.plays[spec.play]
        severity = cast(RetentionSeverity, notice.rule.levels[notice.level])
        way = route(routing, notice.rule, severity, facts, notice.decided_at, notice.evidence.details)
        days = wording.days_to_renewal(facts, day_of(notice.decided_at))
        alert = RetentionAlert(
            **self.shared(notice, way),
            status=_STATUS[notice.status],
            priority=priority_of(notice.level, routing, facts, day_of(notice.decided_at)),
            why=wording.shortened(render(spec.explain, wording.template_values(notice, routing))),
            severity=severity,
            subjects=tuple(
                RiskSubject(
                    kind=wording.subject_kind(notice, subject.id),
                    id=subject.id or notice.account_id,
                    since=moment_of(subject.since),
                    severity=cast(RetentionSeverity, notice.rule.levels[subject.level]),
                )
                for subject in notice.subjects
            ),
            problem=spec.title,
            mitigation=tuple(
                MitigationStep(
                    title=step.title, due_on=wording.step_day(notice.opened_at, step.after_days), by=step.by
                )
                for step in play.steps
            ),
            strikes=strikes_of(notice),
            days_to_renewal=days,
        )
        return Outgoing(TOPIC, notice.account_id.encode(), alert.model_dump_json().encode())


def strikes_of(notice: Notice) -> dict[str, tuple[str, ...]]:
    """Early indicators of the last 90 days that are true: family -> signals. Three signals of one family
    are one strike, so the families count."""
    oldest = notice.decided_at - STRIKE_DAYS * DAY_MS
    found: dict[str, tuple[str, ...]] = {}
    for verdict in notice.verdicts:
        spec = verdict.rule.spec
        if verdict.rule.motion == NAME and spec.strike and spec.family and verdict.since >= oldest:
            found[spec.family] = (*found.get(spec.family, ()), spec.id)
    return found
