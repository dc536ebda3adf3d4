"""Logging of a worker: its own lines, and of the libraries only what a person should act on.

One line a message on stderr, for people or as JSON. No line holds what customers did: the worker logs topics,
partitions, offsets and counts, and an exception that comes out of the rooms which read their data is logged
with its kind and its place, without its words.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

LogFormat: TypeAlias = Literal["console", "json"]

#: A library's message of the same text is shown once in so many seconds.
_AGAIN_S: Final = 10.0
#: Lines of all libraries together in a minute; what they have to say is in the first of them.
_MOST_A_MINUTE: Final = 60
#: Modules that read, fold or check what customers and their users did.
_DATA_ROOMS: Final = (
    "schemas",
    "streams.detection",
    "streams.door",
    "streams.retention",
    "streams.growth",
    "streams.board",
    "streams.worker.causes",
    "streams.worker.told",
)
_WITHHELD: Final = "(words withheld: they may hold customers' data)"


class OnceInAWhile(logging.Filter):
    """Drops repeats: while a broker is away, the clients log thousands of lines that say so. The next one that is
    shown says how many were not."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: dict[tuple[str, object], float] = {}
        self._dropped: dict[tuple[str, object], int] = {}
        self._minute = (0, 0)  # which one, lines in it

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        text = (record.name, record.msg)
        minute, lines = self._minute
        if minute != int(now / 60):
            minute, lines = int(now / 60), 0
        if now - self._shown.get(text, -_AGAIN_S) < _AGAIN_S or lines >= _MOST_A_MINUTE:
            self._dropped[text] = self._dropped.get(text, 0) + 1
            return False
        if len(self._shown) > 1_000:
            self._shown.clear()
            self._dropped.clear()
        self._shown[text] = now
        self._minute = (minute, lines + 1)
        if dropped := self._dropped.pop(text, 0):
            record.repeats = dropped
        return True


class _Console(logging.Formatter):
    """For people."""

    def __init__(self, number: int | None) -> None:
        who = "" if number is None else f" [{number}]"
        super().__init__(f"%(asctime)s %(levelname)s{who} %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        repeats = getattr(record, "repeats", 0)
        return super().formatMessage(record) + (f" (and {repeats} more like it)" if repeats else "")

    def formatException(self, ei: object) -> str:
        return "".join(_told(ei[1])) if isinstance(ei, tuple) and isinstance(ei[1], BaseException) else ""


class _Json(logging.Formatter):
    """For machines: one object a line."""

    def __init__(self, number: int | None) -> None:
        super().__init__()
        self._number = number

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "pid": record.process,
        }
        if self._number is not None:
            said["process"] = self._number
        if repeats := getattr(record, "repeats", 0):
            said["repeats"] = repeats
        if record.exc_info is not None and (error := record.exc_info[1]) is not None:
            said["exception"] = "".join(_told(error))
        return json.dumps(said, ensure_ascii=False)


def words_of(error: BaseException) -> str:
    """An exception in one line, without its words where they may hold customers' data."""
    if not _may_hold_data(error):
        return repr(error)
    return f"{type(error).__module__}.{type(error).__qualname__} {_WITHHELD}"


def _may_hold_data(error: BaseException) -> bool:
    """Whether it came out of a room that reads customers' data; the project's own exceptions hold none."""
    if type(error).__module__.startswith("streams."):
        return False
    frames = traceback.walk_tb(error.__traceback__)
    return any(str(frame.f_globals.get("__name__", "")).startswith(_DATA_ROOMS) for frame, _ in frames)


def _told(error: BaseException) -> list[str]:
    """A traceback with safe words, causes first."""
    lines: list[str] = []
    if (cause := error.__cause__ or (None if error.__suppress_context__ else error.__context__)) is not None:
        lines += [*_told(cause), "\n\nwhich led to\n\n"]
    lines.append("Traceback (most recent call last):\n")
    lines += traceback.format_tb(error.__traceback__)
    lines.append(words_of(error))
    return lines


def set_up_logging(number: int | None = None, log_format: LogFormat = "console") -> None:
    """One line a message on stderr: the worker's at INFO, libraries' at WARNING and not too often.

    Args:
        number: of this process among those of a supervisor; stands in every line, as they share the stderr.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json(number) if log_format == "json" else _Console(number))
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
