"""The workers, and whoever starts them again when they end."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from streams.worker.process import WorkerFailed, WorkerProcess, wait_caught_up
from streams.worker.report import Status
from tests.chaos.moments import after, until
from tests.support.quick import QuickWorker

#: A worker that gives no sign of life for this long loses its partitions; the shortest that brokers allow is 1 s.
SESSION_S = 1.5
_START_S = 90.0


class Crew:
    """Workers of one group; a context manager that ends them.

    Args:
        settings: variables that win over those of a crew that is to be broken.
    """

    def __init__(
        self,
        brokers: str,
        prefix: str,
        logs: Path,
        *,
        at_least_once: bool,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._brokers = brokers
        self._prefix = prefix
        self._logs = logs
        self._environment = {
            "TWOMOTION_CLOCK": "replay",
            "TWOMOTION_GUARANTEE": "at_least_once" if at_least_once else "exactly_once",
            "TWOMOTION_SESSION_TIMEOUT_S": str(SESSION_S),
            # Commits often, so that there is more to interrupt.
            "TWOMOTION_COMMIT_INTERVAL_S": "0.3",
            "TWOMOTION_IDLE_S": "0.5",
            **(settings or {}),
        }
        self._started = 0
        self.workers: list[WorkerProcess] = []
        self.ended: Counter[int] = Counter()  #: workers that ended by themselves, by exit code
        self.start_s = 3.0  #: how long a start has taken lately

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers:
            worker.stop()

    def start(self) -> WorkerProcess:
        """One worker more, not ready yet."""
        self._started += 1
        log = self._logs / f"worker-{self._started:04d}.log"
        worker = QuickWorker(self._brokers, self._prefix, environment=self._environment, log=log)
        worker.start()
        self.workers.append(worker)
        return worker

    def wait_ready(self, worker: WorkerProcess) -> bool:
        """Wait until it is ready; False if it ended instead. Raises WorkerFailed when it does neither."""
        began = time.monotonic()
        while worker.exit_code is None:
            if worker.is_ready():
                if (took := time.monotonic() - began) > 0.3:
                    self.start_s = 0.7 * self.start_s + 0.3 * took
                return True
            if time.monotonic() - began > _START_S:
                raise WorkerFailed(
                    f"not ready after {_START_S:.0f} s; {worker.log} ends with:\n{worker.last_lines()}"
                )
            after(0.02)
        return False

    def mind(self) -> None:
        """Take out who has ended by itself, and start another in each one's place."""
        for worker in [each for each in self.workers if each.exit_code is not None]:
            self.ended[worker.exit_code or 0] += 1
            self.workers.remove(worker)
            self.start()

    def keep(self, count: int) -> list[WorkerProcess]:
        """So many workers, all of them ready."""
        self.mind()
        while len(self.workers) > count:
            self.terminate(self.workers[0])
        while len(self.workers) < count:
            self.start()
        for _ in range(10):
            if all(self.wait_ready(worker) for worker in self.workers):
                return list(self.workers)
            self.mind()
        raise WorkerFailed(f"workers keep ending: {dict(self.ended)}, see {self._logs}")

    def kill(self, worker: WorkerProcess) -> None:
        """SIGKILL."""
        self.workers.remove(worker)
        worker.kill()

    def terminate(self, worker: WorkerProcess) -> int:
        """SIGTERM; the exit code."""
        self.workers.remove(worker)
        code = worker.stop(30.0)
        # One that had only begun knows no orderly end yet.
        if code not in (0, -signal.SIGTERM):
            self.ended[code] += 1
        return code

    def freeze(self, worker: WorkerProcess) -> None:
        os.kill(worker.pid, signal.SIGSTOP)

    def thaw(self, worker: WorkerProcess) -> None:
        os.kill(worker.pid, signal.SIGCONT)

    def wait_shared(self, workers: list[WorkerProcess], within: float = 40.0) -> bool:
        """Wait until these have all journal partitions between them, each at least one; False if they never do."""

        def shared() -> bool:
            said = [_status(worker) for worker in workers]
            shares = [status["journal_partitions"] for status in said if status and status["ready"]]
            whole = max((status["all_journal_partitions"] for status in said if status), default=-1)
            return len(shares) == len(workers) and min(shares) > 0 and sum(shares) == whole

        return until(lambda: shared() or any(worker.exit_code is not None for worker in workers), within)

    def wait_caught_up(self, within: float) -> None:
        """Wait until all that was published is done. Raises WorkerFailed; those who end are replaced."""
        deadline = time.monotonic() + within
        while True:
            try:
                self.mind()
                if all(self.wait_ready(worker) for worker in self.workers):
                    wait_caught_up(self.workers, max(1.0, deadline - time.monotonic()))
                    return
            except WorkerFailed:
                if time.monotonic() > deadline or all(worker.exit_code is None for worker in self.workers):
                    raise


def _status(worker: WorkerProcess) -> Status | None:
    return worker.status() if worker.exit_code is None else None
