"""How far the detectors over usage are from opening; each beside its detector's `read`, over the same parts."""

from __future__ import annotations

from streams.detection.detectors.adoption import Adoption
from streams.detection.detectors.breadth import Breadth
from streams.detection.detectors.drop import Drop
from streams.detection.detectors.few import Few
from streams.detection.detectors.silence import Silence
from streams.detection.detectors.spread import Spread
from streams.detection.detectors.surge import Surge
from streams.detection.detectors.working import working_levels
from streams.detection.explain.conditions import (
    Asked,
    Condition,
    NoReading,
    Way,
    Ways,
    at_least,
    at_most,
    is_so,
    less_than,
    more_than,
)
from streams.detection.facts import Facts, key_mask
from streams.detection.facts.users import POWER_WINDOW_DAYS
from streams.detection.quiet import between, reach_back
from streams.detection.scope import core_features, scope_of
from streams.detection.units import Day, day_of

NO_USAGE = "no usage is on record"


def drop_ways(drop: Drop, asked: Asked) -> Ways:
    facts, last = asked.facts, asked.last
    history = last - _first_usage(facts) + 1
    young = drop.young.window + drop.young.baseline
    if history < young:
        yield Way((_history(history, young),))
        return
    quiet = drop.packaging.quiet_days.of(facts)
    window, baseline, chance = drop.windows(history)
    people = None
    if drop.among == "key_users":
        before = last - window
        people = key_mask(facts, before, first=reach_back(quiet, before, POWER_WINDOW_DAYS))
    if drop.few is not None and people is not None and people.bit_count() < drop.few.below:
        yield from _few_ways(drop.few, facts, last, quiet)
        return
    mask = people if people is not None else facts.users.mask_counted()
    first = last - window - baseline + 1
    daily = facts.users.grid.daily(first, last, mask)
    observed, expected = float(sum(daily[baseline:])), sum(daily[:baseline]) * window / baseline
    full, enough = expected, True
    if between(quiet, first, last + window):
        offsets = frozenset(day - first for day in between(quiet, first, last))
        working = next(working_levels(daily, offsets, baseline, window))
        observed, expected, full, enough = working.observed, working.expected, working.full, working.enough
    if not enough:
        raise NoReading("too few of the last days are no holidays")
    if expected <= 0:
        raise NoReading("nobody was active before the window: there is nothing to fall from")
    bound = drop.bound(expected, drop.noise_of(facts), chance)
    yield Way(
        (
            at_most(f"active user-days in {window} days", observed, max(bound, 0) * expected, "user-days"),
            more_than("the usual level", full, drop.least_level, "user-days"),
            more_than("share of the level that chance does not explain", max(bound, 0), 0, ""),
        ),
        note=f"usually {expected:.1f}; now {observed / expected:.0%} of it, opens at {max(bound, 0):.0%}",
    )
    if drop.few is not None:
        yield from _few_ways(drop.few, facts, last, quiet, people)


def _few_ways(few: Few, facts: Facts, last: Day, quiet: tuple[Day, ...], people: int | None = None) -> Ways:
    start = reach_back(quiet, last, few.silent)
    habit_from = reach_back(quiet, start - 1, few.of_days)
    judged = key_mask(facts, start - 1, first=reach_back(quiet, start - 1, POWER_WINDOW_DAYS))
    if judged.bit_count() >= few.below or (people is not None and people.bit_count() >= few.below):
        return
    while judged:
        slot = (judged & -judged).bit_length() - 1
        judged &= judged - 1
        silent = _silent_days(facts, 1 << slot, last, quiet, few.silent)
        habit = facts.users.grid.days_active(slot, habit_from, start - 1)
        yield Way(
            (
                at_least("complete days without activity", silent, few.silent, "days"),
                at_least(f"active days in the {few.of_days} before", habit, few.after_active_days, "days"),
            ),
            facts.users.names[slot],
        )


def _silent_days(facts: Facts, mask: int, last: Day, quiet: tuple[Day, ...], most: int) -> int:
    """Complete days without activity that are not quiet, up to `most`."""
    start = reach_back(quiet, last, most)
    daily = facts.users.grid.daily(start, last, mask)
    newest = max((start + at for at, count in enumerate(daily) if count), default=start - 1)
    return last - newest - len(between(quiet, newest + 1, last))


def silence_ways(silence: Silence, asked: Asked) -> Ways:
    facts, last = asked.facts, asked.last
    _first_usage(facts)
    quiet = silence.packaging.quiet_days.of(facts)
    windows = [silence.window] if silence.quick is None else [silence.quick.window, silence.window]
    for subject in silence.subjects(facts):
        members = silence.members(facts, subject)
        newest = silence.newest(facts, subject, members, last)
        if newest is not None and newest > last:
            yield Way((is_so("not used today", False),), subject)
        elif newest is not None:
            silent = last - newest - len(between(quiet, newest + 1, last))
            for window in windows:
                users, level = silence.habit(facts, subject, members, newest, window, quiet)
                quick = silence.quick if window != silence.window else None
                yield Way(
                    (
                        at_least("complete days without activity", silent, window, "days"),
                        at_least(
                            "people active before",
                            users,
                            max(silence.users, quick.users if quick else 0),
                            "people",
                        ),
                        *_habit(silence, facts, members, newest, quiet, level is not None),
                    ),
                    subject,
                )


