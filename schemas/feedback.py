"""Events of the two feedback topics: what people did with an alert of one motion."""

from __future__ import annotations

from typing import Literal, TypeAlias

from schemas.base import AlertId, Date, Envelope, Id, Label, Text


class Feedback(Envelope):
    """Which alert, and who acted."""

    alert_id: AlertId
    actor_id: Id


class FeedbackAcknowledged(Feedback):
    """Seen and taken on."""

    type: Literal["feedback.acknowledged"]


class FeedbackSnoozed(Feedback):
    """Not before this day; the alert is quiet up to and without it."""

    type: Literal["feedback.snoozed"]
    until: Date


class FeedbackDismissed(Feedback):
    """The alert is of no use, for this reason."""

    type: Literal["feedback.dismissed"]
    reason: Text


class FeedbackPlayStarted(Feedback):
    """Work on the play has begun."""

    type: Literal["feedback.play_started"]
    play_id: Label


class FeedbackPlayStepDone(Feedback):
    """One step of the play is done."""

    type: Literal["feedback.play_step_done"]
    step: Label


class FeedbackPlayFinished(Feedback):
    """The play is over, with this result."""

    type: Literal["feedback.play_finished"]
    result: Text


class FeedbackOwnerChanged(Feedback):
    """The alert is now this person's."""

    type: Literal["feedback.owner_changed"]
    person_id: Id


FeedbackEvent: TypeAlias = (
    FeedbackAcknowledged
    | FeedbackSnoozed
    | FeedbackDismissed
    | FeedbackPlayStarted
    | FeedbackPlayStepDone
    | FeedbackPlayFinished
    | FeedbackOwnerChanged
)
