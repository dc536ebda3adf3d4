"""python -m deploy.dashboards [--check]: write the dashboards, or fail when they are not as they have to be."""

from __future__ import annotations

import sys
from pathlib import Path

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.dashboards import motions, service

FOLDER = Path(__file__).parents[1] / "helm" / "twomotion" / "dashboards"


def dashboards() -> dict[str, Dashboard]:
    """All of them, by the name of their file."""
    return {
        "retention": motions.build(motions.RETENTION),
        "growth": motions.build(motions.GROWTH),
        "service": service.build(),
    }


def main() -> None:
    for name, made in dashboards().items():
        text = JSONEncoder(sort_keys=True, indent=1).encode(made.build()) + "\n"
        path = FOLDER / f"{name}.json"
        if "--check" not in sys.argv[1:]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            sys.exit(f"{path.name} is old: python -m deploy.dashboards")


if __name__ == "__main__":
    main()
