"""Explanations over two processes: whoever has the account's partition answers, and nobody guesses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from streams.worker.page import NOT_HERE, Page, error_page
from streams.worker.process import WorkerProcess
from streams.worker.status import Pages, serve
from streams.worker.supervisor_child import Child
from streams.worker.supervisor_pages import SupervisorPages
from tests.support.waiting import eventually
from tests.worker.asking import get
from tests.worker.support import Cluster, session

ACCOUNTS = [f"acct-{number}" for number in range(12)]


def asked(worker: WorkerProcess, account: str, query: str = "") -> tuple[int, dict[str, Any]]:
    code, body = get(f"{worker.url}/accounts/{account}/explain{query}")
    return code, json.loads(body)


def pids(worker: WorkerProcess) -> list[int]:
    status = worker.status()
    return [each["pid"] for each in status["processes"] if each["pid"] is not None] if status else []


def partitions(worker: WorkerProcess) -> list[int]:
    """How many of the journal each process has."""
    status = worker.status()
    processes = status["processes"] if status else []
    return [each["status"]["journal_partitions"] if each["status"] else 0 for each in processes]


def test_the_process_that_has_the_account_answers_for_all(cluster: Cluster) -> None:
    with cluster.worker("--processes", "2") as worker:
        eventually(lambda: len(pids(worker)) == 2, what="two processes")
        worker.wait_caught_up(60)
        cluster.publish(("product-usage", account, session(account, f"e-{account}")) for account in ACCOUNTS)
        worker.wait_caught_up(60)

        answers = {account: asked(worker, account, "?signal=usage-drop") for account in ACCOUNTS}
        shares = partitions(worker)
        unknown = asked(worker, "nobody")
        no_signal = asked(worker, ACCOUNTS[0], "?signal=no-such")

        assert all(share > 0 for share in shares)
        assert {account: code for account, (code, _) in answers.items()} == dict.fromkeys(ACCOUNTS, 200)
        assert all(body["account_id"] == account for account, (_, body) in answers.items())
        assert (unknown[0], unknown[1]["error"]) == (404, "unknown account")
        assert (no_signal[0], no_signal[1]["error"]) == (404, "unknown signal")


@dataclass
class Process:
    """What the supervisor knows of one of its processes."""

    number: int
    url: str | None


class Here:
    """The pages of a process that has the partitions of some accounts."""

    def __init__(self, accounts: set[str]) -> None:
        self._accounts = accounts

    def explain(self, path: str, account: str) -> Page:
        if account in self._accounts:
            return Page(200, "application/json", json.dumps({"account_id": account}).encode())
        return error_page(NOT_HERE, "not here", account)


@contextmanager
def served(accounts: set[str]) -> Iterator[str]:
    server = serve("127.0.0.1", 0, cast(Pages, Here(accounts)))
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_an_account_is_nowhere_only_when_every_process_says_so(tmp_path: Path) -> None:
    with served({"acme"}) as one, served({"bolt"}) as other:
        codes = {}
        for second in (other, None, "http://127.0.0.1:1"):
            children = cast(list[Child], [Process(1, one), Process(2, second)])
            pages = SupervisorPages(children, tmp_path, lambda: None, 1)
            codes[second] = [
                pages.explain(f"/accounts/{account}/explain", account).code
                for account in ("acme", "bolt", "cern")
            ]
    assert codes == {
        other: [200, 200, NOT_HERE],
        None: [200, 503, 503],
        "http://127.0.0.1:1": [200, 503, 503],
    }
