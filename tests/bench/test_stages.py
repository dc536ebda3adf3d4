"""A moment of the worker belongs to the stage that its code works for."""

from __future__ import annotations

import ast
import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import faust
import pytest

import bench
from bench.sampled_worker import name_of
from bench.stages import BY_PATH, stage_of
from streams.detection.engine import PartitionEngine

ROOT = Path(bench.__file__).parents[1]


def function(path: str, name: str, body: str) -> Callable[..., Any]:
    """A function that Python takes for one of that file."""
    space: dict[str, Any] = {}
    exec(compile(f"def {name}(inner): {body}", f"/somewhere/{path}", "exec"), space)
    return space[name]  # type: ignore[no-any-return]


def within(*calls: tuple[str, str]) -> FrameType:
    """The innermost frame of these calls, the outermost first."""
    inner: Callable[..., Any] = lambda _: sys._getframe()  # noqa: E731
    for path, name in reversed(calls):
        inner = (lambda made, inside: lambda _: made(inside))(
            function(path, name, "return inner(None)"), inner
        )
    frame: FrameType = inner(None)
    return frame


def test_facts_that_a_detector_asks_count_as_evaluation_and_those_that_are_folded_as_folding() -> None:
    queries = ("streams/detection/facts/queries.py", "active_days")
    assert stage_of(within(("streams/detection/detectors/drop.py", "read"), queries)) == "evaluate"
    assert stage_of(within(("streams/detection/facts/fold/usage.py", "feature_used"), queries)) == "fold"


def test_the_innermost_stage_counts() -> None:
    engine = ("streams/detection/engine.py", "_take_event")
    assert stage_of(within(engine)) == "fold"
    assert stage_of(within(engine, ("streams/detection/account.py", "decode"))) == "decode"
    assert stage_of(within(engine, ("schemas/wire.py", "decode_event"))) == "decode"


def test_a_library_belongs_to_whoever_called_it() -> None:
    commit = ("streams/worker/exactly_once.py", "write")
    assert stage_of(within(commit, ("aiokafka/producer/producer.py", "send_batch"))) == "commit"


def test_code_of_nobody_is_other() -> None:
    assert stage_of(within(("somewhere/else.py", "anything"))) == "other"
    assert stage_of(None) == "other"


def test_looking_an_account_up_belongs_to_whoever_asks_and_decoding_it_to_decode() -> None:
    load = ("streams/detection/accounts.py", "load")
    assert stage_of(within(("streams/detection/engine.py", "_take_event"), load)) == "fold"
    assert stage_of(within(("streams/detection/watermarks.py", "_wake_due"), load)) == "evaluate"
    assert stage_of(within(load, ("streams/detection/accounts.py", "_decode"))) == "decode"


@pytest.mark.parametrize("path", [path for path in BY_PATH if path.startswith(("streams/", "schemas/"))])
def test_a_place_that_is_named_exists(path: str) -> None:
    file, _, name = path.partition(":")
    code = ast.parse((ROOT / file).read_text())
    functions = {at.name for at in ast.walk(code) if isinstance(at, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert not name or name in functions


def test_a_function_is_named_from_the_root_of_what_it_belongs_to() -> None:
    assert name_of(PartitionEngine.steps.__code__) == "streams/detection/engine.py:PartitionEngine.steps"
    assert name_of(faust.App.__init__.__code__) == "faust/app/base.py:App.__init__"
    assert name_of(asyncio.Runner.run.__code__) == "asyncio/runners.py:Runner.run"
