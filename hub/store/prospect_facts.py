"""What claims are made of, out of the source records: dated events and holds, of the parties in a scope or of all.

The scope is the temporary table ``settling`` of golden records. Rows are gathered in temporary tables first, since a sale
or visit is found by its customer's number, and its brand perhaps by its VIN.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl
from sqlalchemy import Connection

from hub.feeds import HUB
from hub.normalize.addresses import fold_city
from hub.prospects.facts import CONTACTS, LEADS, SALES, VISITS, WORDS, Facts, Network
from hub.prospects.geography import DEALERS, HOMES
from hub.prospects.rights import Dealer, Rights
from hub.store.bulk import Schema, copy_in, copy_out
from hub.store.ownership import fold_brand
from hub.store.places import locate_all

SCOPE = "settling"
MEMBERS = "settling_member m"  # the members of the scope: rid, golden, kind
_MEMORY_MIB = 128  # for each sort and hash of gathering all

# Customers' numbers as rows mean them. A number given anew, or carried over to another, means its bearer of the row's day.
_BEARERS = """
CREATE TEMP TABLE bearer ON COMMIT DROP AS
WITH known AS (
    SELECT m.golden, c.rid, c.dealer, c.record_no
    FROM {members} JOIN customers c ON c.rid = m.rid
    LEFT JOIN (SELECT dealer, record_no, max(incarnation) AS latest FROM customers WHERE incarnation > 0 GROUP BY 1, 2) n
        ON n.dealer = c.dealer AND n.record_no = c.record_no
    WHERE m.kind <> 'house' AND c.incarnation = coalesce(n.latest, 0)),
renamed AS (
    SELECT dealer, from_no, rid, day AS before, lag(day) OVER (PARTITION BY dealer, from_no ORDER BY day) AS after
    FROM rekeyed WHERE feed = 'customers')
SELECT k.golden, k.dealer, k.record_no AS account, r.after, CAST(NULL AS date) AS before
FROM known k LEFT JOIN (SELECT dealer, from_no, max(before) AS after FROM renamed GROUP BY 1, 2) r
    ON r.dealer = k.dealer AND r.from_no = k.record_no
UNION ALL
SELECT k.golden, r.dealer, r.from_no, r.after, r.before FROM renamed r JOIN known k ON k.rid = r.rid;
ANALYZE bearer;
"""
_BORNE = """JOIN bearer b ON b.dealer = t.dealer AND b.account = t.{number}
    AND (b.before IS NULL OR t.day < b.before) AND (b.after IS NULL OR t.day >= b.after)"""

_PURPOSE = """CASE WHEN {0}.interest = 'service' THEN 'service' WHEN {0}.interest = 'sell' THEN 'used'
    ELSE coalesce({0}.new_or_used, 'new') END"""
# When the hub first saw a row say what it says now of one column: its history's first version that does, else this one.
_SINCE = """CASE WHEN {when} THEN coalesce(
    (SELECT min(v.received_at) FROM {feed}_history h JOIN upload v USING (upload_id) WHERE h.rid = t.rid AND {same}),
    u.received_at) END"""

_LEADS = f"""
CREATE TEMP TABLE lead_fact ON COMMIT DROP AS
SELECT m.golden, t.dealer, t.record_no, t.brand, {_PURPOSE.format("t")} AS purpose, t.id, t.first_seen, t.created_at,
    t.test_drive_at, t.last_contact_at, coalesce(t.status = 'lost', false) AS lost,
    coalesce(t.last_contact_kind = 'visit', false) AS visited, e.received_at AS ended_at,
    {_SINCE.format(when="t.test_drive_at IS NOT NULL", feed="leads", same="h.test_drive_at = t.test_drive_at")} AS drive_seen,
    {_SINCE.format(when="t.last_contact_kind = 'visit'", feed="leads", same="h.last_contact_at = t.last_contact_at")}
        AS visit_seen,
    {_SINCE.format(when="t.status = 'lost'", feed="leads", same="h.status = 'lost'")} AS lost_seen
