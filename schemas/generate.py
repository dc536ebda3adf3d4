"""Writes what is made from the contract: `jsonschema/*.json` and the README beside it.

`python -m schemas.generate` writes, `--check` only says what is out of date (exit 1).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from schemas.dead_letters import ReasonCode
from schemas.registry import EVENTS_OF_TOPIC, MESSAGES, PATCHES
from schemas.topics import PUBLISHED, TOPICS, Topic

HERE = Path(__file__).parent
_DAY_MS = 86_400_000


def json_schema(name: str, model: type[BaseModel]) -> str:
    """The JSON Schema (draft 2020-12) of a message, as text."""
    mode: Literal["validation", "serialization"] = "validation" if name in MESSAGES else "serialization"
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"{name}.json"}
    schema = model.model_json_schema(mode=mode)
    return json.dumps({**head, **schema}, indent=2, ensure_ascii=False) + "\n"


def readme() -> str:
    """The page that lists topics, events and reason codes."""
    lines = [
        "# The published contract",
        "",
        "Made by `python -m schemas.generate`; change `topics.py` or the models instead of this page.",
        "",
        "A JSON Schema for each message is in `jsonschema/`, a valid example in `examples/`. Unknown fields",
        "are ignored. Times are RFC 3339 with an offset, dates `YYYY-MM-DD`, money a decimal text beside an",
        "ISO 4217 currency. In a *patch* an absent optional field is unchanged and a null clears it.",
        "",
        "## Topics",
        "",
        "| topic | what | partitions | kept | largest message | written by | read by |",
        "|---|---|--:|---|--:|---|---|",
        *(_topic_row(topic) for topic in TOPICS.values()),
        "",
        "## Events",
        "",
        *(line for topic in EVENTS_OF_TOPIC for line in _events_of(topic)),
        "## Why a record is in `dead-letters`",
        "",
        ", ".join(f"`{code.value}`" for code in ReasonCode),
    ]
    return "\n".join(lines) + "\n"


def _topic_row(topic: Topic) -> str:
    if topic.cleanup_policy == "compact":
        kept = "latest of each key"
    elif topic.retention_ms is None:
        kept = "for ever"
    else:
        kept = f"{topic.retention_ms // _DAY_MS} d"
    count = f"{topic.partitions} (pinned)" if topic.pinned else str(topic.partitions)
    size = f"{topic.max_message_bytes >> 20} MiB"
    people = f"{', '.join(topic.producers)} | {', '.join(topic.consumers)}"
    return f"| {topic.name} | {topic.doc} | {count} | {kept} | {size} | {people} |"


def _events_of(topic: str) -> list[str]:
    names = [
        f"[{name}](jsonschema/{name}.json)" + (" (patch)" if name in PATCHES else "")
        for name in EVENTS_OF_TOPIC[topic]
    ]
    return [f"**{topic}**: {', '.join(names)}", ""]


def generated() -> dict[Path, str]:
    """Every generated file and what must be in it."""
    files = {
        HERE / "jsonschema" / f"{name}.json": json_schema(name, model) for name, model in PUBLISHED.items()
    }
    return {**files, HERE / "README.md": readme()}


def stale() -> list[Path]:
    """Generated files that are missing, changed or no longer made by anything."""
    wanted = generated()
    wrong = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    return sorted(wrong + [path for path in (HERE / "jsonschema").glob("*") if path not in wanted])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m schemas.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when something is stale")
    check = parser.parse_args(arguments).check
    wanted, wrong = generated(), stale()
    for path in wrong:
        print(("out of date: " if check else "wrote ") + str(path.relative_to(HERE.parent)))
        if check:
            continue
        if path not in wanted:
            path.unlink()
            continue
        path.parent.mkdir(exist_ok=True)
        path.write_text(wanted[path], "utf-8")
    return 1 if check and wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
