"""When a partition commits: soon where something is to be said, in larger transactions behind a backlog."""

from __future__ import annotations

from streams.worker.settings import WorkerSettings

#: A commit waits for this part of how far its partition is behind, at most for so many intervals: a backlog is worked
#: off in fewer and larger transactions, and nothing comes later by more than a tenth.
_PATIENT_PART, _PATIENT_INTERVALS = 1 / 10, 5


class CommitTime:
    """The time of one partition's next commit. Moments are in s of one clock that does not go back."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self.work = 0
        """Done since the last commit: a record counts 1, a woken account 4."""
        self.last = 0.0
        """The last commit."""
        self._since: float | None = None

    @property
    def pending(self) -> bool:
        """Whether anything was folded since the last commit."""
        return self._since is not None

    def folding(self, now: float) -> None:
        """Something is being folded."""
        if self._since is None:
            self._since = now

    def committed(self, now: float) -> None:
        """Nothing of what was folded is left to be committed."""
        self._since, self.work, self.last = None, 0, now

    def patience_s(self, behind_s: float) -> float:
        """What a backlog whose records come so much too late lets a commit wait."""
        return min(behind_s * _PATIENT_PART, _PATIENT_INTERVALS * self._settings.commit_interval_s)

    def due(self, patience_s: float, *, said: bool) -> float | None:
        """When the next commit is due, `said`: with something to say; None where nothing was folded."""
        if self._since is None:
            return None
        settings = self._settings
        due = self._since + max(settings.commit_interval_s, patience_s)
        return min(due, self.last + max(settings.commit_gap_s, patience_s)) if said else due

    def has_come(self, now: float, due: float | None) -> bool:
        """Whether it is time: by the clock, or because so much was done."""
        return due is not None and (now >= due or self.work >= self._settings.commit_events)
