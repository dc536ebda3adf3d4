"""Dashboards as code: `python -m deploy.dashboards [--check]` writes them for Grafana and the chart."""
