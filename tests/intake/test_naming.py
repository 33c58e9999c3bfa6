from __future__ import annotations

from datetime import date

import pytest

from hub.dealers.specification import FeedSpec, Specification
from hub.intake.naming import day_of, feed_of, is_hidden, is_partial, says_delta

DAYS = [
    ("customers_2026-11-21.csv", date(2026, 11, 21)),
    ("customers_20261121.csv", date(2026, 11, 21)),
    ("customers_20261121_0315.csv.gz", date(2026, 11, 21)),
    ("customers_20261121031500.csv", date(2026, 11, 21)),
    ("customers 21.11.2026.xlsx", date(2026, 11, 21)),
    ("customers_2026-02-30.csv", None),
    ("customers_12345678.csv", None),
    ("customers.csv", None),
    ("customers_2026-1121.csv", None),
]


@pytest.mark.parametrize(("name", "day"), DAYS)
def test_day(name: str, day: date | None) -> None:
    assert day_of(name) == day


FEED_CASES = [
    ("customers.csv", "customers"),
    ("Customers_2026-11-21.CSV.gz", "customers"),
    ("service_visits-1.xml", "service_visits"),
    ("service visits.xml", "service_visits"),
    ("customersatisfaction.csv", None),
    ("stock.csv", None),
]


@pytest.mark.parametrize(("name", "feed"), FEED_CASES)
def test_feed(name: str, feed: str | None) -> None:
    assert feed_of(name) == feed


def test_feed_by_the_specifications_pattern() -> None:
    specification = Specification(name="d", feeds={"customers": FeedSpec(files=("Клиенты*.csv",))})
    assert feed_of("клиенты_21.csv", specification) == "customers"
    assert feed_of("sales.csv", specification) == "sales"


def test_words() -> None:
    assert says_delta("customers_delta_2026-11-21.csv")
    assert says_delta("customers.DELTA.csv")
    assert not says_delta("customers_deltaville.csv")
    assert is_partial("customers.csv.part")
    assert not is_partial("customers_part2.csv")
    assert is_hidden(".customers.csv")
