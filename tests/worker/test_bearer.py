"""With a token set, only probes may ask without it."""

from __future__ import annotations

import logging
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import cast

import pytest
from pydantic import SecretStr

from streams.worker.bearer import is_local
from streams.worker.page import Page
from streams.worker.process import WorkerProcess
from streams.worker.report import Status
from streams.worker.status import serve
from tests.support.waiting import eventually
from tests.worker.support import Cluster

TOKEN = "a-token-of-the-tests-41c7"


class Pages:
    def metrics(self) -> bytes:
        return b"seen_total 3\n"

    def status(self) -> Status:
        return cast(Status, {"ready": True})

    def turn(self) -> None: ...

    def why_not_ready(self) -> str:
        return ""

    def explain(self, path: str, account: str) -> Page:
        return Page(200, "application/json", b"{}")


@pytest.fixture
def url() -> Iterator[str]:
    server = serve("127.0.0.1", 0, Pages(), SecretStr(TOKEN))
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def get(url: str, authorization: str | None = None) -> tuple[int, str, str | None]:
    headers = {"Authorization": authorization} if authorization is not None else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.read().decode(), None
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode(), refused.headers["WWW-Authenticate"]


@pytest.mark.parametrize("path", ["/metrics", "/status", "/no-such-page"])
@pytest.mark.parametrize(
    ("shown", "why"),
    [
        (None, "a token is needed"),
        (f"Basic {TOKEN}", "has to come as"),
        (TOKEN, "has to come as"),
        ("Bearer ", "the token is wrong"),
        (f"Bearer {TOKEN[:-1]}", "the token is wrong"),
        (f"Bearer {TOKEN}x", "the token is wrong"),
        ("Bearer äöü", "the token is wrong"),
    ],
)
def test_nothing_is_shown_to_who_does_not_show_the_token(
    url: str, path: str, shown: str | None, why: str
) -> None:
    code, body, challenge = get(url + path, shown)

    assert code == 401
    assert why in body
    assert challenge == 'Bearer realm="twomotion"'
    assert TOKEN not in body and "seen" not in body


def test_everything_is_shown_to_who_shows_it(url: str) -> None:
    assert get(f"{url}/metrics", f"Bearer {TOKEN}")[:2] == (200, "seen_total 3\n")
    assert get(f"{url}/status?x=1", f"bearer {TOKEN}")[0] == 200
    assert get(f"{url}/no-such-page", f"Bearer {TOKEN}")[0] == 404


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/readyz?from=kubelet"])
def test_probes_need_no_token(url: str, path: str) -> None:
    assert get(url + path)[0] == 200


def test_what_answers_does_not_tell_its_versions(url: str) -> None:
    with urllib.request.urlopen(f"{url}/healthz") as answer:
        assert answer.headers["Server"].strip() == "twomotion"


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("db", False),
    ],
)
def test_only_this_machine_reaches_a_loopback_address(host: str, local: bool) -> None:
    assert is_local(host) is local


@pytest.mark.parametrize(("token", "warned"), [(None, True), (SecretStr(TOKEN), False)])
def test_pages_that_others_can_reach_without_a_token_are_warned_of(
    token: SecretStr | None, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        server = serve("0.0.0.0", 0, Pages(), token)
    server.shutdown()
    server.server_close()

    assert ("TWOMOTION_HTTP_TOKEN" in caplog.text) is warned
    assert TOKEN not in caplog.text


def test_a_supervisor_shows_its_token_to_its_process(cluster: Cluster) -> None:
    worker = cluster.worker("--restart", TWOMOTION_HTTP_TOKEN=TOKEN)
    worker.start()
    try:
        worker.wait_ready(120)
        status = eventually(lambda: _ready(worker), what="its process says that it is ready")
        assert "twomotion_ready" in worker.metrics()
        assert get(f"{worker.url}/status")[0] == 401
        assert get(f"{worker.url}/readyz")[0] == 200
        log = worker.log.read_text()
    finally:
        worker.stop()

    assert status is not None
    assert [each["status"] is not None for each in status["processes"]] == [True]
    assert TOKEN not in log


def _ready(worker: WorkerProcess) -> Status | None:
    status = worker.status()
    return status if status is not None and status["ready"] else None
