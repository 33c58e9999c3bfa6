"""The source records of golden parties, as the queries about consents and contacts begin with them.

For a few people each query finds their records itself. For many they are gathered once, into a temporary table, and every
lookup goes by an index: the people of one request are few beside the base, however many they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.store.questions import Question, ask, done, numbers

FEW = 100  # golden parties from which on a temporary table pays

# A record that came after the last matching is a party of its own until the next.
# `since`: from when on a record number that was used for somebody else before is this person's. A dealer that changes its
# DMS carries identities over to new numbers: then the old one is a row of its own (`former`), for the days before.
_MEMBERS = """
    SELECT m.golden, m.rid FROM unnest(CAST(:goldens AS bigint[])) g JOIN membership m ON m.golden = g
    UNION ALL SELECT g, g FROM unnest(CAST(:goldens AS bigint[])) g
              WHERE NOT EXISTS (SELECT FROM membership WHERE rid = g)"""
_ROWS = """
    SELECT member.golden, p.rid, p.id, p.dealer, p.feed, p.record_no, p.kind, p.stated_on, p.postcode, p.city,
           p.country, c.opted_out, coalesce(c.updated_at, c.first_seen) AS opted_at,
           CASE WHEN c.incarnation > 0 THEN c.first_seen END AS since,
           (SELECT max(day) FROM (
               SELECT k.day FROM rekeyed k WHERE k.rid = p.rid AND k.to_no = p.record_no
               UNION ALL SELECT k.day FROM rekeyed k WHERE k.dealer = p.dealer AND k.feed = p.feed
                                                       AND k.from_no = p.record_no AND k.rid <> p.rid) d) AS day_from,
           CAST(NULL AS date) AS day_until, false AS former
    FROM member JOIN party p ON p.rid = member.rid LEFT JOIN customers c ON c.rid = p.rid
    UNION ALL
    SELECT member.golden, p.rid, p.id, p.dealer, p.feed, k.from_no, p.kind, p.stated_on, p.postcode, p.city, p.country,
           NULL, NULL, NULL, NULL, k.day, true
    FROM member JOIN rekeyed k ON k.rid = member.rid JOIN party p ON p.rid = member.rid AND p.feed = k.feed"""
# Joins a feed's row `t` to the record that its customer's number meant on the row's day.
MEANT = """(r.since IS NULL OR {t}.first_seen >= r.since) AND (r.day_from IS NULL OR {t}.day >= r.day_from)
    AND (r.day_until IS NULL OR {t}.day < r.day_until)"""
_FOUND = f"member AS MATERIALIZED ({_MEMBERS}), record AS MATERIALIZED ({_ROWS})"
_TABLE = sa.text(
    """CREATE TEMP TABLE contact_record (
           golden bigint, rid bigint, id uuid, dealer text, feed text, record_no text, kind text, stated_on date,
           postcode text, city text, country text, opted_out boolean, opted_at timestamptz, since timestamptz,
           day_from date, day_until date, former boolean, asked boolean) ON COMMIT DROP"""
)
_GATHER = sa.text(
    f"""WITH member AS MATERIALIZED ({_MEMBERS}), asked AS MATERIALIZED (
            SELECT DISTINCT g AS golden FROM unnest(CAST(:asked AS bigint[])) g)
        INSERT INTO contact_record
        SELECT r.*, a.golden IS NOT NULL FROM ({_ROWS}) r LEFT JOIN asked a ON a.golden = r.golden"""
)
_BY_INDEX = sa.text("SELECT set_config(name, 'off', true) FROM unnest(CAST(:names AS text[])) AS name")
_KEEP_PLANS = sa.text("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)")
_NOT = ["enable_seqscan", "enable_hashjoin", "enable_mergejoin"]


def with_records(asked_only: bool) -> dict[bool, str]:
    """The beginning of a query that reads the relation ``record``: for a few people, and (True) for gathered ones.

    Args:
        asked_only: of those gathered, only the people asked about, without their households.
    """
    gathered = f"record AS (SELECT * FROM contact_record {'WHERE asked' if asked_only else ''})"
    return {False: f"WITH {_FOUND}", True: f"WITH {gathered}"}


def keep_plans(conn: Connection) -> None:
    """For a few people: plan each query once for the connection, since planning costs more than running it."""
    ask(conn, kept_plans())


def kept_plans() -> Question[None]:
    """The question that `keep_plans` asks."""
    return Question(_KEEP_PLANS, {}, done)


def gather(conn: Connection, goldens: Sequence[int], everybody: Sequence[int]) -> None:
    """Gather the records of many people for the rest of the transaction.

    Args:
        goldens: whom the request asks about.
        everybody: these, and the people of their households.
    """
    conn.execute(_TABLE)
    conn.execute(_BY_INDEX, {"names": _NOT[:-2]})
    ask(conn, Question(_GATHER, {"goldens": numbers(everybody), "asked": numbers(goldens)}, done))
    conn.execute(_BY_INDEX, {"names": _NOT})
    conn.execute(sa.text("ANALYZE contact_record"))
