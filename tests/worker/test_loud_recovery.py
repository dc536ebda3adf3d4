"""A step of the recovery that takes too long is told, one that ends in time or with the worker is not."""

from __future__ import annotations

import asyncio
from typing import NoReturn, cast

import pytest
from faust.tables.recovery import ServiceStopped

from streams.worker import recovery
from streams.worker.batch_app import BatchApp
from streams.worker.recovery import LoudRecovery, Tables


class StoppedItself(Exception):
    pass


def stop_itself(what: str, cause: BaseException) -> NoReturn:
    raise StoppedItself(what) from cause


def new_recovery(monkeypatch: pytest.MonkeyPatch) -> LoudRecovery:
    monkeypatch.setattr(recovery, "fail_stop", stop_itself)
    app = BatchApp("loud", broker="kafka://127.0.0.1:1", web_enabled=False, TableManager=Tables)
    found = cast(Tables, app.tables).recovery
    assert isinstance(found, LoudRecovery)
    return found


def test_a_step_that_takes_too_long_stops_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    async def wait() -> None:
        await new_recovery(monkeypatch)._wait(asyncio.Event(), timeout=0.01)

    with pytest.raises(StoppedItself, match=r"a step of the recovery took longer than 0\.01 s"):
        asyncio.run(wait())


def test_a_step_that_ends_in_time_is_no_reason_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    async def wait() -> None:
        done = asyncio.Event()
        done.set()
        await new_recovery(monkeypatch)._wait(done, timeout=30.0)

    asyncio.run(wait())


def test_a_worker_that_ends_ends_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    async def wait() -> None:
        ending = new_recovery(monkeypatch)
        ending._stopped.set()
        await ending._wait(asyncio.Event(), timeout=30.0)

    with pytest.raises(ServiceStopped):
        asyncio.run(wait())
