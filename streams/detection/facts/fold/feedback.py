"""What people do with alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.detection.facts.bounds import FEEDBACK_CAP, make_room
from streams.detection.facts.feedback import Feedback, Said
from streams.detection.facts.fold.routes import Handler
from streams.detection.facts.marks import mark_of
from streams.detection.facts.state import Facts
from streams.detection.facts.touch import Touch
from streams.detection.units import Millis, day_from_date

if TYPE_CHECKING:
    from schemas.feedback import (
        FeedbackAcknowledged,
        FeedbackDismissed,
        FeedbackOwnerChanged,
        FeedbackPlayFinished,
        FeedbackPlayStarted,
        FeedbackPlayStepDone,
        FeedbackSnoozed,
    )

STEPS_CAP: Final = 40
"""Done steps of one alert's play; beyond, the one done first is dropped."""


def acknowledged(facts: Facts, event: FeedbackAcknowledged, occurred_ms: Millis) -> int:
    said = Said(event.actor_id, mark_of(event, occurred_ms))
    return _say(facts, event.alert_id, "acknowledged", said)


def snoozed(facts: Facts, event: FeedbackSnoozed, occurred_ms: Millis) -> int:
    said = Said(event.actor_id, mark_of(event, occurred_ms))
    touched = _say(facts, event.alert_id, "snoozed", said)
    if touched:
        facts.feedback[event.alert_id].snoozed_until = day_from_date(event.until)
    return touched


def dismissed(facts: Facts, event: FeedbackDismissed, occurred_ms: Millis) -> int:
    said = Said(event.actor_id, mark_of(event, occurred_ms), event.reason)
    return _say(facts, event.alert_id, "dismissed", said)


def play_started(facts: Facts, event: FeedbackPlayStarted, occurred_ms: Millis) -> int:
    said = Said(event.actor_id, mark_of(event, occurred_ms), event.play_id)
    return _say(facts, event.alert_id, "play_started", said)


def play_finished(facts: Facts, event: FeedbackPlayFinished, occurred_ms: Millis) -> int:
    said = Said(event.actor_id, mark_of(event, occurred_ms), event.result)
    return _say(facts, event.alert_id, "play_finished", said)


def owner_changed(facts: Facts, event: FeedbackOwnerChanged, occurred_ms: Millis) -> int:
    said = Said(event.actor_id, mark_of(event, occurred_ms), event.person_id)
    return _say(facts, event.alert_id, "owner", said)


def play_step_done(facts: Facts, event: FeedbackPlayStepDone, occurred_ms: Millis) -> int:
    steps = _feedback(facts, event.alert_id).steps_done
    known = steps.get(event.step)
    if known is not None and known.mark.occurred_ms <= occurred_ms:
        return 0
    steps[event.step] = Said(event.actor_id, mark_of(event, occurred_ms), event.step)
    make_room(steps, STEPS_CAP, lambda said: said.mark.occurred_ms, facts.dropped, "feedback_steps")
    return _settled(facts)


def _say(facts: Facts, alert_id: str, act: str, said: Said) -> int:
    feedback = _feedback(facts, alert_id)
    known: Said | None = getattr(feedback, act)
    if known is not None and known.mark.occurred_ms > said.mark.occurred_ms:
        return 0
    setattr(feedback, act, said)
    return _settled(facts)


def _feedback(facts: Facts, alert_id: str) -> Feedback:
    return facts.feedback.setdefault(alert_id, Feedback())


def _settled(facts: Facts) -> int:
    make_room(facts.feedback, FEEDBACK_CAP, lambda kept: kept.latest_ms, facts.dropped, "feedback")
    return Touch.FEEDBACK


HANDLERS: Final[dict[str, Handler]] = {
    "feedback.acknowledged": acknowledged,
    "feedback.snoozed": snoozed,
    "feedback.dismissed": dismissed,
    "feedback.play_started": play_started,
    "feedback.play_step_done": play_step_done,
    "feedback.play_finished": play_finished,
    "feedback.owner_changed": owner_changed,
}
