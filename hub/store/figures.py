"""Figures of each night: counted once, in sets, when the night's work is done; pages read a few rows of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

# The network: dealer ''.
_NETWORK = sa.text(
    """INSERT INTO figure (day, dealer, name, value)
       SELECT :day, '', name, value FROM (
           SELECT 'golden' AS name, count(*)::float AS value FROM golden
           UNION ALL SELECT 'records', count(*) FROM membership
           UNION ALL SELECT 'waiting', count(*) FROM review
           UNION ALL SELECT 'held', count(*) FROM upload WHERE status = 'held'
           UNION ALL SELECT 'conflicts', count(*) FROM conflict WHERE began <= :at AND ends > :at
           UNION ALL SELECT 'undecided', count(*) FROM conflict k WHERE began <= :at AND ends > :at AND NOT EXISTS (
               SELECT FROM decision d WHERE d.conflict_id = k.conflict_id AND d.winner IS NOT NULL AND d.valid_from <= :at
               AND (d.valid_until IS NULL OR d.valid_until > :at))
           UNION ALL SELECT 'unrouted', count(*) FROM lead WHERE dealer IS NULL AND state = 'head_office') found
       ON CONFLICT (dealer, name, day) DO UPDATE SET value = excluded.value"""
)
# Night by night: files may come late, so the last weeks are counted again.
_NIGHTS = sa.text(
    """INSERT INTO figure (day, dealer, name, value)
       SELECT n.day, '', name, value FROM (
           SELECT day, count(*)::float AS arrived, sum(rejected) / nullif(sum(read), 0)::float AS rejected FROM (
               SELECT day, dealer, sum(rows_read) FILTER (WHERE status = 'accepted') AS read,
                      sum(rows_quarantined) FILTER (WHERE status = 'accepted') AS rejected
               FROM upload WHERE day > CAST(:day AS date) - 90 AND day <= CAST(:day AS date)
                 AND status NOT IN ('duplicate', 'revoked') GROUP BY day, dealer) d GROUP BY day) n
       CROSS JOIN LATERAL (VALUES ('arrived', arrived), ('rejected', n.rejected)) v (name, value) WHERE value IS NOT NULL
       ON CONFLICT (dealer, name, day) DO UPDATE SET value = excluded.value"""
)
# Dealers whose records are worth counting again: a seventh by turn, those not counted for a week, and those of whose records
# a twentieth came or changed since. So a night costs what it brings, and not what the base holds.
_DUE = sa.text(
    """SELECT d.code FROM dealer d
       LEFT JOIN LATERAL (SELECT day, to_timestamp(value) AS at FROM figure
                          WHERE dealer = d.code AND name = 'counted' AND day <= :day ORDER BY day DESC LIMIT 1) l ON true
       LEFT JOIN figure r ON r.dealer = d.code AND r.name = 'records' AND r.day = l.day
       LEFT JOIN LATERAL (SELECT sum(rows_loaded) AS rows FROM upload
                          WHERE dealer = d.code AND received_at > l.at - interval '30 days' AND finished_at > l.at) u ON true
       WHERE l.day IS NULL OR l.day <= CAST(:day AS date) - 7 OR u.rows > 0 AND u.rows >= coalesce(r.value, 0) / 20
          OR abs(hashtext(d.code)::bigint) % 7 = (CAST(:day AS date) - date '2000-01-01') % 7
       ORDER BY d.code"""
)
# Each dealer's records as they stand. The dealer's own contacts are written in the registry as people write them.
_DEALERS = sa.text(
    """INSERT INTO figure (day, dealer, name, value)
       WITH own AS (
           SELECT code AS dealer, (SELECT array_agg(regexp_replace(regexp_replace(v, '[^0-9]', '', 'g'), '^8(?=[0-9]{10}$)', '7'))
                                   FROM unnest(phones) v) AS phones,
                  (SELECT array_agg(lower(btrim(v))) FROM unnest(emails) v) AS emails
           FROM dealer WHERE code = ANY(:dealers)
       ), present AS MATERIALIZED (
           SELECT p.rid, p.dealer, p.phones, p.emails, m.golden FROM party p JOIN membership m USING (rid)
           WHERE p.feed = 'customers' AND NOT p.ended AND p.dealer = ANY(:dealers)
       ), filler AS (
           SELECT field, value, dealer FROM shared_value WHERE class = 'placeholder'
       ), filled AS (
           SELECT p.rid, p.dealer FROM present p CROSS JOIN LATERAL unnest(p.phones) v
               JOIN filler f ON f.field = 'phones' AND f.value = v AND f.dealer IN ('', p.dealer)
           UNION SELECT p.rid, p.dealer FROM present p CROSS JOIN LATERAL unnest(p.emails) v
               JOIN filler f ON f.field = 'emails' AND f.value = v AND f.dealer IN ('', p.dealer)
       ), counted AS (
           SELECT p.dealer, count(*)::float AS records, count(DISTINCT p.golden)::float AS customers,
                  count(*) FILTER (WHERE p.phones && o.phones OR p.emails && o.emails)::float AS own
           FROM present p JOIN own o USING (dealer) GROUP BY p.dealer
       ), consented AS (
           SELECT dealer, count(DISTINCT customer_no)::float AS customers FROM consents
           WHERE status = 'granted' AND ended_day IS NULL AND dealer = ANY(:dealers) GROUP BY dealer
       ), bought AS (
           SELECT dealer, customer_no, count(*) AS times,
                  bool_or(coalesce(delivered_at, contracted_at) BETWEEN CAST(:day AS date) - interval '3 years'
                          AND CAST(:day AS date) - interval '1 year') AS due
           FROM sales WHERE ended_day IS NULL AND customer_no IS NOT NULL AND dealer = ANY(:dealers)
                AND coalesce(delivered_at, contracted_at) <= CAST(:day AS date) + 1 GROUP BY 1, 2
       ), visited AS (
           SELECT DISTINCT dealer, customer_no FROM service_visits
           WHERE opened_at > CAST(:day AS date) - interval '1 year' AND dealer = ANY(:dealers)
       ), loyal AS (
           SELECT b.dealer, count(*)::float AS buyers, count(*) FILTER (WHERE times > 1)::float AS again,
                  count(*) FILTER (WHERE due)::float AS due, count(v.customer_no) FILTER (WHERE due)::float AS kept
           FROM bought b LEFT JOIN visited v USING (dealer, customer_no) GROUP BY b.dealer)
       SELECT CAST(:day AS date), dealer, name, value FROM counted c
           LEFT JOIN consented s USING (dealer) LEFT JOIN loyal l USING (dealer)
           LEFT JOIN (SELECT dealer, count(*)::float AS rows FROM filled GROUP BY dealer) f USING (dealer)
           CROSS JOIN LATERAL (VALUES
               ('counted', extract(epoch FROM CAST(:at AS timestamptz))), ('records', records),
               ('duplicates', 1 - c.customers / records), ('placeholders', coalesce(f.rows, 0) / records),
               ('own_contacts', own / records), ('consent', least(coalesce(s.customers, 0) / records, 1)),
               ('repeat', again / nullif(buyers, 0)), ('retention', kept / nullif(l.due, 0))) n (name, value)
       WHERE value IS NOT NULL AND left(dealer, 1) <> '@'
       ON CONFLICT (dealer, name, day) DO UPDATE SET value = excluded.value"""
)
_ADD = sa.text(
    """INSERT INTO figure (day, dealer, name, value) VALUES (:day, :dealer, :name, :value)
       ON CONFLICT (dealer, name, day) DO UPDATE SET value = excluded.value"""
)
_SERIES = sa.text(
    """SELECT day, name, value FROM figure WHERE dealer = :dealer AND name = ANY(:names) AND day > :since AND day <= :until
       ORDER BY day, name"""
)
_LATEST = sa.text(
    """SELECT DISTINCT ON (dealer, name) dealer, name, value FROM figure
       WHERE day <= :day AND day > CAST(:day AS date) - 35 AND dealer <> ''
       ORDER BY dealer, name, day DESC"""
)
_NEWEST = sa.text(
    """SELECT name, value FROM figure
       WHERE dealer = '' AND day = (SELECT max(day) FROM figure WHERE dealer = '' AND name = 'golden')"""
)


def count_network(conn: Connection, day: date, at: datetime) -> None:
    """Keep how the network stands: golden, records, waiting (pairs for a steward), held, conflicts, undecided, unrouted.

    Of each of the last 90 nights also: arrived (dealers whose files came) and rejected (share of rows set aside).

    Args:
        at: what counts as now.
    """
    conn.execute(_NETWORK, {"day": day, "at": at})
    conn.execute(_NIGHTS, {"day": day})


def count_dealers(conn: Connection, day: date, at: datetime) -> None:
    """Keep how dealers' records stand: of those that `_DUE` names, the others' last figures still tell.

    The names are those of `hub.network.scorecard.MEASURES`, ``records``, and ``counted``, the time as seconds of the epoch.

    Args:
        at: what counts as now.
    """
    due = list(conn.scalars(_DUE, {"day": day}))
    if due:
        conn.execute(_DEALERS, {"day": day, "at": at, "dealers": due})


def keep_figures(conn: Connection, day: date, name: str, values: Collection[tuple[str, float]]) -> None:
    """Keep one figure of several dealers, as (dealer, value)."""
    rows = [{"day": day, "dealer": dealer, "name": name, "value": value} for dealer, value in values]
    if rows:
        conn.execute(_ADD, rows)


def figures_over_time(
    conn: Connection, dealer: str, names: Collection[str], since: date, until: date
) -> Sequence[RowMapping]:
    """``day, name, value`` of a dealer ('' the network), from after ``since`` up to ``until``."""
    asked = {"dealer": dealer, "names": list(names), "since": since, "until": until}
    return conn.execute(_SERIES, asked).mappings().all()


def latest_figures(conn: Connection, day: date) -> dict[str, dict[str, float]]:
    """The figures of all dealers as they stood on a day, or at most five weeks before: by dealer, then by name."""
    found: dict[str, dict[str, float]] = {}
    for row in conn.execute(_LATEST, {"day": day}):
        found.setdefault(row.dealer, {})[row.name] = row.value
    return found


def newest_network(conn: Connection) -> dict[str, float]:
    """The network's figures of the last night; empty before the first."""
    return {row.name: row.value for row in conn.execute(_NEWEST)}
