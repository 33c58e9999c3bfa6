"""Scorecards of real uploads and records, and who may read the figures behind them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from hub.errors import NotFound
from hub.flows.scorecard import last_days, scorecard, scorecards, write_figures
from hub.store.engine import Database
from hub.store.figures import figures_over_time, newest_network
from hub.store.scorecards import late_dealers

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
TODAY = NOW.date()
_UPLOAD = sa.text(
    """WITH e AS (INSERT INTO entry (kind, dealer, received_at, author) VALUES ('upload', :dealer, :at, 'test')
                  RETURNING entry_id)
       INSERT INTO upload (upload_id, dealer, feed, file_name, sha256, bytes, day, delta, received_at, status, rows_read,
                           rows_loaded, rows_quarantined)
       SELECT entry_id, :dealer, 'customers', 'x.csv', CAST(:day AS text) || CAST(:dealer AS text), 1, CAST(:day AS date), false,
              :at, :status, 100, 100 - :bad, :bad FROM e"""
)
_RECORD = sa.text(
    """INSERT INTO party (rid, id, dealer, feed, record_no, first_seen, stated_on, ended, kind, phones)
       VALUES (:rid, CAST(lpad(CAST(:rid AS text), 32, '0') AS uuid), :dealer, 'customers', CAST(:rid AS text), :at, :day, false,
               'person', :phones)"""
)


def fill(db: Database, dealers: int = 6) -> None:
    """Dealers with two nights of uploads; D001 missed one, and sends rows that are set aside."""
    with db.worker() as conn:
        for number in range(1, dealers + 1):
            code = f"D00{number}"
            conn.execute(sa.text("INSERT INTO dealer (code, phones) VALUES (:c, '{8 495 000-11-22}')"), {"c": code})
            for ago in (0, 1):
                if number == 1 and ago == 1:
                    continue
                at, day = NOW - timedelta(days=ago), TODAY - timedelta(days=ago)
                bad = 20 if number == 1 else 1
                conn.execute(_UPLOAD, {"dealer": code, "at": at, "day": day, "bad": bad, "status": "accepted"})
        for rid, golden, phones in ((1, 1, ["74950001122"]), (2, 1, ["79000000000"]), (3, 3, [])):
            conn.execute(_RECORD, {"rid": rid, "dealer": "D001", "at": NOW, "day": TODAY, "phones": phones})
            conn.execute(sa.text("INSERT INTO membership VALUES (:r, :g, 'D001')"), {"r": rid, "g": golden})
        conn.execute(sa.text("INSERT INTO shared_value VALUES ('phones', '79000000000', '', 'placeholder')"))
    write_figures(db, TODAY, NOW)


def test_a_card_has_own_figures_medians_and_advice(db: Database) -> None:
    fill(db)
    with db.worker() as conn:
        card = scorecard(conn, "D001", *last_days(30, NOW))
    found = {one.measure.name: one for one in card.scores}
    values = {
        name: found[name].value
        for name in ("rows", "punctual", "rejected", "duplicates", "placeholders", "own_contacts")
    }
    assert values == pytest.approx(
        {
            "rows": 100,
            "punctual": 0.5,
            "rejected": 0.2,
            "duplicates": 1 / 3,
            "placeholders": 1 / 3,
            "own_contacts": 1 / 3,
        }
    )
    assert (found["rejected"].median, found["duplicates"].median) == (0.01, None)
    assert {"rejected", "punctual", "duplicates"} <= {one.measure.name for one in card.advice}
    assert [(row["day"], row["rejected"]) for row in card.nights] == [(TODAY, 20)]


def test_few_dealers_have_no_median(db: Database) -> None:
    fill(db, 4)
    with db.worker() as conn:
        assert {one.median for one in scorecard(conn, "D001", *last_days(30, NOW)).scores} == {None}


def test_all_dealers_have_scores_and_an_unknown_one_has_none(db: Database) -> None:
    fill(db)
    with db.worker() as conn:
        assert list(scorecards(conn, *last_days(30, NOW))) == [f"D00{number}" for number in range(1, 7)]
        with pytest.raises(NotFound):
            scorecard(conn, "D999", *last_days(30, NOW))


def test_a_dealer_reads_its_own_figures_alone(db: Database) -> None:
    fill(db)
    span = (date(2026, 1, 1), TODAY)
    with db.api("dealer", "D001") as conn:
        assert len(figures_over_time(conn, "D001", ["duplicates"], *span)) == 1
        assert newest_network(conn) == {}
    with db.api("dealer", "D002") as conn:
        assert figures_over_time(conn, "D001", ["duplicates"], *span) == []
    with db.api("auditor") as conn:
        assert newest_network(conn)["records"] == 3


def test_writing_twice_keeps_one_row_a_day(db: Database) -> None:
    fill(db)
    write_figures(db, TODAY, NOW)
    with db.worker() as conn:
        assert (
            conn.execute(sa.text("SELECT count(*) FROM figure GROUP BY day, dealer, name HAVING count(*) > 1")).all()
            == []
        )


def test_a_file_that_one_dealer_sends_by_day_makes_nobody_else_late(db: Database) -> None:
    fill(db)
    with db.worker() as conn:
        assert late_dealers(conn) == []  # all sent for the last night
        sent = {"at": NOW, "bad": 0, "status": "accepted"}
        conn.execute(_UPLOAD, {**sent, "dealer": "D001", "day": TODAY + timedelta(days=36 * 365)})  # a slip in its year
        assert late_dealers(conn) == []
        conn.execute(_UPLOAD, {**sent, "dealer": "D002", "day": TODAY + timedelta(days=1)})
        assert late_dealers(conn) == []
        conn.execute(_UPLOAD, {**sent, "dealer": "D003", "day": TODAY + timedelta(days=1)})  # a third: that was a night
        assert [row["dealer"] for row in late_dealers(conn)] == ["D001", "D004", "D005", "D006"]
