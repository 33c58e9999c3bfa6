"""Party records beside the rows they were made of, the vehicles of customers, and the marks of what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.feeds import FEEDS
from hub.parties import PARTY_SCHEMA
from hub.store.bulk import copy_in, copy_out
from hub.store.records import EARLIEST, identity

_NAMES = tuple(PARTY_SCHEMA)
_VALUES = ", ".join(_NAMES)

_MARK = "INSERT INTO dirty SELECT rid FROM changed ON CONFLICT DO NOTHING"
# What matching does not see is no reason to match again: the golden record alone is made anew
_RESTATE = "INSERT INTO restated SELECT rid FROM changed ON CONFLICT DO NOTHING"
_SEEN = (
    "record_no",
    "account",
    "first_seen",
    "shown_city",
    *(name for name in _NAMES if not name.startswith("shown_")),
)


def reused_candidates(conn: Connection) -> tuple[pl.Series, pl.DataFrame, pl.DataFrame]:
    """Staged rows whose name no longer fits the record: rids, their party records as they stand and as staged.

    The filter here is a necessary condition of `hub.intake.identity.contradict`, which decides.
    """
    old = ", ".join(f"p.{name} AS old_{name}" for name in _NAMES)
    new = ", ".join(f"s.p_{name} AS new_{name}" for name in _NAMES)
    schema = {
        "rid": pl.Int64,
        **{f"{side}_{name}": kind for side in ("old", "new") for name, kind in PARTY_SCHEMA.items()},
    }
    found = copy_out(
        conn,
        f"""SELECT s.rid, {old}, {new} FROM staged s JOIN party p ON p.rid = s.rid
            WHERE NOT s.fresh AND (p.last_root <> s.p_last_root OR p.company <> s.p_company)
            AND NOT coalesce(p.phones && s.p_phones, false) AND NOT coalesce(p.emails && s.p_emails, false)
            ORDER BY s.rid""",
        schema=schema,
    )
    sides = [found.select(pl.col(f"{side}_{name}").alias(name) for name in _NAMES) for side in ("old", "new")]
    return found["rid"], sides[0], sides[1]


def start_identities(conn: Connection, feed: str, rids: pl.Series) -> None:
    """Let staged rows of these records begin a new identity each, and end the old one."""
    if not copy_in(conn, "reborn", pl.DataFrame({"rid": rids})):
        return
    for statement in (
        f"""UPDATE {feed} t SET ended_upload_id = s.upload_id, ended_day = f.day
            FROM staged s JOIN filed f USING (upload_id) JOIN reborn r USING (rid)
            WHERE t.rid = s.rid AND t.ended_day IS NULL""",
        f"""WITH changed AS (UPDATE party p SET ended = true FROM reborn r WHERE p.rid = r.rid RETURNING p.rid)
            {_RESTATE}""",
        f"""UPDATE staged s SET fresh = true, rid = coalesce(
                (SELECT g.rid FROM gone g WHERE g.dealer = s.dealer AND g.record_no = s.record_no
                                            AND g.incarnation = n.incarnation), nextval('rid_seq')),
                incarnation = n.incarnation
            FROM (SELECT s.rid, 1 + greatest(s.incarnation, (
                      SELECT max(k.from_incarnation) FROM rekeyed k
                      WHERE k.dealer = s.dealer AND k.feed = '{feed}' AND k.from_no = s.record_no)) AS incarnation
                  FROM staged s JOIN reborn r USING (rid)) n
            WHERE s.rid = n.rid""",
    ):
        conn.exec_driver_sql(statement)


def apply_parties(conn: Connection, feed: str) -> None:
    """Bring the party records of the rows just folded in up to date, and mark those that changed."""
    conn.exec_driver_sql(
        f"""INSERT INTO party (rid, id, dealer, feed, record_no, account, first_seen, stated_on, ended, {_VALUES})
            SELECT s.rid, {identity("s", feed)}, s.dealer, '{feed}', s.record_no, {_account(feed, "s", "f")},
                   coalesce(s.seen_at, f.received_at), {stated(feed, "s", "f")}, false, {", ".join(_staged_values().values())}
            FROM staged s JOIN filed f USING (upload_id) WHERE s.fresh;
            INSERT INTO dirty SELECT rid FROM staged WHERE fresh ON CONFLICT DO NOTHING"""
    )
    update_parties(conn, feed)
    for change, source, mark in (
        ("ended = true", "absent n WHERE p.rid = n.rid AND NOT p.ended", _RESTATE),
        ("first_seen = n.seen_at", f"{EARLIEST} n WHERE p.rid = n.rid AND n.seen_at < p.first_seen", _MARK),
    ):
        conn.exec_driver_sql(f"WITH changed AS (UPDATE party p SET {change} FROM {source} RETURNING p.rid) {mark}")


def update_parties(conn: Connection, feed: str) -> None:
    """Rewrite the party records of the staged rows of known records where they differ, by the rows as they are now.

    What changed so that matching sees it is marked to be matched again; the golden records of the others are made anew, since
    survivorship reads the row itself as well.
    """
    row = {
        "record_no": "t.record_no", "account": _account(feed, "t", "t"), "first_seen": "t.first_seen",
        "stated_on": stated(feed, "t", "t"), "ended": "t.ended_day IS NOT NULL", **_staged_values(),
    }  # fmt: skip
    both = f"staged s JOIN {feed} t ON t.rid = s.rid"
    conn.exec_driver_sql(
        f"""INSERT INTO dirty SELECT p.rid FROM party p JOIN ({both}) ON p.rid = s.rid
            WHERE NOT s.fresh AND {_differs(row, _SEEN)} ON CONFLICT DO NOTHING;
            WITH changed AS (
                UPDATE party p SET ({", ".join(row)}) = ROW({", ".join(row.values())}) FROM {both}
                WHERE p.rid = s.rid AND NOT s.fresh AND {_differs(row, row)} RETURNING p.rid),
            restate AS (
                SELECT rid FROM changed UNION SELECT rid FROM staged s
                WHERE NOT s.fresh AND NOT EXISTS (SELECT FROM same WHERE same.rid = s.rid))
            INSERT INTO restated SELECT rid FROM restate r
            WHERE NOT EXISTS (SELECT FROM dirty d WHERE d.rid = r.rid) ON CONFLICT DO NOTHING"""
    )


def _differs(row: Mapping[str, str], names: Iterable[str]) -> str:
    """SQL: whether the party record says otherwise than the row in any of these columns."""
    names = list(names)
    return f"ROW({', '.join(f'p.{name}' for name in names)}) IS DISTINCT FROM ROW({', '.join(row[n] for n in names)})"


def refresh_accounts(conn: Connection, dealers: list[str]) -> None:
    """Let leads name their customers by the numbers that these bear now; after a change of keys, or its undoing."""
    conn.execute(
        sa.text(
            f"""WITH changed AS (
                    UPDATE party p SET account = {_account("leads", "t", "t")} FROM leads t
                    WHERE t.rid = p.rid AND t.dealer = ANY(:dealers) AND t.customer_no IS NOT NULL
                      AND p.account IS DISTINCT FROM {_account("leads", "t", "t")} RETURNING p.rid) {_MARK}"""
        ),
        {"dealers": dealers},
    )


def mark_bare_leads(conn: Connection, dealers: list[str]) -> None:
    """Mark the leads that say nothing of their own and name a touched customer: they are of its kind (`hub.store.matching.KIND`).

    Once a transaction of customers, at its end.
    """
    conn.execute(
        sa.text(
            """INSERT INTO dirty SELECT p.rid FROM party p JOIN touched_account a USING (dealer, account)
               WHERE p.dealer = ANY(:dealers) AND p.feed = 'leads' AND p.kind = 'house' AND p.tokens IS NULL
               ON CONFLICT DO NOTHING"""
        ),
        {"dealers": dealers},
    )


def _account(feed: str, row: str, filed: str) -> str:
    """SQL of the customer's number that a row is, or names: the one that this customer bears now."""
    if feed == "customers":
        return f"{row}.record_no"
    return f"""coalesce((SELECT c.record_no FROM rekeyed k JOIN customers c ON c.rid = k.rid
                         WHERE k.dealer = {row}.dealer AND k.feed = 'customers' AND k.from_no = {row}.customer_no
                           AND k.day > {filed}.day ORDER BY k.day LIMIT 1), {row}.customer_no)"""


