"""Finding parties by hashed keys and record numbers, under row security.

Equality of ``bigint`` is leakproof, so the planner may use the index of ``party_key`` before the slice is checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection


@dataclass(frozen=True)
class Place:
    """Where a party stands in the list of results.

    Attributes:
        rank: 0 for what was named exactly (its id, a dealer's record number), 1 for the rest.
        golden_id: the party's id in the caller's slice.
    """

    rank: int
    golden_id: UUID


@dataclass(frozen=True)
class Hit:
    """A party that was found."""

    golden: int
    place: Place


# All words must be found, each by one of its keys, in any of the party's records.
_FOUND = """
    WITH wanted AS (SELECT * FROM unnest(CAST(:keys AS bigint[]), CAST(:words AS int[])) AS w (key, word)),
    met AS (
        SELECT DISTINCT coalesce(m.golden, k.rid) AS golden, w.word
        FROM wanted w JOIN party_key k ON k.key = w.key LEFT JOIN membership m ON m.rid = k.rid
    ), numbered AS (
        SELECT DISTINCT coalesce(m.golden, p.rid) AS golden
        FROM dealer d JOIN party p ON p.dealer = d.code AND p.feed = ANY(:feeds) AND p.record_no = :text
             LEFT JOIN membership m ON m.rid = p.rid
    ), found AS (
        SELECT golden, min(rank) AS rank FROM (
            SELECT golden, 1 AS rank FROM met GROUP BY golden HAVING count(*) = :count
            UNION ALL SELECT golden, 0 FROM numbered
            UNION ALL SELECT g, 0 FROM unnest(CAST(:named AS bigint[])) g
        ) any_way GROUP BY golden
    )"""
_PAGE = """
    SELECT golden, rank, id FROM view
    WHERE CAST(:after AS uuid) IS NULL OR (rank, id) > (:rank, CAST(:after AS uuid))
    ORDER BY rank, id LIMIT :limit"""
# a golden record bears the id of its first-seen member …
_WHOLE = sa.text(
    f"""{_FOUND}, view AS (SELECT f.golden, f.rank, p.id FROM found f JOIN party p ON p.rid = f.golden) {_PAGE}"""
)
# … and in a dealer's view that of the dealer's own first-seen one
_OWN = sa.text(
    f"""{_FOUND}, view AS (
        SELECT f.golden, f.rank, first.id FROM found f CROSS JOIN LATERAL (
            SELECT p.id FROM (
                SELECT rid FROM membership WHERE golden = f.golden UNION SELECT f.golden
            ) m JOIN party p ON p.rid = m.rid AND p.dealer = :dealer
            ORDER BY p.first_seen, p.id LIMIT 1) first
    ) {_PAGE}"""
)
_FEEDS = ["customers", "leads"]


def find_parties(
    conn: Connection,
    text: str,
    words: Sequence[Sequence[int]],
    named: Sequence[int],
    page: tuple[Place | None, int],
    dealer: str | None,
) -> list[Hit]:
    """Parties in the caller's slice that have a record number equal to ``text`` or all of the words.

    Args:
        words: for each word the keys that it may stand for.
        named: parties that the text names otherwise.
        page: the place after which to begin (None: at the start), and the most hits to return.
        dealer: the caller's dealer; None for the importer's people.
    """
    after, limit = page
    values = {
        "keys": [key for keys in words for key in keys],
        "words": [number for number, keys in enumerate(words) for _ in keys],
        "count": max(len(words), 1),
        "text": text,
        "feeds": _FEEDS,
        "named": list(named),
        "rank": after.rank if after else 0,
        "after": after.golden_id if after else None,
        "limit": limit,
    }
    rows = conn.execute(_OWN, {**values, "dealer": dealer}) if dealer else conn.execute(_WHOLE, values)
    return [Hit(golden, Place(rank, golden_id)) for golden, rank, golden_id in rows]


_NAMES = sa.text(
    """SELECT p.id, g.full_name FROM party p JOIN membership m ON m.rid = p.rid JOIN golden g ON g.golden = m.golden
       WHERE p.id = ANY(:records) AND g.full_name IS NOT NULL"""
)


def customer_names(conn: Connection, records: Sequence[UUID]) -> dict[UUID, str]:
    """Names of the golden records that now hold the records with these ids; for who may read all of them."""
    if not records:
        return {}
    return {record: str(name) for record, name in conn.execute(_NAMES, {"records": list(records)})}
