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
from hub.prospects.events import EVENTS, HOLDS
from hub.prospects.geography import DEALERS, HOMES
from hub.prospects.rights import Dealer, Rights
from hub.store.bulk import Schema, copy_in, copy_out
from hub.store.ownership import fold_brand
from hub.store.places import locate_all

SCOPE = "settling"

# Customers' numbers as rows mean them. A number given anew, or carried over to another, means its bearer of the row's day.
_BEARERS = """
CREATE TEMP TABLE bearer ON COMMIT DROP AS
WITH known AS (
    SELECT m.golden, c.rid, c.dealer, c.record_no
    FROM {members} JOIN golden g USING (golden) JOIN customers c ON c.rid = m.rid
    LEFT JOIN (SELECT dealer, record_no, max(incarnation) AS latest FROM customers WHERE incarnation > 0 GROUP BY 1, 2) n
        ON n.dealer = c.dealer AND n.record_no = c.record_no
    WHERE g.kind <> 'house' AND c.incarnation = coalesce(n.latest, 0)),
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
    t.test_drive_at, t.last_contact_at, t.status = 'lost' AS lost, t.last_contact_kind = 'visit' AS visited,
    e.received_at AS ended_at, coalesce(u.received_at, t.first_seen) AS seen,
    {_SINCE.format(when="t.test_drive_at IS NOT NULL", feed="leads", same="h.test_drive_at = t.test_drive_at")} AS drive_seen,
    {_SINCE.format(when="t.last_contact_kind = 'visit'", feed="leads", same="h.last_contact_at = t.last_contact_at")}
        AS visit_seen,
    {_SINCE.format(when="t.status = 'lost'", feed="leads", same="h.status = 'lost'")} AS lost_seen
FROM {{members}} JOIN golden g USING (golden) JOIN leads t ON t.rid = m.rid LEFT JOIN upload u ON u.upload_id = t.upload_id
LEFT JOIN upload e ON e.upload_id = t.ended_upload_id
WHERE g.kind <> 'house' AND left(t.dealer, 1) <> '@';
ANALYZE lead_fact;
"""
_SALES = f"""
CREATE TEMP TABLE sale_fact ON COMMIT DROP AS
SELECT t.golden, t.dealer, t.brand, coalesce(t.new_or_used, 'new') AS purpose, t.vin, t.id, t.first_seen, t.ordered_at,
    t.contracted_at, t.delivered_at, t.deposit, coalesce(t.status, 'delivered') AS status,
    {_SINCE.format(when="t.status IN ('cancelled', 'lost')", feed="sales", same="h.status = t.status")} AS over_seen
FROM (SELECT b.golden, t.* FROM sales t {_BORNE.format(number="customer_no")}
      UNION SELECT b.golden, t.* FROM sales t {_BORNE.format(number="co_buyer_no")}) t
LEFT JOIN upload u USING (upload_id)
"""
_VISITS = f"""
CREATE TEMP TABLE visit_fact ON COMMIT DROP AS
SELECT b.golden, t.dealer, t.vin, t.opened_at, t.first_seen, t.id
FROM service_visits t {_BORNE.format(number="customer_no")} WHERE t.opened_at IS NOT NULL
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
"""
_VINS = """
CREATE TEMP TABLE vin_brand ON COMMIT DROP AS
WITH asked AS (SELECT vin FROM visit_fact WHERE vin IS NOT NULL
               UNION SELECT vin FROM sale_fact WHERE vin IS NOT NULL AND brand IS NULL)
SELECT vin, min(brand) AS brand FROM (
    SELECT a.vin, lower(v.brand) AS brand FROM asked a JOIN vehicles v ON v.vin = a.vin
    UNION ALL SELECT a.vin, lower(s.brand) FROM asked a JOIN sales s ON s.vin = a.vin) t
WHERE brand IS NOT NULL GROUP BY vin;
ANALYZE vin_brand;
"""
_TABLES = "bearer, lead_fact, sale_fact, visit_fact, contact_fact, vin_brand"

