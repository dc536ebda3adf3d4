"""What goes wrong in the product and at the help desk."""

from __future__ import annotations

from streams.story.company import User
from streams.story.plots.base import HISTORY_DAYS, KEY_USER_DROP, PROTECT, SAVE, USAGE_DROP, Plot
from streams.story.roles import Role
from streams.story.script import Fade, Stage, Trouble
from streams.story.times import DAY_MS, HOUR_MS

SILENCE = "usage-silence"
PERSONA = "persona-lapsed"
FEATURE = "core-feature-abandoned"
INTEGRATION = "integration-broken"
UNUSED = "seats-unused"
CRITICAL = "critical-ticket-ageing"
SEVERAL = Role(users=(20, 34), rate=(0.25, 0.4), organic=False)
ABANDONED = "export.run"


def use_falls(stage: Stage, onset: int) -> None:
    """What follows from a company that hardly comes any more."""
    for signal in (USAGE_DROP, KEY_USER_DROP, PERSONA, FEATURE, UNUSED, SILENCE):
        if not any(line.signal == signal and line.plot == stage.plot for line in stage.truths):
            stage.follows(signal, onset, 90, "It follows from people staying away.")


class Silence(Plot):
    name = "nobody-comes"
    signals = (SILENCE,)
    share = 2
    role = Role(users=(10, 20), rate=(0.25, 0.4))
    ends_in = SAVE

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=18)
        stage.script.fades.append(Fade(onset, 1, 0.0))
        stage.is_true(SILENCE, onset + 5, 12, "From one day to the next nobody comes.")
        use_falls(stage, onset)


class NineDays(Plot):
    name = "decoy-nine-quiet-days"
    signals = (SILENCE,)
    share = 0.6
    decoy = True
    role = Role(users=(10, 20), rate=(0.25, 0.4))

    def direct(self, stage: Stage) -> None:
        stage.company.is_worth(5_000, 95_000)
        onset = stage.draw_onset(HISTORY_DAYS, needs=24)
        stage.script.fades.append(Fade(onset, 1, 0.0, until=onset + 9))
        stage.looks_like(SILENCE, onset, "Nobody comes for nine days; then all are back.")
        for signal in (USAGE_DROP, KEY_USER_DROP):
            stage.follows(signal, onset, 30, "Two weeks with nine empty days are a fall.")


def _viewers(stage: Stage) -> list[User]:
    """Five viewers who come every other day; nobody else is one."""
    ordinary = [user for user in stage.company.humans() if not user.key]
    for user in ordinary:
        user.product_role = "member"
    for user in ordinary[:5]:
        user.product_role = "viewer"
        user.rate = 0.5
    return ordinary[:5]


class ViewersGone(Plot):
    name = "viewers-gone"
    signals = (PERSONA,)
    share = 2
    role = SEVERAL

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=27)
        stage.script.fades.append(Fade(onset, 1, 0.0, frozenset(user.user_id for user in _viewers(stage))))
        stage.is_true(PERSONA, onset + 17, 9, "None of the five viewers comes any more.")
        stage.follows(USAGE_DROP, onset, 60, "The viewers were a good part of the whole.")
        stage.follows(FEATURE, onset, 60, "A feature may have been theirs.")


class OneViewerStays(Plot):
    name = "decoy-one-viewer-stays"
    signals = (PERSONA,)
    share = 0.6
    decoy = True
    role = SEVERAL

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=27)
        viewers = _viewers(stage)
        viewers[0].rate = 0.8
        stage.script.fades.append(Fade(onset, 1, 0.0, frozenset(user.user_id for user in viewers[1:])))
        stage.looks_like(PERSONA, onset, "Four of five viewers stay away, one goes on.")
        stage.follows(USAGE_DROP, onset, 60, "The viewers were a good part of the whole.")
        stage.follows(FEATURE, onset, 60, "A feature may have been theirs.")


