"""Schedules: the next local time of a cron expression.

The nominal local time names the occurrence, so that no clock change doubles it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter
from croniter.croniter import CroniterBadDateError

from runtime.automations.due import local_moment

_MOST_MISSED = 10_000


def next_occurrence(cron: str, zone: ZoneInfo, after: datetime) -> tuple[datetime, datetime] | None:
    """(nominal local time, moment) of the first occurrence whose moment is later than `after`; None when there is none."""
    local = after.astimezone(zone).replace(tzinfo=None)
    # Back a little: within a doubled hour, local times repeat.
    times = croniter(cron, local - timedelta(hours=3), ret_type=datetime)
    try:
        for _ in range(_MOST_MISSED):
            nominal = times.get_next(datetime)
            moment = local_moment(nominal, zone)
            if moment > after:
                return nominal, moment
    except CroniterBadDateError:  # such as 30 February
        return None
    return None


def last_occurrence(cron: str, zone: ZoneInfo, after: datetime, until: datetime) -> tuple[datetime, int] | None:
    """(nominal local time, how many there were) of the newest occurrence in (after, until]; None when there was none."""
    found: tuple[datetime, int] | None = None
    moment = after
    for count in range(1, _MOST_MISSED):
        following = next_occurrence(cron, zone, moment)
        if following is None or following[1] > until:
            break
        found = (following[0], count)
        moment = following[1]
    return found


def occurrence_key(nominal: datetime) -> str:
    """The cause key of an occurrence."""
    return f"schedule:{nominal:%Y-%m-%dT%H:%M}"