_EVENTS = """
SELECT golden, brand, purpose, dealer, 0, created_at, first_seen, id, 'leads', NULL FROM lead_fact
UNION ALL SELECT golden, brand, purpose, dealer, 2, test_drive_at, drive_seen, id, 'leads', NULL FROM lead_fact
    WHERE test_drive_at <= drive_seen
UNION ALL SELECT golden, brand, purpose, dealer, 1, last_contact_at, visit_seen, id, 'leads', NULL FROM lead_fact
    WHERE visited AND last_contact_at IS NOT NULL
UNION ALL SELECT golden, brand, purpose, dealer, 3, greatest(last_contact_at, created_at), lost_seen, id, 'leads', NULL
    FROM lead_fact WHERE lost
UNION ALL SELECT golden, brand, purpose, dealer, 4, NULL, ended_at, id, 'leads', NULL FROM lead_fact
    WHERE ended_at IS NOT NULL
UNION ALL SELECT golden, coalesce(s.brand, v.brand), purpose, dealer, kind, stated, seen, id, 'sales', NULL
    FROM sale_fact s LEFT JOIN vin_brand v USING (vin) CROSS JOIN LATERAL (VALUES
        (2, coalesce(ordered_at, contracted_at), first_seen),
        (3, NULL, over_seen),
        (5, CASE WHEN status = 'delivered' AND vin IS NOT NULL THEN delivered_at END, first_seen)) f (kind, stated, seen)
    WHERE seen IS NOT NULL AND (stated IS NOT NULL OR kind = 3)
UNION ALL SELECT golden, v.brand, 'service', dealer, 1, opened_at, first_seen, id, 'service_visits', NULL
    FROM visit_fact LEFT JOIN vin_brand v USING (vin)
UNION ALL SELECT golden, brand, purpose, dealer, 1, at, first_seen, id, 'interactions', outcome FROM contact_fact
"""
_HOLDS = f"""
SELECT golden, coalesce(s.brand, v.brand, ''), purpose, dealer, 'open_contract', coalesce(contracted_at, ordered_at),
       first_seen, CASE status WHEN 'delivered' THEN coalesce(delivered_at, contracted_at, ordered_at)
                               WHEN 'cancelled' THEN over_seen WHEN 'lost' THEN over_seen END, CAST(id AS text)
    FROM sale_fact s LEFT JOIN vin_brand v USING (vin)
    WHERE coalesce(contracted_at, ordered_at) IS NOT NULL AND (contracted_at IS NOT NULL OR deposit > 0)
      AND (status IN ('contracted', 'ordered', 'delivered') OR over_seen > first_seen)
UNION ALL SELECT golden, coalesce(s.brand, v.brand, ''), p.purpose, dealer, 'last_seller', delivered_at, first_seen, NULL,
       CAST(id AS text)
    FROM sale_fact s LEFT JOIN vin_brand v USING (vin) CROSS JOIN (VALUES ('new'), ('used')) p (purpose)
    WHERE status = 'delivered' AND delivered_at IS NOT NULL AND vin IS NOT NULL
UNION ALL SELECT golden, v.brand, 'service', dealer, 'last_seller', opened_at, first_seen, NULL, CAST(id AS text)
    FROM visit_fact LEFT JOIN vin_brand v USING (vin)
UNION ALL SELECT m.golden, lower(btrim(e.body->>'brand')), e.body->>'purpose', nullif(e.body->>'dealer', ''),
       CASE e.kind WHEN 'choice' THEN 'customer_choice' ELSE e.kind END, e.received_at, e.received_at,
       CAST(e.body->>'until' AS timestamptz), lpad(CAST(e.entry_id AS text), 20, '0')
    FROM entry e JOIN party p ON p.id = CAST(e.body->>'record_id' AS uuid) JOIN membership m ON m.rid = p.rid {{scope}}
    WHERE e.kind IN ('choice', 'ruling', 'allocation') AND e.body->>'record_id' IS NOT NULL
UNION ALL SELECT m.golden, coalesce(lower(l.brand), ''), {_PURPOSE.format("l")}, d.code, 'customer_choice', l.created_at,
       l.first_seen, NULL, CAST(l.id AS text)
    FROM leads l JOIN dealer d ON d.code = l.chosen_dealer JOIN membership m ON m.rid = l.rid {{scope}}
    WHERE l.dealer = '{HUB}'  -- only what the person told the importer itself
UNION ALL SELECT b.golden, NULL, NULL, CASE WHEN t.controller = 'dealer' THEN t.dealer END, 'legal_stop', t.at,
       t.first_seen, (SELECT min(n.at) FROM consents n WHERE n.dealer = t.dealer AND n.customer_no = t.customer_no
           AND n.controller = t.controller AND n.purpose = 'processing' AND n.status = 'granted' AND n.at > t.at),
       CAST(t.id AS text)
    FROM consents t {_BORNE.format(number="customer_no")}
    WHERE t.purpose = 'processing' AND t.status = 'withdrawn' AND t.at IS NOT NULL
"""
_EVENT_SCHEMA: Schema = {
    "golden": pl.Int64, "brand": pl.String, "purpose": pl.String, "dealer": pl.String, "kind": pl.Int8, "stated": pl.Int64,
    "seen": pl.Int64, "source": pl.String, "feed": pl.String, "outcome": pl.String,
}  # fmt: skip
_HOLD_SCHEMA: Schema = {
    "golden": pl.Int64, "brand": pl.String, "purpose": pl.String, "dealer": pl.String, "rule": pl.String,
    "stated": pl.Int64, "seen": pl.Int64, "until": pl.Int64, "source": pl.String,
}  # fmt: skip


def gather_facts(conn: Connection, scoped: bool) -> None:
    """Gather the source rows of the scope, or of all parties, in temporary tables; `drop_facts` takes them away."""
    members = f"{SCOPE} z JOIN membership m USING (golden)" if scoped else "membership m"
    for statement in (_BEARERS, _LEADS, _SALES, _VISITS, _CONTACTS, _VINS):
        conn.exec_driver_sql(statement.replace("{members}", members))


