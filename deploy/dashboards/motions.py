"""The dashboards of the two motions: one each, for whoever looks after its inbox.

They have panels of the same kinds and no series in common: what retention says and what growth says are never
added up.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from deploy.dashboards.panels import dashboard, lines, number, ranking


class Motion(NamedTuple):
    """What is different between the two."""

    name: Literal["retention", "growth"]
    title: str
    about: str
    things: str  #: what its alerts are called
    well: str  #: statuses (a regular expression) in which one ends well
    well_is: str
    quadrants: str  #: of the board, where accounts move to that this motion looks after


RETENTION = Motion(
    "retention",
    "Retention",
    "What is going wrong with customers: which signals say so, what becomes of it, what is held back.",
    "risks",
    "resolved|eased",
    "resolved or eased",
    "save_the_customer|fix_while_expanding",
)
GROWTH = Motion(
    "growth",
    "Growth",
    "What is going right and can be sold: which signals say so, what becomes of it, what is held back.",
    "opportunities",
    "converted|strengthened",
    "converted or stronger",
    "expansion_target|fix_while_expanding",
)


def build(motion: Motion) -> Dashboard:
    """The dashboard of a motion."""
    alerts = f"{motion.name}_alerts_total"
    page = dashboard(motion.name, f"twomotion · {motion.title}", motion.about, "now-7d")
    for panel in (
        number("Opened, 24 h", f"New {motion.things}.", _day(f'{alerts}{{status="opened"}}')),
        number(
            f"{motion.well_is.capitalize()}, 24 h",
            f"Messages about {motion.things} that are {motion.well_is}.",
            _day(f'{alerts}{{status=~"{motion.well}"}}'),
        ),
        number(
            "Retracted, 24 h",
            "Late data showed that it had not been true. More than a few: a source delivers late.",
            _day(f'{alerts}{{status="retracted"}}'),
            amber=5,
        ),
        number(
            "Held back, 24 h", "Times that a true signal was not said.", _day(f"{motion.name}_holds_total")
        ),
        number(
            "Late, 24 h",
            "Share of those that an event decided which were readable more than 5 s after it; the objective is 1 %.",
            _late(motion.name, "24h"),
            unit="percentunit",
            amber=0.005,
            red=0.01,
        ),
        number(
            "Catalogs refused, 24 h",
            "Somebody activated a catalog that a worker could not take; the one before it rules.",
            "sum(increase(twomotion_activations_total"
            f'{{job="twomotion", motion="{motion.name}", outcome="refused"}}[24h]))',
            red=1,
        ),
    ):
        page = page.with_panel(panel)
    page = page.with_row(Row("What is said"))
    page = page.with_panel(
        lines(
            "Opened per hour, by signal",
            "A signal that rises alone is about customers or about its thresholds; all at once, about a source.",
            (_hourly(f'{alerts}{{job="twomotion", status="opened"}}', "signal"), "{{signal}}"),
            width=12,
        )
    )
    page = page.with_panel(
        lines(
            "Messages per hour, by status",
            f"What becomes of {motion.things}.",
            (_hourly(f'{alerts}{{job="twomotion"}}', "status"), "{{status}}"),
            width=12,
        )
    )
    page = page.with_panel(
        ranking(
            "Opened in the range, by signal",
            "Most first.",
            f'sum by (signal) (increase({alerts}{{job="twomotion", status="opened"}}[$__range])) > 0',
            "signal",
            "opened",
        )
    )
    page = page.with_panel(
        ranking(
            "Retracted in the range, by signal",
            "Most first: these believe data that comes late.",
            f'sum by (signal) (increase({alerts}{{job="twomotion", status="retracted"}}[$__range])) > 0',
            "signal",
            "retracted",
        )
    )
    page = page.with_panel(
        lines(
            "Held back per hour, by reason",
            "True and not said: the reasons stand in account-quadrants for each account.",
            (_hourly(f'{motion.name}_holds_total{{job="twomotion"}}', "reason"), "{{reason}}"),
        )
    )
    page = page.with_row(Row("Where accounts move, how soon it is said, and by which rules"))
    page = page.with_panel(
        lines(
            "Accounts that moved here per hour",
            "On the board, into the situations that this motion looks after.",
            (
                _hourly(
                    f'twomotion_quadrant_changes_total{{job="twomotion", quadrant=~"{motion.quadrants}"}}',
                    "quadrant",
                ),
                "{{quadrant}}",
            ),
        )
    )
    page = page.with_panel(
        lines(
            "From event to readable alert",
            "From the arrival of the event that decided. The objective is 99 % within 5 s.",
            (_quantile(0.5, motion.name), "half"),
            (_quantile(0.99, motion.name), "99 %"),
            unit="s",
            top=5,
        )
    )
    return page.with_panel(
        lines(
            "Catalog in force",
            "Partitions' workers by version; two at once only while an activation is on its way.",
            (f'sum by (version) ({motion.name}_catalog_info{{job="twomotion"}})', "{{version}}"),
        )
    )


def _day(series: str) -> str:
    return f"sum(increase({series}[24h]))"


def _hourly(series: str, label: str) -> str:
    return f"sum by ({label}) (rate({series}[$__rate_interval])) * 3600"


def _of(motion: str) -> str:
    return f'job="twomotion", motion="{motion}", cause="event"'


def _late(motion: str, window: str) -> str:
    labels = _of(motion)
    return (
        f'1 - sum(rate(twomotion_end_to_end_seconds_bucket{{{labels}, le=~"5|5.0"}}[{window}]))'
        f" / sum(rate(twomotion_end_to_end_seconds_count{{{labels}}}[{window}]))"
    )


def _quantile(share: float, motion: str) -> str:
    return (
        f"histogram_quantile({share}, sum by (le) (rate("
        f"twomotion_end_to_end_seconds_bucket{{{_of(motion)}}}[$__rate_interval])))"
    )
