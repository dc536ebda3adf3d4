"""The growth motion: its rules, what holds an opportunity back, and the ExpansionOpportunity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from schemas.board import HoldReason
from schemas.growth import (
    ExpansionOpportunity,
    ExpansionStatus,
    GrowthEngine,
    OpportunitySubject,
    PurchasePath,
    Readiness,
    Strength,
)
from streams.detection import wording
from streams.detection.catalog.load import Catalog
from streams.detection.catalog.templates import render
from streams.detection.facts import Facts
from streams.detection.motion import CatalogMotion
from streams.detection.packaging import Packaging
from streams.detection.reading import Evidence
from streams.detection.routing import Route, route
from streams.detection.rules import Rule, compile_rule
from streams.detection.system import Ending, Hold, Notice, Outgoing, Status, Verdict
from streams.detection.units import day_of, moment_of
from streams.growth.aim import FIX_WHILE_EXPANDING, Aim, aim_of, stakeholders_of
from streams.growth.deals import deal_in_the_way, won_from
from streams.growth.handover import competitor_of, hand_over, purchase_path
from streams.growth.novelty import novelty_of
from streams.growth.places import belongs_to_a_risk, spots_of
from streams.growth.priority import competitor_there, priority_of

NAME = "growth"
TOPIC = "expansion-opportunities"
SAVE_THE_CUSTOMER = "save_the_customer"
REFUSED_DAYS = 14
"""How long a refused seat makes an opportunity urgent."""

_STATUS: dict[Status, ExpansionStatus] = {
    Status.OPENED: "opened",
    Status.UPDATED: "updated",
    Status.RAISED: "strengthened",
    Status.EASED: "weakened",
    Status.CLEARED: "lapsed",
    Status.EXPIRED: "lapsed",
    Status.RETRACTED: "retracted",
    Status.HISTORICAL: "historical",
    Status.CONVERTED: "converted",
}


def usual_points(engine: str | None) -> dict[str, int]:
    """On the board's growth axis, whatever the strength: a new buying centre weighs more than more of the
    same."""
    points = 2 if engine == "strategic" else 1
    return dict.fromkeys(("low", "medium", "high"), points)


@dataclass(frozen=True)
class Growth(CatalogMotion):
    """The offensive motion over one catalog."""

    name = NAME

    packaging: Packaging

    @classmethod
    def of(cls, catalog: Catalog, packaging: Packaging) -> Growth:
        rules = (compile_rule(s, NAME, packaging, usual_points(s.engine)) for s in catalog.signals)
        return cls(catalog, tuple(rules), packaging)

    def hold(
        self,
        rule: Rule,
        facts: Facts,
        evidence: Evidence,
        quadrant: str | None,
        verdicts: tuple[Verdict, ...],
    ) -> Hold | None:
        """Nothing is offered to an account that has to be saved first, nor what a deal is about already. Where it
        grows and is at risk at the same time, seats and features that lie where the risk is wait; strategic
        opportunities are aimed elsewhere."""
        if any(rule.id in v.rule.spec.inhibits for v in verdicts if v.rule.motion == NAME):
            return Hold(HoldReason.INHIBITED.value)
        if quadrant == SAVE_THE_CUSTOMER:
            return Hold(HoldReason.SAVE_THE_CUSTOMER.value)
        if deal_in_the_way(rule, facts, evidence) is not None:
            return Hold(HoldReason.DEAL_OPEN.value)
        if quadrant != FIX_WHILE_EXPANDING or rule.spec.engine == "strategic":
            return None
        where = spots_of(facts, evidence.contacts, evidence.departments)
        held = belongs_to_a_risk(facts, where, verdicts)
        return Hold(HoldReason.FIX_WHILE_EXPANDING.value) if held else None

    def ending(self, rule: Rule, facts: Facts, alert_id: str) -> Ending | None:
        """A deal that came of it and is won: the opportunity has become what it was for."""
        deal = won_from(facts, alert_id)
        return None if deal is None else Ending(Status.CONVERTED, f"deal {deal.id} is won")

    def message(self, notice: Notice) -> Outgoing:
        """The opportunity: to whom, with what ask; who owns it is decided anew with every revision."""
        spec, facts, day = notice.rule.spec, notice.facts, day_of(notice.decided_at)
        routing, play = self.catalog.routing, self.catalog.plays[spec.play]
        strength = cast(Strength, notice.rule.levels[notice.level])
        details = {
            **notice.evidence.details,
            "refused": _seat_refused(facts, day),
            **novelty_of(facts, notice.evidence, self.packaging),
        }
        way = route(routing, notice.rule, strength, facts, notice.decided_at, details)
        values = wording.template_values(notice, routing)
        aim = aim_of(notice)
        engine: GrowthEngine = spec.engine or "strategic"
        path = purchase_path(facts, engine, day)
        ask = render(spec.ask or play.ask or play.title, values)
        opportunity = ExpansionOpportunity(
            **self.shared(notice, way),
            status=_STATUS[notice.status],
            priority=priority_of(notice, routing),
            why=wording.shortened(render(spec.explain, values)),
            strength=strength,
            engine=engine,
            reach=aim.reach,
            readiness=_readiness(notice, aim),
            purchase_path=path,
            value_narrative=wording.shortened(render(spec.narrative or play.narrative or play.title, values)),
            ask=wording.shortened(_self_serve_first(ask, path, way)),
            buying_centre=aim.centre,
            stakeholders=stakeholders_of(notice, aim),
            subjects=tuple(
                OpportunitySubject(
                    kind=wording.subject_kind(notice, subject.id),
                    id=subject.id or notice.account_id,
                    since=moment_of(subject.since),
                    strength=cast(Strength, notice.rule.levels[subject.level]),
                )
                for subject in notice.subjects
            ),
            competitor=competitor_there(notice) or competitor_of(facts, notice.decided_at),
            handover=hand_over(notice, aim.centre, self.packaging),
        )
        return Outgoing(TOPIC, notice.account_id.encode(), opportunity.model_dump_json().encode())


def _readiness(notice: Notice, aim: Aim) -> Readiness:
    """Ready: a second growth signal that weighs says so too, and it is clear whom to talk to. What only asks for a
    map is never ready."""
    others = {
        v.rule.id
        for v in notice.verdicts
        if v.rule.motion == NAME and v.rule.id != notice.rule.id and v.rule.points[v.level] > 0
    }
    return "ready" if aim.known and others and any(notice.rule.points) else "building"


def _self_serve_first(ask: str, path: PurchasePath, way: Route) -> str:
    """Small accounts that can buy by themselves are shown how before anybody calls."""
    if way.band == "small" and path == "self_serve":
        return f"First show where they can add it themselves, without an order. {ask}"
    return ask


def _seat_refused(facts: Facts, day: int) -> bool:
    counter = facts.counters.get("seats_refused")
    return counter is not None and counter.sum(day - REFUSED_DAYS + 1, day) > 0