FROM {{members}} JOIN leads t ON t.rid = m.rid LEFT JOIN upload u ON u.upload_id = t.upload_id
LEFT JOIN upload e ON e.upload_id = t.ended_upload_id
WHERE m.kind <> 'house' AND left(t.dealer, 1) <> '@' {{order}};
ANALYZE lead_fact;
"""
# Brands of VINs, by the cars of any dealer and by their sales: of all, and of those in {asked}
_ALL_VINS = """SELECT vin, min(lower(brand)) AS vin_brand
    FROM (SELECT vin, brand FROM vehicles UNION ALL SELECT vin, brand FROM sales) t
    WHERE vin IS NOT NULL AND brand IS NOT NULL GROUP BY vin"""
_VINS = """SELECT vin, min(brand) AS vin_brand FROM (
        SELECT a.vin, lower(v.brand) AS brand FROM {asked} a JOIN vehicles v ON v.vin = a.vin
        UNION ALL SELECT a.vin, lower(s.brand) FROM {asked} a JOIN sales s ON s.vin = a.vin) t
    WHERE brand IS NOT NULL GROUP BY vin"""
_SOLD = """t.rid, t.upload_id, t.dealer, t.brand, t.new_or_used, t.vin, t.id, t.first_seen, t.ordered_at, t.contracted_at,
    t.delivered_at, t.deposit, t.status"""
_SALES = f"""
CREATE TEMP TABLE sale_fact ON COMMIT DROP AS
WITH sold AS MATERIALIZED (
    SELECT b.golden, {_SOLD} FROM sales t {_BORNE.format(number="customer_no")}
    UNION SELECT b.golden, {_SOLD} FROM sales t {_BORNE.format(number="co_buyer_no")}),
asked AS (SELECT DISTINCT vin FROM sold WHERE vin IS NOT NULL AND brand IS NULL),
branded AS ({_VINS.format(asked="asked")})
SELECT t.golden, t.dealer, coalesce(t.brand, v.vin_brand) AS brand, coalesce(t.new_or_used, 'new') AS purpose,
    t.vin IS NOT NULL AS known, t.id, t.first_seen, t.ordered_at, t.contracted_at, t.delivered_at,
    coalesce(t.deposit > 0, false) AS deposited, coalesce(t.status, 'delivered') AS status,
    {_SINCE.format(when="t.status IN ('cancelled', 'lost')", feed="sales", same="h.status = t.status")} AS over_seen
FROM sold t LEFT JOIN branded v USING (vin) LEFT JOIN upload u USING (upload_id) {{order}};
"""
_VISITS = f"""
CREATE TEMP TABLE visit_fact ON COMMIT DROP AS
WITH visited AS MATERIALIZED (
    SELECT b.golden, t.dealer, t.vin, t.opened_at, t.first_seen, t.id
    FROM service_visits t {_BORNE.format(number="customer_no")} WHERE t.opened_at IS NOT NULL),
asked AS (SELECT DISTINCT vin FROM visited WHERE vin IS NOT NULL),
branded AS ({{vins}})
SELECT golden, dealer, vin_brand AS brand, opened_at, first_seen, id
FROM visited LEFT JOIN branded USING (vin) {{order}};
"""
# Only what may be two-way: from the customer, face to face, or answered (which words mean "no", the policy says)
_CONTACTS = f"""
CREATE TEMP TABLE contact_fact ON COMMIT DROP AS
SELECT c.golden, c.brand, c.purpose, c.dealer, c.at, c.first_seen, c.id,
       CASE WHEN c.direction = 'out' AND c.channel IS DISTINCT FROM 'visit' THEN lower(btrim(c.outcome)) END AS outcome
FROM (
    SELECT l.golden, l.brand, l.purpose, t.dealer, t.at, t.first_seen, t.id, t.direction, t.channel, t.outcome
    FROM interactions t JOIN lead_fact l ON l.dealer = t.dealer AND l.record_no = t.lead_no
    UNION ALL
    SELECT b.golden, NULL, NULL, t.dealer, t.at, t.first_seen, t.id, t.direction, t.channel, t.outcome
    FROM interactions t {_BORNE.format(number="customer_no")}
    WHERE t.lead_no IS NULL OR NOT EXISTS (SELECT FROM leads l WHERE l.dealer = t.dealer AND l.record_no = t.lead_no)) c
