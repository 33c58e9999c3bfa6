"""What matching reads and writes: party records, dirty marks, edges. All sets; columns go by COPY."""

from __future__ import annotations

from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.matching.few import COLUMNS
from hub.matching.holdings import ROLES
from hub.matching.outline import COLUMNS as OUTLINE
from hub.parties import PARTY_SCHEMA, TEXTS
from hub.store.bulk import analyze, copy_in, copy_out
from hub.store.scopes import new_scope

SOURCE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "rid": pl.Int64,
    "id": pl.String,
    "dealer": pl.String,
    "feed": pl.String,
    "record_no": pl.String,
    "account": pl.String,
    "first_seen": pl.Datetime("us", "UTC"),
    "stated_on": pl.Date,
    "ended": pl.Boolean,
}
_EVIDENCE = tuple(name for name in PARTY_SCHEMA if not name.startswith("shown_"))
MATCHING_SCHEMA = {
    **{name: SOURCE_SCHEMA[name] for name in ("rid", "id", "dealer", "account", "first_seen")},
    **{name: PARTY_SCHEMA[name] for name in _EVIDENCE},
    "vins": TEXTS,
    "plates": TEXTS,
    "holdings": TEXTS,
}


def count_parties(conn: Connection) -> int:
    """Number of party records in the base."""
    return int(conn.execute(sa.text("SELECT count(*) FROM party")).scalar_one())


def parties_up_to(conn: Connection, most: int) -> int:
    """The same, counted no further than ``most``."""
    counted = sa.text("SELECT count(*) FROM (SELECT FROM party LIMIT :most) counted")
    return int(conn.execute(counted, {"most": most}).scalar_one())


def matching_parties(conn: Connection, scope: str | None = None) -> pl.DataFrame:
    """Party records as matching sees them, in the order of their ids; all, or those of a scope."""
    columns = ", ".join(f"p.{name}" for name in MATCHING_SCHEMA if name not in _JOINED)
    sql = f"SELECT {columns}, {KIND}, v.vins, v.plates, v.holdings {_from(scope, HOLDINGS)}"
    # sorted here: the server would sort whole rows, on disk when they are many
    return copy_out(conn, sql, schema=_last(MATCHING_SCHEMA)).select(list(MATCHING_SCHEMA)).sort("id")


def contact_holders(conn: Connection, scope: str) -> pl.DataFrame:
    """Of the party records of a scope what `hub.matching.frequency.shared_values` reads."""
    names = ("dealer", "company", "last_root", "given", "first", "phones", "emails")
    schema = {**{name: MATCHING_SCHEMA[name] for name in names}, "kind": pl.String}
    columns = ", ".join(f"p.{name}" for name in names)
    return copy_out(conn, f"SELECT {columns}, {KIND} FROM party p JOIN {scope} USING (rid)", schema=schema)


def outlines(conn: Connection, scope: str) -> pl.DataFrame:
    """Of the party records of a scope ``rid`` and what `hub.matching.outline` reads."""
    schema = {"rid": pl.Int64, **{name: PARTY_SCHEMA[name] for name in OUTLINE}}
    columns = ", ".join(f"p.{name}" for name in schema)
    return copy_out(conn, f"SELECT {columns} FROM party p JOIN {scope} s ON s.rid = p.rid", schema=schema)


def few_matching_rows(conn: Connection, rids: list[int]) -> list[dict[str, Any]]:
    """A handful of party records as matching sees them, row by row, in the order of their ids.

    Returns:
        ``rid``, ``id`` (text) and what `hub.matching.few` reads: `hub.matching.few.COLUMNS` and ``tokens``.
    """
    return [dict(row) for row in conn.execute(_FEW, {"rids": rids}).mappings()]


def members(conn: Connection, scope: str) -> pl.DataFrame:
    """Party records of a scope with all that survivorship sees."""
    columns = ", ".join(f"p.{name}" for name in (*SOURCE_SCHEMA, *PARTY_SCHEMA) if name != "kind")
    schema = {**_last({**SOURCE_SCHEMA, **PARTY_SCHEMA}), "region": pl.String, "language": pl.String}
    return copy_out(
        conn,
        f"SELECT {columns}, {KIND}, v.vins, v.plates, c.region, c.language {_from(scope)} "
        "LEFT JOIN customers c ON c.rid = p.rid",
        schema=schema,
    )


_JOINED = ("kind", "vins", "plates", "holdings")
# A lead that names its dealer's customer and says nothing of its own is of that customer's kind
KIND = """CASE WHEN p.kind = 'house' AND p.feed = 'leads' AND p.tokens IS NULL AND p.account IS NOT NULL THEN coalesce(
    (SELECT min(o.kind) FROM party o WHERE o.dealer = p.dealer AND o.feed = 'customers' AND o.record_no = p.account),
    p.kind) ELSE p.kind END AS kind"""


VEHICLES = (
    "array_agg(DISTINCT vin ORDER BY vin) FILTER (WHERE vin IS NOT NULL) AS vins, "
    "array_agg(DISTINCT plate ORDER BY plate) FILTER (WHERE plate IS NOT NULL) AS plates"
)


