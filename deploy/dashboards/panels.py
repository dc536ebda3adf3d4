"""The few kinds of panels that the dashboards are made of, all on the one Prometheus that is chosen at the top."""

from __future__ import annotations

from typing import Final, TypeAlias

from grafana_foundation_sdk.builders.common import (
    GraphThresholdsStyleConfig,
    VizLegendOptions,
    VizTooltipOptions,
)
from grafana_foundation_sdk.builders.dashboard import (
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    ThresholdsConfig,
)
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.table import Panel as Table
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.models.common import (
    GraphGradientMode,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    DataSourceRef,
    DataTransformerConfig,
    Threshold,
    ThresholdsMode,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

_SOURCE: Final = DataSourceRef(type_val="prometheus", uid="${datasource}")
_GREEN, _AMBER, _RED = "green", "orange", "red"

#: PromQL, and how its series are called.
Query: TypeAlias = tuple[str, str]


def dashboard(name: str, title: str, about: str, since: str) -> Dashboard:
    """An empty one; `since` is the range that it opens with."""
    return (
        Dashboard(title)
        .uid(f"twomotion-{name}")
        .description(about)
        .tags(["twomotion"])
        .readonly()
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .time(since, "now")
        .refresh("30s")
        .with_variable(DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        .link(
            DashboardLink("twomotion")
            .type(DashboardLinkType.DASHBOARDS)
            .tags(["twomotion"])
            .keep_time(True)
            .include_vars(True)
        )
    )


def lines(
    title: str, about: str, *queries: Query, unit: str = "short", width: int = 8, top: float | None = None
) -> TimeSeries:
    """Series over time; `top` draws a line where it begins to be too much."""
    panel = (
        TimeSeries()
        .title(title)
        .description(about)
        .datasource(_SOURCE)
        .unit(unit)
        .span(width)
        .height(8)
        .min(0)
        .fill_opacity(8)
        .gradient_mode(GraphGradientMode.NONE)
        .legend(
            VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
    )
    if top is not None:
        panel = panel.thresholds(_limits(None, top)).thresholds_style(_dashed())
    for n, (expr, legend) in enumerate(queries):
        panel = panel.with_target(_query(n, expr).legend_format(legend))
    return panel


def number(
    title: str,
    about: str,
    expr: str,
    *,
    unit: str = "short",
    amber: float | None = None,
    red: float | None = None,
    width: int = 4,
) -> Stat:
    """One figure of now, coloured from `amber` and `red` on."""
    return (
        Stat()
        .title(title)
        .description(about)
        .datasource(_SOURCE)
        .unit(unit)
        .span(width)
        .height(4)
        .no_value("0")
        .thresholds(_limits(amber, red))
        .with_target(_query(0, expr).instant().legend_format(" "))
    )


def ranking(title: str, about: str, expr: str, label: str, value: str, *, width: int = 8) -> Table:
    """The series of an expression as a table, most first."""
    return (
        Table()
        .title(title)
        .description(about)
        .datasource(_SOURCE)
        .span(width)
        .height(8)
        .decimals(0)
        .with_target(_query(0, expr).instant().format(PromQueryFormat.TABLE))
        .with_transformation(
            DataTransformerConfig(
                id_val="organize",
                options={"excludeByName": {"Time": True}, "renameByName": {label: label, "Value": value}},
            )
        )
        .with_transformation(
            DataTransformerConfig(id_val="sortBy", options={"sort": [{"field": value, "desc": True}]})
        )
    )


def _query(number: int, expr: str) -> Dataquery:
    return Dataquery().ref_id(chr(ord("A") + number)).expr(expr)


def _limits(amber: float | None, red: float | None) -> ThresholdsConfig:
    steps = [Threshold(color=_GREEN, value=None)]
    if amber is not None:
        steps.append(Threshold(color=_AMBER, value=amber))
    if red is not None:
        steps.append(Threshold(color=_RED, value=red))
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def _dashed() -> GraphThresholdsStyleConfig:
    return GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)