WHERE c.at IS NOT NULL AND (c.direction = 'in' OR c.channel = 'visit' OR c.direction = 'out' AND c.outcome IS NOT NULL)
{{order}};
"""
# What neither claims nor sales and visits tell: words of the customer and of head office, objections.
_WORDS = f"""
CREATE TEMP TABLE word_fact ON COMMIT DROP AS
SELECT m.golden, lower(btrim(e.body->>'brand')) AS brand, e.body->>'purpose' AS purpose, nullif(e.body->>'dealer', '') AS dealer,
       CASE e.kind WHEN 'choice' THEN 'customer_choice' ELSE e.kind END AS rule, e.received_at AS stated,
       e.received_at AS seen, CAST(e.body->>'until' AS timestamptz) AS until, lpad(CAST(e.entry_id AS text), 20, '0') AS source
    FROM entry e JOIN party p ON p.id = CAST(e.body->>'record_id' AS uuid) JOIN {{members}} ON m.rid = p.rid
    WHERE e.kind IN ('choice', 'ruling', 'allocation') AND e.body->>'record_id' IS NOT NULL
UNION ALL SELECT m.golden, coalesce(lower(l.brand), ''), {_PURPOSE.format("l")}, d.code, 'customer_choice', l.created_at,
       l.first_seen, NULL, CAST(l.id AS text)
    FROM leads l JOIN dealer d ON d.code = l.chosen_dealer JOIN {{members}} ON m.rid = l.rid
    WHERE l.dealer = '{HUB}'  -- only what the person told the importer itself
UNION ALL SELECT b.golden, NULL, NULL, CASE WHEN t.controller = 'dealer' THEN t.dealer END, 'legal_stop', t.at,
       t.first_seen, (SELECT min(n.at) FROM consents n WHERE n.dealer = t.dealer AND n.customer_no = t.customer_no
           AND n.controller = t.controller AND n.purpose = 'processing' AND n.status = 'granted' AND n.at > t.at),
       CAST(t.id AS text)
    FROM consents t {_BORNE.format(number="customer_no")}
    WHERE t.purpose = 'processing' AND t.status = 'withdrawn' AND t.at IS NOT NULL;
