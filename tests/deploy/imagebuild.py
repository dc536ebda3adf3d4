"""The image's build, as far as it goes without an engine: the very steps of the Dockerfile, in a clean folder.

A folder stands for the image's root: what a step calls APP, SRC and TOOLS lies in it. Base images, users and the
read-only root are the engine's and are not tried here.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Step:
    """One instruction: `COPY`, and what follows it."""

    name: str
    rest: str


@dataclass
class ImageStage:
    """`FROM parent AS name` and its steps."""

    parent: str
    name: str
    steps: list[Step] = field(default_factory=list)


def stages_of(dockerfile: Path) -> dict[str, ImageStage]:
    """The stages of a Dockerfile by name, in order."""
    text = re.sub(r"(?m)^\s*#.*\n", "", dockerfile.read_text())
    stages: dict[str, ImageStage] = {}
    last: ImageStage | None = None
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        name, _, rest = line.strip().partition(" ")
        if name == "FROM":
            parent, _, called = rest.partition(" AS ")
            last = stages[called] = ImageStage(parent, called)
        elif name and last is not None:
            last.steps.append(Step(name, rest.strip()))
    return stages


def environment_of(stage: ImageStage) -> dict[str, str]:
    """What its ENV instructions set."""
    pairs = [shlex.split(step.rest) for step in stage.steps if step.name == "ENV"]
    return dict(pair.split("=", 1) for words in pairs for pair in words)


class Build:
    """Runs stages in `root`, from the files of `context`.

    Args:
        python: the interpreter that stands for the base image's.
    """

    def __init__(self, dockerfile: Path, context: Path, root: Path, python: Path) -> None:
        self._stages = stages_of(dockerfile)
        self._context = context
        self._root = root
        self._bin = root / "bin"
        self._bin.mkdir(parents=True)
        (self._bin / "python3").symlink_to(python)

    def run(self, name: str) -> None:
        """Run a stage, after the one that it is built on. Raises CalledProcessError with the step's output."""
        stage = self._stages[name]
        if stage.parent in self._stages:
            self.run(stage.parent)
        variables = self._variables(stage)
        folder = self._root / "src"
        folder.mkdir(exist_ok=True)
        for step in stage.steps:
            if step.name == "COPY":
                self._copy(step.rest, folder)
            elif step.name == "RUN":
                subprocess.run(
                    ["/bin/sh", "-eu", "-c", step.rest],
                    cwd=folder,
                    env=variables,
                    check=True,
                    capture_output=True,
                    text=True,
                )

    def path(self, inside: str) -> Path:
        """Where a path of the image is."""
        return self._root / inside.lstrip("/")

    def _variables(self, stage: ImageStage) -> dict[str, str]:
        """Nothing of this process but how to reach a package index."""
        keep = ("PIP_", "HTTP", "http", "SSL_", "REQUESTS_", "NO_PROXY", "no_proxy")
        given = {name: value for name, value in os.environ.items() if name.startswith(keep)}
        set_here: dict[str, str] = {}
        while True:
            set_here = environment_of(stage) | set_here
            if stage.parent not in self._stages:
                break
            stage = self._stages[stage.parent]
        for name in ("APP", "SRC", "TOOLS"):
            set_here[name] = str(self.path(set_here[name]))
        return {
            **given,
            **set_here,
            "PATH": f"{self._bin}:/usr/bin:/bin",
            "HOME": os.environ.get("HOME", "/tmp"),
        }

    def _copy(self, rest: str, folder: Path) -> None:
        *sources, target = shlex.split(rest)
        for source in sources:
            found = self._context / source
            to = folder / target
            if found.is_dir():
                shutil.copytree(found, to, dirs_exist_ok=True)
            else:
                (to if target.endswith(("/", ".")) else to.parent).mkdir(parents=True, exist_ok=True)
                shutil.copy2(found, to)
