"""Proof that a stage processes a gap-free run from where its assignment starts."""

from __future__ import annotations

from collections.abc import Mapping

from faust.types import TP

from streams.worker.batch_app import BatchApp, Start


class Hole(RuntimeError):
    """Records are missing between two batches, or came twice; going on would be silently wrong."""

    def __init__(self, message: str, topic: str) -> None:
        super().__init__(message)
        self.topic = topic


class Guard:
    """Every batch carries its base position; the next one has to start where the last ended."""

    def __init__(self, app: BatchApp) -> None:
        self._app = app
        self._generation: int | None = None
        self._next: dict[TP, int] = {}

    def assign(self, starts: Mapping[TP, Start]) -> None:
        """Begin anew at these offsets, for the group's present generation."""
        self._generation = self._app.consumer_generation_id
        self._next = {tp: start.offset for tp, start in starts.items()}

    def take(self, message: object) -> bool:
        """Whether the batch is to be processed; False when it belongs to a former assignment.

        Raises Hole when it is not the continuation of the one before.
        """
        tp: TP = message.tp  # type: ignore[attr-defined]
        generation: int = message.generation_id  # type: ignore[attr-defined]
        if (
            generation != self._app.consumer_generation_id
            or generation != self._generation
            or not self._app.flow_control.is_active()
        ):
            return False
        base: int = message.key  # type: ignore[attr-defined]
        end: int = message.offset + 1  # type: ignore[attr-defined]
        records = message.value  # type: ignore[attr-defined]
        expected = self._next[tp]
        first = records[0].offset if records else base
        if base != expected or first < expected:
            raise Hole(
                f"{tp.topic}/{tp.partition}: expected {expected}, got {base} to {end}, first record {first}",
                tp.topic,
            )
        self._next[tp] = end
        return True
