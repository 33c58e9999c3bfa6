"""What matching reads and writes: party records, keys, edges, the partition. All sets; columns go by COPY."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import polars as pl
import sqlalchemy as sa
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from hub.errors import Busy
from hub.feeds import HUB
from hub.matching.few import COLUMNS
from hub.matching.holdings import ROLES
from hub.parties import PARTY_SCHEMA, TEXTS
from hub.store.bulk import copy_in, copy_out

_LOCK = 0x6875620001  # advisory lock: one writer of the partition at a time

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


def lock_partition(conn: Connection, patience: float | None = None) -> None:
    """Wait until no other transaction changes the partition; held to the end of this one.

    Args:
        patience: seconds to wait at most.

    Raises:
        Busy: it took longer.
    """
    if patience is not None:
        conn.execute(sa.text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": f"{patience * 1000:.0f}ms"})
    try:
        conn.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            raise Busy("The hub is matching the night's files just now. Try again in a minute.") from None
        raise
    if patience is not None:
        conn.execute(sa.text("SELECT set_config('lock_timeout', '0', true)"))


def analyze(conn: Connection, table: str) -> None:
    """Refresh a table's statistics after a bulk load, so that the next query's plan is right."""
    conn.execute(sa.text("SELECT hub_analyze(CAST(:table AS regclass))"), {"table": table})


# -------------------------------------------------------------------- scopes
# A scope is a temporary table of rids: large sets of records are named once, not sent as parameters again and again.


def new_scope(conn: Connection, name: str, rids: Iterable[int] | pl.Series = ()) -> None:
    """Create (or empty) a temporary table of rids for this transaction and fill it."""
    conn.execute(sa.text(f"CREATE TEMP TABLE IF NOT EXISTS {name} (rid bigint PRIMARY KEY) ON COMMIT DROP"))
    conn.execute(sa.text(f"TRUNCATE {name}"))
    series = pl.Series("rid", rids, pl.Int64).unique()
    copy_in(conn, name, series.to_frame())
    conn.execute(sa.text(f"ANALYZE {name}"))


def rids(conn: Connection, scope: str) -> pl.Series:
    """The rids of a scope."""
    return copy_out(conn, f"SELECT rid FROM {scope}", schema={"rid": pl.Int64})["rid"]


def add_to_scope(conn: Connection, name: str, select: str) -> int:
    """Add the rids of a query to a scope; returns how many were new."""
    return conn.execute(sa.text(f"INSERT INTO {name} {select} ON CONFLICT DO NOTHING")).rowcount


# -------------------------------------------------------------------- party records


def count_parties(conn: Connection) -> int:
    """Number of party records in the base."""
    return int(conn.execute(sa.text("SELECT count(*) FROM party")).scalar_one())


def matching_parties(conn: Connection, scope: str | None = None) -> pl.DataFrame:
    """Party records as matching sees them, in the order of their ids; all, or those of a scope."""
    columns = ", ".join(f"p.{name}" for name in MATCHING_SCHEMA if name not in _JOINED)
    sql = f"SELECT {columns}, {KIND}, v.vins, v.plates, v.holdings {_from(scope, HOLDINGS)}"
    # sorted here: the server would sort whole rows, on disk when they are many
    return copy_out(conn, sql, schema=_last(MATCHING_SCHEMA)).select(list(MATCHING_SCHEMA)).sort("id")


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


# -------------------------------------------------------------------- keys


def keys_of(conn: Connection, scope: str) -> pl.DataFrame:
    """The stored keys of the records of a scope: ``key``, ``rid``."""
    return copy_out(conn, f"SELECT key, rid FROM party_key WHERE rid IN (SELECT rid FROM {scope})", schema=_KEY)


def replace_keys(conn: Connection, keys: pl.DataFrame) -> None:
    """Store the keys of all records anew: ``key``, ``rid``, ``dealer``."""
    conn.execute(sa.text("TRUNCATE party_key"))
    conn.execute(sa.text("SELECT hub_drop_key_indexes()"))
    copy_in(conn, "party_key", keys)
    conn.execute(sa.text("SELECT hub_create_key_indexes()"))


def exchange_keys(conn: Connection, gone: pl.DataFrame, come: pl.DataFrame) -> None:
    """Remove some keys (``key``, ``rid``) and add others. Most keys of a record that changed stay, and cost nothing."""
    conn.execute(sa.text("CREATE TEMP TABLE gone_key (key bigint, rid bigint) ON COMMIT DROP"))
    copy_in(conn, "gone_key", gone.select("key", "rid"))
    conn.execute(sa.text("ANALYZE gone_key"))
    conn.execute(sa.text("DELETE FROM party_key k USING gone_key g WHERE k.key = g.key AND k.rid = g.rid"))
    conn.execute(sa.text("DROP TABLE gone_key"))
    copy_in(conn, "party_key", come)


def block_sizes(conn: Connection, keys: pl.Series, most: int) -> pl.DataFrame:
    """Number of records under each of the given keys, counted up to ``most``: ``key``, ``size``."""
    _keys_table(conn, keys)
    return copy_out(
        conn,
        """SELECT w.key, (SELECT count(*) FROM (SELECT FROM party_key WHERE key = w.key LIMIT :most) k) AS size
           FROM wanted_key w""",
        {"most": most},
        schema={"key": pl.Int64, "size": pl.Int64},
    )


def holders_of(conn: Connection, keys: pl.Series, cap: int | None = None) -> pl.DataFrame:
    """The records under each of the given keys, ``key`` and ``rid``; keys of more than ``cap`` records left out."""
    _keys_table(conn, keys)
    if cap is None:
        return copy_out(conn, "SELECT key, rid FROM party_key JOIN wanted_key USING (key)", schema=_KEY)
    return copy_out(
        conn,
        """SELECT w.key, b.rid FROM wanted_key w CROSS JOIN LATERAL (
               SELECT array_agg(k.rid) AS rids FROM (
                   SELECT rid FROM party_key WHERE key = w.key LIMIT :cap + 1) k
           ) found CROSS JOIN LATERAL unnest(found.rids) AS b (rid)
           WHERE cardinality(found.rids) BETWEEN 2 AND :cap""",
        {"cap": cap},
        schema=_KEY,
    )


def _keys_table(conn: Connection, keys: pl.Series) -> None:
    conn.execute(sa.text("CREATE TEMP TABLE IF NOT EXISTS wanted_key (key bigint PRIMARY KEY) ON COMMIT DROP"))
    conn.execute(sa.text("TRUNCATE wanted_key"))
    copy_in(conn, "wanted_key", keys.alias("key").unique().to_frame())
    conn.execute(sa.text("ANALYZE wanted_key"))


_KEY = {"key": pl.Int64, "rid": pl.Int64}


# -------------------------------------------------------------------- common contact values


def own_contacts(conn: Connection) -> pl.DataFrame:
    """The dealers' own contact points from the importer's registry: ``dealer``, ``phones`` (E.164 digits), ``emails``."""
    return copy_out(
        conn,
        f"""SELECT code, (SELECT array_agg({_OWN["phones"]}) FROM unnest(phones) v),
               (SELECT array_agg({_OWN["emails"]}) FROM unnest(emails) v)
           FROM dealer""",
        schema={"dealer": pl.String, "phones": TEXTS, "emails": TEXTS},
    )


# how a contact point of the registry is told, as a record's is
_OWN = {
    "phones": "regexp_replace(regexp_replace(v, '[^0-9]', '', 'g'), '^8(?=[0-9]{10}$)', '7')",
    "emails": "lower(trim(v))",
}


def shared_values(conn: Connection) -> pl.DataFrame:
    """The classified contact values of the present base."""
    schema = {"field": pl.String, "value": pl.String, "dealer": pl.String, "class": pl.String}
    return copy_out(conn, "SELECT field, value, dealer, class FROM shared_value", schema=schema)


def shared_among(conn: Connection, phones: Collection[str], emails: Collection[str]) -> list[tuple[str, str, str, str]]:
    """The same of a few contact values, row by row."""
    held = {"phones": list(phones), "emails": list(emails)}
    return [tuple(row) for row in conn.execute(_SHARED_AMONG, held)]


def nobodys_among(
    conn: Connection, phones: Collection[str], emails: Collection[str]
) -> list[tuple[str, str, str, str]]:
    """Of a few contact values those that are no contact of whoever holds them: invented ones, and the dealers' own.

    Returns:
        rows as `shared_among`, all of class 'placeholder'; what the caller may see of both.
    """
    held = {"phones": list(phones), "emails": list(emails)}
    return [tuple(row) for row in conn.execute(_NOBODYS_AMONG, held)]


_HELD = "(field = 'phones' AND value = ANY(:phones) OR field = 'emails' AND value = ANY(:emails))"
_SHARED_AMONG = sa.text(f"SELECT field, value, dealer, class FROM shared_value WHERE {_HELD}")
_NOBODYS_AMONG = sa.text(
    f"SELECT field, value, dealer, class FROM shared_value WHERE class = 'placeholder' AND {_HELD}"
    + "".join(
        f" UNION SELECT '{field}', {told}, '', 'placeholder' FROM dealer, unnest({field}) v WHERE {told} = ANY(:{field})"
        for field, told in _OWN.items()
    )
)


def replace_shared_values(conn: Connection, values: pl.DataFrame) -> None:
    """Store the classified contact values of the base anew."""
    conn.execute(sa.text("DELETE FROM shared_value"))
    copy_in(conn, "shared_value", values)


# -------------------------------------------------------------------- dirty marks


def take_dirty(conn: Connection, scope: str) -> None:
    """Fill a scope with the dirty records and take their marks away.

    First of all, before anything is read: a mark that is set meanwhile stands for a change not yet seen, and stays.
    """
    new_scope(conn, scope)
    conn.execute(sa.text(f"WITH taken AS (DELETE FROM dirty RETURNING rid) INSERT INTO {scope} SELECT rid FROM taken"))
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


# -------------------------------------------------------------------- edges

_EDGE = {"rid_a": pl.Int64, "rid_b": pl.Int64, "weight": pl.Float32}


def drop_edges(conn: Connection, scope: str) -> None:
    """Forget the edges of a scope's records; both ends of each are reopened."""
    conn.execute(
        sa.text(f"""
            WITH gone AS (
                DELETE FROM edge WHERE rid_a IN (SELECT rid FROM {scope}) OR rid_b IN (SELECT rid FROM {scope})
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


# -------------------------------------------------------------------- components and the partition


def reopened_count(conn: Connection) -> int:
    """How many records wait to be clustered again."""
    return int(conn.execute(sa.text("SELECT count(*) FROM reopened")).scalar_one())


_EDGES_OF = """SELECT rid_b AS rid FROM edge WHERE rid_a = c.rid
    UNION ALL SELECT rid_a FROM edge WHERE rid_b = c.rid"""
_BONDS_OF = """UNION ALL SELECT q.rid FROM party p JOIN judged j ON j.record = p.id JOIN judged k ON k.bond = j.bond
    JOIN party q ON q.id = k.record WHERE p.rid = c.rid"""
_GOLDEN_OF = """UNION ALL SELECT o.rid FROM membership m JOIN membership o ON o.golden = m.golden WHERE m.rid = c.rid"""


def component_scope(conn: Connection, name: str, judged: bool = False) -> int:
    """Fill a scope with the reopened records, the golden records they stood in, and all their components.

    Args:
        judged: whether judgements stand; then records that they connect are of one component.
    """
    new_scope(conn, name)
    add_to_scope(
        conn,
        name,
        f"""WITH RECURSIVE seed AS (
               SELECT rid FROM reopened
               UNION SELECT o.rid FROM reopened JOIN membership m USING (rid) JOIN membership o ON o.golden = m.golden
           ), closure AS (
               SELECT rid FROM seed
               UNION SELECT e.rid FROM closure c CROSS JOIN LATERAL ({_EDGES_OF} {_BONDS_OF if judged else ""}) e
           ) SELECT rid FROM closure""",
    )
    # a component may reach a golden record that was whole before: its other members are in the component, too,
    # unless their edges are gone; then they were reopened
    conn.execute(sa.text(f"ANALYZE {name}"))
    return int(conn.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar_one())


def scope_around(conn: Connection, name: str, rids: Iterable[int]) -> None:
    """Fill a scope with a few records and all that edges, judgements and golden records connect with them.

    Such a scope can be clustered by itself at any time, also while others wait to be clustered.
    """
    new_scope(conn, name, rids)
    add_to_scope(
        conn,
        name,
        f"""WITH RECURSIVE closure AS (
               SELECT rid FROM {name}
               UNION SELECT e.rid FROM closure c CROSS JOIN LATERAL ({_EDGES_OF} {_BONDS_OF} {_GOLDEN_OF}) e
           ) SELECT rid FROM closure""",
    )
    conn.execute(sa.text(f"ANALYZE {name}"))


def replace_partition(conn: Connection, scope: str | None, membership: pl.DataFrame, review: pl.DataFrame) -> None:
    """Store the partition of a scope's records (of all records when there is no scope), and what waits for a steward.

    Within a scope most records stay where they are: these are not touched.
    """
    where = f"IN (SELECT rid FROM {scope})" if scope else "IS NOT NULL"
    _replace_reviews(conn, where, review)
    if scope is None:
        # a lead that arrived since the records were read stands in its own golden record until the next match
        new_scope(conn, "placed_lead", membership.filter(pl.col("dealer") == HUB)["rid"])
        conn.execute(
            sa.text("""DELETE FROM membership m WHERE dealer <> :hub OR rid IN (SELECT rid FROM placed_lead)
                OR NOT EXISTS (SELECT FROM party p WHERE p.rid = m.rid)"""),
            {"hub": HUB},
        )
        copy_in(conn, "membership", membership)
        analyze(conn, "membership")
        return
    conn.execute(sa.text("CREATE TEMP TABLE placed (LIKE membership) ON COMMIT DROP"))
    copy_in(conn, "placed", membership)
    conn.execute(sa.text("ANALYZE placed"))
    conn.execute(
        sa.text(f"""DELETE FROM membership m WHERE rid {where} AND NOT EXISTS (
            SELECT FROM placed p WHERE p.rid = m.rid AND p.golden = m.golden AND p.dealer = m.dealer)""")
    )
    conn.execute(
        sa.text("""INSERT INTO membership SELECT p.* FROM placed p
            WHERE NOT EXISTS (SELECT FROM membership m WHERE m.rid = p.rid)""")
    )
    conn.execute(sa.text("DROP TABLE placed"))


def _replace_reviews(conn: Connection, where: str, review: pl.DataFrame) -> None:
    """Store what waits for a steward. A question about records that are as they were, asked as before, is not touched."""
    conn.execute(
        sa.text(
            "CREATE TEMP TABLE asked (rid_a bigint, rid_b bigint, weight real, reason text, priority integer) ON COMMIT DROP"
        )
    )
    copy_in(conn, "asked", review)
    conn.execute(sa.text("ANALYZE asked"))
    conn.execute(
        sa.text(f"""DELETE FROM review r WHERE rid_a {where} AND NOT EXISTS (
            SELECT FROM asked q WHERE q.rid_a = r.rid_a AND q.rid_b = r.rid_b
                AND q.weight = r.weight AND q.reason = r.reason AND q.priority = r.question
                AND NOT EXISTS (SELECT FROM reopened o WHERE o.rid IN (r.rid_a, r.rid_b)))""")
    )
    conn.execute(
        sa.text("""INSERT INTO review (rid_a, rid_b, weight, reason, priority)
            SELECT rid_a, rid_b, weight, reason, priority FROM asked ON CONFLICT DO NOTHING""")
    )
    conn.execute(sa.text("DROP TABLE asked"))


def golden_keys(conn: Connection) -> pl.Series:
    """The golden records in which records stand now."""
    return copy_out(conn, "SELECT DISTINCT golden FROM membership", schema={"golden": pl.Int64})["golden"]


def seats(conn: Connection, scope: str) -> pl.DataFrame:
    """In which golden record each record of a scope stands now: ``rid``, ``before``."""
    sql = f"SELECT rid, golden FROM membership WHERE rid IN (SELECT rid FROM {scope})"
    return copy_out(conn, sql, schema={"rid": pl.Int64, "before": pl.Int64})


def reopened_within(conn: Connection, scope: str) -> pl.Series:
    """The records of a scope that wait to be clustered again."""
    return copy_out(conn, f"SELECT rid FROM reopened JOIN {scope} USING (rid)", schema={"rid": pl.Int64})["rid"]


def drop_golden(conn: Connection, golden: pl.Series) -> None:
    """Remove golden records that are no more; their ids go on to resolve through their source records."""
    new_scope(conn, "former", golden)
    conn.execute(sa.text("DELETE FROM golden WHERE golden IN (SELECT rid FROM former)"))


def write_golden(conn: Connection, golden: pl.DataFrame) -> int:
    """Write golden records; returns how many were new or changed. Those that stay as they were are not touched."""
    conn.execute(sa.text("CREATE TEMP TABLE IF NOT EXISTS fresh (LIKE golden) ON COMMIT DROP"))
    conn.execute(sa.text("TRUNCATE fresh"))
    copy_in(conn, "fresh", golden)
    conn.execute(sa.text("DELETE FROM golden g USING fresh f WHERE f.golden = g.golden AND f.version <> g.version"))
    return conn.execute(sa.text("INSERT INTO golden SELECT * FROM fresh ON CONFLICT (golden) DO NOTHING")).rowcount


def close_reopened(conn: Connection, scope: str | None = None) -> None:
    """The partition is up to date: of a scope's records, or of all, none waits to be clustered."""
    within = f"WHERE rid IN (SELECT rid FROM {scope})" if scope else ""
    conn.execute(sa.text(f"DELETE FROM reopened {within}"))
