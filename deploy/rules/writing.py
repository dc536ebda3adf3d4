"""Rules as the YAML that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterable

import yaml

from deploy.rules.model import RUNBOOKS, Alert, Group, Record, Times, duration


class _Folded(str):
    """Text that keeps its lines in YAML."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    _Folded,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", str(text), style="|" if "\n" in text else None
    ),
)


def as_yaml(groups: Iterable[Group], times: Times | None = None, every_s: float | None = None) -> str:
    """A rule file.

    Args:
        times: shortened ones, for a drill.
        every_s: how often all groups are evaluated, instead of each one's own.
    """
    t = times or Times()
    document = {
        "groups": [
            {
                "name": group.name,
                "interval": duration(every_s or group.every_s),
                "rules": [_rule(rule, t) for rule in group.rules],
            }
            for group in groups
        ]
    }
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=200, allow_unicode=True)


def _rule(rule: Alert | Record, t: Times) -> dict[str, object]:
    expr = _Folded(rule.expr(t))
    if isinstance(rule, Record):
        return {"record": rule.name, "expr": expr}
    held = {"for": t.hold(rule.hold_s)} if rule.hold_s else {}
    return {
        "alert": rule.name,
        "expr": expr,
        **held,
        "labels": {"severity": rule.severity, "service": "twomotion"},
        "annotations": {
            "summary": rule.summary,
            "description": rule.impact,
            "runbook_url": f"{RUNBOOKS}#{rule.anchor}",
        },
    }
