"""How far the detectors over levels, counts and tickets are from opening."""

from __future__ import annotations

import math
from itertools import chain

from streams.detection.detectors.ageing import Ageing, times_reopened
from streams.detection.detectors.backlog import Backlog
from streams.detection.detectors.burst import Burst
from streams.detection.detectors.ceiling import Ceiling
from streams.detection.explain.conditions import (
    Asked,
    Condition,
    NoReading,
    Way,
    Ways,
    at_least,
    at_most,
    is_so,
    more_than,
)
from streams.detection.facts import Facts, Level, Period, assigned_seats, purchased_seats, seat_levels
from streams.detection.units import DAY_MS, HOUR_MS, Day, Millis


def ceiling_ways(ceiling: Ceiling, asked: Asked) -> Ways:
    facts, day = asked.facts, asked.today
    if ceiling.of == "seats":
        yield from _seats_ways(ceiling, facts, day)
        return
    for key in ceiling.meters(facts):
        blocked = ceiling.blocked(facts, key, day)
        level = facts.levels.get(key)
        if level is not None and level.kind == "period_total" and level.periods:
            yield from _period_ways(ceiling, key, level, asked.now)
        elif level is not None and (known := level.at(day)) is not None and known[1]:
            last = ceiling.last_counted(day, [level])
            highs = [float(high or 0) for high in level.slice(last - ceiling.window + 1, last)]
            yield Way((_near(ceiling, highs, known[1], level.unit or key),), key)
        yield Way(
            (
                at_least(
                    f"days of {ceiling.window} with users stopped", blocked, ceiling.blocked_days, "days"
                ),
            ),
            key,
        )


def _seats_ways(ceiling: Ceiling, facts: Facts, day: Day) -> Ways:
    limit, assigned = purchased_seats(facts, day), assigned_seats(facts, day)
    if limit is None:
        raise NoReading("no number of purchased seats is known")
    if assigned is None:
        raise NoReading("no number of assigned seats is known")
    last = ceiling.last_counted(day, [facts.levels[key] for key in seat_levels(facts)])
    conditions = [
        _near(ceiling, ceiling.seat_days(facts, last), limit, "seats"),
        at_least("seats purchased", limit, max(ceiling.least_limit, 1), "seats"),
    ]
    if ceiling.active_share:
        needed = ceiling.active_share * assigned
        conditions.append(at_least("active users in 28 days", ceiling.active(facts, day), needed, "users"))
    if ceiling.growing and not ceiling.refused(facts, day):
        before = ceiling.before(facts, day)
        what = "seats assigned, above those of four weeks ago"
        conditions.append(
            is_so(what, False) if before is None else more_than(what, assigned, before, "seats")
        )
    yield Way(tuple(conditions), note=f"{assigned:g} of {limit:g} seats assigned")


def _near(ceiling: Ceiling, highs: list[float], limit: float, unit: str) -> Condition:
    """So many days at the line: the last of the highest days has to reach it."""
    wanted = sorted(highs, reverse=True)[ceiling.days - 1] if len(highs) >= ceiling.days else 0.0
    what = f"level reached on {ceiling.days} of {ceiling.window} days"
    return at_least(what, wanted, ceiling.share * limit, unit)


def _period_ways(ceiling: Ceiling, key: str, level: Level, now: Millis) -> Ways:
    unit = level.unit or key
    finished = [p for p in level.periods if p.end_ms <= now and p.limit][-ceiling.periods :]
    shares = [p.value / (p.limit or 1) for p in finished]
    yield Way(
        (
            at_least(
                "share of the limit at the end of each period", min(shares, default=0), ceiling.share, "share"
            ),
            at_least("finished periods", len(finished), ceiling.periods, "periods"),
        ),
        key,
    )
    running = next((p for p in reversed(level.periods) if p.start_ms <= now < p.end_ms and p.limit), None)
    if running is not None:
        yield Way(_projected(ceiling, running, unit), key)


def _projected(ceiling: Ceiling, period: Period, unit: str) -> tuple[Condition, ...]:
    elapsed = period.sampled_ms - period.start_ms
    in_time = period.end_ms - ceiling.early * DAY_MS - period.start_ms
    projected = period.value * in_time / elapsed if elapsed > 0 else 0.0
    return (
        more_than(f"projected to {ceiling.early} days before the end", projected, period.limit or 0, unit),
        at_least("days of the period", elapsed / DAY_MS, ceiling.settled, "days"),
    )


def ageing_ways(ageing: Ageing, asked: Asked) -> Ways:
    now, limit = asked.now, ageing.longer_than / HOUR_MS
    if ageing.of == "integrations":
        for integration in asked.facts.integrations.values():
            since = ageing.broken_since(integration, now)
            hours = 0.0 if since is None else (now - since) / HOUR_MS
            yield Way(
                (more_than("hours broken", hours, limit, "hours"),),
                integration.id,
                "connected" if since is None else "",
            )
        return
    for ticket in asked.facts.tickets.all():
        if (ticket.closed and (ticket.resolved_ms or 0) <= now) or not ticket.is_open(now):
            continue
        hours = (now - ticket.opened_ms) / HOUR_MS
        severity, again = ticket.severity or 4, times_reopened(ticket, now)
        yield Way(
            (
                at_most("severity", severity, ageing.severity, ""),
                more_than("hours open", hours, limit, "hours"),
            ),
            ticket.id,
        )
        yield Way((at_least("times reopened", again, ageing.reopened, "times"),), ticket.id)


def backlog_ways(backlog: Backlog, asked: Asked) -> Ways:
    facts, now = asked.facts, asked.now
    waiting = facts.tickets.queue(now)
    old = sum(opened < now - backlog.open_for for opened in waiting)
    ageing = at_least(
        f"tickets open for more than {backlog.open_for // DAY_MS} days", old, backlog.open_count, "tickets"
    )
    usual = backlog.usual(facts, asked.today)
    if usual is None:
        yield Way((ageing, is_so(f"the usual volume is known, from {backlog.known_for} days on", False)))
        return
    opened = backlog.opened(facts, asked.today)
    what = f"tickets opened in {backlog.window} days"
    chance = usual + backlog.z * math.sqrt(2 * usual)
    yield Way(
        (
            ageing,
            more_than(f"{what}, {backlog.times:g} times the usual", opened, backlog.times * usual, "tickets"),
            at_least(f"{what}, more than chance explains", opened, chance, "tickets"),
        ),
        note=f"usually {usual:.1f}",
    )


def burst_ways(burst: Burst, asked: Asked) -> Ways:
    for name, postings in burst.served(asked.facts, asked.now).items():
        recent, before = burst.split(postings, asked.today)
        usual, count = burst.usual(asked.facts, before, asked.today), len(recent)
        least = at_least(f"openings in {burst.window} days", count, burst.at_least, "openings")
        if usual is None:
            yield Way((least, is_so("the usual number is known", False)), name)
            continue
        beyond = [
            at_least(f"openings, {burst.ratio:g} times the usual", count, burst.ratio * usual, "openings")
        ]
        if usual:
            z = 2 * (math.sqrt(count) - math.sqrt(usual))
            beyond.append(at_least("standard deviations above the usual", z, burst.z, "z"))
        yield Way(tuple(chain((least,), beyond)), name)
