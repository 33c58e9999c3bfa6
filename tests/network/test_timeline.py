"""Timelines: in order, and the transactions of one body repair as one case."""

from __future__ import annotations

from datetime import UTC, datetime

from hub.network.timeline import Happening, ordered, repair_cases


def visit(
    number: str, day: int, until: int | None, department: str = "body", vin: str = "V", dealer: str = "d"
) -> Happening:
    end = datetime(2026, 3, until, tzinfo=UTC) if until else None
    return Happening(datetime(2026, 3, day, tzinfo=UTC), end, dealer, "service_visits", number, department, vin)


def test_overlapping_visits_of_one_car_and_dealer_are_one_case() -> None:
    visits = [
        visit("1", 1, 10), visit("2", 5, 20, "parts"), visit("3", 18, 19, "insurance"), visit("4", 25, 26),
        visit("5", 6, 7, "mechanical"), visit("6", 6, 7, vin="W"), visit("7", 6, 7, dealer="e"),
    ]  # fmt: skip
    assert repair_cases(visits) == {("d", "1"): "1", ("d", "2"): "1", ("d", "3"): "1"}
    assert repair_cases(visits[::-1]) == repair_cases(visits)


def test_the_latest_first_and_what_has_no_date_last() -> None:
    undated = Happening(None, None, "d", "consents", "9", "marketing")
    assert [one.record_no for one in ordered([undated, visit("1", 1, 2), visit("2", 5, 6)])] == ["2", "1", "9"]
