"""A real Prometheus with the project's own rules, their times shortened, that scrapes what it is told to."""

from __future__ import annotations

import json
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import yaml

from deploy.rules import FRESHNESS, LOSS, SERVICE, Times
from deploy.rules.model import JOB
from deploy.rules.writing import as_yaml
from streams.devkafka.launch import free_port
from tests.deploy.tools import prometheus_tools

#: How often workers are scraped and rules looked at, in s.
SCRAPE_S = 1
_START_S = 30.0
_LOOK_S = 0.2


class Drilled(NamedTuple):
    """How much shorter the times of a drill are: of the service's rules, and of the objectives'."""

    service: float = 60.0
    objectives: float = 240.0


class Prometheus:
    """A context manager; `folder` keeps its configuration, data and log."""

    def __init__(self, folder: Path, faster: Drilled) -> None:
        self._folder = folder
        self._targets = folder / "targets.json"
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        shortest = Times(shortest_window_s=5.0 * SCRAPE_S)
        self._rules = {
            "service.yaml": ((SERVICE,), Times(faster.service, shortest.shortest_window_s)),
            "slo.yaml": ((FRESHNESS, LOSS), Times(faster.objectives, shortest.shortest_window_s)),
        }

    def __enter__(self) -> Prometheus:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.scrape()
        for name, (groups, times) in self._rules.items():
            (self._folder / name).write_text(as_yaml(groups, times, every_s=SCRAPE_S))
        config = {
            "global": {
                "scrape_interval": f"{SCRAPE_S}s",
                "scrape_timeout": f"{SCRAPE_S}s",
                "evaluation_interval": f"{SCRAPE_S}s",
            },
            "rule_files": [str(self._folder / name) for name in self._rules],
            "scrape_configs": [
                {
                    "job_name": JOB,
                    "file_sd_configs": [{"files": [str(self._targets)], "refresh_interval": "1s"}],
                }
            ],
        }
        (self._folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
        with (self._folder / "prometheus.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(prometheus_tools().prometheus),
                    f"--config.file={self._folder / 'prometheus.yaml'}",
                    f"--storage.tsdb.path={self._folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{self._port}",
                    "--log.level=warn",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_it_answers()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def scrape(self, *urls: str) -> None:
        """Scrape these workers from now on, and nobody else."""
        hosts = [urllib.parse.urlparse(url).netloc for url in urls]
        new = self._targets.with_suffix(".new")
        new.write_text(json.dumps([{"targets": hosts}] if hosts else []))
        new.replace(self._targets)

    def query(self, expr: str) -> list[tuple[dict[str, str], float]]:
        """The series of an expression now, with their values."""
        found = self._ask(f"/api/v1/query?{urllib.parse.urlencode({'query': expr})}")
        return [(dict(each["metric"]), float(each["value"][1])) for each in found["result"]]

    def firing(self) -> dict[str, list[str]]:
        """The summaries of what fires, by alert."""
        fires: dict[str, list[str]] = {}
        for alert in self._ask("/api/v1/alerts")["alerts"]:
            if alert["state"] == "firing":
                fires.setdefault(alert["labels"]["alertname"], []).append(alert["annotations"]["summary"])
        return fires

    def _ask(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=10) as answer:
            return json.load(answer)["data"]

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + _START_S
        pause = threading.Event()
        while True:
            try:
                self._ask("/api/v1/alerts")
            except (OSError, urllib.error.URLError, ValueError):
                if time.monotonic() > deadline or self._process is None or self._process.poll() is not None:
                    log = (self._folder / "prometheus.log").read_text(errors="replace")[-1000:]
                    raise RuntimeError(f"Prometheus does not answer; its log ends with:\n{log}") from None
                pause.wait(_LOOK_S)
            else:
                return
