"""Quiet hours by the clock on the person's wall."""

from __future__ import annotations

from datetime import datetime

import pytest

from hub.contact.policy import Hours
from hub.contact.quiet import open_from

HOURS = Hours(weekdays="09:00-20:00", weekends="10:00-18:00")

CASES = {
    "noon of a weekday": ("2026-11-20T12:00+03:00", "Europe/Moscow", "2026-11-20T12:00+03:00"),
    "as it begins": ("2026-11-20T09:00+03:00", "Europe/Moscow", "2026-11-20T09:00+03:00"),
    "as it ends: the next morning is a Saturday": ("2026-11-20T20:00+03:00", "Europe/Moscow", "2026-11-21T10:00+03:00"),
    "Saturday evening": ("2026-11-21T19:00+03:00", "Europe/Moscow", "2026-11-22T10:00+03:00"),
    "Sunday evening": ("2026-11-22T18:30+03:00", "Europe/Moscow", "2026-11-23T09:00+03:00"),
    "before dawn": ("2026-11-23T03:00+03:00", "Europe/Moscow", "2026-11-23T09:00+03:00"),
    "noon in Moscow is evening in Vladivostok": (
        "2026-11-20T14:00+03:00",
        "Asia/Vladivostok",
        "2026-11-21T10:00+10:00",
    ),
    "evening in Moscow is morning in Vladivostok": (
        "2026-11-20T02:30+03:00",
        "Asia/Vladivostok",
        "2026-11-20T02:30+03:00",
    ),
    "the night when clocks go forward": ("2026-03-29T02:30+01:00", "Europe/Berlin", "2026-03-29T10:00+02:00"),
    "the night when clocks go back": ("2026-10-25T02:30+02:00", "Europe/Berlin", "2026-10-25T10:00+01:00"),
    "a zone that is none counts as UTC": ("2026-11-20T08:00+00:00", "Nowhere/Land", "2026-11-20T09:00+00:00"),
}


@pytest.mark.parametrize("label", CASES)
def test_when_a_person_may_be_reached(label: str) -> None:
    at, zone, expected = CASES[label]
    assert open_from(HOURS, datetime.fromisoformat(at), zone) == datetime.fromisoformat(expected)
