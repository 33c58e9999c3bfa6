"""A dealer holds a prospect only while it is in the network and has the franchise."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hub.prospects.rights import Dealer, Rights
from tests.prospects.people import event, hold, owner, settled

EARLY, LATE, NEXT = date(2020, 1, 1), date(2026, 3, 1), date(2026, 3, 2)
TOLD = [
    event("A", "lead", "2026-03-01 09:00"), event("A", "contact", "2026-03-01 10:00"),
    event("B", "lead", "2026-03-01 11:00"), event("B", "contact", "2026-03-01 12:00"),
]  # fmt: skip
OTHER = ("geely", None, None, None)


def mazda(purpose: str | None = None, since: date | None = None, until: date | None = None) -> tuple[Any, ...]:
    return "mazda", purpose, since, until


# the registry's A beside a B with a Mazda franchise; who holds the prospect on the first and on the second of March, at 13:00
CASES: list[tuple[str, Dealer, tuple[str | None, str | None]]] = [
    ("a franchise", Dealer("A", franchises=[mazda()]), ("A", "A")),
    ("for new cars", Dealer("A", franchises=[mazda("new"), OTHER]), ("A", "A")),
    ("no franchise at all", Dealer("A"), ("A", "A")),
    ("for another brand", Dealer("A", franchises=[OTHER]), ("B", "B")),
    ("for another purpose", Dealer("A", franchises=[mazda("service")]), ("B", "B")),
    ("ends on the first", Dealer("A", franchises=[mazda(None, EARLY, LATE)]), ("A", "B")),
    ("begins on the second", Dealer("A", franchises=[mazda("new", NEXT)]), ("B", "A")),
    ("two that overlap", Dealer("A", franchises=[mazda("new", EARLY, LATE), mazda(None, LATE)]), ("A", "A")),
    ("left on the first", Dealer("A", EARLY, LATE), ("A", "B")),
    ("comes on the second", Dealer("A", NEXT, franchises=[mazda()]), ("B", "A")),
]


@pytest.mark.parametrize(("dealer", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_claim_owns_within_the_dealers_rights(dealer: Dealer, wanted: tuple[str | None, str | None]) -> None:
    found = settled(TOLD, rights=Rights.of([dealer, Dealer("B", franchises=[mazda()])]))
    assert (owner(found, "2026-03-01 13:00")[0], owner(found, "2026-03-02 13:00")[0]) == wanted
    assert found.claims["dealer"].to_list() == ["A", "B"], "a claim is told, whatever it gains"


def test_who_has_no_franchise_takes_part_in_no_conflict() -> None:
    rivals = [mazda()], [OTHER]
    for franchises, conflicts in zip(rivals, (1, 0), strict=True):
        rights = Rights.of([Dealer("A", franchises=franchises), Dealer("B", franchises=[mazda()])])
        assert settled(TOLD, rights=rights).conflicts.height == conflicts


def test_the_customers_choice_stands_without_franchise_and_ends_with_the_dealer() -> None:
    chosen = [hold("customer_choice", "A", "2026-03-01 08:00")]
    without = Rights.of([Dealer("A", franchises=[OTHER]), Dealer("B", franchises=[mazda()])])
    assert owner(settled(TOLD, chosen, rights=without), "2026-03-02 13:00") == ("A", "customer_choice")
    gone = Rights.of([Dealer("A", None, LATE), Dealer("B", franchises=[mazda()])])
    assert owner(settled(TOLD, chosen, rights=gone), "2026-03-02 13:00") == ("B", "protected_claim")


def test_brands_that_nobody_has_a_franchise_for_are_free() -> None:
    rights = Rights.of([Dealer("A", franchises=[OTHER]), Dealer("B", franchises=[OTHER])])
    assert owner(settled(TOLD, rights=rights), "2026-03-02 13:00") == ("A", "protected_claim")