def _exporters(stage: Stage) -> list[User]:
    """Half a dozen people for whom exporting is a habit."""
    users = [user for user in stage.company.humans() if user.power or user.product_role == "member"][:7]
    for user in users:
        user.features = (ABANDONED, *(feature for feature in user.features if feature != ABANDONED))
        user.rate = max(user.rate, 0.6)
        user.keen = True
    return users


class FeatureAbandoned(Plot):
    name = "exports-abandoned"
    signals = (FEATURE,)
    share = 2
    role = SEVERAL

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=27)
        _exporters(stage)
        stage.script.shunned[ABANDONED] = onset
        stage.is_true(FEATURE, onset + 16, 9, "Exports are made by another tool now.")


class ExportsPause(Plot):
    name = "decoy-exports-pause"
    signals = (FEATURE,)
    share = 0.6
    decoy = True
    role = SEVERAL

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=27)
        for user in _exporters(stage):
            others = tuple(feature for feature in user.features if feature != ABANDONED) or (
                "dashboard.viewed",
            )
            stage.script.habits[onset].append((user, others))
            stage.script.habits[onset + 12].append((user, user.features))
        stage.looks_like(FEATURE, onset, "Nobody in the team exports for twelve days, then all do again.")


class IntegrationBroken(Plot):
    name = "integration-down"
    signals = (INTEGRATION,)
    share = 2
    shares_account = True
    area = "integration"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(30, needs=8)
        integration(stage, 6, "connected")
        integration(stage, onset, stage.rng.choice(("failing", "disconnected")))
        stage.is_true(INTEGRATION, onset + 1, 3, "The warehouse gets no data any more.")


class IntegrationBlip(Plot):
    name = "decoy-integration-blip"
    signals = (INTEGRATION,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "integration"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(30, needs=8)
        integration(stage, 6, "connected")
        integration(stage, onset, "failing")
        integration(stage, onset + 1, "connected")
        stage.looks_like(INTEGRATION, onset, "The connection fails on one day and works on the next.")


def integration(stage: Stage, day: int, status: str) -> None:
    moment = day * DAY_MS + 10 * HOUR_MS
    fields = {"integration_id": f"{stage.company.account_id}-wh", "name": "Warehouse", "status": status}
    stage.on(day, lambda pen, at: pen.usage("integration.changed", moment, **fields))


class SeatsIdle(Plot):
    name = "seats-idle"
    signals = (UNUSED,)
    share = 2
    role = Role(users=(12, 24), seat_use=(0.26, 0.34), rate=(0.25, 0.4), organic=False)

    def direct(self, stage: Stage) -> None:
        stage.company.ends_day = stage.rng.randint(195, 250)
        stage.is_true(UNUSED, 20, 30, "A third of the seats that were bought have somebody in them.")


class SeatsHalfUsed(Plot):
    name = "decoy-seats-half-used"
    signals = (UNUSED,)
    share = 0.6
    decoy = True
    role = Role(users=(16, 30), seat_use=(0.45, 0.47), rate=(0.3, 0.4), organic=False)
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        stage.looks_like(UNUSED, 20, "Not quite half of the seats have somebody in them.")


class Incident(Plot):
    name = "incident-drags-on"
    signals = (CRITICAL,)
    share = 1.5
    ends_in = SAVE

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(20, needs=9)
        stage.script.troubles.append(Trouble(onset, None, "incident", 1))
        stage.is_true(CRITICAL, onset + 1, 3, "A critical ticket stays open for days.")


class ReopenedTwice(Plot):
    name = "reopened-twice"
    signals = (CRITICAL,)
    share = 1
    ends_in = SAVE

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(20, needs=12)
        stage.script.troubles.append(Trouble(onset, 1.0, "problem", 3, reopened=2))
        stage.is_true(CRITICAL, onset + 2, 6, "A ticket comes back for the second time.")


class IncidentSolved(Plot):
    name = "decoy-incident-solved"
    signals = (CRITICAL,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "tickets"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(20, needs=9)
        stage.script.troubles.append(Trouble(onset, 0.7, "incident", 1))
        stage.looks_like(CRITICAL, onset, "A critical ticket is solved within a day.")
