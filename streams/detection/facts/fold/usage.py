"""Product usage: the hot path. A repeated session of a user on one day changes nothing and costs next to
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.detection.facts.activity import ActivityGrid
from streams.detection.facts.bounds import (
    BLOCKS_CAP,
    COUNTERS_CAP,
    INTEGRATIONS_CAP,
    SEAT_REQUESTS_CAP,
    SEAT_REQUESTS_DAYS,
    drop_before,
    make_room,
    note_change,
)
from streams.detection.facts.counters import DayCounter
from streams.detection.facts.features import FEATURES_CAP, TRIED_CAP
from streams.detection.facts.fold.routes import Handler
from streams.detection.facts.levels import LEVELS_CAP, Level, Number, quarter_of_day
from streams.detection.facts.marks import mark_of
from streams.detection.facts.patch import Field, bit_of, patch, same
from streams.detection.facts.product import Block, Integration, SeatRequest
from streams.detection.facts.state import Facts, note_dropped
from streams.detection.facts.touch import RETURNS, Touch
from streams.detection.units import DAY_MS, Day, Millis, day_of, millis_of

if TYPE_CHECKING:
    from schemas.usage import (
        ApiCalled,
        FeatureUsed,
        IntegrationChanged,
        LevelSampled,
        LimitBlocked,
        SeatRequested,
        SessionStarted,
    )

_BLOCKED: Final = "limit_blocked:"
ACTIVITY, FEATURE, USERS, API = Touch.ACTIVITY, Touch.FEATURE, Touch.USERS, Touch.API


def session_started(facts: Facts, event: SessionStarted, occurred_ms: Millis) -> int:
    day = occurred_ms // DAY_MS
    users = facts.users
    slot = users.index.get(event.user_id)
    touched = 0
    if slot is None:
        slot, touched = add_user(facts, event.user_id)
    if users.mark_active(slot, day):
        _note_usage(facts, day)
        touched |= ACTIVITY | _returns(users.grid, slot, day)
    return touched


def feature_used(facts: Facts, event: FeatureUsed, occurred_ms: Millis) -> int:
    day = occurred_ms // DAY_MS
    users = facts.users
    touched = 0
    slot = users.index.get(event.user_id)
    if slot is None:
        slot, touched = add_user(facts, event.user_id)
    if event.outcome == "used":
        before = users.features.last_use(event.feature, slot)
        if users.note_feature(event.feature, slot, day):
            touched |= FEATURE if before is not None and before >= day - 28 else FEATURE | Touch.NEW_USE
            if len(users.features.days) > FEATURES_CAP:
                note_dropped(facts, "features", users.trim_features())
        if users.mark_active(slot, day):
            touched |= ACTIVITY | _returns(users.grid, slot, day)
            _note_usage(facts, day)
    elif users.tried.note(event.feature, slot, day):
        touched |= Touch.TRIED
        _note_day(facts, day)
        if len(users.tried.days) > TRIED_CAP:
            note_dropped(facts, "features_tried", users.trim_tried())
    return touched


def _returns(grid: ActivityGrid, slot: int, day: Day) -> int:
    """For how long the user had stayed away before the day, as flags."""
    if grid.was_active(slot, day - 7, day - 1):
        return 0
    before = grid.last_active(slot, day - 28, day - 8)
    if before is None:
        return RETURNS
    return Touch.RETURN_7 if before >= day - 14 else Touch.RETURN_7 | Touch.RETURN_14


def api_called(facts: Facts, event: ApiCalled, occurred_ms: Millis) -> int:
    # A count reported just after midnight belongs to the day in which its period began.
    start = event.period_start
    day = occurred_ms // DAY_MS if start is None else millis_of(start) // DAY_MS
    errors = event.errors
    touched = 0
    successful = event.count - errors
    counters = facts.counters
    if successful > 0:
        counter = counters.get("api_calls")
        if counter is None:
            counter = counters["api_calls"] = DayCounter()
        if counter.add(day, successful):
            touched = API
    if errors > 0 and count(facts, "api_errors", day, errors):
        touched = API
    if touched:
        _note_usage(facts, day)
    return touched


def level_sampled(facts: Facts, event: LevelSampled, occurred_ms: Millis) -> int:
    key = f"{event.product_id}:{event.meter}" if event.product_id else event.meter
    level = facts.levels.get(key)
    if level is None:
        level = facts.levels[key] = Level(product_id=event.product_id)
    level.kind, level.unit = event.kind, event.unit
    if occurred_ms > level.sampled_ms:
        level.sampled_ms = occurred_ms
    value = _number(event.value)
    limit = None if event.limit is None else _number(event.limit)
    start, end = event.period_start, event.period_end
    if event.kind == "period_total" and start is not None and end is not None:
        changed = level.sample_period(millis_of(start), millis_of(end), value, limit, occurred_ms)
    else:
        changed = level.sample(occurred_ms // DAY_MS, quarter_of_day(occurred_ms), value, limit)
        note_dropped(facts, "level_points", level.trim())
    if len(facts.levels) > LEVELS_CAP:
        make_room(facts.levels, LEVELS_CAP, lambda kept: kept.sampled_ms, facts.dropped, "levels")
    _note_day(facts, occurred_ms // DAY_MS)
    return Touch.LEVEL if changed else 0


def limit_blocked(facts: Facts, event: LimitBlocked, occurred_ms: Millis) -> int:
    day = day_of(occurred_ms)
    key = f"{event.product_id}:{event.meter}" if event.product_id else event.meter
    if not count(facts, _BLOCKED + key, day, 1):
        return 0
    _note_day(facts, day)
    blocks = facts.blocks
    blocks.append(Block(key, mark_of(event, occurred_ms), event.user_id, event.product_id))
    if len(blocks) > 1 and blocks[-2].mark.occurred_ms > occurred_ms:
        blocks.sort(key=lambda block: block.mark.occurred_ms)
    if len(blocks) > BLOCKS_CAP:
        del blocks[0]
    return Touch.BLOCKED


def seat_requested(facts: Facts, event: SeatRequested, occurred_ms: Millis) -> int:
    day = day_of(occurred_ms)
    mark = mark_of(event, occurred_ms)
    request = facts.seat_requests.get(event.request_id)
    if request is None:
        request = SeatRequest(
            event.request_id,
            event.user_id,
            event.outcome,
            mark,
            mark,
            product_id=event.product_id,
            department=event.department,
        )
        facts.seat_requests[event.request_id] = request
        count(facts, "seats_requested", day, 1)
    else:
        if occurred_ms >= request.mark.occurred_ms:
            request.outcome, request.mark = event.outcome, mark
        if occurred_ms < request.first.occurred_ms:
            count(facts, "seats_requested", request.first.day, -1)
            count(facts, "seats_requested", day, 1)
            request.first = mark
        request.product_id = request.product_id or event.product_id
        request.department = request.department or event.department
    if event.outcome == "refused" and (request.refused is None or occurred_ms < request.refused.occurred_ms):
        if request.refused is not None:
            count(facts, "seats_refused", request.refused.day, -1)
        count(facts, "seats_refused", day, 1)
        request.refused = mark
    _note_day(facts, day)
    requests = facts.seat_requests
    oldest = occurred_ms - SEAT_REQUESTS_DAYS * DAY_MS
    if next(iter(requests.values())).mark.occurred_ms < oldest:
        drop_before(requests, lambda kept: kept.mark.occurred_ms, oldest)
    make_room(requests, SEAT_REQUESTS_CAP, lambda kept: kept.mark.occurred_ms, facts.dropped, "seat_requests")
    return Touch.SEATS


_INTEGRATION: Final[tuple[Field, ...]] = same("name", "status")
_STATUS: Final = bit_of(_INTEGRATION, "status")


def integration_changed(facts: Facts, event: IntegrationChanged, occurred_ms: Millis) -> int:
    integration = facts.integrations.get(event.integration_id)
    if integration is None:
        integration = facts.integrations[event.integration_id] = Integration(event.integration_id)
    changed = patch(integration, event, occurred_ms, _INTEGRATION)
    if changed & _STATUS:
        integration.mark = mark_of(event, occurred_ms)
    if note_change(integration.statuses, occurred_ms, str(event.status)):
        changed |= _STATUS
    make_room(
        facts.integrations,
        INTEGRATIONS_CAP,
        lambda kept: kept.mark.occurred_ms if kept.mark else 0,
        facts.dropped,
        "integrations",
    )
    return Touch.INTEGRATION if changed else 0


def add_user(facts: Facts, user_id: str) -> tuple[int, int]:
    """The user's slot, a new one if need be, and what that touched."""
    users = facts.users
    slot = users.slot_of(user_id)
    if slot is not None:
        return slot, 0
    slot, dropped = users.add(user_id)
    note_dropped(facts, "users", dropped)
    return slot, USERS