def _habit(
    silence: Silence, facts: Facts, members: int | None, newest: Day, quiet: tuple[Day, ...], had: bool
) -> list[Condition]:
    if silence.of != "account":
        return [is_so("it was a habit before, by more than chance", had)]
    first = reach_back(quiet, newest, silence.baseline)
    total = sum(facts.users.grid.daily(first, newest, members))
    return [
        at_least(f"user-days in the {silence.baseline} days before", total, silence.user_days, "user-days")
    ]


def surge_ways(surge: Surge, asked: Asked) -> Ways:
    facts, last = asked.facts, asked.last
    begun = surge.begun(facts)
    if begun is None:
        raise NoReading(NO_USAGE if surge.of == "active_users" else "no API calls are on record")
    needed = 7 * (surge.weeks + 1)
    if last - begun + 1 < needed:
        yield Way((_history(last - begun + 1, needed),))
        return
    value, usual = surge.week(facts, last), surge.usual(facts, last, None)
    volatile = surge.volatile_times is not None and facts.profile.usage_pattern == "volatile"
    times = surge.volatile_times if volatile and surge.volatile_times is not None else surge.times
    what = "active users of the week" if surge.of == "active_users" else "API calls of the week"
    unit = "users" if surge.of == "active_users" else "calls"
    yield Way(
        (
            at_least(f"{what}, {times:g} times the usual week", value, times * usual, unit),
            at_least(what, value, surge.least, unit),
            at_least(f"{what}, above the usual week", value, usual + surge.more, unit),
        ),
        note=f"usually {usual:g} a week",
    )


def adoption_ways(adoption: Adoption, asked: Asked) -> Ways:
    facts, last = asked.facts, asked.last
    history = last - _first_usage(facts) + 1
    if history < adoption.window:
        yield Way((_history(history, adoption.window),))
    elif adoption.of == "seats":
        yield from _seats_ways(adoption, facts, last)
    else:
        active = adoption.active(facts, last - adoption.window + 1, last)
        core = core_features(adoption.packaging, scope_of(facts, adoption.packaging))
        if not core:
            raise NoReading("the packaging knows no core feature of what they bought")
        count = active.bit_count()
        adopters = (adoption.adopters(facts, core, last) & active).bit_count()
        yield Way(
            (
                at_least(
                    "share of active users in nearly all core features",
                    adopters / max(count, 1),
                    adoption.share,
                    "share",
                ),
                at_least(f"active users in {adoption.window} days", count, adoption.least, "users"),
            )
        )


def _seats_ways(adoption: Adoption, facts: Facts, last: Day) -> Ways:
    begun, seats = adoption.begun(facts), adoption.seats(facts, last)
    if begun is not None and last < begun + adoption.after:
        yield Way((at_least("days as a customer", last - begun, adoption.after, "days"),))
        return
    if seats is None:
        raise NoReading("no number of purchased seats is known")
    quiet = adoption.packaging.quiet_days.of(facts)
    active = adoption.active(facts, reach_back(quiet, last, adoption.window), last).bit_count()
    yield Way(
        (
            less_than("share of seats in use", active / seats if seats else 1.0, adoption.share, "share"),
            at_least("seats purchased", seats, adoption.least, "seats"),
            at_least("seats not in use", seats - active, adoption.unused, "seats"),
        ),
        note=f"{active} of {seats} seats in use",
    )


def breadth_ways(breadth: Breadth, asked: Asked) -> Ways:
    facts, last = asked.facts, asked.last
    history = last - _first_usage(facts) + 1
    if history < breadth.history:
        yield Way((_history(history, breadth.history),))
        return
    newcomers = breadth.newcomers(facts, last)
    for by in breadth.by:
        active, usual = len(breadth.active(facts, by, last)), breadth.usual(facts, by, last)
        yield Way(
            (
                at_least(f"{by}s at work", active, usual + breadth.more, f"{by}s"),
                at_least("people who are new", newcomers.bit_count(), breadth.more, "people"),
            ),
            note=f"{usual} before",
        )


def spread_ways(spread: Spread, asked: Asked) -> Ways:
    facts, last = asked.facts, asked.last
    first = _first_usage(facts)
    if day_of(asked.now) < first + spread.history:
        yield Way((_history(day_of(asked.now) - first, spread.history),))
        return
    users = facts.users
    start = spread.start(facts, last)
    if spread.among == "active_users":
        present = users.only_counted(users.grid.active(start, last))
        before = users.grid.active(last - spread.baseline, start - 1)
    else:
        present = spread.regulars(facts, last) & spread.versatile(facts, last)
        before = 0
    groups = users.groups(spread.by)
    if not groups:
        raise NoReading(f"no user's {spread.by} is known")
    for name, members in sorted(groups.items()):
        if spread.among == "power_users":
            new = not spread.had_any(facts, members, last)
        else:
            base = spread.came(facts, members, start, last) - spread.baseline
            known = base >= first and not users.grid.active(base, last - spread.baseline) & members
            new = not before & members and known
        count = (present & members).bit_count()
        yield Way(
            (
                at_least(spread.among.replace("_", " "), count, spread.users, "users"),
                is_so(f"none of them in the {spread.baseline} days before", new),
            ),
            name,
        )


def _first_usage(facts: Facts) -> Day:
    if facts.first_usage_day is None:
        raise NoReading(NO_USAGE)
    return facts.first_usage_day


def _history(days: int, needed: int) -> Condition:
    return at_least("days of history", days, needed, "days")
