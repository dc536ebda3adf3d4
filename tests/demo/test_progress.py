"""Progress where nobody can see a bar."""

from __future__ import annotations

import io

from rich.console import Console

from streams.demo.progress import PlainLines


def test_a_step_is_said_once_and_a_long_one_at_its_quarters() -> None:
    paper = io.StringIO()
    lines = PlainLines(Console(file=paper))

    lines.say("Waiting for Kafka (at a)")
    lines.say("Waiting for Kafka (at b)")
    for step in range(11):
        lines.share("Publishing", step / 10)
    lines.rest()

    assert paper.getvalue().splitlines() == [
        "Waiting for Kafka (at a)",
        "Publishing: 25 %",
        "Publishing: 50 %",
        "Publishing: 75 %",
        "Publishing: 100 %",
    ]
