"""python -m deploy.rules [--check]: write the rule files, or fail when they are not as they have to be."""

from __future__ import annotations

import sys
from pathlib import Path

from deploy.rules import FRESHNESS, LOSS, SERVICE
from deploy.rules.writing import as_yaml

FOLDER = Path(__file__).parents[1] / "helm" / "twomotion" / "rules"
FILES = {"service.yaml": (SERVICE,), "slo.yaml": (FRESHNESS, LOSS)}

_HEAD = "# Made from deploy/rules by `python -m deploy.rules`. What each alert means and what to do: docs/runbooks.md\n"


def main() -> None:
    for name, groups in FILES.items():
        text = _HEAD + as_yaml(groups)
        path = FOLDER / name
        if "--check" not in sys.argv[1:]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            sys.exit(f"{path.name} is old: python -m deploy.rules")


if __name__ == "__main__":
    main()
