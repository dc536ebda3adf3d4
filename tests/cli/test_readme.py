"""What the README shows works as it stands there."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from click.testing import CliRunner

from streams.cli.main import COMMANDS, root
from streams.devkafka import Broker
from streams.subscribing import Reader, Said
from streams.worker.process import WorkerProcess
from tests.support.topics import apply_topics

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def read(brokers: str, prefix: str, topic: str) -> list[Said]:
    async def everything() -> list[Said]:
        async with Reader(brokers, topic, prefix) as reader:
            return await reader.so_far()

    return asyncio.run(everything())


def test_the_example_file_opens_one_alert_in_each_lane(kafka: Broker, prefix: str) -> None:
    apply_topics(kafka.bootstrap, prefix)
    where = ["--brokers", kafka.bootstrap, "--prefix", prefix]
    with WorkerProcess(kafka.bootstrap, prefix, options=("--clock", "replay")) as worker:
        file = str(ROOT / "docs" / "examples" / "crm-changes.jsonl")
        published = CliRunner().invoke(root, ["publish", "crm-changes", file, *where])
        assert published.exit_code == 0, published.output
        worker.wait_caught_up()

    said = {
        topic: read(kafka.bootstrap, prefix, topic)
        for topic in ("retention-alerts", "expansion-opportunities")
    }
    ids = {topic: [each.message.account.id for each in messages] for topic, messages in said.items()}
    assert ids == {"retention-alerts": ["brightwater"], "expansion-opportunities": ["cedarworks"]}
    shown = CliRunner().invoke(root, ["tail", "retention", *where]).stdout.strip()
    assert shown in README


def test_every_command_in_the_documentation_exists() -> None:
    text = README + (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(?:^|`|\| |; )twomotion ([a-z]+)", text, re.MULTILINE)) <= set(COMMANDS)
    assert all(f"| `{name}" in text for name in COMMANDS)


def test_every_link_in_the_readme_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
