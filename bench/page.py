"""A run of the bench as one page with plots; needs nothing but itself."""

from __future__ import annotations

from html import escape

from bench.plots import Bar, bars, curves, stacks
from bench.report import Document
from bench.targets import outcomes

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2430; --dim: #66707f; --paper: #ffffff; --line: #d8dde4; --bar: #3b6fb6;
  --other: #9aa5b1; --mark: #c2410c; --good: #15803d; --bad: #b91c1c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --dim: #98a2b0; --paper: #14181f; --line: #333b47;
  --bar: #6ea0e6; --other: #6b7684; --mark: #fb923c; --good: #4ade80; --bad: #f87171; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 780px;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
p, .dim { color: var(--dim); margin: .2rem 0 .6rem; }
svg { width: 100%; height: auto; } svg text { font-size: 12px; fill: var(--ink); }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { text-align: left; font-weight: 600; }
td, th { padding: .2rem .5rem .2rem 0; border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
td.n:first-child { width: 6rem; padding-right: 1rem; }
code { font-size: 12.5px; overflow-wrap: anywhere; }
.yes { color: var(--good); } .no { color: var(--bad); }
.a { fill: var(--bar); } .b { fill: var(--other); } .mark { stroke: var(--mark); stroke-width: 2; }
.grid { stroke: var(--line); } polyline { fill: none; stroke-width: 2; }
.c0 { stroke: var(--bar); } .c1 { stroke: var(--mark); } .k0 { fill: var(--bar); } .k1 { fill: var(--mark); }
.s0 { fill: #4e79a7; } .s1 { fill: #f28e2b; } .s2 { fill: #e15759; } .s3 { fill: #76b7b2; } .s4 { fill: #59a14f; }
.s5 { fill: #edc948; } .s6 { fill: #b07aa1; } .s7 { fill: #9c755f; } .s8 { fill: #8f969e; }
"""
_SHOWN = 15


def page(said: Document) -> str:
    """The page's HTML."""
    sections = [
        ("Against the targets", "", _targets(said)),
        (
            "Events a second",
            "Door, journal and engine, every signal of the catalogs, exactly once, one core; the rival does one "
            "signal. The lines are 8 and 3 times the rival.",
            _rates(said),
        ),
        (
            "CPU of an event, by stage",
            "Sampled in runs of their own. Decode: the event and the account; other: the loop, sockets, metrics.",
            stacks(said["stages_us"], "µs"),
        ),
        (
            "From published to readable",
            "Share of the alerts that a reader of committed records had by then; each is decided by one event.",
            _latency(said),
        ),
        ("Peak memory", "The line is 300 MB, for 5,000 accounts of 60 users.", _memory(said)),
        ("An account at rest", "With its ring of event ids; the lines are the limits.", _at_rest(said)),
        (
            "Where the CPU goes, dense",
            "Functions, without what they call in Python.",
            _functions(said, "dense"),
        ),
        ("Where the CPU goes, sparse", "", _functions(said, "sparse")),
        (
            "A backtest in one process",
            "Reading, door, engine, every signal, and the folder of the result. Parquet: the dense past as one "
            "table. The lines are the targets.",
            _pasts(said),
        ),
        ("The loads", "", _loads(said)),
    ]
    machine = said["machine"]
    about = (
        f"{machine['cores']} cores, worker on core {machine['worker_core']}, broker on core {machine['broker_core']}; "
        f"Python {machine['python']}, {machine['system']}"
        + (", quick run: rough figures" if said["quick"] else "")
    )
    body = "".join(
        f"<h2>{escape(title)}</h2>" + (f"<p>{escape(text)}</p>" if text else "") + content
        for title, text, content in sections
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>twomotion bench</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{_STYLE}</style></head><body><h1>One worker, whole path, one core</h1>"
        f"<p>{escape(about)}</p>{body}</body></html>\n"
    )


def _targets(said: Document) -> str:
    rows = "".join(
        f"<tr><td>{escape(each.target.what)}</td>"
        f'<td class="n">{"≥" if each.target.at_least else "≤"} {each.target.limit:,g} {each.target.unit}</td>'
        f'<td class="n">{each.found:,.{1 if each.found < 100 else 0}f} {each.target.unit}</td>'
        f'<td class="{"yes" if each.met else "no"}">{"met" if each.met else "missed"}</td></tr>'
        for each in outcomes(said)
    )
    return f'<table><tr><th></th><th class="n">target</th><th class="n">measured</th><th></th></tr>{rows}</table>'


def _rates(said: Document) -> str:
    stock = said["stock_faust"]["events_per_s"]
    return bars(
        [
            Bar("dense", _number(said["dense"], "events_per_s"), 8 * stock),
            Bar("sparse", _number(said["sparse"], "events_per_s"), 3 * stock),
            Bar("stock Faust", stock, style="b"),
        ],
        "/s",
    )


def _latency(said: Document) -> str:
    at_20, at_80 = said["latency_ms"], said["latency_ms_80"]
    names = {f"{each['load']:.0%}: p99 {each['p99']:,.0f} ms": each["sorted_ms"] for each in (at_20, at_80)}
    text = "; ".join(
        f"at {each['load']:.0%} load ({each['events_per_s']:,.0f} events/s, {each['alerts']} alerts) "
        f"p50 {each['p50']:,.0f} ms, p99 {each['p99']:,.0f} ms, longest {each['most']:,.0f} ms"
        for each in (at_20, at_80)
    )
    return curves(names, "ms") + f"<p>{escape(text)}</p>"


def _memory(said: Document) -> str:
    return bars(
        [
            Bar("dense", _number(said["dense"], "peak_mb")),
            Bar("sparse", _number(said["sparse"], "peak_mb")),
            Bar("wide", _number(said["wide"], "peak_mb"), 300),
            Bar(f"{said['recovery']['accounts']:,} recovered", said["recovery"]["peak_mb"]),
            Bar("stock Faust", said["stock_faust"]["peak_mb"], style="b"),
        ],
        "MB",
    )


def _at_rest(said: Document) -> str:
    limits = {"10": 3.0, "60": 7.0, "1000": 45.0}
    return bars(
        [
            Bar(f"{int(users):,} users", size / 1024, limits.get(users))
            for users, size in said["bytes_per_cold_account"].items()
        ],
        "KB",
        1,
    )


def _functions(said: Document, name: str) -> str:
    rows = "".join(
        f'<tr><td class="n">{used:.2f}</td><td><code>{escape(function)}</code></td></tr>'
        for function, used in list(said["functions_us"][name].items())[:_SHOWN]
    )
    return f'<table><tr><th class="n">µs an event</th><th></th></tr>{rows}</table>'


def _pasts(said: Document) -> str:
    limits = {"dense": 40_000.0, "sparse": 15_000.0}
    drawn = bars(
        [Bar(name, part["events_per_s"], limits.get(name)) for name, part in said["backtest"].items()], "/s"
    )
    text = "; ".join(
        f"{name}: {part['events']:,} events of {part['accounts']:,} accounts in {part['seconds']:,.0f} s, "
        f"{part['cpu_us_per_event']:.1f} µs CPU an event, at most {part['peak_mb']:,.0f} MB"
        for name, part in said["backtest"].items()
    )
    return drawn + f"<p>{escape(text)}</p>"


def _loads(said: Document) -> str:
    rows = "".join(
        f'<tr><td>{name}</td><td class="n">{load["accounts"]:,}</td><td class="n">{load["users"]:,}</td>'
        f'<td class="n">{load["days"]:,}</td><td class="n">{load["events_a_day"]:,}</td>'
        f'<td class="n">{load["events"]:,}</td>'
        f'<td class="n">{_number(part, "changelog_bytes_per_event"):,.0f}</td></tr>'
        for name, load, part in (
            ("dense", said["load"]["dense"], said["dense"]),
            ("sparse", said["load"]["sparse"], said["sparse"]),
            ("wide", said["load"]["wide"], said["wide"]),
        )
    )
    heads = ("accounts", "users", "days", "events a day", "events", "changelog bytes an event")
    return (
        "<table><tr><th></th>"
        + "".join(f'<th class="n">{head}</th>' for head in heads)
        + f"</tr>{rows}</table>"
    )


def _number(part: dict[str, object], name: str) -> float:
    return float(str(part[name]))
