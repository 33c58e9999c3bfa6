"""Take a dealer's feed back to how it was before a day, exactly, so that another chain of files can be folded on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.feeds import FEEDS
from hub.store.bulk import copy_in
from hub.store.records import VEHICLE_FEEDS


def rewind(conn: Connection, feed: str, days: Mapping[str, date]) -> pl.Series:
    """Undo, for each of these dealers, all that files and changes of keys of its day or later did to the feed.

    Records that did not exist before are gone (their rids wait in the temporary table ``gone`` for their return);
    the others have the values, first-seen time and number that they had.

    Returns:
        The rids of records whose row has changed; the party records of those are still to be made anew.
    """
    conn.exec_driver_sql(
        """CREATE TEMP TABLE IF NOT EXISTS rewinding (dealer text PRIMARY KEY, day date) ON COMMIT DROP;
           CREATE TEMP TABLE IF NOT EXISTS restored (rid bigint) ON COMMIT DROP;
           TRUNCATE rewinding, restored"""
    )
    copy_in(conn, "rewinding", pl.DataFrame({"dealer": list(days), "day": list(days.values())}))
    _undo_rekeys(conn, feed)
    for statement in [*_touch(feed), *_rewind(feed)]:
        conn.exec_driver_sql(statement)
    if FEEDS[feed].describes_party:
        for statement in _remove_parties(feed):
            conn.exec_driver_sql(statement)
    rids = conn.execute(sa.text("SELECT DISTINCT rid FROM restored ORDER BY rid")).scalars().all()
    return pl.Series("rid", rids, dtype=pl.Int64)


def _undo_rekeys(conn: Connection, feed: str) -> None:
    """Give records their old numbers back, the latest change first."""
    changes = conn.execute(
        sa.text(
            """SELECT k.entry_id FROM rekeyed k JOIN rewinding w USING (dealer)
               WHERE k.feed = :feed AND k.day >= w.day GROUP BY k.entry_id, k.day ORDER BY k.day DESC, 1 DESC"""
        ),
        {"feed": feed},
    )
    for entry_id in changes.scalars().all():
        for table in (feed, f"{feed}_history"):
            conn.execute(
                sa.text(
                    f"""UPDATE {table} t SET record_no = k.from_no, incarnation = k.from_incarnation
                        FROM rekeyed k WHERE k.entry_id = :entry_id AND k.feed = '{feed}' AND t.rid = k.rid"""
                ),
                {"entry_id": entry_id},
            )
        conn.execute(
            sa.text(
                """WITH undone AS (DELETE FROM rekeyed WHERE entry_id = :entry_id AND feed = :feed RETURNING *),
                        noted AS (INSERT INTO restored SELECT rid FROM undone)
                   INSERT INTO touched_account
                   SELECT dealer, from_no FROM undone UNION SELECT dealer, to_no FROM undone"""
            ),
            {"entry_id": entry_id, "feed": feed},
        )


def _touch(feed: str) -> list[str]:
    """Note the customers that rows about to change name."""
    return [
        f"""INSERT INTO touched_account
            SELECT DISTINCT t.dealer, t.{column} FROM {table} t JOIN rewinding w USING (dealer)
            WHERE t.{column} IS NOT NULL AND {which}"""
        for column in (("record_no",) if feed == "customers" else VEHICLE_FEEDS.get(feed, ()))
        for table, which in (
            (feed, "(t.day >= w.day OR t.ended_day >= w.day)"),
            (
                f"{feed}_history",
                f"""t.day < w.day AND EXISTS (SELECT FROM {feed} p WHERE p.rid = t.rid AND p.day >= w.day)""",
            ),
        )
    ]


def _rewind(feed: str) -> list[str]:
    """The statements that take the rows back, in order."""
    return [
        f"""INSERT INTO gone SELECT t.dealer, t.record_no, t.incarnation, t.rid
            FROM {feed} t JOIN rewinding w USING (dealer) WHERE t.day >= w.day""",
        f"DELETE FROM {feed} t USING gone g WHERE t.rid = g.rid",
        # within a day a record has one version, since the files of a snapshot are folded together
        f"""INSERT INTO {feed} SELECT DISTINCT ON (h.rid) h.*
            FROM {feed}_history h JOIN gone g ON g.rid = h.rid JOIN rewinding w ON w.dealer = h.dealer
            WHERE h.day < w.day ORDER BY h.rid, h.day DESC""",
        f"""INSERT INTO restored SELECT t.rid FROM {feed} t JOIN gone g ON g.rid = t.rid""",
        f"""DELETE FROM {feed}_history h USING rewinding w
            WHERE h.dealer = w.dealer AND (h.day >= w.day OR EXISTS (
                SELECT FROM restored r JOIN {feed} t ON t.rid = r.rid WHERE t.rid = h.rid AND t.day = h.day))""",
        f"""WITH back AS (
                UPDATE {feed} t SET ended_upload_id = NULL, ended_day = NULL FROM rewinding w
                WHERE t.dealer = w.dealer AND t.ended_day >= w.day RETURNING t.rid)
            INSERT INTO restored SELECT rid FROM back""",
        f"""WITH back AS (
                UPDATE {feed} t SET first_seen = e.before
                FROM (SELECT DISTINCT ON (e.rid) e.rid, e.before
                      FROM seen_earlier e JOIN rewinding w USING (dealer)
                      WHERE e.feed = '{feed}' AND e.day >= w.day ORDER BY e.rid, e.day) e
                WHERE t.rid = e.rid RETURNING t.rid)
            INSERT INTO restored SELECT rid FROM back""",
        f"""DELETE FROM seen_earlier e USING rewinding w
            WHERE e.dealer = w.dealer AND e.feed = '{feed}' AND e.day >= w.day""",
        f"DELETE FROM gone g USING {feed} t WHERE t.rid = g.rid",
    ]


def _remove_parties(feed: str) -> list[str]:
    """Party records go with their rows; what matching knows of them goes when it meets the mark."""
    return [
        f"""WITH removed AS (DELETE FROM party p USING gone g WHERE p.rid = g.rid AND p.feed = '{feed}'
                             RETURNING p.rid),
                 vehicles AS (DELETE FROM party_vehicle v USING gone g WHERE v.rid = g.rid)
            INSERT INTO dirty SELECT rid FROM removed ON CONFLICT DO NOTHING""",
    ]
