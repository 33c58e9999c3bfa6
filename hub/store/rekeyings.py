"""Changes of a dealer's record numbers: the ledger's entries, and carrying identities over."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.intake.plan import Rekeying
from hub.store.bulk import copy_in

_ENTRIES = sa.text(
    """SELECT entry_id, dealer, CAST(body ->> 'day' AS date) AS day, body -> 'pairs' AS pairs FROM entry
       WHERE kind = 'rekey' AND body ->> 'feed' = :feed AND dealer = ANY(:dealers) ORDER BY entry_id"""
)


def rekeyings(conn: Connection, feed: str, dealers: Collection[str]) -> dict[str, list[Rekeying]]:
    """All changes of keys of these dealers in a feed, by dealer, in the order of the ledger."""
    found: dict[str, list[Rekeying]] = {}
    for row in conn.execute(_ENTRIES, {"feed": feed, "dealers": list(dealers)}):
        pairs = tuple((old, new) for old, new in row.pairs)
        found.setdefault(row.dealer, []).append(Rekeying(row.entry_id, row.day, pairs))
    return found


def apply_rekeying(conn: Connection, feed: str, dealer: str, change: Rekeying) -> None:
    """Give the present bearers of the old numbers their new ones; who bore a new number before is ended.

    All pairs act at once, so numbers may swap. A carried record is the next incarnation of its new number.
    """
    conn.exec_driver_sql(
        """CREATE TEMP TABLE IF NOT EXISTS pair (from_no text, to_no text) ON COMMIT DROP;
           CREATE TEMP TABLE IF NOT EXISTS move (rid bigint, from_no text, from_incarnation smallint, to_no text,
                                                 to_incarnation smallint) ON COMMIT DROP;
           TRUNCATE pair, move"""
    )
    copy_in(conn, "pair", pl.DataFrame(list(change.pairs), schema=["from_no", "to_no"], orient="row"))
    for statement in _carry(feed):
        conn.execute(sa.text(statement), bound_by(statement, dealer, change.entry_id, change.day))


def bound_by(statement: str, dealer: str, entry_id: int, day: date) -> dict[str, object]:
    """The parameters that a statement names."""
    values = {"dealer": dealer, "entry_id": entry_id, "day": day}
    return {name: value for name, value in values.items() if f":{name}" in statement}


def _carry(feed: str) -> list[str]:
    """The statements of a change of keys, in order."""
    taken = f"""SELECT max(i) FROM (
                    SELECT incarnation AS i FROM {feed} o WHERE o.dealer = :dealer AND o.record_no = p.to_no
                    UNION ALL SELECT from_incarnation FROM rekeyed k
                    WHERE k.dealer = :dealer AND k.feed = '{feed}' AND k.from_no = p.to_no) x"""
    statements = [
        f"""INSERT INTO move
            SELECT DISTINCT ON (t.record_no) t.rid, t.record_no, t.incarnation, p.to_no, coalesce(({taken}), -1) + 1
            FROM pair p JOIN {feed} t ON t.dealer = :dealer AND t.record_no = p.from_no
            WHERE p.from_no <> p.to_no ORDER BY t.record_no, t.incarnation DESC""",
        f"""UPDATE {feed} t SET ended_upload_id = :entry_id, ended_day = :day
            FROM move m WHERE t.dealer = :dealer AND t.record_no = m.to_no AND t.ended_day IS NULL
            AND NOT EXISTS (SELECT FROM move o WHERE o.rid = t.rid)""",
    ]
    if feed in ("customers", "leads"):
        statements.append(
            f"""WITH changed AS (
                    UPDATE party p SET ended = true FROM {feed} t
                    WHERE p.rid = t.rid AND t.ended_upload_id = :entry_id AND NOT p.ended RETURNING p.rid)
                INSERT INTO restated SELECT rid FROM changed ON CONFLICT DO NOTHING"""
        )
    statements += [
        f"UPDATE {table} t SET record_no = m.to_no, incarnation = m.to_incarnation FROM move m WHERE t.rid = m.rid"
        for table in (feed, f"{feed}_history")
    ]
    statements.append(
        f"""INSERT INTO rekeyed
            SELECT :entry_id, :dealer, '{feed}', :day, rid, from_no, from_incarnation, to_no, to_incarnation FROM move"""
    )
    if feed in ("customers", "leads"):
        account = ", account = m.to_no" if feed == "customers" else ""
        statements.append(
            f"""WITH changed AS (UPDATE party p SET record_no = m.to_no{account} FROM move m
                                 WHERE p.rid = m.rid RETURNING p.rid)
                INSERT INTO dirty SELECT rid FROM changed ON CONFLICT DO NOTHING"""
        )
    if feed == "customers":
        statements.append(
            """INSERT INTO touched_account
               SELECT :dealer, from_no FROM move UNION SELECT :dealer, to_no FROM move"""
        )
    return statements
