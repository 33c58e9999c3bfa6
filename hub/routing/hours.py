"""A dealer's business hours in OpenStreetMap's notation, and time counted in them.

Source: "Key:opening_hours/specification" of the OpenStreetMap wiki. Read strictly is the part of it that a registry of
dealers needs: weekdays, spans of the day, ``PH``, ``off``, ``24/7``; rules are separated by ``;`` and a later one replaces
an earlier one on the days that it names. Months, weeks, sunrise and comments are refused, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from hub.errors import Invalid

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
HOLIDAY = 7  # place of public holidays after the seven weekdays
DAY = 24 * 60
FARTHEST = 400  # days looked ahead: a dealer that does not open within them does not open at all

Span = tuple[int, int]  # minutes since midnight, the end excluded
Week = tuple[tuple[Span, ...], ...]  # Monday to Sunday, then public holidays

_RULE = re.compile(
    r"(?:([A-Za-z][A-Za-z ,-]*?)\s*)?((?:[0-9]{1,2}:[0-9]{2}\s*-\s*[0-9]{1,2}:[0-9]{2}[\s,]*)+|off|closed)"
)
_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")
_CURE = "write e.g. 'Mo-Fr 09:00-20:00; Sa 10:00-18:00; Su,PH off'"


def parse_hours(text: str) -> Week:
    """The spans of each weekday and of public holidays, sorted; a day that no rule names is closed.

    Raises:
        Invalid: naming the part that is not understood, and the cure.
    """
    week: list[tuple[Span, ...]] = [()] * 8
    rules = [rule.strip() for rule in text.split(";") if rule.strip()]
    if not rules:
        raise Invalid(f"Opening hours are empty; {_CURE}.")
    for rule in rules:
        days, spans = _rule(rule)
        for day in days:
            week[day] = spans
    return tuple(week)


def _rule(rule: str) -> tuple[tuple[int, ...], tuple[Span, ...]]:
    if rule == "24/7":
        return tuple(range(8)), ((0, DAY),)
    match = _RULE.fullmatch(rule)
    if match is None:
        raise Invalid(f"Opening hours: {rule!r} is not understood; {_CURE}.")
    days = _days(match[1]) if match[1] else tuple(range(7))
    if match[2] in ("off", "closed"):
        return days, ()
    return days, _spans(match[2], rule)


def _days(text: str) -> tuple[int, ...]:
    found: list[int] = []
    for part in text.replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        if part == "PH":
            found.append(HOLIDAY)
        elif first in DAYS and (last in DAYS if dash else not last):
            begin, end = DAYS.index(first), DAYS.index(last or first)
            found += [(begin + step) % 7 for step in range((end - begin) % 7 + 1)]
        else:
            raise Invalid(f"Opening hours: {part!r} is no day; days are {', '.join(DAYS)}, PH and spans such as Mo-Fr.")
    return tuple(dict.fromkeys(found))


def _spans(text: str, rule: str) -> tuple[Span, ...]:
    found = []
    for match in _SPAN.finditer(text):
        hour, minute, last_hour, last_minute = map(int, match.groups())
        begin, end = hour * 60 + minute, last_hour * 60 + last_minute
        if minute > 59 or last_minute > 59 or end > DAY:
            raise Invalid(f"Opening hours: {match[0]!r} is no span of a day; times run from 00:00 to 24:00.")
        if end <= begin:
            raise Invalid(
                f"Opening hours: {match[0]!r} ends before it begins; split a night in two: 20:00-24:00 and 00:00-02:00."
            )
        found.append((begin, end))
    found.sort()
    if any(later[0] < earlier[1] for earlier, later in pairwise(found)):
        raise Invalid(f"Opening hours: spans of {rule!r} overlap; give each hour once.")
    return tuple(found)


@dataclass(frozen=True)
class Calendar:
    """When one dealer is open.

    Attributes:
        week: as `parse_hours` gives it.
        timezone: IANA zone of the hours.
        holidays: days on which the holidays' hours hold (none, unless a rule names ``PH``).
    """

    week: Week
    timezone: str
    holidays: frozenset[date] = frozenset()

    def is_open(self, at: datetime) -> bool:
        """Whether the dealer is open at a moment."""
        return any(begin <= at < end for begin, end in self._of_day(self._local_day(at)))

    def opens(self, at: datetime) -> datetime | None:
        """The first open moment at or after ``at``; None if the dealer does not open within 400 days."""
        begin, _ = next(self.spans(at), (None, None))
        return begin

    def spans(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Open spans (UTC) from ``since`` on, the first one cut to begin there."""
        day = self._local_day(since)
        for step in range(FARTHEST):
            for begin, end in self._of_day(day + timedelta(days=step)):
                if end > since:
                    yield max(begin, since.astimezone(UTC)), end

    def after(self, since: datetime, minutes: float) -> datetime | None:
        """The moment at which ``minutes`` of business time have passed since ``since``.

        None if the dealer is not open that long within 400 days.
        """
        left = timedelta(minutes=minutes)
        for begin, end in self.spans(since):
            if end - begin >= left:
                return begin + left
            left -= end - begin
        return None

    def minutes(self, since: datetime, until: datetime) -> float:
        """Minutes of business time between two moments; 0 where the second is not later."""
        total = timedelta()
        for begin, end in self.spans(since):
            if begin >= until:
                break
            total += min(end, until) - begin
        return total / timedelta(minutes=1)

    def _local_day(self, at: datetime) -> date:
        return at.astimezone(zone(self.timezone)).date()

    def _of_day(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        return _moments(self.week[HOLIDAY if day in self.holidays else day.weekday()], day, self.timezone)


@lru_cache(maxsize=512)
def calendar(hours: str, timezone: str, holidays: frozenset[date] = frozenset()) -> Calendar:
    """The calendar of written hours, parsed once.

    Raises:
        Invalid: the hours are not understood.
    """
    return Calendar(parse_hours(hours), timezone, holidays)


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The IANA zone of this name."""
    return ZoneInfo(name)


@lru_cache(maxsize=4096)
def _moments(spans: tuple[Span, ...], day: date, timezone: str) -> tuple[tuple[datetime, datetime], ...]:
    """The spans of a local day as moments in UTC; on the day that clocks change they are an hour longer or shorter."""
    return tuple((_moment(day, begin, timezone), _moment(day, end, timezone)) for begin, end in spans)


def _moment(day: date, minute: int, timezone: str) -> datetime:
    if minute == DAY:
        day, minute = day + timedelta(days=1), 0
    local = datetime.combine(day, time(minute // 60, minute % 60), zone(timezone))
    return local.astimezone(UTC)
