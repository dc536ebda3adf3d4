"""The table of rights in docs/security.md, made from `rights`.

python -m streams.connection.rights_page [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

from streams.connection.rights import ROLES, Operation, Resource, Right

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
BEGIN = "<!-- rights: made by `python -m streams.connection.rights_page` -->\n"
END = "<!-- end of rights -->\n"


def table() -> str:
    """Each role's rights, those of one kind together; names without a prefix."""
    lines = ["| role | resource | operations |\n", "|---|---|---|\n"]
    for role in ROLES:
        first = f"**{role.role}**: {role.who}"
        by_kind: dict[tuple[Resource, tuple[Operation, ...]], list[Right]] = {}
        for name, rights in _by_name(list(role.rights(""))).items():
            operations = tuple(right.operation for right in rights)
            by_kind.setdefault((name[0], operations), []).append(rights[0])
        for (resource, operations), those in by_kind.items():
            names = ", ".join(f"`{right.name}{'*' if right.prefixed else ''}`" for right in those)
            lines.append(f"| {first} | {resource} {names} | {', '.join(operations)} |\n")
            first = ""
    return "".join(lines)


def _by_name(rights: list[Right]) -> dict[tuple[Resource, str], list[Right]]:
    found: dict[tuple[Resource, str], list[Right]] = {}
    for right in dict.fromkeys(rights):
        found.setdefault((right.resource, right.name), []).append(right)
    return found


def page(now: str) -> str:
    """The page with its table as it has to be."""
    head, begin, rest = now.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has no place for the table: {BEGIN.strip()} … {END.strip()}")
    return f"{head}{BEGIN}{table()}{END}{tail}"


def main() -> None:
    """Write the table, or with `--check` fail when it is not as it has to be."""
    now = PAGE.read_text(encoding="utf-8")
    if "--check" in sys.argv[1:]:
        if now != page(now):
            sys.exit(f"{PAGE.name} is old: python -m streams.connection.rights_page")
        return
    PAGE.write_text(page(now), encoding="utf-8")


if __name__ == "__main__":
    main()
