"""Whose an alert is, and by when: the motion's routing applied to one account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from schemas.alerts import Owner
from streams.detection.catalog.routing import Band, OwnerLine, Routing, When
from streams.detection.facts import Facts, acv_by_currency
from streams.detection.rules import Rule
from streams.detection.units import Day, Millis, day_of, moment_of

END_OF_WORK = time(17, 0)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Route:
    """Where an alert goes. `respond_by` is 17:00 in the owner's time zone."""

    owner: Owner
    also_notify: tuple[Owner, ...]
    respond_by: datetime
    band: Band | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """One alert as the lines of a routing see it."""

    rule: Rule
    level: str
    band: Band | None
    details: Mapping[str, object]

    def fits(self, when: When) -> bool:
        """An account of unknown ACV fits no line that asks for a band."""
        return (
            (not when.families or self.rule.spec.family in when.families)
            and (not when.engines or self.rule.spec.engine in when.engines)
            and (not when.signals or self.rule.id in when.signals)
            and (not when.levels or self.level in when.levels)
            and (not when.bands or self.band in when.bands)
            and all(bool(self.details.get(name)) is wanted for name, wanted in when.details.items())
        )


def route(
    routing: Routing, rule: Rule, level: str, facts: Facts, now: Millis, details: Mapping[str, object]
) -> Route:
    """The way of one alert. `details` are the evidence's, for lines that ask about one of its flags."""
    band = routing.bands.of(acv_in_reference(routing, facts, day_of(now)))
    asked = _Asked(rule, level, band, details)
    line = next(line for line in routing.owners if asked.fits(line.when))
    days = next(line.working_days for line in routing.respond_within if asked.fits(line.when))
    known = facts.owners.get(line.owner)
    told: dict[str, Owner] = {}
    for notify in routing.also_notify:
        if asked.fits(notify.when):
            for role in notify.roles:
                told.setdefault(
                    role, Owner(role=role, person_id=_person(facts, role), queue=routing.queues[role])
                )
    return Route(
        owner=_owner(routing, line, band, facts),
        also_notify=tuple(told.values()),
        respond_by=working_day_end(now, days, zone_of(known.time_zone if known else None)),
        band=band,
    )


def acv_in_reference(routing: Routing, facts: Facts, day: Day) -> Decimal | None:
    """The ACV of the contracts in force, in the reference currency. None where no contract is known, or one
    is in a currency without a rate: half an ACV would route worse than none."""
    total = Decimal(0)
    found = acv_by_currency(facts, day)
    for currency, amount in found.items():
        rate = routing.rates.get(currency)
        if rate is None:
            return None
        total += amount * rate
    return total.quantize(Decimal("0.01")) if found else None


def working_day_end(now: Millis, working_days: int, zone: tzinfo) -> datetime:
    """17:00 of the n-th working day (Monday to Friday) after `now`, in UTC; with 0, of the present one, or
    of the next where that is over.

    >>> friday = 1_735_891_200_000                        # 2025-01-03 08:00 UTC
    >>> str(working_day_end(friday, 1, UTC)), str(working_day_end(friday, 0, UTC))
    ('2025-01-06 17:00:00+00:00', '2025-01-03 17:00:00+00:00')
    """
    local = moment_of(now).astimezone(zone)
    day, left = local.date(), working_days
    if left == 0 and (day.weekday() >= _SATURDAY or local.time() >= END_OF_WORK):
        left = 1
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return datetime.combine(day, END_OF_WORK, zone).astimezone(UTC)


def zone_of(name: str | None) -> tzinfo:
    """The time zone of that IANA name; UTC where it is unknown here."""
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # not found is a KeyError, a folder's name an OSError
        return UTC


def _owner(routing: Routing, line: OwnerLine, band: Band | None, facts: Facts) -> Owner:
    role = line.owner
    known = facts.owners.get(role)
    if band is None:
        note = f"ACV unknown, so no band's owner: {routing.triage} decides"
        return Owner(role=role, person_id=_person(facts, role), queue=routing.triage, note=note)
    if known and known.person_id:
        return Owner(role=role, person_id=known.person_id, queue=routing.queues[role])
    if known and known.queue:
        return Owner(role=role, queue=known.queue, note=f"the CRM names a queue as {role}, no person")
    if line.pool:
        return Owner(role=role, queue=line.pool, note=f"no {role} is named: pooled")
    parent = facts.profile.parent_account_id
    note = f"no {role} is named for the account" + (f", whose parent is {parent}" if parent else "")
    return Owner(role=role, queue=routing.triage, note=note)


def _person(facts: Facts, role: str) -> str | None:
    known = facts.owners.get(role)
    return known.person_id if known else None
