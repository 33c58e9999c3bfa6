"""Quiet hours: when a person may be reached, by the clock on that person's wall."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hub.contact.policy import Hours


@lru_cache(maxsize=4096)
def open_from(hours: Hours, at: datetime, zone: str) -> datetime:
    """``at`` if the person may be reached then, else the next moment when it is so.

    Args:
        zone: IANA name of the person's time zone; one that is not known counts as UTC.
    """
    where = _zone(zone)
    local = at.astimezone(where)
    for ahead in range(9):
        day = local.date() + timedelta(days=ahead)
        begin, end = (datetime.combine(day, moment, where).astimezone(UTC) for moment in hours.of(day.weekday()))
        if at < end:
            return max(at, begin)
    raise AssertionError("every week has hours")


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return ZoneInfo("UTC")
