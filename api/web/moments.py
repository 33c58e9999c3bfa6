"""Days and moments as the reader writes them.

English is written with the month's name and 24 hours: 4/11 is read in two ways, and the importer's people are no Americans.
Other languages are written as CLDR has them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from api.web.wording import ENGLISH

ZONE = "Europe/Moscow"  # in which moments are shown, on the pages and in their files
_DAY, _MOMENT = "d MMM y", "d MMM y, HH:mm"


def day_in(language: str, value: date, length: Literal["short", "medium"] = "medium") -> str:
    """A day: 4 Nov 2026."""
    return format_date(value, _DAY if language == ENGLISH else length, language)


def moment_in(language: str, value: datetime, zone: str = ZONE) -> str:
    """A moment in a time zone: 4 Nov 2026, 16:05."""
    return format_datetime(value, _MOMENT if language == ENGLISH else "short", ZoneInfo(zone), language)
