"""Programs of others that the tests run: found, fetched once by an ordinary package client, or a sentence why not."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

from streams.devkafka.places import cache_dir

#: The parser that Docker Compose itself is made with.
COMPOSE_GO = "github.com/compose-spec/compose-go/v2/cmd@v2.9.0"


class NotHere(RuntimeError):
    """A program cannot be had on this machine; the message says which and what would bring it."""


class PrometheusTools(NamedTuple):
    prometheus: Path
    promtool: Path


@cache
def prometheus_tools() -> PrometheusTools:
    """Prometheus and promtool: those on the path, else Debian's package unpacked into the cache folder.

    Raises NotHere.
    """
    found = [shutil.which(name) for name in ("prometheus", "promtool")]
    if found[0] and found[1]:
        return PrometheusTools(Path(found[0]), Path(found[1]))
    home = cache_dir() / "prometheus"
    tools = PrometheusTools(home / "usr/bin/prometheus", home / "usr/bin/promtool")
    if not tools.promtool.exists():
        _unpack_debian_package("prometheus", home)
    return tools


@cache
def compose_parser() -> Path:
    """The reference parser of compose files, built once by Go from its module.

    Raises NotHere.
    """
    home = cache_dir() / "compose-go" / COMPOSE_GO.rpartition("@")[2]
    binary = home / "cmd"
    if not binary.exists():
        go = shutil.which("go")
        if go is None:
            raise NotHere("no Go here to build compose-go with: install golang, 1.21 or newer")
        home.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "GOBIN": str(home), "GOFLAGS": "-mod=mod"}
        _run([go, "install", COMPOSE_GO], "Go could not build compose-go", environment)
    return binary


@cache
def operators() -> Path:
    """A folder with `validate.mjs` and the packages that it needs, installed once by npm from their lock.

    Raises NotHere.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise NotHere(
            "no npm here for the definitions of KEDA and the Prometheus operator: install nodejs and npm"
        )
    source = Path(__file__).parent / "operators"
    texts = {path.name: path.read_bytes() for path in sorted(source.iterdir()) if path.is_file()}
    home = cache_dir() / "operators" / hashlib.sha256(b"".join(texts.values())).hexdigest()[:12]
    if not (home / ".installed").exists():
        home.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (home / name).write_bytes(text)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        _run(command, "npm could not install the definitions", cwd=home)
        (home / ".installed").touch()
    return home


def _unpack_debian_package(name: str, home: Path) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise NotHere(f"no {name} here, and no apt-get to fetch it with: install {name}")
    with tempfile.TemporaryDirectory() as folder:
        try:
            _run(["apt-get", "download", name], f"apt-get could not download {name}", cwd=Path(folder))
        except NotHere:
            # A machine that has never looked: its list of packages is empty.
            _run(["apt-get", "update", "-qq"], f"no {name} here, and apt-get update failed")
            _run(["apt-get", "download", name], f"apt-get could not download {name}", cwd=Path(folder))
        (package,) = Path(folder).glob(f"{name}_*.deb")
        home.parent.mkdir(parents=True, exist_ok=True)
        # Beside its place and then moved there: tests run in two processes, and the other may be at it too.
        unpacked = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=home.parent))
        _run(["dpkg-deb", "-x", str(package), str(unpacked)], f"dpkg-deb could not unpack {name}")
        try:
            unpacked.rename(home)
        except OSError:
            shutil.rmtree(unpacked, ignore_errors=True)


def _run(
    command: list[str], what: str, environment: dict[str, str] | None = None, cwd: Path | None = None
) -> None:
    done = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotHere(f"{what}: {(done.stderr or done.stdout).strip()[-300:]}")