def drop_facts(conn: Connection) -> None:
    """Drop what `gather_facts` made."""
    conn.exec_driver_sql(f"DROP TABLE {_TABLES}")


def read_events(conn: Connection, part: str = "true") -> pl.DataFrame:
    """The gathered events, schema `hub.prospects.events.EVENTS`.

    Args:
        part: a condition on ``golden``, to read them in parts.
    """
    frame = _read(conn, _EVENTS, _EVENT_SCHEMA, ("stated", "seen"), part)
    only = _only_brands(conn)
    bare = (pl.col("feed") == "interactions") & pl.col("purpose").is_null()
    told = frame.filter(~bare).join(only, on="dealer", how="left", maintain_order="left")
    told = told.with_columns(pl.coalesce("brand", "only", pl.lit("")).alias("brand")).drop("only")
    events = pl.concat([told, _of_known_prospects(frame.filter(bare), told, only)])
    return _with_days(conn, events.with_columns(_folded("brand"))).select(list(EVENTS))


def _of_known_prospects(contacts: pl.DataFrame, told: pl.DataFrame, only: pl.DataFrame) -> pl.DataFrame:
    """Contacts that name no lead count for all that their dealer has with the party; else for its only brand."""
    mine = told.select("golden", "dealer", "brand", "purpose").unique()
    bare = contacts.drop("brand", "purpose")
    known = bare.join(mine, on=["golden", "dealer"])
    rest = bare.join(mine, on=["golden", "dealer"], how="anti").join(only, on="dealer", how="left")
    rest = rest.with_columns(brand=pl.col("only").fill_null(""), purpose=pl.lit("new"))
    return pl.concat([known.select(told.columns), rest.select(told.columns)])


def read_holds(conn: Connection, scoped: bool, part: str = "true") -> pl.DataFrame:
    """The gathered grounds beside claims, schema `hub.prospects.events.HOLDS`."""
    sql = _HOLDS.replace("{scope}", f"JOIN {SCOPE} z USING (golden)" if scoped else "")
    frame = _read(conn, sql, _HOLD_SCHEMA, ("stated", "seen", "until"), part)
    only = _only_brands(conn)
    joined = frame.join(only, on="dealer", how="left", maintain_order="left")
    told = pl.col("rule") == "last_seller"  # a visit whose VIN nobody knows
    brand = pl.when(told).then(pl.coalesce("brand", "only", pl.lit(""))).otherwise(pl.col("brand"))
    return _with_days(conn, joined.with_columns(brand=brand).drop("only").with_columns(_folded("brand"))).select(
        list(HOLDS)
    )


def _read(conn: Connection, sql: str, schema: Schema, times: tuple[str, ...], part: str) -> pl.DataFrame:
    names = ", ".join(schema)
    columns = ", ".join(
        f"CAST(extract(epoch FROM {name}) * 1000000 AS bigint)" if name in times else name for name in schema
    )
    return copy_out(conn, f"SELECT {columns} FROM ({sql}) q ({names}) WHERE {part}", schema=schema)


def _folded(name: str) -> pl.Expr:
    """As `hub.store.ownership.fold_brand`."""
    return pl.col(name).str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()


def _only_brands(conn: Connection) -> pl.DataFrame:
    """Dealers that sell one brand alone: ``dealer``, ``only``."""
    return copy_out(
        conn,
        """SELECT code, min(brand) FROM (
               SELECT code, lower(btrim(unnest(brands))) AS brand FROM dealer
               UNION SELECT code, lower(btrim(f->>'brand')) FROM dealer, jsonb_array_elements(franchises) f) b
           GROUP BY code HAVING count(DISTINCT brand) = 1""",
        schema={"dealer": pl.String, "only": pl.String},
    )


def _with_days(conn: Connection, frame: pl.DataFrame) -> pl.DataFrame:
    """With ``hub_day``, ``dealer_day`` (the row came within 24 hours of the first file) and ``crowd``."""
    day = 86_400_000_000
    firsts = copy_out(
        conn,
        """SELECT d.code, CAST(extract(epoch FROM f.at) * 1000000 AS bigint) FROM dealer d CROSS JOIN LATERAL (
               SELECT received_at AS at FROM upload WHERE dealer = d.code ORDER BY received_at LIMIT 1) f""",
        schema={"dealer": pl.String, "first": pl.Int64},
    )
    many = copy_out(
        conn,
        "SELECT dealer, day, leads FROM unproven_day",
        schema={"dealer": pl.String, "day": pl.Date, "crowd": pl.Int64},
    )
    hub_first = firsts["first"].min()
    joined = frame.join(firsts, on="dealer", how="left", maintain_order="left")
    joined = joined.with_columns(day=pl.from_epoch("seen", "us").dt.date()).join(
        many, on=["dealer", "day"], how="left", maintain_order="left"
    )
    return joined.with_columns(
        hub_day=(pl.col("seen") < pl.lit(hub_first, pl.Int64) + day).fill_null(False),
        dealer_day=(pl.col("seen") < pl.col("first") + day).fill_null(False),
        crowd=pl.col("crowd").fill_null(0),
    )


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
