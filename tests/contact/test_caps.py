"""Rolling caps: cases, and the laws that they keep for any contacts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contact.caps import Event, free_at, of_feed, reached, room, told_once
from hub.contact.policy import Cap, start_policy

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
READING = start_policy().feed

# days before `at` (negative: planned for later), most → days until one more is allowed
CASES = {
    "nobody yet": ([], 1, 0),
    "yesterday": ([1], 1, 6),
    "a week ago to the second": ([7], 1, 0),
    "yesterday, two allowed": ([1], 2, 0),
    "twice": ([1, 3], 2, 4),
    "one planned for tomorrow": ([-1], 1, 8),
    "one planned far enough": ([-7], 1, 0),
    "planned and made, three allowed": ([1, -1], 3, 0),
    "planned and made, two allowed": ([5, -1], 2, 2),
    "before and after, in no common span": ([6, -6], 2, 0),
}


@pytest.mark.parametrize("label", CASES)
def test_when_one_more_contact_is_allowed(label: str) -> None:
    days, most, expected = CASES[label]
    found = free_at([AT - number * DAY for number in days], AT, 7 * DAY, most)
    assert (found - AT) / DAY == expected


TIMES = st.lists(st.integers(-20, 20).map(lambda hours: AT + timedelta(hours=7 * hours)), max_size=7)


@given(TIMES, st.integers(1, 3))
def test_the_moment_that_is_told_keeps_every_span_within_the_cap(times: list[datetime], most: int) -> None:
    window = 2 * DAY

    def fullest(moments: list[datetime]) -> int:
        return max(sum(begin <= one < begin + window for one in moments) for begin in moments)

    at = free_at(times, AT, window, most)
    assert at >= AT
    spans = [one for one in [*times, at] if abs(one - at) < window]
    alone = [one for one in spans if one != at] + [at]
    begins = [one for one in alone if at - window < one <= at]
    assert all(sum(begin <= one < begin + window for one in [*times, at]) <= max(most, 1) for begin in begins)
    if at > AT:  # and it is not permitted a moment earlier
        assert fullest([*times, at - timedelta(seconds=1)]) > most


@given(TIMES, TIMES, st.integers(1, 3))
def test_more_contacts_never_free_anybody_sooner(times: list[datetime], more: list[datetime], most: int) -> None:
    assert free_at(times + more, AT, 2 * DAY, most) >= free_at(times, AT, 2 * DAY, most)


def test_the_last_slots_are_kept_for_what_matters_more() -> None:
    cap = Cap(name="month", purposes=("marketing",), days=30, most=4, kept=1, kept_from=7)
    assert [room(cap, priority) for priority in (0, 6, 7, 9)] == [3, 3, 4, 4]


FEED = {
    "a campaign": (None, "autumn", None, "marketing"),
    "a lead": (None, None, "L1", "answer"),
    "neither": ("Коммерческое предложение", None, None, "answer"),
    "an invitation, whatever the campaign": ("Тест-драйв", "autumn", "L1", "test_drive"),
    "a recall": ("Отзывная кампания", None, None, "recall"),
    "service due": ("Приглашение на ТО", None, None, "service"),
    "a survey": ("Опрос", None, None, "survey"),
}


@pytest.mark.parametrize("label", FEED)
def test_the_purpose_of_a_row_of_the_feed(label: str) -> None:
    subject, campaign, lead, expected = FEED[label]
    assert of_feed(READING, subject, campaign, lead) == expected


@pytest.mark.parametrize(
    ("outcome", "counts"), [(None, True), ("дозвонились", True), ("отказ", True), ("Не ответил ", False)]
)
def test_who_was_not_reached_was_not_contacted(outcome: str | None, counts: bool) -> None:
    assert reached(READING, outcome) is counts


def test_a_contact_that_came_by_file_and_by_api_counts_once() -> None:
    def one(minutes: int, dealer: str = "D001", channel: str = "phone", reported: bool = False) -> Event:
        return Event(AT + timedelta(minutes=minutes), channel, "marketing", dealer, reported)

    api = one(0, reported=True)
    kept = [one(120), one(5, "D002"), one(5, channel="sms")]
    assert told_once([api, one(5), one(-60), *kept], timedelta(hours=1)) == [api, *kept]
