"""Looks like trouble and is none."""

from __future__ import annotations

from streams.story.company import draw_contact
from streams.story.plots.base import (
    BACKLOG,
    HISTORY_DAYS,
    KEY_USER_DROP,
    PROTECT,
    SPONSOR_LEFT,
    TICKET_HISTORY_DAYS,
    USAGE_DROP,
    Plot,
)
from streams.story.plots.scenes import contact_joins, contact_leaves
from streams.story.records import Pen
from streams.story.roles import Role
from streams.story.script import Fade, Stage, Trouble

MIDDLE = Role(users=(30, 45), rate=(0.25, 0.4), key_users=(6, 9))


class SmallDrop(Plot):
    name = "decoy-small-drop"
    signals = (USAGE_DROP, KEY_USER_DROP)
    share = 0.6
    decoy = True
    role = MIDDLE
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=28)
        stage.script.fades.append(Fade(onset, 10, 0.82))
        for signal in self.signals:
            stage.looks_like(
                signal, onset, "Activity falls by a fifth and stays there: within what companies do."
            )


class QuietWeek(Plot):
    name = "decoy-quiet-week"
    signals = (USAGE_DROP,)
    share = 0.6
    decoy = True
    role = MIDDLE
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=20)
        monday = onset - onset % 7
        stage.script.fades.append(Fade(monday, 1, 0.5, until=monday + 4))
        stage.looks_like(
            USAGE_DROP, monday, "Half of the company is at a fair for four days, then all is as before."
        )


class LongLeave(Plot):
    name = "decoy-long-leave"
    signals = (KEY_USER_DROP,)
    share = 0.6
    decoy = True
    role = MIDDLE
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=35)
        user = next(user for user in stage.company.humans() if user.key and user.contact_id is None)
        stage.script.away[onset].append((user, 30))
        sentence = "One of many key users is on leave for a month; the others work as always."
        stage.looks_like(KEY_USER_DROP, onset, sentence)


class Succession(Plot):
    name = "decoy-key-user-replaced"
    signals = (KEY_USER_DROP,)
    share = 0.6
    decoy = True
    role = MIDDLE
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=30)
        leaving = next(user for user in stage.company.humans() if user.key and user.contact_id is None)
        stage.script.departures[onset].append(leaving)
        stage.enrol(onset - 3, leaving.department, power=True)
        sentence = "A key user leaves, the login is closed the same day and a successor works on."
        stage.looks_like(KEY_USER_DROP, onset, sentence)


class BusyButSolved(Plot):
    name = "decoy-busy-but-solved"
    signals = (BACKLOG,)
    share = 0.6
    decoy = True
    role = Role(ticket_rate=1.6)
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(TICKET_HISTORY_DAYS, needs=28)
        for step in range(18):
            day = onset + int(step * 1.5)
            stage.script.troubles.append(Trouble(day, stage.rng.uniform(0.2, 2.5), "problem", 3))
        stage.looks_like(
            BACKLOG, onset, "A roll-out brings many tickets and each is solved within three days."
        )


class WaitingForCustomer(Plot):
    name = "decoy-waiting-for-customer"
    signals = (BACKLOG,)
    share = 0.6
    decoy = True
    role = Role(ticket_rate=1.6)
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(TICKET_HISTORY_DAYS, needs=28)
        for step in range(14):
            waits = step % 2 == 0
            solved = None if waits else stage.rng.uniform(0.2, 3.0)
            trouble = Trouble(onset + step * 2, solved, "question", 3, waits_for_customer=waits)
            stage.script.troubles.append(trouble)
        sentence = "More questions than usual; those still open wait for the customer's answer."
        stage.looks_like(BACKLOG, onset, sentence)


class WishList(Plot):
    name = "decoy-wish-list"
    signals = (BACKLOG,)
    share = 0.6
    decoy = True
    role = Role(ticket_rate=1.6)
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(TICKET_HISTORY_DAYS, needs=28)
        for step in range(14):
            stage.script.troubles.append(Trouble(onset + step * 2, None, "feature_request", 4))
        stage.looks_like(
            BACKLOG, onset, "A workshop brings a list of wishes that stay open; nothing is broken."
        )


class SponsorPromoted(Plot):
    name = "decoy-sponsor-new-title"
    signals = (SPONSOR_LEFT,)
    share = 0.6
    decoy = True
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(30, needs=8)
        sponsor = stage.company.sponsor

        def scene(pen: Pen, at: int) -> None:
            pen.crm("contact.changed", at, contact_id=sponsor.contact_id, title=f"Senior {sponsor.title}")

        stage.on(onset, scene)
        stage.looks_like(SPONSOR_LEFT, onset, "The sponsor has a new title and stays the sponsor.")


class AnalystLeft(Plot):
    name = "decoy-analyst-left"
    signals = (SPONSOR_LEFT,)
    share = 0.6
    decoy = True
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(40, needs=8)
        department = stage.company.departments[0]
        contact = draw_contact(stage.company, stage.rng, "individual", department, (), -400)
        contact_joins(stage, contact, 5)
        contact_leaves(stage, contact, onset, "left_company")
        stage.looks_like(SPONSOR_LEFT, onset, "Somebody leaves who has no part in the deal.")
