"""The reference page of a worker's settings, made from their definitions.

python -m streams.worker.settings_page [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

from streams.worker.settings import WorkerSettings, variable_of, written

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"

_HEAD = """\
# Settings of a worker

Made from [streams/worker/settings.py](../streams/worker/settings.py) by `python -m streams.worker.settings_page`. Each
is an environment variable; those with an option of `twomotion worker` (`--help` lists them) may be given there
instead, which wins. Every default works on a laptop and on a small cluster.

| variable | default | what |
|---|---|---|
"""


def page() -> str:
    """The page as it has to be."""
    lines = []
    for name, field in WorkerSettings.model_fields.items():
        default = (
            "the Kafka of `twomotion kafka up`" if field.is_required() else f"`{written(field.default)}`"
        )
        what = " ".join((field.description or "").split())
        lines.append(f"| `{variable_of(name)}` | {default if default != '``' else 'nothing'} | {what} |\n")
    return _HEAD + "".join(lines)


def main() -> None:
    """Write the page, or with `--check` fail when it is not as it has to be."""
    if "--check" in sys.argv[1:]:
        if not PAGE.exists() or PAGE.read_text() != page():
            sys.exit(f"{PAGE.name} is old: python -m streams.worker.settings_page")
        return
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
