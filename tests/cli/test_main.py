"""The command table: every entry loads, and the list of commands costs no imports."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from streams.cli.main import COMMANDS, root


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_of_the_table_loads_and_explains_itself(name: str) -> None:
    shown = CliRunner().invoke(root, [name, "--help"])
    assert shown.exit_code == 0, shown.output
    assert name in shown.output


def test_the_list_of_commands_imports_no_kafka_library() -> None:
    script = (
        "import sys; from click.testing import CliRunner; from streams.cli.main import root\n"
        "assert CliRunner().invoke(root, ['--help']).exit_code == 0\n"
        "print(*{'faust', 'kafka', 'aiokafka', 'jgo'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_ctrl_c_is_told_apart_from_a_failure() -> None:
    script = (
        "import click; from streams.cli import main\n"
        "def interrupted(): raise KeyboardInterrupt\n"
        "main.LazyGroup.get_command = lambda *_: click.Command('kafka', callback=interrupted)\n"
        "import sys; sys.argv = ['twomotion', 'kafka']; main.main()"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 130


def test_an_unknown_command_is_a_usage_error() -> None:
    assert CliRunner().invoke(root, ["fly"]).exit_code == click.UsageError.exit_code
