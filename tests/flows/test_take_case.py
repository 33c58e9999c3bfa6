"""Leases: two stewards never get the same customer, a lease ends by itself, and skipping goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.flows.take_case import Case, leave, renew, take, take_next
from hub.store.engine import Database
from hub.store.leases import LEASE
from hub.store.review_queue import Filters, count_facets, list_reviews
from hub.store.stakes import BOUGHT, CONTESTED, refresh_stakes
from tests.flows.stewards import AT

ALL = Filters()
PARTY = sa.text(
    """INSERT INTO party (rid, id, dealer, feed, record_no, first_seen, stated_on, ended, kind, shown_last, shown_city)
       SELECT r, gen_random_uuid(), CASE WHEN r % 2 = 1 THEN 'north' ELSE 'south' END, 'customers', r, now(), now(), false,
              'person', 'N', CASE WHEN r < 5 THEN 'Тула' ELSE 'Омск' END FROM generate_series(1, 8) r"""
)
QUESTIONS = ((1, 2, 4000), (3, 4, 3000), (2, 5, 2000), (7, 8, 1000))  # rids and priority; 2 is asked about twice
CLAIM = """INSERT INTO claim (golden, brand, purpose, dealer, claim_id, feed, seen, trusted, opened, contacts, until, ending,
    policy) VALUES (:golden, '', 'new', :dealer, gen_random_uuid(), 'leads', :at, true, :at, 1, :until, :ending, 'p')"""


@pytest.fixture
def queue(db: Database) -> Database:
    with db.worker() as conn:
        conn.execute(PARTY)
        conn.execute(sa.text("INSERT INTO membership SELECT rid, rid, dealer FROM party"))
        for a, b, priority in QUESTIONS:
            row = {"a": a, "b": b, "priority": priority}
            conn.execute(sa.text("INSERT INTO review VALUES (:a, :b, 1.0, 'score', :priority)"), row)
    return db


def rids(case: Case | None) -> tuple[int, int] | None:
    return None if case is None else case.place[1:]


def test_each_gets_customers_of_their_own(queue: Database) -> None:
    assert rids(take_next(queue, "anna", ALL, None, AT)) == (1, 2)
    assert rids(take_next(queue, "olga", ALL, None, AT)) == (3, 4)
    assert rids(take_next(queue, "ivan", ALL, None, AT)) == (7, 8)  # 2 is with anna
    assert take_next(queue, "petr", ALL, None, AT) is None
    assert take(queue, "petr", [5, 6], AT) is None
    assert take(queue, "olga", [5, 2], AT) in ("anna", "petr")


def test_skipping_goes_on_and_gives_back(queue: Database) -> None:
    case = take_next(queue, "anna", ALL, None, AT)
    assert case is not None
    assert rids(take_next(queue, "anna", ALL, case.place, AT)) == (3, 4)
    assert rids(take_next(queue, "olga", ALL, None, AT)) == (1, 2)
    leave(queue, "anna")
    assert take(queue, "ivan", [3, 4], AT) is None


def test_a_lease_ends_unless_it_is_renewed(queue: Database) -> None:
    take(queue, "anna", [1, 2], AT)
    almost, after = AT + LEASE - timedelta(seconds=1), AT + LEASE + timedelta(seconds=1)
    assert take(queue, "olga", [1], almost) == "anna"
    assert renew(queue, "anna", almost) == 2
    assert take(queue, "olga", [1], after) == "anna"
    assert take(queue, "olga", [1], after + LEASE) is None
    assert renew(queue, "anna", after + LEASE) == 0
    with queue.worker() as conn:
        at_work = [row["at_work"] for row in list_reviews(conn, ALL, None, 9, after + LEASE)]
    assert at_work == ["olga", None, None, None]


def test_facets_count_within_the_other_filters(queue: Database) -> None:
    with queue.worker() as conn:
        found = count_facets(conn, Filters(city="Тула"))
        assert found["all"] == {"": 3}  # 2 is of Тула
        assert found["city"] == {"Тула": 3, "Омск": 1}
        assert found["dealer"] == {"north": 3, "south": 3}
        assert count_facets(conn, Filters(dealer="nobody"))["reason"] == {}
        assert [row["rid_a"] for row in list_reviews(conn, Filters(city="Омск", kind="person"), None, 9)] == [7]


def test_what_dealers_contest_comes_first(queue: Database) -> None:
    live, over = AT + timedelta(days=9), AT
    with queue.worker() as conn:
        for golden, dealer, until, ending in (
            (7, "north", live, "expired"), (8, "south", live, "expired"),  # contested between the two sides
            (3, "north", live, "expired"), (4, "south", over, "lost"),     # one of them is over
            (5, "north", over, "won"),                                     # bought
        ):  # fmt: skip
            row = {"golden": golden, "dealer": dealer, "at": AT - timedelta(days=1), "until": until, "ending": ending}
            conn.execute(sa.text(CLAIM), row)
        refresh_stakes(conn, AT)
        refresh_stakes(conn, AT)
        found = {(r["rid_a"], r["rid_b"]): (r["priority"], r["contested"]) for r in list_reviews(conn, ALL, None, 9)}
    assert found == {
        (1, 2): (4000, False),
        (3, 4): (3000, False),
        (2, 5): (2000 + BOUGHT, False),
        (7, 8): (1000 + CONTESTED, True),
    }
