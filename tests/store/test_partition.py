"""Storing the partition of all records."""

from __future__ import annotations

import polars as pl
import sqlalchemy as sa

from hub.feeds import HUB
from hub.store.engine import Database
from hub.store.partition import replace_partition
from hub.store.scopes import new_scope

PARTY = sa.text(
    """INSERT INTO party (rid, id, dealer, feed, record_no, first_seen, stated_on, ended, kind)
       SELECT r, gen_random_uuid(), d, 'leads', r, now(), current_date, false, 'person'
       FROM unnest(CAST(:rids AS bigint[]), CAST(:dealers AS text[])) AS t (r, d)"""
)


def test_a_lead_that_arrives_meanwhile_keeps_its_place(db: Database) -> None:
    review = pl.DataFrame(
        schema={"rid_a": pl.Int64, "rid_b": pl.Int64, "weight": pl.Float32, "reason": pl.String, "priority": pl.Int64}
    )
    with db.worker() as conn:
        conn.execute(PARTY, {"rids": [1, 2, 3, 4], "dealers": ["d1", "d1", HUB, HUB]})
        for rid, dealer in ((1, "d1"), (2, "d1"), (3, HUB), (4, HUB), (5, HUB)):  # the record behind 5 is gone
            conn.execute(sa.text(f"INSERT INTO membership (rid, golden, dealer) VALUES ({rid}, {rid}, '{dealer}')"))
        found = pl.DataFrame({"rid": [1, 2, 3], "golden": [1, 1, 1], "dealer": ["d1", "d1", HUB]})  # 4 came since
        replace_partition(conn, None, found, review)
        rows = conn.execute(sa.text("SELECT rid, golden FROM membership ORDER BY rid")).all()
    assert [tuple(row) for row in rows] == [(1, 1), (2, 1), (3, 1), (4, 4)]


def test_a_question_that_stays_is_not_asked_anew(db: Database) -> None:
    """What was found out about it since (here its stake) would be lost."""
    questions = pl.DataFrame(
        {
            "rid_a": [1, 1, 1],
            "rid_b": [2, 3, 4],
            "weight": pl.Series([3.1, 2.7, 0.3], dtype=pl.Float32),
            "reason": ["near", "near", "near"],
            "priority": [40, 30, 20],
        }
    )
    places = pl.DataFrame({"rid": [1, 2, 3, 4], "golden": [1, 2, 3, 4], "dealer": ["d1"] * 4})
    with db.worker() as conn:
        conn.execute(PARTY, {"rids": [1, 2, 3, 4], "dealers": ["d1"] * 4})
        new_scope(conn, "scope", [1, 2, 3, 4])
        replace_partition(conn, "scope", places, questions)
        conn.execute(sa.text("UPDATE review SET stake = 1000, priority = question + 1000"))
        conn.execute(sa.text("INSERT INTO reopened VALUES (4)"))
        graver = questions.with_columns(priority=pl.when(pl.col("rid_b") == 3).then(35).otherwise("priority"))
        replace_partition(conn, "scope", places, graver)
        rows = conn.execute(sa.text("SELECT rid_b, question, stake, priority FROM review ORDER BY rid_b")).all()
        assert [tuple(row) for row in rows] == [(2, 40, 1000, 1040), (3, 35, 0, 35), (4, 20, 0, 20)]
        replace_partition(conn, "scope", places, questions.clear())
        assert conn.execute(sa.text("SELECT count(*) FROM review")).scalar_one() == 0
