"""Which stage of an event's way a moment of the worker belongs to, by the code that it was in."""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any

STAGES = ("fetch", "validate", "journal", "decode", "fold", "evaluate", "encode", "commit", "other")
"""`other`: the loop itself, sockets, metrics, the clients' heartbeats."""

_ASK = "ask"  # the object whose method it is

#: A file, or a function in a file (`file.py:function`), by the end of its path. Asked from the innermost frame
#: outwards; the first that is known says it. What is not known (a library, the facts that both fold and
#: detectors ask) belongs to whoever called it.
BY_PATH = {
    "schemas/glance.py": "validate",
    "schemas/events.py": "validate",
    "streams/door/admit.py": "validate",
    "schemas/wire.py": "decode",
    "streams/detection/account.py:decode": "decode",
    "streams/detection/account.py:encode": "encode",
    "streams/detection/facts/codec.py:decode_facts": "decode",
    "streams/detection/facts/codec.py:encode_facts": "encode",
    "streams/detection/engine.py:flush": "encode",
    "streams/detection/engine.py:partition_record": "encode",
    "streams/detection/engine.py:committed": "commit",
    "streams/detection/engine.py:_restore": "decode",
    "streams/detection/engine.py:_take_event": "fold",
    "streams/detection/accounts.py:_decode": "decode",
    "streams/detection/accounts.py:_set_aside": "encode",
    "streams/detection/accounts.py:_bits_of": "encode",
    "streams/worker/journal_writer.py": "journal",
    "streams/worker/door_stage.py": "journal",
    "streams/worker/door_time.py": "journal",
    "streams/door/pacing.py": "journal",
    "streams/door/clock.py": "journal",
    "streams/door/live_clock.py": "journal",
    "streams/worker/exactly_once.py": "commit",
    "streams/worker/at_least_once.py": "commit",
    "streams/worker/partition_task.py:_commit": "commit",
    "streams/worker/partition_task.py": "fold",
    "streams/worker/table.py": "commit",
    "streams/worker/lanes.py": _ASK,
    "aiokafka/producer/sender.py": _ASK,
    "streams/worker/transport.py": "fetch",
    "streams/worker/consumer_thread.py": "fetch",
    "streams/worker/engine_stage.py:receive": "fetch",
    "streams/worker/batch_app.py": "fetch",
}
_BY_FOLDER: dict[str, str | None] = {
    "streams/detection/facts/fold/": "fold",
    "streams/detection/facts/": None,
    "streams/detection/account.py": None,
    "streams/detection/accounts.py": None,
    "streams/detection/engine.py": None,
    "streams/detection/": "evaluate",
    "streams/retention/": "evaluate",
    "streams/growth/": "evaluate",
    "streams/board/": "evaluate",
    "site-packages/faust/": "fetch",
    "site-packages/mode/": "fetch",
    "aiokafka/consumer/": "fetch",
}
_DEEPEST = 80

_known: dict[CodeType, str | None] = {}


def stage_of(frame: FrameType | None) -> str:
    """The stage that the code in this frame works for."""
    for _ in range(_DEEPEST):
        if frame is None:
            break
        code = frame.f_code
        stage = _known[code] if code in _known else _known.setdefault(code, _stage_of_code(code))
        if stage == _ASK:
            return _of_object(frame.f_locals.get("self"))
        if stage is not None:
            return stage
        frame = frame.f_back
    return "other"


def _stage_of_code(code: CodeType) -> str | None:
    if code.co_name == "<module>":
        return "other"  # an import
    path = code.co_filename
    for wanted in (f"{path}:{code.co_name}", path):
        for end, stage in BY_PATH.items():
            if wanted.endswith(end):
                return stage
    return next((stage for folder, stage in _BY_FOLDER.items() if folder in path), None)


def _of_object(sender: Any) -> str:
    """A lane or a client's sender: the same code serves the journal and the commits."""
    topic: str | None = getattr(sender, "_topic", None)
    if topic is not None:
        return "journal" if "account-journal" in topic else "commit"
    transactions = getattr(sender, "_txn_manager", None)
    return "commit" if transactions is not None and transactions.transactional_id else "journal"
