"""Writes `holidays.yaml`: the quiet days of the main countries, from the `holidays` package.

    uv run --no-project --with holidays==0.109 python -m streams.reference.make_holidays > holidays.yaml

and then over streams/reference/holidays.yaml. The file is part of the project, so that nobody needs the package to run
it, and so that a replay of the same journal reads the same days whatever version of the package is installed. The
package is in no lock: it and Faust ask for different versions of python-dateutil. It stands beside the project instead,
in the one version that the file was made with.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from datetime import date, timedelta
from importlib import import_module

VERSION = "0.109"
YEARS = range(2024, 2029)
COUNTRIES = re.findall(
    "[A-Z]{2}",
    """AE AR AT AU BE BG BR CA CH CL CN CO CZ DE DK EE EG ES FI FR GB GR HK HR HU ID IE IL IN IS IT JP KR LT LU LV
    MX MY NL NO NZ PE PH PL PT RO RS SA SE SG SI SK TH TR TW UA US VN ZA""",
)
_HEAD = f"""\
# Quiet days by country (ISO 3166-1): on them little use means nothing. Falling measures leave them out.
# Public holidays of the whole country, and 21 December to 6 January where Christmas is one of them.
# "*" is for accounts whose country is not known, up to 3 January. Days as MM-DD, both ends of a range included.
# Made by streams/reference/make_holidays.py with holidays {VERSION}.
regions:
"""


def quiet_days(country: str, year: int) -> list[date]:
    """The public holidays of a country's year, and the weeks of Christmas: some are away until Twelfth Night."""
    package = import_module("holidays")
    if package.__version__ != VERSION:
        raise SystemExit(f"holidays {VERSION} is expected, this is {package.__version__}")
    found = set(package.country_holidays(country, years=year))
    if date(year, 12, 25) in found:
        found.update(fortnight(year) | {date(year, 1, day) for day in (4, 5, 6)})
    if country == "JP":  # no public holidays, but everybody is away
        found.update(day for day in fortnight(year) if day.month == 1 or day.day > 28)
    return sorted(found)


def fortnight(year: int) -> set[date]:
    """21 December to 3 January, as far as it lies in the year."""
    return {date(year, 12, day) for day in range(21, 32)} | {date(year, 1, day) for day in range(1, 4)}


def as_ranges(days: Iterable[date]) -> str:
    """Days of one year in a line: `01-01..01-03 05-01`."""
    runs: list[tuple[date, date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][1] == timedelta(days=1):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return " ".join(
        f"{first:%m-%d}" if first == last else f"{first:%m-%d}..{last:%m-%d}" for first, last in runs
    )


def main() -> None:
    out = [_HEAD]
    for country in ("*", *COUNTRIES):
        name = f'"{country}"' if country == "*" else country
        out.append(f"  {name}:\n")
        for year in YEARS:
            days = fortnight(year) if country == "*" else quiet_days(country, year)
            out.append(f'    {year}: "{as_ranges(days)}"\n')
    sys.stdout.write("".join(out))


if __name__ == "__main__":
    main()