def stated(feed: str, row: str, filed: str) -> str:
    """SQL of a row's recency: the dealer's own time, which is not believed beyond the business day."""
    times = [f"{row}.{name}" for name in ("updated_at", "created_at") if name in FEEDS[feed].names]
    return f"least(coalesce({', '.join(times)})::date, {filed}.day)"


def _staged_values() -> dict[str, str]:
    """The party record in ``staged``; the text of its ``extra`` is JSON."""
    return {name: "s.p_extra::jsonb" if name == "extra" else f"s.p_{name}" for name in _NAMES}


def party_sources(conn: Connection, feed: str, rids: pl.Series) -> pl.DataFrame:
    """Rows of a feed of parties as canonical text, to normalise them again: ``rid``, ``upload_id``, all columns."""
    names = [name for name in FEEDS[feed].names if name != "record_no"]
    return copy_out(
        conn,
        f"""SELECT t.rid, t.upload_id, t.record_no, {", ".join(f"t.{name}" for name in names)}, t.extra
            FROM {feed} t WHERE t.rid = ANY(:rids)""",
        {"rids": rids.to_list()},
        {"rid": pl.Int64, "upload_id": pl.Int64, **dict.fromkeys(["record_no", *names, "extra"], pl.String)},
    )


_TOUCHED = """
CREATE TEMP TABLE number_touched ON COMMIT DROP AS
SELECT dealer, account FROM touched_account
UNION
SELECT k.dealer, c.record_no FROM touched_account a
JOIN rekeyed k ON k.dealer = a.dealer AND k.feed = 'customers' AND k.from_no = a.account
JOIN customers c ON c.rid = k.rid;

-- only the present bearer of a number has the vehicles that name it
CREATE TEMP TABLE customer_touched ON COMMIT DROP AS
SELECT a.dealer, a.account, c.rid,
       c.incarnation = max(c.incarnation) OVER (PARTITION BY a.dealer, a.account) AS bears
FROM number_touched a JOIN customers c ON c.dealer = a.dealer AND c.record_no = a.account;
ANALYZE customer_touched;

-- the numbers that a row may call a customer by, and the days from and before which it means this one
CREATE TEMP TABLE named ON COMMIT DROP AS
SELECT c.dealer, c.account, c.rid, (
           SELECT max(k.day) FROM rekeyed k
           WHERE k.dealer = c.dealer AND k.feed = 'customers' AND k.from_no = c.account) AS after, NULL::date AS before
FROM customer_touched c WHERE c.bears
UNION ALL
SELECT k.dealer, k.from_no, k.rid, NULL::date, k.day FROM rekeyed k JOIN customer_touched c ON c.rid = k.rid
WHERE k.feed = 'customers' AND c.bears;
ANALYZE named;

CREATE TEMP TABLE vehicle_now ON COMMIT DROP AS
SELECT rid, dealer, vin, plate, role, min(since) AS since,
       -- a vehicle's row without an end says that it goes on; a sale says nothing of its end, a later trade-in does
       CASE WHEN bool_or(until IS NULL AND goes_on) OR max(since) > max(until) THEN NULL ELSE max(until) END AS until
FROM (
    SELECT n.rid, n.dealer, CASE WHEN v.vin ~ '^[A-HJ-NPR-Z0-9]{13}[0-9]{4}$' THEN v.vin END AS vin, v.plate, v.role,
           v.since, v.until, v.goes_on
    FROM named n JOIN (
        SELECT dealer, customer_no, vin, plate, coalesce(role, 'owner') AS role, since,
               coalesce(until, ended_day) AS until, day, true AS goes_on
        FROM vehicles
        UNION ALL
        SELECT dealer, customer_no, vin, NULL, 'owner', coalesce(delivered_at, contracted_at, ordered_at)::date, NULL, day,
               false
        FROM sales WHERE coalesce(status, 'delivered') IN ('contracted', 'delivered')
        UNION ALL
        SELECT dealer, co_buyer_no, vin, NULL, 'owner', coalesce(delivered_at, contracted_at, ordered_at)::date, NULL, day,
               false
        FROM sales WHERE co_buyer_no IS NOT NULL AND coalesce(status, 'delivered') IN ('contracted', 'delivered')
        UNION ALL
        SELECT dealer, customer_no, trade_in_vin, NULL, 'owner', NULL,
               coalesce(delivered_at, contracted_at, ordered_at)::date, day, false
        FROM sales WHERE trade_in_vin IS NOT NULL
        UNION ALL
        SELECT dealer, customer_no, vin, NULL, 'contact', opened_at::date, coalesce(closed_at, opened_at)::date, day,
               false
        FROM service_visits
    ) v ON v.dealer = n.dealer AND v.customer_no = n.account
    WHERE (n.before IS NULL OR v.day < n.before) AND (n.after IS NULL OR v.day >= n.after)) u
WHERE vin IS NOT NULL OR plate IS NOT NULL
GROUP BY rid, dealer, vin, plate, role;

CREATE TEMP TABLE vehicle_changed ON COMMIT DROP AS
SELECT DISTINCT rid FROM (
    (SELECT rid, dealer, vin, plate, role, since, until FROM vehicle_now
     EXCEPT SELECT v.* FROM party_vehicle v JOIN customer_touched c USING (rid))
    UNION ALL
    (SELECT v.* FROM party_vehicle v JOIN customer_touched c USING (rid)
     EXCEPT SELECT rid, dealer, vin, plate, role, since, until FROM vehicle_now)) d;
DELETE FROM party_vehicle v USING vehicle_changed c WHERE v.rid = c.rid;
INSERT INTO party_vehicle (rid, dealer, vin, plate, role, since, until)
SELECT n.rid, n.dealer, n.vin, n.plate, n.role, n.since, n.until FROM vehicle_now n JOIN vehicle_changed c USING (rid);
INSERT INTO dirty SELECT rid FROM vehicle_changed ON CONFLICT DO NOTHING;
"""

_ANY_VEHICLES = sa.text(
    """SELECT EXISTS (SELECT FROM vehicles WHERE dealer = ANY(:dealers))
           OR EXISTS (SELECT FROM sales WHERE dealer = ANY(:dealers))
           OR EXISTS (SELECT FROM service_visits WHERE dealer = ANY(:dealers))"""
)


def refresh_vehicles(conn: Connection, feed: str, dealers: list[str]) -> None:
    """Work out anew the vehicles of the customers noted as touched; once a transaction, at its end."""
    if feed == "customers" and not conn.execute(_ANY_VEHICLES, {"dealers": dealers}).scalar_one():
        return
    if conn.execute(sa.text("SELECT EXISTS (SELECT FROM touched_account)")).scalar_one():
        conn.exec_driver_sql(_TOUCHED)
