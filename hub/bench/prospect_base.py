"""A made-up network of dealers, customers, leads, contacts, sales and visits, for settling: made in the database, in sets.

Matching is left out, since the partition is known. The same arguments give the same base: numbers are hashed, not drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

BRANDS = ("volkswagen", "mazda", "geely")
_COMMON = "rid, id, dealer, record_no, upload_id, day, row_hash, first_seen"


def fill(conn: Connection, people: int, dealers: int, leads: int, now: datetime) -> None:
    """Fill an empty base: customers of 1.35 records each, leads of the last year, as many contacts, sales and visits."""
    at = {"now": now, "people": people, "dealers": dealers, "leads": leads}
    for make in (_network, _people, _leads, _contacts, _sales):
        make(conn, at)


_OFFSET = 10_000_000  # of each feed's rids
_BRAND = "(ARRAY['Volkswagen','Mazda','Geely'])[1 + n % 3]"
_SAID = "CAST(:now AS timestamptz) - interval '1 second' * ((n * 48271) % 31536000)"
_DRAWN = """(SELECT n, 1 + (n * {step}) % CAST(:people * 1.35 AS bigint) AS customer
    FROM generate_series(1, CAST(:leads AS bigint)) n) d JOIN customers c ON c.rid = d.customer"""


def _run(conn: Connection, at: Mapping[str, Any], sql: str) -> None:
    conn.execute(sa.text(sql), at)


def _network(conn: Connection, at: Mapping[str, Any]) -> None:
    """Dealers, with an upload each."""
    run = partial(_run, conn, at)
    run(
        """INSERT INTO dealer (code, name, latitude, longitude, brands, territory)
           SELECT 'D' || lpad(CAST(n AS text), 3, '0'), 'x', 50 + n % 10, 30 + n % 30, ARRAY['Volkswagen', 'Mazda', 'Geely'],
                  jsonb_build_object('postcodes', jsonb_build_array(lpad(CAST(100 + n AS text), 3, '0')))
           FROM generate_series(0, CAST(:dealers AS bigint) - 1) n"""
    )
    run(
        """INSERT INTO entry (kind, dealer, received_at, author, body)
           SELECT 'upload', code, CAST(:now AS timestamptz) - interval '400 days', 'bench', '{}' FROM dealer ORDER BY code"""
    )
    run(
        """INSERT INTO upload (upload_id, dealer, feed, file_name, sha256, bytes, day, delta, received_at, status)
           SELECT entry_id, dealer, 'customers', 'x', 'x' || entry_id, 1, CAST(received_at AS date), false, received_at,
                  'accepted'
           FROM entry WHERE kind = 'upload'"""
    )


def _people(conn: Connection, at: Mapping[str, Any]) -> None:
    """Customers, the golden records that they make up, and what households are found by."""
    run = partial(_run, conn, at)
    run(
        f"""INSERT INTO customers ({_COMMON}, full_name)
            SELECT n, {_id("n", "c")}, {_dealer("g", "n")}, CAST(n AS text), u.upload_id, u.day, {_id("n", "h")},
                   u.received_at, 'x'
            FROM (SELECT n, CASE WHEN n <= :people THEN n ELSE 1 + (n * 7919) % :people END AS g
                  FROM generate_series(1, CAST(:people * 1.35 AS bigint)) n) r
            JOIN upload u ON u.dealer = {_dealer("g", "n")}"""
    )
    run(
        """INSERT INTO membership SELECT rid, CASE WHEN rid <= :people THEN rid ELSE 1 + (rid * 7919) % :people END, dealer
           FROM customers"""
    )
    run(
        f"""INSERT INTO golden (golden, golden_id, kind, postcode, records, dealers, active, version)
            SELECT n, {_id("n", "c")}, 'person', lpad(CAST(100 + n % :dealers AS text), 3, '0') || '001', 1, 1, true, 1
            FROM generate_series(1, CAST(:people AS bigint)) n"""
    )
    run(
        """INSERT INTO party (rid, id, dealer, feed, record_no, account, first_seen, stated_on, ended, kind, last_root, phones)
           SELECT c.rid, c.id, c.dealer, 'customers', c.record_no, c.record_no, c.first_seen, c.day, false, 'person',
                  'r' || m.golden % 5000, ARRAY['7916' || lpad(CAST(m.golden / 2 AS text), 7, '0')]
           FROM customers c JOIN membership m USING (rid)"""
    )


def _leads(conn: Connection, at: Mapping[str, Any]) -> None:
    run = partial(_run, conn, at)
    run(
        f"""INSERT INTO leads ({_COMMON}, customer_no, brand, new_or_used, created_at, status)
            SELECT {1 * _OFFSET} + n, {_id("n", "l")}, {_dealer("m.golden", "n")}, CAST(n AS text),
                   c.upload_id, c.day, c.row_hash, {_SAID} + interval '6 hours', c.record_no, {_BRAND},
                   CASE WHEN n % 4 = 0 THEN 'used' ELSE 'new' END, {_SAID}, CASE WHEN n % 5 = 0 THEN 'lost' ELSE 'contacted' END
            FROM {_DRAWN.format(step=6151)} JOIN membership m ON m.rid = c.rid"""
    )
    run(
        """INSERT INTO membership SELECT l.rid, m.golden, l.dealer FROM leads l JOIN LATERAL (
               SELECT golden FROM membership m WHERE m.rid = 1 + ((l.rid - 10000000) * 6151) % CAST(:people * 1.35 AS bigint)) m
               ON true"""
    )


def _contacts(conn: Connection, at: Mapping[str, Any]) -> None:
    run = partial(_run, conn, at)
    run(
        f"""INSERT INTO interactions ({_COMMON}, lead_no, channel, direction, at, outcome)
            SELECT {2 * _OFFSET} + n, {_id("n", "i")}, l.dealer, CAST(n AS text), l.upload_id, l.day, l.row_hash,
                   l.first_seen + interval '1 day', l.record_no, 'call', CASE WHEN n % 3 = 0 THEN 'in' ELSE 'out' END,
                   l.created_at + interval '20 hours', CASE WHEN n % 3 = 1 THEN 'не ответил' ELSE 'записан' END
            FROM generate_series(1, CAST(:leads AS bigint)) n JOIN leads l ON l.rid = 10000000 + 1 + (n * 7877) % :leads"""
    )


def _sales(conn: Connection, at: Mapping[str, Any]) -> None:
    """Sales, and visits to the workshop with the same cars."""
    run = partial(_run, conn, at)
    run(
        f"""INSERT INTO sales ({_COMMON}, customer_no, vin, brand, new_or_used, status, ordered_at, contracted_at, delivered_at)
            SELECT {3 * _OFFSET} + n, {_id("n", "s")}, c.dealer, CAST(n AS text), c.upload_id, c.day, c.row_hash,
                   {_SAID} + interval '1 day', c.record_no, 'XW8' || lpad(CAST(n AS text), 14, '0'), {_BRAND}, 'new', 'delivered',
                   {_SAID} - interval '20 days', {_SAID} - interval '15 days', {_SAID}
            FROM {_DRAWN.format(step=9973)}"""
    )
    run(
        f"""INSERT INTO service_visits ({_COMMON}, customer_no, vin, department, opened_at)
            SELECT {4 * _OFFSET} + n, {_id("n", "v")}, c.dealer, CAST(n AS text), c.upload_id, c.day, c.row_hash,
                   {_SAID} + interval '1 day', c.record_no, 'XW8' || lpad(CAST(n AS text), 14, '0'), 'mechanical', {_SAID}
            FROM {_DRAWN.format(step=9973)}"""
    )


def change(conn: Connection, share: float, people: int, leads: int, now: datetime) -> int:
    """A night's changes: new leads, and contacts with them, of this share of the people; returns how many people."""
    count = round(people * share)
    known = {"now": now, "count": count, "leads": leads, "people": people}
    conn.execute(
        sa.text(
            f"""WITH fresh AS (
                    INSERT INTO leads ({_COMMON}, brand, new_or_used, created_at, status)
                    SELECT 90000000 + n, {_id("n", "f")}, l.dealer, 'F' || n, l.upload_id, l.day, l.row_hash, :now, l.brand,
                           l.new_or_used, :now, 'new'
                    FROM generate_series(1, CAST(:count AS bigint)) n JOIN leads l ON l.rid = 10000000 + 1 + (n * 7877) % :leads
                    RETURNING rid, dealer, record_no)
                INSERT INTO membership SELECT rid, 1 + ((rid - 90000000) * 7919) % :people, dealer FROM fresh"""
        ),
        known,
    )
    conn.execute(
        sa.text(
            f"""INSERT INTO interactions ({_COMMON}, lead_no, channel, direction, at)
                SELECT 95000000 + n, {_id("n", "g")}, l.dealer, 'G' || n, l.upload_id, l.day, l.row_hash, :now, l.record_no,
                       'call', 'in', :now
                FROM generate_series(1, :count / 2) n JOIN leads l ON l.rid = 90000000 + n"""
        ),
        known,
    )
    return count


def _id(number: str, kind: str) -> str:
    return f"CAST(md5('{kind}' || {number}) AS uuid)"


def _dealer(person: str, number: str) -> str:
    """A person's records lie with a few neighbouring dealers."""
    return f"'D' || lpad(CAST(({person} * 31 + ({number} * 48271 % 3)) % :dealers AS text), 3, '0')"
