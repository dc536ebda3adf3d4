"""The locks hold what they should: exact versions with hashes, all that pyproject.toml asks for, alike everywhere.

python requirements/check_locks.py
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).parent
_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?==(?P<version>[^ ;\\]+)")


def pins(lock: Path, problems: list[str]) -> dict[str, set[str]]:
    """Name -> versions (several where markers tell platforms apart)."""
    found: dict[str, set[str]] = {}
    entries = re.split(r"\n(?=[^\s#])", lock.read_text(encoding="utf-8"))
    for entry in (each for each in entries if each.strip() and not each.lstrip().startswith("#")):
        pinned = _PINNED.match(entry)
        if pinned is None:
            problems.append(f"{lock.name}: not an exact version: {entry.splitlines()[0]}")
            continue
        if "--hash=sha256:" not in entry:
            problems.append(f"{lock.name}: no hash: {pinned['name']}")
        found.setdefault(canonicalize_name(pinned["name"]), set()).add(pinned["version"])
    return found


def asked(
    project: dict[str, dict[str, list[str]]], groups: dict[str, list[object]]
) -> Iterator[tuple[str, str]]:
    """(lock, requirement) of everything that pyproject.toml names."""
    for text in project["dependencies"]:
        yield from (("runtime.lock", text), ("dev.lock", text))
    for entry in groups["dev"]:
        if isinstance(entry, str):
            yield "dev.lock", entry


def main() -> None:
    problems: list[str] = []
    locks = {lock.name: pins(lock, problems) for lock in sorted(HERE.glob("*.lock"))}
    about = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    for lock, text in asked(about["project"], about["dependency-groups"]):
        wanted = Requirement(text)
        versions = locks[lock].get(canonicalize_name(wanted.name), set())
        if not versions or not all(wanted.specifier.contains(each, prereleases=True) for each in versions):
            problems.append(
                f"{lock}: {text} is locked as {', '.join(sorted(versions)) or 'nothing'}: make lock"
            )
    for name, versions in locks["runtime.lock"].items():
        if name in locks["dev.lock"] and locks["dev.lock"][name] != versions:
            problems.append(f"dev.lock tests another {name} than runtime.lock installs")
    if problems:
        print("\n".join(problems))
        sys.exit(1)


if __name__ == "__main__":
    main()
