"""The base as files and as one hash."""

from __future__ import annotations

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.parties import TEXTS
from hub.store.bulk import copy_out

_LINKS = """
SELECT p.dealer AS dealer_code, p.feed, p.record_no, g.golden_id
FROM party p JOIN membership m USING (rid) JOIN golden g USING (golden)
ORDER BY p.dealer, p.feed, p.record_no, p.first_seen DESC, p.id"""

_GOLDEN_COLUMNS = {
    **dict.fromkeys(
        [
            "golden_id",
            "kind",
            "full_name",
            "last_name",
            "first_name",
            "middle_name",
            "birth_date",
            "gender",
            "company_name",
            "legal_form",
            "tax_id",
            "registration_no",
            "address",
            "city",
            "region",
            "postcode",
            "country",
            "language",
        ],
        pl.String,
    ),
    "phones": TEXTS,
    "emails": TEXTS,
    "vins": TEXTS,
    "records": pl.Int64,
    "dealers": pl.Int64,
    "active": pl.Boolean,
}

# ids, surrogates and versions are left out: the hash is of the partition of source records and of the golden values
_HASH = """
SELECT encode(sha256(coalesce(string_agg(line, '' ORDER BY line), '')::bytea), 'hex') FROM (
    SELECT encode(sha256(convert_to(m.sources || chr(30) || to_jsonb(g)::text, 'UTF8')), 'hex') AS line
    FROM (SELECT golden, string_agg(concat_ws(chr(31), dealer, feed, record_no, incarnation), chr(29)
                 ORDER BY dealer, feed, record_no, incarnation) AS sources
          FROM (SELECT m.golden, p.dealer, p.feed, p.record_no, coalesce(c.incarnation, l.incarnation) AS incarnation
                FROM membership m JOIN party p USING (rid)
                LEFT JOIN customers c USING (rid) LEFT JOIN leads l USING (rid)) member
          GROUP BY golden) m
    JOIN (SELECT golden AS key, kind, full_name, last_name, first_name, middle_name, birth_date, gender, company_name,
                 legal_form, tax_id, registration_no, phones, emails, address, city, region, postcode, country, language,
                 vins, records, dealers, active FROM golden) g ON g.key = m.golden
) lines"""


def links(conn: Connection) -> pl.DataFrame:
    """Which source record stands in which golden record: ``dealer_code``, ``feed``, ``record_no``, ``golden_id``.

    Of a number that its dealer gave anew, the present holder stands first.
    """
    return copy_out(conn, _LINKS)


def golden(conn: Connection) -> pl.DataFrame:
    """All golden records, in the order of their ids."""
    return copy_out(conn, f"SELECT {', '.join(_GOLDEN_COLUMNS)} FROM golden ORDER BY golden_id", schema=_GOLDEN_COLUMNS)


def golden_hash(conn: Connection) -> str:
    """SHA-256 over the partition of source records and the golden values, sorted by source key; ids do not count."""
    conn.execute(sa.text("SET LOCAL timezone = 'UTC'"))
    return str(conn.execute(sa.text(_HASH.replace("to_jsonb(g)", "(to_jsonb(g) - 'key')"))).scalar_one())