# What each VIN was to the party, and when, as `hub.matching.holdings.packed` reads it
HOLDINGS = f"""array_agg(concat_ws('/', vin, CASE WHEN role IN ({", ".join(f"'{role}'" for role in ROLES)}) THEN role ELSE '' END,
    coalesce((since - DATE '1970-01-01')::text, ''), coalesce((until - DATE '1970-01-01')::text, '')))
    FILTER (WHERE vin IS NOT NULL) AS holdings"""


_ASKED = [name for name in (*COLUMNS, "tokens") if name not in (*_JOINED, "extra")]
_FEW = sa.text(
    f"""SELECT p.rid, p.id::text AS id, {", ".join(f"p.{name}" for name in _ASKED)},
        p.extra::text AS extra, {KIND}, v.vins, v.plates, v.holdings FROM party p LEFT JOIN LATERAL (
        SELECT {VEHICLES}, {HOLDINGS} FROM party_vehicle WHERE rid = p.rid) v ON true
        WHERE p.rid = ANY(:rids) ORDER BY p.id"""
)


def _from(scope: str | None, more: str | None = None) -> str:
    select = f"{VEHICLES}, {more}" if more else VEHICLES
    own = f"JOIN {scope} s ON s.rid = p.rid" if scope else ""
    vehicles = f"WHERE rid IN (SELECT rid FROM {scope})" if scope else ""
    return f"""FROM party p {own} LEFT JOIN (
        SELECT rid, {select} FROM party_vehicle {vehicles} GROUP BY rid) v ON v.rid = p.rid"""


def _last(schema: dict[str, pl.DataType | type[pl.DataType]]) -> dict[str, pl.DataType | type[pl.DataType]]:
    """The schema of a query that selects the joined columns last."""
    head = {name: kind for name, kind in schema.items() if name not in _JOINED}
    told = {"holdings": TEXTS} if "holdings" in schema else {}
    return {**head, "kind": pl.String, "vins": TEXTS, "plates": TEXTS, **told}


def take_dirty(conn: Connection, scope: str) -> None:
    """Fill a scope with the dirty records and take their marks away.

    First of all, before anything is read: a mark that is set meanwhile stands for a change not yet seen, and stays.
    """
    new_scope(conn, scope)
    taken = "WITH taken AS (DELETE FROM dirty RETURNING rid)"
    conn.execute(sa.text(f"{taken} INSERT INTO {scope} SELECT rid FROM taken ORDER BY rid"))
    conn.execute(sa.text(f"ANALYZE {scope}"))


def dirty_count(conn: Connection) -> int:
    """How many records wait to be scored again."""
    return int(conn.execute(sa.text("SELECT count(*) FROM dirty")).scalar_one())


def matched_with(conn: Connection) -> str | None:
    """What the stored edges were computed with; None before the first match."""
    return conn.execute(sa.text("SELECT version FROM matched_with")).scalar_one_or_none()


def set_matched_with(conn: Connection, version: str) -> None:
    """Remember what the stored edges were computed with."""
    conn.execute(sa.text("DELETE FROM matched_with"))
    conn.execute(sa.text("INSERT INTO matched_with VALUES (:version)"), {"version": version})


_EDGE = {"rid_a": pl.Int64, "rid_b": pl.Int64, "weight": pl.Float32}


def drop_edges(conn: Connection, scope: str) -> None:
    """Forget the edges of a scope's records; both ends of each are reopened."""
    conn.execute(
        sa.text(f"""
            WITH gone AS (
                DELETE FROM edge WHERE ctid = ANY(ARRAY(
                    SELECT e.ctid FROM {scope} s JOIN edge e ON e.rid_a = s.rid
                    UNION SELECT e.ctid FROM {scope} s JOIN edge e ON e.rid_b = s.rid))
                RETURNING rid_a, rid_b)
            INSERT INTO reopened SELECT rid_a FROM gone UNION SELECT rid_b FROM gone ON CONFLICT DO NOTHING""")
    )


def add_edges(conn: Connection, edges: pl.DataFrame) -> None:
    """Store scored pairs: ``rid_a`` < ``rid_b``, ``weight``."""
    copy_in(conn, "edge", edges)


def replace_edges(conn: Connection, edges: pl.DataFrame) -> None:
    """Store all scored pairs anew."""
    conn.execute(sa.text("TRUNCATE edge"))
    add_edges(conn, edges)
    analyze(conn, "edge")


def edges(conn: Connection, scope: str | None = None) -> pl.DataFrame:
    """The scored pairs, all or those within a scope."""
    within = f"JOIN {scope} s ON s.rid = e.rid_a" if scope else ""
    return copy_out(conn, f"SELECT e.rid_a, e.rid_b, e.weight FROM edge e {within}", schema=_EDGE)


def reopen(conn: Connection, scope: str | None) -> None:
    """Mark the records of a scope (or all) for clustering."""
    if scope is None:
        conn.execute(sa.text("TRUNCATE reopened"))
        conn.execute(sa.text("INSERT INTO reopened SELECT rid FROM party"))
    else:
        conn.execute(sa.text(f"INSERT INTO reopened SELECT rid FROM {scope} ON CONFLICT DO NOTHING"))
