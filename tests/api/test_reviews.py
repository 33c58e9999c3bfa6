"""The queue of a steward: what matters most first, in pages, filtered, without what was judged."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.api.serving import Served
from tests.api.test_customers import identities


@pytest.fixture
def queue(peopled: Served) -> Served:
    """Three questions, as a clustering leaves them."""
    questions = [("2", "78", 1.5, "score", 6000), ("1", "78", 4.0, "ambiguous", 7000), ("1", "2", -2.0, "score", 100)]
    insert = sa.text(
        """INSERT INTO review (rid_a, rid_b, weight, reason, priority)
           SELECT least(a.rid, b.rid), greatest(a.rid, b.rid), :weight, :reason, :priority
           FROM customers a, customers b WHERE a.record_no = :a AND b.record_no = :b"""
    )
    with peopled.db.worker() as conn:
        for a, b, weight, reason, priority in questions:
            conn.execute(insert, {"a": a, "b": b, "weight": weight, "reason": reason, "priority": priority})
    return peopled


def listed(served: Served, **query: Any) -> list[int]:
    answer = served.get("steward", "/v1/reviews", params=query)
    assert answer.status_code == 200, answer.text
    return [one["priority"] for one in answer.json()["items"]]


def test_what_matters_most_comes_first_in_pages(queue: Served) -> None:
    assert listed(queue) == [7000, 6000, 100]
    page = queue.get("steward", "/v1/reviews?limit=2").json()
    rest = queue.get("steward", "/v1/reviews", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert [one["priority"] for one in page["items"] + rest["items"]] == [7000, 6000, 100]
    assert rest["next_cursor"] is None


def test_filters(queue: Served) -> None:
    ids = identities(queue)
    cases: dict[str, tuple[dict[str, Any], list[int]]] = {
        "reason": ({"reason": "score"}, [6000, 100]),
        "dealer": ({"dealer": "D002"}, [7000, 6000]),
        "kind": ({"kind": "company"}, []),
        "least": ({"least": 0}, [7000, 6000]),
        "customer": ({"customer": ids["2"]}, [6000, 100]),
    }
    assert {name: listed(queue, **query) for name, (query, _) in cases.items()} == {
        name: expected for name, (_, expected) in cases.items()
    }
    assert queue.get("steward", "/v1/reviews?reason=whim").status_code == 422
    counts = queue.get("head_office", "/v1/reviews/counts").json()
    assert counts == {"total": 3, "by_reason": {"ambiguous": 1, "score": 2}}


def test_what_was_judged_is_asked_no_more(queue: Served) -> None:
    ids = identities(queue)
    body = {"verdict": "unsure", "records": [ids["2"], ids["78"]]}
    assert queue.post("steward", "/v1/decisions", json=body, headers={"If-Match": "*"}).status_code == 201
    assert 6000 not in listed(queue)
