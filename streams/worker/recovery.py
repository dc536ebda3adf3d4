"""Faust's recovery, but for a step that takes too long: it ends the worker instead of leaving it idle for ever.

Faust waits for each step of an assignment for as long as a request may take, and takes a step that is not done by
then for the end of the service: it says nothing and does nothing more. The worker would live, own its partitions
and never be ready.
"""

from __future__ import annotations

from typing import Any

from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery, ServiceStopped

from streams.worker.failure import fail_stop


class LoudRecovery(Recovery):
    """Stops the worker where Faust would go silent; whoever supervises it starts it again."""

    async def _wait(self, coro: Any, timeout: Any = None) -> None:
        try:
            await super()._wait(coro, timeout=timeout)
        except ServiceStopped as silent:
            if not self.should_stop:
                fail_stop(f"a step of the recovery took longer than {timeout} s", silent)
            raise


class Tables(TableManager):
    """The tables of the app, with that recovery."""

    @property
    def recovery(self) -> Recovery:
        if self._recovery is None:
            self._recovery = LoudRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery
