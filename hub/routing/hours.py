"""Time counted in a dealer's business hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hub.dealers.opening_hours import DAY, HOLIDAY, Span, Week, parse_hours

FARTHEST = 400  # days looked ahead: a dealer that does not open within them does not open at all


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
