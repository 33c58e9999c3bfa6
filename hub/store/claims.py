"""Claims, conflicts, decisions and ownership: which parties must be settled again, and what settling found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import md5

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.feeds import HUB
from hub.prospects.policy import LEAST_QUOTA
from hub.store.bulk import copy_in, copy_out
from hub.store.prospect_facts import SCOPE

_LOCK = 0x6875620005  # advisory lock: one settling at a time

# What a mark stands for: the golden records that hold the account, lead or VIN's customers now.
_MARKED = f"""
CREATE TEMP TABLE {SCOPE} ON COMMIT DROP AS
SELECT CAST(key AS bigint) AS golden FROM mark WHERE what = 'golden'  -- also such as are no more
UNION SELECT m.golden FROM mark k JOIN customers c ON c.dealer = k.dealer AND c.record_no = k.key
      JOIN membership m ON m.rid = c.rid WHERE k.what = 'account'
UNION SELECT m.golden FROM mark k JOIN rekeyed r ON r.dealer = k.dealer AND r.feed = 'customers' AND r.from_no = k.key
      JOIN membership m ON m.rid = r.rid WHERE k.what = 'account'
UNION SELECT m.golden FROM mark k JOIN leads l ON l.dealer = k.dealer AND l.record_no = k.key
      JOIN membership m ON m.rid = l.rid WHERE k.what = 'lead'
UNION SELECT m.golden FROM mark k JOIN sales s ON s.vin = k.key JOIN customers c ON c.dealer = s.dealer
      AND c.record_no IN (s.customer_no, s.co_buyer_no) JOIN membership m ON m.rid = c.rid WHERE k.what = 'vin'
UNION SELECT m.golden FROM mark k JOIN service_visits s ON s.vin = k.key JOIN customers c ON c.dealer = s.dealer
      AND c.record_no = s.customer_no JOIN membership m ON m.rid = c.rid WHERE k.what = 'vin'
UNION SELECT m.golden FROM mark k JOIN party p ON p.id = CAST(k.key AS uuid) JOIN membership m ON m.rid = p.rid
      WHERE k.what = 'record';
ALTER TABLE {SCOPE} ADD PRIMARY KEY (golden);
ANALYZE {SCOPE};
CREATE TEMP TABLE settling_member ON COMMIT DROP AS
SELECT m.rid, m.golden, g.kind FROM {SCOPE} JOIN membership m USING (golden) JOIN golden g USING (golden) ORDER BY m.rid;
ANALYZE settling_member;
"""


def lock_settling(conn: Connection) -> None:
    """Wait until no other transaction settles; held to the end of this one."""
    conn.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def mark_records(conn: Connection, record_ids: Iterable[str]) -> None:
    """Have the parties of these source records settled again."""
    rows = [{"key": key} for key in record_ids]
    if rows:
        conn.execute(sa.text("INSERT INTO unsettled VALUES ('record', NULL, :key)"), rows)


def mark_all(conn: Connection) -> None:
    """Have everything settled again."""
    conn.execute(sa.text("INSERT INTO unsettled VALUES ('all', NULL, NULL)"))


def all_marked(conn: Connection) -> bool:
    """Whether everything is marked to be settled again."""
    return bool(conn.execute(sa.text("SELECT EXISTS (SELECT FROM unsettled WHERE what = 'all')")).scalar_one())


def few_marks_wait(conn: Connection) -> bool:
    """Whether something must be settled again, and no night's work is about to settle it anyway."""
    return bool(
        conn.execute(
            sa.text(
                """SELECT EXISTS (SELECT FROM unsettled) AND NOT EXISTS (SELECT FROM unsettled WHERE what = 'all')
                   AND NOT EXISTS (SELECT FROM dirty) AND NOT EXISTS (SELECT FROM reopened)
                   AND NOT EXISTS (SELECT FROM restated)"""
            )
        ).scalar_one()
    )


