"""A broker to be unkind to: stopped, frozen, killed, and started again on the same data and port."""

from __future__ import annotations

import shutil
import signal
import tempfile
from pathlib import Path
from types import TracebackType

import psutil

from streams.devkafka.launch import Launched, launch, stop


class Kafka:
    """A local broker of one's own; a context manager."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="twomotion-chaos-"))
        self._launched: Launched | None = None
        self.bootstrap = ""

    def __enter__(self) -> Kafka:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def start(self) -> None:
        """Start it, again where and with what it was before; returns when it answers."""
        port = int(self.bootstrap.rpartition(":")[2]) if self.bootstrap else None
        self._launched = launch(self._home, port=port, guarded=True)
        self.bootstrap = self._launched.bootstrap

    def stop(self) -> None:
        """End it in order."""
        if self._launched is not None:
            stop(self._launched.process)
            self._launched = None

    def kill(self) -> None:
        """End it without a chance to do anything."""
        self._signal(signal.SIGKILL)
        self.stop()  # what watched over it

    def freeze(self) -> None:
        """Let it hang: connections stay open, nothing is answered."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._launched is None:
            raise RuntimeError("the broker is not running")
        (java,) = psutil.Process(self._launched.process.pid).children()
        java.send_signal(number)
