"""`python -m deploy.lint`: the image's steps, the chart with and without everything, against their rules."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

from deploy.chart import KUBERNETES, everything, has_helm, lint, misfits, render

DOCKERFILE = Path(__file__).parent / "Dockerfile"


def main() -> None:
    wrong = [*_dockerfile(), *_chart()]
    for each in wrong:
        print(each, file=sys.stderr)
    sys.exit(1 if wrong else 0)


def _dockerfile() -> list[str]:
    hadolint = Path(sysconfig.get_path("scripts")) / "hadolint"
    if not hadolint.exists():
        print("deploy/Dockerfile is not linted: hadolint has no wheel for this platform", file=sys.stderr)
        return []
    done = subprocess.run(
        [hadolint, "--no-color", "--failure-threshold", "warning", DOCKERFILE],
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stdout + done.stderr).splitlines() if done.returncode else []


def _chart() -> list[str]:
    if not has_helm():
        print("the chart is not rendered: Helm's library has no wheel for this platform", file=sys.stderr)
        return []
    wrong = []
    for values in ({}, everything()):
        wrong += lint(values)
        objects = render(values)
        wrong += [each for version in KUBERNETES for each in misfits(objects, version)]
    return wrong


if __name__ == "__main__":
    main()
