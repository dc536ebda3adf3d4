"""The rival: one of the signals in plain Faust, the way its documentation teaches it.

One agent reads the usage events as JSON, keeps a table of each account's active users by day, and
says when the last 14 days have fallen to 70 % of the 56 before. Memory store, uvloop, log level INFO.
Run as a program: it tells its own count on standard output until it is ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from datetime import date
from typing import Any, TypedDict

import faust

BROKERS, PREFIX, FOLDER = "BENCH_BROKERS", "BENCH_PREFIX", "BENCH_FOLDER"
"""Variables by which the one who starts it says where to work."""
PARTITIONS = 8
APP = "stock-faust"
_TELL_S = 0.25
_RECENT, _BASELINE, _THRESHOLD = 14, 56, 0.7


class Activity(TypedDict):
    """What the table holds of one account: users by day for 70 days, and who was active today."""

    day: int
    users: list[str]
    counts: list[int]  #: active users of the days before `day`, the oldest first
    events: int
    alerted: bool


def no_activity() -> Activity:
    """The value of an account that was never seen."""
    return {"day": 0, "users": [], "counts": [], "events": 0, "alerted": False}


def note(activity: Activity, user: str, day: int) -> None:
    """Count a user as active on a day; a day before the newest one is only counted as an event."""
    activity["events"] += 1
    if day > activity["day"]:
        if activity["day"]:
            gap = min(day - activity["day"] - 1, _RECENT + _BASELINE)
            activity["counts"] += [len(activity["users"])] + [0] * gap
            del activity["counts"][: -(_RECENT + _BASELINE)]
        activity["day"], activity["users"] = day, []
    if day == activity["day"] and user not in activity["users"]:
        activity["users"].append(user)


def has_dropped(activity: Activity) -> bool:
    """Whether the complete days say that usage fell; False while there is too little history."""
    counts = activity["counts"]
    if len(counts) < _RECENT + _BASELINE:
        return False
    recent, baseline = sum(counts[-_RECENT:]) / _RECENT, sum(counts[:-_RECENT]) / _BASELINE
    return baseline > 0 and recent / baseline <= _THRESHOLD


def make_app(brokers: str, prefix: str, folder: str) -> faust.App:
    """The app; it declares its table's changelog and the alerts' topic itself."""
    app = faust.App(
        f"{prefix}{APP}",
        broker=[f"kafka://{broker}" for broker in brokers.split(",")],
        store="memory://",
        value_serializer="json",
        key_serializer="raw",
        topic_partitions=PARTITIONS,
        topic_replication_factor=1,
        consumer_auto_offset_reset="earliest",
        datadir=folder,
        web_enabled=False,
    )
    usage = app.topic(f"{prefix}product-usage")
    alerts = app.topic(f"{prefix}stock-alerts", partitions=PARTITIONS)
    activities: Any = app.Table("activities", default=no_activity, key_type=str, partitions=PARTITIONS)
    done = 0

    @app.agent(usage)
    async def detect(events: Any) -> None:
        nonlocal done
        async for event in events:
            account = event.get("account_id")
            if account is None:  # a heartbeat
                continue
            done += 1
            user = event.get("user_id")
            if user is None:
                continue
            activity = activities[account]
            note(activity, user, date.fromisoformat(event["occurred_at"][:10]).toordinal())
            dropped = has_dropped(activity)
            if dropped and not activity["alerted"]:
                alert = {"signal": "usage-drop", "account_id": account, "day": activity["day"]}
                await alerts.send(key=account.encode(), value=alert)
            activity["alerted"] = dropped
            activities[account] = activity

    @app.task  # type: ignore[untyped-decorator]
    async def tell() -> None:
        await alerts.maybe_declare()
        while True:
            # Not `print`: Faust turns that into log lines.
            os.write(1, json.dumps([time.time(), done]).encode() + b"\n")
            await asyncio.sleep(_TELL_S)

    return app


def main() -> None:
    """Run the app named by the environment."""
    app = make_app(os.environ[BROKERS], os.environ[PREFIX], os.environ[FOLDER])
    sys.argv = [sys.argv[0], "--loop", "uvloop", "worker", "--loglevel", "info", "--without-web"]
    app.main()


if __name__ == "__main__":
    main()
