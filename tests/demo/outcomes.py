"""A result of a run, made by hand from the contract's examples."""

from __future__ import annotations

import json
from datetime import date

from schemas.board import AccountQuadrant
from schemas.growth import ExpansionOpportunity
from schemas.retention import RetentionAlert
from streams.demo.outcome import Outcome, compare
from streams.story.truth import Kind, Truth
from tests.support.events import EXAMPLES


def risk(account: str = "acme", revision: int = 1, status: str = "opened", day: int = 4) -> RetentionAlert:
    message = json.loads((EXAMPLES / "RetentionAlert.json").read_bytes())
    message |= {"alert_id": f"usage-drop/{account}/1", "revision": revision, "status": status}
    message["account"] |= {"id": account, "name": account.title()}
    message["times"]["opened_at"] = f"2026-05-{day:02}T00:00:00Z"
    return RetentionAlert.model_validate_json(json.dumps(message))


def chance(account: str = "acme") -> ExpansionOpportunity:
    message = json.loads((EXAMPLES / "ExpansionOpportunity.json").read_bytes())
    message["account"] |= {"id": account, "name": account.title()}
    return ExpansionOpportunity.model_validate_json(json.dumps(message))


def place(account: str, quadrant: str) -> AccountQuadrant:
    message = json.loads((EXAMPLES / "AccountQuadrant.json").read_bytes())
    message |= {"quadrant": quadrant}
    message["account"] |= {"id": account, "name": None}
    return AccountQuadrant.model_validate_json(json.dumps(message))


def truth(account: str) -> Truth:
    return Truth(
        account_id=account,
        signal="usage-drop",
        kind=Kind.PLOT,
        plot="fading",
        onset=date(2026, 5, 1),
        by=date(2026, 5, 20),
        sentence="People stop using it.",
    )


def outcome() -> Outcome:
    retention = {message.alert_id: message for message in (risk("acme"), risk("birch", status="resolved"))}
    growth = {chance().alert_id: chance()}
    return Outcome(
        events=1_000,
        records=1_200,
        retention=retention,
        growth=growth,
        quadrants={
            "acme": place("acme", "save_the_customer"),
            "zeta": place("zeta", "expansion_target"),
            "beta": place("beta", "expansion_target"),
        },
        truth=compare([truth("acme")], retention, growth, accounts=10, days=120),
        seconds={"publish_and_process": 4.0},
    )
