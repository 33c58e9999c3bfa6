"""A dealer's business hours in OpenStreetMap's notation.

Source: "Key:opening_hours/specification" of the OpenStreetMap wiki. Read strictly is the part of it that a registry of
dealers needs: weekdays, spans of the day, ``PH``, ``off``, ``24/7``; rules are separated by ``;`` and a later one replaces
an earlier one on the days that it names. Months, weeks, sunrise and comments are refused, not guessed.
"""

from __future__ import annotations

import re
from itertools import pairwise

from hub.errors import Invalid

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
HOLIDAY = 7  # place of public holidays after the seven weekdays
DAY = 24 * 60

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
