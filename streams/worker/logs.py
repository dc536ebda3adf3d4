"""Logging of a worker: its own lines, and of the libraries only what a person should act on."""

from __future__ import annotations

import logging
import sys
import time

#: A library's message of the same text is shown once in so many seconds.
_AGAIN_S = 10.0


class OnceInAWhile(logging.Filter):
    """Drops repeats: while a broker is away, the clients log thousands of lines that say so."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: dict[tuple[str, object], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        text = (record.name, record.msg)
        if now - self._shown.get(text, -_AGAIN_S) < _AGAIN_S:
            return False
        if len(self._shown) > 1_000:
            self._shown.clear()
        self._shown[text] = now
        return True


def set_up_logging(number: int | None = None) -> None:
    """One line a message on stderr: the worker's at INFO, libraries' at WARNING and not too often.

    Args:
        number: of this process among those of a supervisor; stands in every line, as they share the stderr.
    """
    handler = logging.StreamHandler(sys.stderr)
    who = "" if number is None else f" [{number}]"
    handler.setFormatter(logging.Formatter(f"%(asctime)s %(levelname)s{who} %(name)s: %(message)s"))
    libraries = OnceInAWhile()
    handler.addFilter(lambda record: record.name.startswith("streams") or libraries.filter(record))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("streams").setLevel(logging.INFO)
    # Faust announces each of its services under the module of its class.
    logging.getLogger("streams.worker.transport").setLevel(logging.WARNING)
    logging.getLogger("streams.worker.table").setLevel(logging.WARNING)
    # Says that topics are not created, for each topic: they are not meant to be.
    logging.getLogger("faust.transport.drivers.aiokafka").setLevel(logging.ERROR)
    logging.getLogger("faust.transport.consumer").setLevel(logging.ERROR)