def take_marks(conn: Connection) -> int | None:
    """Take the marks away and fill the scope, and ``settling_member``, with the golden records they stand for.

    First of all, before anything is read: a mark set meanwhile stands for a change not yet seen, and stays.

    Returns:
        How many golden records the scope holds; None: everything must be settled, and there is no scope.
    """
    if all_marked(conn):  # whatever else is marked: what was committed by now is seen by all that is read from here on
        conn.exec_driver_sql("DELETE FROM unsettled")
        return None
    conn.exec_driver_sql("CREATE TEMP TABLE mark (what text, dealer text, key text) ON COMMIT DROP")
    conn.exec_driver_sql(
        """WITH taken AS (DELETE FROM unsettled RETURNING what, dealer, key)
           INSERT INTO mark SELECT DISTINCT what, dealer, key FROM taken"""
    )
    conn.exec_driver_sql("ANALYZE mark")
    if conn.execute(sa.text("SELECT EXISTS (SELECT FROM mark WHERE what = 'all')")).scalar_one():
        return None
    conn.exec_driver_sql(_MARKED)
    return int(conn.execute(sa.text(f"SELECT count(*) FROM {SCOPE}")).scalar_one())


@dataclass(frozen=True)
class Basis:
    """By what everything was last settled.

    Attributes:
        rules: a hash of what concerns everybody: rules as code, policies, places, brands that somebody has a franchise for.
        dealers: of each dealer of the registry a hash of what settling asks it for (place, territory, brands, franchises, days).
    """

    rules: str
    dealers: Mapping[str, str]

    def moved(self, before: Basis) -> list[str]:
        """The dealers of whom something else is known than before."""
        return sorted({code for code, _ in self.dealers.items() ^ before.dealers.items()})


def settled_with(conn: Connection) -> Basis | None:
    """By what everything was last settled; None before the first time, and after a change of how that is remembered."""
    words = [row.split(" ", 2) for row in conn.execute(sa.text("SELECT version FROM settled_with")).scalars()]
    rules = next((word[1] for word in words if word[0] == "rules"), None)
    if rules is None:
        return None
    return Basis(rules, {word[2]: word[1] for word in words if word[0] == "dealer"})


def set_settled_with(conn: Connection, basis: Basis) -> None:
    """Remember by what everything was settled: a row for the rules, and one for each dealer."""
    rows = [f"rules {basis.rules}", *(f"dealer {digest} {code}" for code, digest in basis.dealers.items())]
    conn.execute(sa.text("DELETE FROM settled_with"))
    conn.execute(sa.text("INSERT INTO settled_with SELECT unnest(CAST(:rows AS text[]))"), {"rows": rows})


def basis(conn: Connection, versions: Sequence[str]) -> Basis:
    """By what settling would settle now.

    Args:
        versions: of the rules as code, and of the policies.
    """
    shared = conn.execute(
        sa.text(
            """SELECT md5(concat_ws('|',
                   (SELECT string_agg(DISTINCT lower(btrim(f->>'brand')), ';' ORDER BY lower(btrim(f->>'brand')))
                    FROM dealer, jsonb_array_elements(franchises) f WHERE registered),
                   (SELECT CAST(sum(hashtext(CAST(p AS text))) AS text) FROM place p)))"""
        )
    ).scalar_one()
    dealers = conn.execute(
        sa.text(
            """SELECT code, md5(CAST(ROW(latitude, longitude, territory, brands, franchises, active_from, active_until,
                                         registered) AS text)) FROM dealer ORDER BY code"""
        )
    )
    rules = md5("/".join([*versions, shared]).encode(), usedforsecurity=False).hexdigest()
    return Basis(rules, {str(code): str(digest) for code, digest in dealers})


def mark_dealers(conn: Connection, codes: Sequence[str]) -> None:
    """Have everybody settled again who is known to one of these dealers, or was given, or chose one."""
    conn.execute(
        sa.text(
            """INSERT INTO unsettled SELECT 'golden', NULL, CAST(golden AS text) FROM (
                   SELECT golden FROM membership WHERE dealer = ANY(:codes)
                   UNION SELECT golden FROM claim WHERE dealer = ANY(:codes)
                   UNION SELECT golden FROM ownership WHERE dealer = ANY(:codes)
                   UNION SELECT m.golden FROM leads l JOIN membership m USING (rid)
                         WHERE l.dealer = :hub AND l.chosen_dealer = ANY(:codes)
                   UNION SELECT m.golden FROM entry e JOIN party p ON p.id = CAST(e.body->>'record_id' AS uuid)
                         JOIN membership m ON m.rid = p.rid
                         WHERE e.kind IN ('choice', 'ruling', 'allocation') AND e.body->>'dealer' = ANY(:codes)) g"""
        ),
        {"codes": list(codes), "hub": HUB},
    )


