"""The reference page of a worker's settings, made from their definitions.

python -m streams.worker.settings_page [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

from streams.connection.security import KafkaSecurity, property_of, secrets
from streams.connection.security import variable_of as kafka_variable_of
from streams.worker.settings import SECRETS, WorkerSettings, own_settings, variable_of, written

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"

_HEAD = """\
# Settings of a worker

Made from [streams/worker/settings.py](../streams/worker/settings.py) by `python -m streams.worker.settings_page`. Each
is an environment variable; those with an option of `twomotion worker` (`--help` lists them) may be given there
instead, which wins. Every default works on a laptop and on a small cluster.

| variable | default | what |
|---|---|---|
"""

_KAFKA = """
## The connection to Kafka

Made from [streams/connection/security.py](../streams/connection/security.py). Every command that talks to Kafka reads
these, as variables or from the file that `--kafka-config` or `TWOMOTION_KAFKA_CONFIG` names; a variable wins over the
file. The file is Kafka's usual `client.properties` with librdkafka's names, `bootstrap.servers` among them; a name that
is not read here is refused. Paths in it are relative to its folder. What says `_FILE` too is a secret: the variable
with `_FILE` (`.file` in the file) names a file that holds it. No option takes a secret, and no log shows one.
[security.md](security.md) has examples, and the rights that each user needs.

| variable | in a file | default | what |
|---|---|---|---|
"""


def page() -> str:
    """The page as it has to be."""
    lines = []
    for name in own_settings():
        field = WorkerSettings.model_fields[name]
        default = (
            "the Kafka of `twomotion kafka up`" if field.is_required() else f"`{written(field.default)}`"
        )
        what = " ".join((field.description or "").split())
        variable = f"`{variable_of(name)}`" + (", `…_FILE`" if name in SECRETS else "")
        lines.append(f"| {variable} | {default if default != '``' else 'nothing'} | {what} |\n")
    return _HEAD + "".join(lines) + _KAFKA + "".join(_kafka_lines())


def _kafka_lines() -> list[str]:
    lines = []
    for name, field in KafkaSecurity.model_fields.items():
        if name.endswith("_file"):
            continue  # the other way to give the setting above it
        default = f"`{field.default}`" if field.default is not None else "nothing"
        what = " ".join((field.description or "").split())
        variable = f"`{kafka_variable_of(name)}`" + (", `…_FILE`" if name in secrets() else "")
        lines.append(f"| {variable} | `{property_of(name)}` | {default} | {what} |\n")
    return lines


def main() -> None:
    """Write the page, or with `--check` fail when it is not as it has to be."""
    if "--check" in sys.argv[1:]:
        if not PAGE.exists() or PAGE.read_text() != page():
            sys.exit(f"{PAGE.name} is old: python -m streams.worker.settings_page")
        return
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