"""
_TABLES = ("lead_fact", "sale_fact", "visit_fact", "contact_fact", "word_fact")
_AS_READ: dict[str, tuple[str, str, Schema]] = {
    "leads": (
        "lead_fact",
        """golden, dealer, brand, purpose, id, first_seen, created_at, test_drive_at, drive_seen, last_contact_at, visited,
           visit_seen, lost, lost_seen, ended_at""",
        LEADS,
    ),
    "sales": (
        "sale_fact",
        """golden, dealer, brand, purpose, id, first_seen, ordered_at, contracted_at, delivered_at, deposited, status, known,
           over_seen""",
        SALES,
    ),
    "visits": ("visit_fact", "golden, dealer, brand, id, first_seen, opened_at", VISITS),
    "contacts": ("contact_fact", "golden, dealer, brand, purpose, id, first_seen, at, outcome", CONTACTS),
    "words": ("word_fact", "golden, dealer, brand, purpose, source, rule, stated, seen, until", WORDS),
}


def gather_facts(conn: Connection, scoped: bool) -> None:
    """Gather the source rows of the scope, or of all parties, in temporary tables; `drop_facts` takes them away.

    Those of all lie by golden record, with an index that finds a part of them.
    """
    members = MEMBERS if scoped else "(SELECT rid, golden, kind FROM membership JOIN golden USING (golden)) m"
    order = "" if scoped else "ORDER BY golden"
    vins = _VINS.format(asked="asked") if scoped else _ALL_VINS
    # Of a few, each row is found by an index: plans would read whole tables, which grow, as soon as that seems a little quicker
    conn.exec_driver_sql("SET LOCAL enable_seqscan = off" if scoped else f"SET LOCAL work_mem = '{_MEMORY_MIB}MB'")
    for statement in (_BEARERS, _LEADS, _SALES, _VISITS, _CONTACTS, _WORDS):
        told = statement.replace("{members}", members).replace("{order}", order).replace("{vins}", vins)
        conn.exec_driver_sql(told)
    conn.exec_driver_sql("SET LOCAL enable_seqscan = on; DROP TABLE bearer")
    for table in () if scoped else _TABLES:
        conn.exec_driver_sql(
            f"CREATE INDEX ON {table} USING brin (golden) WITH (pages_per_range = 16); ANALYZE {table}"
        )


def drop_facts(conn: Connection) -> None:
    """Drop what `gather_facts` made."""
    conn.exec_driver_sql(f"DROP TABLE {', '.join(_TABLES)}")


def read_facts(conn: Connection, part: str = "true") -> Facts:
    """The gathered facts.

    Args:
        part: a condition on ``golden``, to read them in parts.
    """
    return Facts(**{name: _read(conn, *source, part) for name, source in _AS_READ.items()})


def _read(conn: Connection, table: str, columns: str, schema: Schema, part: str) -> pl.DataFrame:
    """Times, which are the whole numbers beside ``golden``, as microseconds."""
    told = zip(columns.replace("\n", " ").split(","), schema.items(), strict=True)
    asked = [
        f"CAST(extract(epoch FROM {column}) * 1000000 AS bigint)" if kind == pl.Int64 and name != "golden" else column
        for column, (name, kind) in told
    ]
    return copy_out(conn, f"SELECT {', '.join(asked)} FROM {table} WHERE {part}", schema=schema)


def read_network(conn: Connection) -> Network:
    """What the facts of all parties are read with."""
    return Network(_only_brands(conn), _firsts(conn), _crowds(conn))


def _only_brands(conn: Connection) -> pl.DataFrame:
    return copy_out(
        conn,
        """SELECT code, min(brand) FROM (
               SELECT code, lower(btrim(unnest(brands))) AS brand FROM dealer
               UNION SELECT code, lower(btrim(f->>'brand')) FROM dealer, jsonb_array_elements(franchises) f) b
           GROUP BY code HAVING count(DISTINCT brand) = 1""",
        schema={"dealer": pl.String, "only": pl.String},
    )


def _firsts(conn: Connection) -> pl.DataFrame:
    return copy_out(
        conn,
        """SELECT d.code, CAST(extract(epoch FROM f.at) * 1000000 AS bigint) FROM dealer d CROSS JOIN LATERAL (
               SELECT received_at AS at FROM upload WHERE dealer = d.code ORDER BY received_at LIMIT 1) f""",
        schema={"dealer": pl.String, "first": pl.Int64},
    )


def _crowds(conn: Connection) -> pl.DataFrame:
    schema: Schema = {"dealer": pl.String, "day": pl.Date, "crowd": pl.Int64}
    return copy_out(conn, "SELECT dealer, day, leads FROM unproven_day", schema=schema)


def read_homes(conn: Connection, goldens: pl.Series) -> pl.DataFrame:
    """Where parties live, schema `hub.prospects.geography.HOMES`."""
    conn.exec_driver_sql("CREATE TEMP TABLE lives (golden bigint PRIMARY KEY) ON COMMIT DROP")
    copy_in(conn, "lives", goldens.unique().alias("golden").to_frame())
    found = copy_out(
        conn,
        """SELECT g.golden, nullif(lower(g.country), ''), g.postcode, g.city FROM golden g JOIN lives USING (golden)
           WHERE g.postcode IS NOT NULL OR g.city IS NOT NULL""",
        schema={"golden": pl.Int64, "country": pl.String, "postcode": pl.String, "city": pl.String},
    )
    conn.exec_driver_sql("DROP TABLE lives")
    cities = found["city"].drop_nulls().unique().to_list()
    folded = pl.DataFrame({"city": cities, "folded": [fold_city(city) for city in cities]}, schema=_FOLDED)
    homes = found.join(folded, on="city", how="left").drop("city").rename({"folded": "city"})
    return locate_all(conn, homes).select(list(HOMES))


_FOLDED = {"city": pl.String, "folded": pl.String}


def read_dealers(conn: Connection) -> pl.DataFrame:
    """Where dealers are, schema `hub.prospects.geography.DEALERS`."""
    return copy_out(
        conn, "SELECT code, latitude, longitude, CAST(territory AS text) FROM dealer WHERE registered", schema=DEALERS
    )


def read_rights(conn: Connection) -> Rights:
    """Which dealers may hold whose prospects when, by the registry."""
    rows = conn.exec_driver_sql("SELECT code, active_from, active_until, franchises FROM dealer WHERE registered")
    return Rights.of(Dealer(code, since, until, list(map(_franchise, given))) for code, since, until, given in rows)


def _franchise(right: Mapping[str, str]) -> tuple[str, str | None, date | None, date | None]:
    first, last = (date.fromisoformat(right[name]) if right.get(name) else None for name in ("from", "until"))
    return fold_brand(right["brand"]), right.get("purpose"), first, last
