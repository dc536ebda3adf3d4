"""Alerts and recording rules as code: `python -m deploy.rules [--check]` writes them for Prometheus and the chart."""

from deploy.rules.model import Alert, Group, Record, Times
from deploy.rules.service import SERVICE
from deploy.rules.slo import FRESHNESS, LOSS

GROUPS = (SERVICE, FRESHNESS, LOSS)
ALERTS = tuple(rule for group in GROUPS for rule in group.rules if isinstance(rule, Alert))

__all__ = ["ALERTS", "FRESHNESS", "GROUPS", "LOSS", "SERVICE", "Alert", "Group", "Record", "Times"]
