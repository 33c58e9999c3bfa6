"""Whom a request may mean: the records under its keys and the golden records they stand in, by one prepared query.

Each question costs one round trip. It goes to the driver and not through SQLAlchemy, and its plan is made once for each
connection. Row security holds as everywhere: the transaction says whose slice is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from psycopg.rows import tuple_row
from sqlalchemy import Connection

from hub.store.matching import KIND, MATCHING_SCHEMA, VEHICLES

Driver = psycopg.Connection[Any]


@dataclass(frozen=True)
class Stamp:
    """What scoring depends on besides the records: changed whenever it does.

    Attributes:
        model: version of the model in force; None for the one that ships with the hub.
        shared: of the classified contact values; None where there are none or the caller may not see them.
    """

    model: str | None
    shared: str | None


@dataclass(frozen=True)
class Found:
    """One record that stands under at least one of the keys.

    Attributes:
        keys: places of these keys in the question.
        golden: number and id (as the caller sees it) of its golden record; None while it has none.
        party: its party record by column, with ``dealer``, ``account``, ``vins``, ``plates``.
    """

    keys: list[int]
    golden: tuple[int, str] | None
    party: dict[str, Any]


# Classified values are always replaced as a whole, so the transaction that wrote any of them stamps them all
_STAMP = """SELECT (SELECT version FROM model WHERE active), (SELECT xmin::text FROM shared_value LIMIT 1)"""
_NOT_HERE = ("rid", "id", "first_seen", "kind", "vins", "plates")  # not needed, or made by the query
_COLUMNS = tuple(name for name in MATCHING_SCHEMA if name not in _NOT_HERE)
_CASTS = {"extra": "p.extra::text"}
# A golden record bears the id of its first-seen member; in a dealer's view, of the dealer's own first-seen member
_WHOLE = "LEFT JOIN party g ON g.rid = m.golden"
_OF_DEALER = """LEFT JOIN LATERAL (
    SELECT o.id FROM membership w JOIN party o ON o.rid = w.rid
    WHERE w.golden = m.golden AND o.dealer = %(dealer)s ORDER BY o.first_seen, o.id LIMIT 1) g ON true"""


def _query(golden: str) -> str:
    return f"""
    WITH met AS MATERIALIZED (
        SELECT holder.rid, array_agg(w.place) AS places
        FROM unnest(%(keys)s::bigint[]) WITH ORDINALITY AS w (key, place) CROSS JOIN LATERAL (
            SELECT array_agg(k.rid) AS rids FROM (
                SELECT rid FROM party_key WHERE key = w.key LIMIT %(cap)s + 1) k) block
        CROSS JOIN LATERAL unnest(block.rids) AS holder (rid)
        WHERE cardinality(block.rids) <= %(cap)s GROUP BY holder.rid)
    SELECT met.places, m.golden, g.id::text,
           {", ".join(_CASTS.get(name, f"p.{name}") for name in _COLUMNS)}, {KIND}, v.vins, v.plates
    FROM met JOIN party p ON p.rid = met.rid
    LEFT JOIN LATERAL (SELECT {VEHICLES} FROM party_vehicle WHERE rid = p.rid) v ON true
    LEFT JOIN membership m ON m.rid = p.rid {golden}
    ORDER BY p.id"""


_FOR_ALL, _FOR_DEALER = _query(_WHOLE), _query(_OF_DEALER)


def stamp(conn: Connection) -> Stamp:
    """What scoring depends on now."""
    with driver(conn).cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_STAMP, prepare=True).fetchone()
    assert row is not None
    return Stamp(*row)


def shared_rows(conn: Connection) -> list[tuple[str, str, str, str]]:
    """The classified contact values that the caller may see: field, value, dealer, class."""
    with driver(conn).cursor(row_factory=tuple_row) as cursor:
        return cursor.execute("SELECT field, value, dealer, class FROM shared_value").fetchall()


def candidates_under(conn: Connection, keys: Sequence[int], cap: int, dealer: str | None) -> list[Found]:
    """The records in the caller's slice under any of the keys, in the order of their ids.

    Args:
        keys: distinct keys; one under which more than ``cap`` records stand finds none.
        dealer: the caller's dealer, when it is one.
    """
    asked = {"keys": list(keys), "cap": cap, **({"dealer": dealer} if dealer else {})}
    with driver(conn).cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(_FOR_DEALER if dealer else _FOR_ALL, asked, prepare=True).fetchall()
    names = (*_COLUMNS, "kind", "vins", "plates")
    return [
        Found(
            [place - 1 for place in row[0]],
            None if row[1] is None or row[2] is None else (row[1], row[2]),
            dict(zip(names, row[3:], strict=True)),
        )
        for row in rows
    ]


def driver(conn: Connection) -> Driver:
    """The driver's connection beneath a transaction."""
    return cast("Driver", conn.connection.driver_connection)
