"""The entry point: a table of commands, each loaded from its own file when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from typing import NamedTuple

import click

from streams.cli.output import Exit, Failure


class Entry(NamedTuple):
    """Where a command lives (`module:attribute`) and its line in `twomotion --help`."""

    target: str
    summary: str


# The summaries stand here so that `--help` imports nothing: Faust and a Kafka client cost half a second.
COMMANDS: dict[str, Entry] = {
    "backtest": Entry("streams.cli.backtest:backtest", "Fold a past: what would the signals have said?"),
    "catalog": Entry(
        "streams.cli.catalog:catalog", "Activate a catalog for running workers, show the active ones."
    ),
    "dead-letters": Entry(
        "streams.cli.dead_letters:dead_letters", "List, show and replay what was refused at the door."
    ),
    "demo": Entry("streams.cli.demo:demo", "Run the whole system once on a made-up history."),
    "doctor": Entry("streams.cli.doctor:doctor", "Look at a broker and the system on it; say what to do."),
    "explain": Entry(
        "streams.cli.explain:explain", "Say why a signal fired for an account, and how far the others are."
    ),
    "kafka": Entry("streams.cli.kafka:kafka", "Start, stop or look at the local Apache Kafka."),
    "map": Entry(
        "streams.cli.map:account_map", "Draw the buying centres of an account, and who there knows us."
    ),
    "pseudonym": Entry("streams.cli.pseudonym:pseudonym", "Print the pseudonym that somebody has."),
    "publish": Entry("streams.cli.publish:publish", "Check events from a file and publish them."),
    "signals": Entry("streams.cli.signals_all:signals", "List, show, test, lint, begin and compare signals."),
    "story": Entry("streams.cli.story:story", "Write a believable history of many accounts, and its truth."),
    "tail": Entry("streams.cli.tail:tail", "Follow the alerts of one motion, or the board."),
    "topics": Entry("streams.cli.topics:topics", "Create the topics, or check them against the contract."),
    "tune": Entry("streams.cli.tune:tune", "Try values of a signal's parameter over a past."),
    "worker": Entry("streams.cli.worker:worker", "Run a worker: events in, alerts out."),
}


CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class LazyGroup(click.Group):
    """A group whose commands are imported on use; `--help` reads the table alone."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry.target} is not a click command")
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as problem:
            # Imported here and not above: every command may meet it, the list of commands never does.
            from streams.devkafka.errors import KafkaUnavailable, NoKafkaAnswers

            if not isinstance(problem, KafkaUnavailable):
                raise
            tail = f"\nThe last lines of its log:\n{problem.log_tail}\n" if problem.log_tail else ""
            exit_code = Exit.NOT_RUNNING if isinstance(problem, NoKafkaAnswers) else Exit.FAILED
            raise Failure(problem.message + tail, hint=problem.hint, exit_code=exit_code) from problem

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].summary) for name in self.list_commands(ctx)])


@click.command(cls=LazyGroup, context_settings=CONTEXT)
@click.version_option(package_name="twomotion", prog_name="twomotion")
def root() -> None:
    """Find churn risk and room to grow, separately, in streams of product, support and CRM events.

    \b
    Start here:
      twomotion demo          the whole system once, on your machine
      twomotion kafka up      a local Kafka that stays up

    Set TWOMOTION_BROKERS=host:port to use a Kafka of your own instead of the local one.
    """


def main() -> None:
    """Run the command line; every exit code is one of `streams.cli.output.Exit`."""
    try:
        # Not click's own handling: it turns Ctrl-C into exit code 1, as if something had failed.
        code = root.main(prog_name="twomotion", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as problem:
        problem.show()
        code = problem.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has seen enough. Python would complain once more while flushing at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.OK
    sys.exit(int(code) if isinstance(code, int) else Exit.OK)


if __name__ == "__main__":
    main()
