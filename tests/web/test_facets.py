"""Counts of a long queue are kept for a while, those of a short one never."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from api.web import facets
from api.web.facets import Facets
from hub.store.engine import Database
from hub.store.review_queue import Filters


def ask(db: Database, kept: Facets, wanted: Filters) -> int:
    with db.api("steward") as conn:
        return kept.counted(conn, wanted)["all"].get("", 0)


@pytest.mark.parametrize(("questions", "seen"), [(facets.LONG - 1, 0), (facets.LONG, facets.LONG)])
def test_what_is_kept(db: Database, questions: int, seen: int) -> None:
    kept = Facets()
    with db.worker() as conn:
        conn.execute(
            sa.text(
                "INSERT INTO review (rid_a, rid_b, weight, reason) SELECT n, n + 1, 0, 'score' FROM generate_series(1, :n) n"
            ),
            {"n": questions},
        )
    assert ask(db, kept, Filters()) == questions
    with db.worker() as conn:
        conn.execute(sa.text("DELETE FROM review"))
    assert ask(db, kept, Filters()) == seen
    assert ask(db, kept, Filters(reason="score")) == 0  # each choice of filters for itself
