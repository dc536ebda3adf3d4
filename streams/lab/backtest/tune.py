"""One parameter of one signal over a range of values: what each value would have said over a past.

All values are folded in one reading, beside the rules as they are. Every value's overlay is kept, ready to be laid over
the catalogs or activated.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import yaml

from streams.detection.catalog.durations import duration_text, parse_duration
from streams.detection.catalog.load import Catalog
from streams.detection.catalog.problems import CatalogError, unknown_name
from streams.detection.detectors import DETECTORS
from streams.detection.system import System
from streams.growth.motion import Growth
from streams.lab.backtest import charts
from streams.lab.backtest.against import difference
from streams.lab.backtest.episodes import episodes
from streams.lab.backtest.folding import Rules
from streams.lab.backtest.histories import History
from streams.lab.backtest.messages import Message, merge_alerts, read_alerts, utc
from streams.lab.backtest.outcomes import Outcome
from streams.lab.backtest.report import figure, page, table
from streams.lab.backtest.result import RESULT, made_whole, write_json
from streams.lab.backtest.spread import Folded, fold
from streams.lab.backtest.tables import Told
from streams.lab.backtest.truth import HORIZON_DAYS, SignalTruth, judge
from streams.retention.motion import Retention

TOP: Final = ("for", "clears_for", "expires", "cooldown")
"""Parameters beside the detector's."""

Value = int | float | str


class CannotTune(Exception):
    """The signal, the parameter or a value does not exist; the text says what does."""


@dataclass(frozen=True)
class Sweep:
    """What to try. `values` are as they stand in a signal file."""

    signal: str
    parameter: str
    values: tuple[Value, ...]
    motion: str
    version: int
    now: Value | None
    """What the rules say today; None where the file leaves it to the default."""

    def overlay(self, value: Value) -> str:
        """The signal's file of the overlay."""
        inner: dict[str, object] = {self.parameter: value}
        if self.parameter not in TOP:
            kind, _, name = self.parameter.partition(".")
            inner = {"detect": {kind: {name: value}}}
        return yaml.safe_dump({"version": self.version + 1, **inner}, sort_keys=False)

    def write(self, value: Value, folder: Path) -> Path:
        """The overlay of one value in `folder`; returns it."""
        path = folder / self.motion / "signals" / f"{self.signal}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.overlay(value), encoding="utf-8")
        return folder


@dataclass(frozen=True)
class Step:
    """What one value would have said. `gained` and `lost` are alerts of all signals against the rules as they are;
    `truth` is there with outcomes only."""

    value: Value
    opened: int
    accounts: int
    per_month: float
    per_account_month: float
    gained: int
    lost: int
    truth: SignalTruth | None


def sweep_of(system: System, signal: str, parameter: str, first: str, last: str, steps: int) -> Sweep:
    """The values from `first` to `last`, both included. Raises CannotTune."""
    motion = system.motion_of.get(signal)
    if not isinstance(motion, Retention | Growth):
        raise CannotTune(unknown_name("signal", signal, system.motion_of))
    catalog: Catalog = motion.catalog
    spec = next(each for each in catalog.signals if each.id == signal)
    files: dict[str, dict[str, object]] = json.loads(catalog.text)["files"]
    data = files[f"signals/{signal}.yaml"]
    kind = spec.detect.kind
    known = sorted(DETECTORS[kind].model_fields)
    name = parameter.removeprefix(f"{kind}.")
    if parameter in TOP:
        now = data.get(parameter)
    elif name in known:
        parameter = f"{kind}.{name}"
        detect = data["detect"]
        own = detect.get(kind) if isinstance(detect, dict) else None
        now = own.get(name) if isinstance(own, dict) else None
    else:
        raise CannotTune(unknown_name(f"parameter of {signal}", parameter, (*known, *TOP)))
    values = values_of(first, last, steps)
    return Sweep(
        signal,
        parameter,
        values,
        catalog.motion,
        spec.version,
        now if isinstance(now, int | float | str) else None,
    )


def values_of(first: str, last: str, steps: int) -> tuple[Value, ...]:
    """Evenly from one to the other: numbers, whole where both ends are, or durations.

    >>> values_of("0.5", "0.9", 3), values_of("2", "6", 3), values_of("7d", "21d", 3)
    ((0.5, 0.7, 0.9), (2, 4, 6), ('7d', '14d', '21d'))
    """
    if first[-1:].isalpha() != last[-1:].isalpha():
        raise CannotTune(
            f"`{first}` and `{last}` are not of one kind: two numbers, or two durations (7d, 12h)"
        )
    try:
        if first[-1:].isalpha():
            low, high = parse_duration(first), parse_duration(last)
            unit = parse_duration(f"1{first.strip()[-1]}")
            spread = _between(low / unit, high / unit, steps)
            return tuple(dict.fromkeys(duration_text(round(each) * unit) for each in spread))
        whole = all(text.strip().lstrip("-").isdecimal() for text in (first, last))
        spread = _between(float(first), float(last), steps)
    except ValueError as error:
        raise CannotTune(str(error)) from None
    if whole:
        return tuple(dict.fromkeys(round(each) for each in spread))
    return tuple(dict.fromkeys(float(f"{each:.6g}") for each in spread))


