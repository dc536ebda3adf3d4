"""What people said about an alert; of each kind of feedback the latest counts."""

from __future__ import annotations

import msgspec

from streams.detection.facts.marks import Mark
from streams.detection.units import Day


class Said(msgspec.Struct, array_like=True, gc=False):
    """One act: by whom, when, and its content (reason, play, step, result or person)."""

    actor_id: str
    mark: Mark
    what: str = ""


class Feedback(msgspec.Struct, array_like=True, gc=False):
    """Everything said about one alert."""

    acknowledged: Said | None = None
    snoozed: Said | None = None
    snoozed_until: Day | None = None
    """First day on which the snooze is over."""
    dismissed: Said | None = None
    """`what` is the reason."""
    play_started: Said | None = None
    """`what` is the play."""
    play_finished: Said | None = None
    """`what` is the result."""
    steps_done: dict[str, Said] = msgspec.field(default_factory=dict)
    owner: Said | None = None
    """`what` is the person."""

    @property
    def latest_ms(self) -> int:
        """When something was last said."""
        acts = (
            self.acknowledged,
            self.snoozed,
            self.dismissed,
            self.play_started,
            self.play_finished,
            self.owner,
            *self.steps_done.values(),
        )
        return max((act.mark.occurred_ms for act in acts if act is not None), default=0)