def refresh_unproven_days(conn: Connection, quotas: Sequence[int]) -> None:
    """Count the days on which a dealer brought many unproven leads; mark the leads of days that cross a quota.

    Unproven is a lead with neither test drive nor visit. Rows of the hub's first day are history, no dump.
    """
    conn.execute(
        sa.text(
            """CREATE TEMP TABLE unproven_now ON COMMIT DROP AS
               SELECT l.dealer, CAST(l.first_seen AT TIME ZONE 'UTC' AS date) AS day, count(*) AS leads FROM leads l
               WHERE l.test_drive_at IS NULL AND l.last_contact_kind IS DISTINCT FROM 'visit' AND left(l.dealer, 1) <> '@'
                 AND l.first_seen >= (SELECT min(received_at) FROM upload) + interval '24 hours'
               GROUP BY 1, 2 HAVING count(*) > :most"""
        ),
        {"most": LEAST_QUOTA},
    )
    conn.execute(
        sa.text(
            """WITH day AS (
                   SELECT coalesce(n.dealer, u.dealer) AS dealer, coalesce(n.day, u.day) AS day,
                          coalesce(n.leads, 0) AS leads, coalesce(u.leads, 0) AS before
                   FROM unproven_now n FULL JOIN unproven_day u ON u.dealer = n.dealer AND u.day = n.day)
               INSERT INTO unsettled SELECT 'lead', l.dealer, l.record_no
               FROM day d JOIN leads l ON l.dealer = d.dealer AND CAST(l.first_seen AT TIME ZONE 'UTC' AS date) = d.day
               WHERE EXISTS (SELECT FROM unnest(CAST(:quotas AS bigint[])) q (most)
                             WHERE (d.leads > most) <> (d.before > most))"""
        ),
        {"quotas": list(quotas)},
    )
    conn.exec_driver_sql(
        "DELETE FROM unproven_day; INSERT INTO unproven_day SELECT * FROM unproven_now; DROP TABLE unproven_now"
    )


def tell_outcomes(conn: Connection, at: datetime) -> int:
    """Note what is now said of each conflict where it differs from what was said last; returns how many there are.

    Of all conflicts: also a claim that ran out changes how one stands.
    """
    return conn.execute(
        sa.text(
            """INSERT INTO said
                SELECT d.conflict_id, :at, d.brand, d.purpose, d.winner, d.rule, d.policy, d.reason, d.trace, d.facts
                FROM (SELECT DISTINCT ON (d.conflict_id) d.* FROM decision d WHERE d.valid_from <= :at
                      ORDER BY d.conflict_id, d.valid_from DESC) d
                LEFT JOIN LATERAL (SELECT * FROM said s WHERE s.conflict_id = d.conflict_id ORDER BY s.at DESC LIMIT 1) s
                    ON true
                WHERE s.conflict_id IS NULL OR (s.winner, s.rule) IS DISTINCT FROM (d.winner, d.rule)"""
        ),
        {"at": at},
    ).rowcount


def golden_bounds(conn: Connection, scoped: bool, rows: int) -> list[int]:
    """Numbers of golden records that cut the base into parts of about ``rows`` golden records each."""
    table = SCOPE if scoped else "golden"
    found = copy_out(
        conn,
        f"SELECT max(golden) FROM (SELECT golden, ntile(:parts) OVER (ORDER BY golden) AS part FROM {table}) n GROUP BY part",
        {"parts": max(1, -(-int(conn.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()) // rows))},
        {"golden": pl.Int64},
    )
    return sorted(found["golden"].to_list())


def golden_ids(conn: Connection, goldens: pl.Series) -> pl.DataFrame:
    """``golden`` and ``golden_id`` of golden records."""
    conn.exec_driver_sql("CREATE TEMP TABLE asked_golden (golden bigint PRIMARY KEY) ON COMMIT DROP")
    copy_in(conn, "asked_golden", goldens.unique().alias("golden").to_frame())
    found = copy_out(
        conn,
        "SELECT golden, golden_id FROM golden JOIN asked_golden USING (golden)",
        schema={"golden": pl.Int64, "golden_id": pl.String},
    )
    conn.exec_driver_sql("DROP TABLE asked_golden")
    return found