def count(facts: Facts, name: str, day: Day, n: int) -> bool:
    """Add to a daily counter; False if it is older than the horizon or one counter too many."""
    counter = facts.counters.get(name)
    if counter is None:
        if _BLOCKED in name and len(facts.counters) >= COUNTERS_CAP:
            note_dropped(facts, "counters", 1)
            return False
        counter = facts.counters[name] = DayCounter()
    return counter.add(day, n)


def _note_usage(facts: Facts, day: Day) -> None:
    first = facts.first_usage_day
    if first is None or day < first:
        facts.first_usage_day = day
    if day > facts.newest_day:
        facts.newest_day = day


def _note_day(facts: Facts, day: Day) -> None:
    if day > facts.newest_day:
        facts.newest_day = day


def _number(value: float) -> Number:
    """Whole numbers as integers: one to five bytes instead of nine."""
    return int(value) if value == int(value) and abs(value) < 2**53 else value


DATED: Final[dict[str, Handler]] = {
    "session.started": session_started,
    "feature.used": feature_used,
    "api.called": api_called,
    "level.sampled": level_sampled,
    "limit.blocked": limit_blocked,
    "seat.requested": seat_requested,
}

HANDLERS: Final[dict[str, Handler]] = {**DATED, "integration.changed": integration_changed}
