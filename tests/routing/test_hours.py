"""Time counted in opening hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.routing.hours import Calendar, calendar

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")
USUAL = "Mo-Fr 09:00-20:00; Sa 10:00-18:00; Su,PH off"


def at(text: str, zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


# now, minutes of business time, then
TERMS = [
    ("2026-11-20 10:00", 60, "2026-11-20 11:00"),  # Friday, within the day
    ("2026-11-20 19:30", 60, "2026-11-21 10:30"),  # over the night, Saturday opens later
    ("2026-11-21 17:30", 60, "2026-11-23 09:30"),  # over Sunday
    ("2026-11-22 12:00", 60, "2026-11-23 10:00"),  # from a closed day
    ("2026-11-20 20:00", 1, "2026-11-21 10:01"),  # closing time is closed
    ("2026-11-20 19:00", 60, "2026-11-20 20:00"),  # ends just at closing time
    ("2026-11-20 08:00", 0, "2026-11-20 09:00"),  # no time at all ends when the dealer opens
    ("2026-12-30 19:30", 60, "2027-01-04 09:30"),  # over holidays and a Sunday
]


@pytest.mark.parametrize(("now", "minutes", "then"), TERMS)
def test_terms_in_business_time(now: str, minutes: int, then: str) -> None:
    holidays = frozenset({date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2)})
    assert calendar(USUAL, "Europe/Moscow", holidays).after(at(now), minutes) == at(then)


def test_a_day_on_which_clocks_change() -> None:
    nights = calendar("Mo-Su 00:00-24:00", "Europe/Berlin")
    assert nights.minutes(at("2026-10-25 00:00", BERLIN), at("2026-10-26 00:00", BERLIN)) == 25 * 60
    assert nights.minutes(at("2026-03-29 00:00", BERLIN), at("2026-03-30 00:00", BERLIN)) == 23 * 60


def test_a_dealer_that_never_opens_has_no_term() -> None:
    shut = Calendar(((),) * 8, "Europe/Moscow")
    assert shut.opens(at("2026-11-20 10:00")) is None
    assert shut.after(at("2026-11-20 10:00"), 1) is None
    assert not shut.is_open(at("2026-11-20 10:00"))


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))
ZONES = st.sampled_from(["Europe/Moscow", "Europe/Berlin", "Asia/Kolkata", "Asia/Vladivostok", "America/New_York"])
WRITTEN = st.sampled_from(
    [
        "Mo-Fr 09:00-20:00",
        "24/7",
        "Mo-Fr 09:00-13:00,14:00-18:00",
        "Mo-Sa 8:00-24:00; PH closed",
        "Mo 00:00-02:00,20:00-24:00",
    ]
)


@given(MOMENTS, st.integers(0, 5000), ZONES, WRITTEN)
def test_a_term_lies_its_minutes_away(moment: datetime, minutes: int, zone: str, written: str) -> None:
    hours = calendar(written, zone)
    then = hours.after(moment, minutes)
    assert then is not None
    assert then >= moment
    assert hours.minutes(moment, then) == pytest.approx(minutes)


@given(MOMENTS, st.integers(0, 3000), st.integers(0, 3000), ZONES, WRITTEN)
def test_business_time_adds_up(moment: datetime, first: int, second: int, zone: str, written: str) -> None:
    hours = calendar(written, zone)
    middle, end = moment + timedelta(minutes=first), moment + timedelta(minutes=first + second)
    total = hours.minutes(moment, middle) + hours.minutes(middle, end)
    assert hours.minutes(moment, end) == pytest.approx(total)


@given(MOMENTS, ZONES, WRITTEN)
def test_open_means_that_it_opens_now(moment: datetime, zone: str, written: str) -> None:
    hours = calendar(written, zone)
    assert hours.is_open(moment) == (hours.opens(moment) == moment)