def _between(low: float, high: float, steps: int) -> list[float]:
    if steps == 1:
        return [low]
    return [low + (high - low) * at / (steps - 1) for at in range(steps)]


def tune(
    history: History,
    rules: Rules,
    sweep: Sweep,
    out: Path,
    *,
    outcomes: Sequence[Outcome] = (),
    horizon_days: int = HORIZON_DAYS,
    processes: int = 1,
    replace_old: bool = False,
    told: Told = lambda _: None,
) -> tuple[Step, list[Step]]:
    """The rules as they are, and each value; writes the folder. Raises CatalogError for a value that the signal
    refuses, BadInput, OutputExists, WorkerDied."""
    with made_whole(out, replace_old) as working, tempfile.TemporaryDirectory(prefix="twomotion-") as parts:
        sides = [replace(rules, hold=True)]
        for value in sweep.values:
            folder = sweep.write(value, working / "overlays" / str(value))
            sides.append(replace(rules, overlays=(*rules.overlays, folder), hold=True))
        for value, side in zip(sweep.values, sides[1:], strict=True):
            try:
                side.load()
            except CatalogError as error:
                raise CannotTune(f"{sweep.parameter} {value}: {error}") from error
        folded = fold(history, sides, Path(parts), processes, told=told)
        files = []
        for number, alerts in enumerate(folded.alerts):
            files.append(Path(parts) / f"merged-{number}")
            merge_alerts(alerts, files[-1])
        base = list(read_alerts(files[0]))
        now = _step(
            sweep,
            sweep.now if sweep.now is not None else "as it is",
            base,
            base,
            folded,
            outcomes,
            horizon_days,
        )
        steps = [
            _step(sweep, value, base, list(read_alerts(file)), folded, outcomes, horizon_days)
            for value, file in zip(sweep.values, files[1:], strict=True)
        ]
        (working / "report.html").write_text(_page(sweep, history, now, steps), encoding="utf-8")
        write_json(
            working / RESULT,
            {
                "complete": True,
                "history": history.name,
                "signal": sweep.signal,
                "parameter": sweep.parameter,
                "now": asdict(now),
                "steps": [asdict(step) for step in steps],
            },
        )
    return now, steps


def _step(
    sweep: Sweep,
    value: Value,
    base: list[Message],
    messages: list[Message],
    folded: Folded,
    outcomes: Sequence[Outcome],
    horizon_days: int,
) -> Step:
    read = folded.read
    mine = [each for each in episodes(messages) if each.signal == sweep.signal]
    changed = difference(str(value), base, messages).total
    truth = None
    if outcomes:
        since = {key.decode(): utc(begun).date() for key, begun in read.since.items()}
        known = {sweep.signal: sweep.motion}
        last = utc(read.last).date()
        judged = judge(mine, outcomes, since, last, read.account_months(), known, horizon_days)
        truth = judged.signals[0]
    return Step(
        value=value,
        opened=len(mine),
        accounts=len({each.account for each in mine}),
        per_month=len(mine) / read.months if read.months else 0.0,
        per_account_month=len(mine) / read.account_months() if read.account_months() else 0.0,
        gained=changed["gained"],
        lost=changed["lost"],
        truth=truth,
    )


def _page(sweep: Sweep, history: History, now: Step, steps: Sequence[Step]) -> str:
    truths = [step.truth for step in steps if step.truth is not None]
    if truths:
        precise = [(step.per_month, step.truth.precision) for step in steps if step.truth]
        recalled = [(step.per_month, step.truth.recall) for step in steps if step.truth]
        series = {
            "precision": [(x, y) for x, y in precise if y is not None],
            "recall": [(x, y) for x, y in recalled if y is not None],
        }
        drawn = {name: sorted(line) for name, line in series.items() if line}
        plot = charts.points("Precision and recall against volume", "alerts a month", list(drawn), drawn)
    else:
        line = [(_number(step.value), float(step.opened)) for step in steps]
        at = _number(now.value) if sweep.now is not None else None
        plot = charts.points("Alerts by value", sweep.parameter, ["opened"], {"opened": line}, at)
    head = (
        "value",
        "opened",
        "accounts",
        "a month",
        "per account-month",
        "gained",
        "lost",
        "precision",
        "recall",
        "lift",
    )
    rows = [
        (f"{step.value}{' (now)' if step is now else ''}", step.opened, step.accounts, step.per_month,
         step.per_account_month, step.gained, step.lost, *_truth(step))
        for step in (now, *steps)
    ]  # fmt: skip
    notes = [f"History: {history.name}. The overlay of each value is in overlays/."]
    return page(f"{sweep.signal}: {sweep.parameter}", notes, [figure(plot), table(head, rows)])


def _truth(step: Step) -> tuple[float | None, float | None, float | None]:
    if step.truth is None:
        return None, None, None
    return step.truth.precision, step.truth.recall, step.truth.lift


def _number(value: Value) -> float:
    return parse_duration(value) / 86_400_000 if isinstance(value, str) else float(value)
