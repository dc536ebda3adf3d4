"""A story in which nothing happens: ordinary customers of four sizes, over the turn of the year.

`python -m streams.story.noise --out FOLDER` writes it; whatever opens in it is a false alarm
(`python -m streams.lab.alarms FOLDER` counts them). Holidays, seasons and newcomers are in it as in every story.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from streams.story.history import Story, tell, write

SIZES: Final = (3, 10, 50, 500)
"""Users of the companies, as many of each size."""


def ordinary(each: int, days: int, seed: int) -> Story:
    """`each` companies of every size, to whom nothing happens for `days` days.

    Raises ValueError for less than one company or too few days."""
    return tell(each * len(SIZES), days, seed, plotted=False, users=SIZES)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m streams.story.noise", description=__doc__)
    parser.add_argument("--each", type=int, default=40, help="companies of each size")
    parser.add_argument("--days", type=int, default=180)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    summary = write(ordinary(options.each, options.days, options.seed), options.out)
    print(f"{summary.accounts} companies, {summary.first_day} to {summary.last_day}, in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
