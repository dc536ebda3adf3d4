"""The guides can be followed word by word: their files load, their commands run, and print what stands there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from click.testing import CliRunner

from streams.cli.main import root

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = sorted((DOCS / "guides").glob("*.md"))

_BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANYTHING = "..."
"""A line of any number of lines; at the end of a line: however it goes on."""


class Block(NamedTuple):
    kind: str
    title: str
    text: str


def blocks(guide: Path) -> list[Block]:
    return [Block(*found.groups("")) for found in _BLOCK.finditer(guide.read_text(encoding="utf-8"))]


def sessions(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each `$ command` of a console block with the lines below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *shown = part.splitlines()
        yield command, shown


def fits(shown: list[str], printed: list[str]) -> bool:
    """Whether the printed lines are those that are shown."""
    if not shown:
        return not printed
    first, rest = shown[0], shown[1:]
    if first.strip() == ANYTHING:
        return any(fits(rest, printed[start:]) for start in range(len(printed) + 1))
    if not printed:
        return False
    line, said = first.rstrip(), printed[0].rstrip()
    same = said.startswith(line[: -len(ANYTHING)].rstrip()) if line.endswith(ANYTHING) else said == line
    return same and fits(rest, printed[1:])


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_the_guide_can_be_followed_word_by_word(
    guide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    commands = 0
    for block in blocks(guide):
        if block.title:
            file = tmp_path / block.title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        elif block.kind == "console":
            for command, shown in sessions(block.text):
                program, *arguments = shlex.split(command)
                assert program == "twomotion"
                printed = CliRunner().invoke(root, arguments).output.splitlines()
                assert fits(shown, printed), "\n".join([command, *printed])
                commands += 1
    assert commands


def sh_commands() -> Iterator[str]:
    for page in sorted(DOCS.rglob("*.md")):
        for block in blocks(page):
            if block.kind == "sh":
                yield from (line for line in block.text.splitlines() if line.startswith("twomotion "))


@pytest.mark.parametrize("line", sorted(set(sh_commands())))
def test_a_command_that_needs_kafka_is_one_that_there_is(line: str) -> None:
    words = shlex.split(line)[1:]
    command: click.Command = root
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, words[0]
        command, words = found, words[1:]
    known = {name for option in command.params for name in option.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_a_shown_line_stands_for_itself_and_dots_for_any_others() -> None:
    assert fits(["a", "...", "c ..."], ["a", "b", "b", "c and more"])
    assert not fits(["a", "b"], ["a", "b", "c"])
    assert fits(["..."], [])


def test_every_page_is_on_the_site_and_every_link_leads_somewhere() -> None:
    navigation = (DOCS.parent / "mkdocs.yml").read_text(encoding="utf-8")
    for page in DOCS.rglob("*.md"):
        assert page.relative_to(DOCS).as_posix() in navigation, page
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page, target)
