"""Stopping at once when it is not known what was written.

After a failed send or a hole in a log every further step could make a wrong answer durable. The
process ends, and whoever supervises it starts it again: the start reads the state from its
changelog and goes on from the last partition record.
"""

from __future__ import annotations

import logging
import os
from typing import NoReturn

from streams.worker.logs import words_of

#: Exit code (EX_SOFTWARE) of a worker that stopped itself; start it again.
FAIL_STOP_EXIT = 70

#: Exit code of a worker that cannot go on as things are, and that a start anew does not help.
REFUSED_EXIT = 1

_log = logging.getLogger(__name__)


def fail_stop(what: str, cause: BaseException) -> NoReturn:
    """Log and leave without any further write; no handler or cleanup runs."""
    _log.critical("stopping at once, %s: %s", what, words_of(cause), exc_info=cause)
    logging.shutdown()
    os._exit(FAIL_STOP_EXIT)


def refuse(sentence: str) -> NoReturn:
    """Log and leave, as `fail_stop` does, where a person has to do something first."""
    _log.critical("%s", sentence)
    logging.shutdown()
    os._exit(REFUSED_EXIT)
