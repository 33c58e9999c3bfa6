"""Source records: staged rows become the present state of a feed, in sets.

All staging tables are temporary, and vanish with the transaction. The caller fills ``staged`` with the rows that
differ from the present, ``absent`` with the records that a full feed no longer holds, ``seen`` with those that an
upload carries unchanged although it was received before their ``first_seen``; then `apply` folds them in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.feeds import FEEDS, Type
from hub.parties import PARTY_SCHEMA
from hub.store.bulk import copy_in, copy_out
from hub.store.uploads import Upload

SQL_TYPES = {
    Type.TEXT: "text", Type.LIST: "text", Type.CHOICE: "text", Type.DATE: "date", Type.TIME: "timestamptz",
    Type.NUMBER: "numeric", Type.INTEGER: "bigint", Type.FLAG: "boolean",
}  # fmt: skip
VEHICLE_FEEDS = {  # feeds that join customers and vehicles → their columns that name a customer
    "vehicles": ("customer_no",),
    "sales": ("customer_no", "co_buyer_no"),
    "service_visits": ("customer_no",),
}
KNOWN_SCHEMA = {
    "dealer": pl.String, "record_no": pl.String, "rid": pl.Int64, "incarnation": pl.Int64, "row_hash": pl.String,
    "ended": pl.Boolean,
}  # fmt: skip

OTHER_ROWS = 200  # of a dealer, beside those asked for: enough to know the values of a column by
EARLIEST = "(SELECT rid, dealer, day, min(seen_at) AS seen_at FROM seen GROUP BY rid, dealer, day)"
_WORK_TABLES = """
CREATE TEMP TABLE filed (upload_id bigint PRIMARY KEY, dealer text, day date, received_at timestamptz) ON COMMIT DROP;
CREATE TEMP TABLE absent (rid bigint, upload_id bigint, day date) ON COMMIT DROP;
CREATE TEMP TABLE seen (rid bigint, dealer text, day date, seen_at timestamptz) ON COMMIT DROP;
CREATE TEMP TABLE same (rid bigint PRIMARY KEY) ON COMMIT DROP;
CREATE TEMP TABLE reborn (rid bigint PRIMARY KEY) ON COMMIT DROP;
CREATE TEMP TABLE dropped (upload_id bigint, row_no bigint) ON COMMIT DROP;
CREATE TEMP TABLE collapsed (dealer text, record_no text, upload_id bigint, seen_at timestamptz) ON COMMIT DROP;
CREATE TEMP TABLE issue (upload_id bigint, row_no bigint, column_name text, value text, rule text, reason text,
                         severity text, record_no text) ON COMMIT DROP;
CREATE TEMP TABLE gone (dealer text, record_no text, incarnation smallint, rid bigint PRIMARY KEY) ON COMMIT DROP;
CREATE TEMP TABLE touched_account (dealer text, account text) ON COMMIT DROP;
CREATE TEMP TABLE touched_party (rid bigint) ON COMMIT DROP;
"""


def value_columns(feed: str) -> list[str]:
    """The columns of a feed that hold what the dealer said: all canonical ones but record_no, and ``extra``."""
    return [*FEEDS[feed].names[1:], "extra"]


def open_staging(conn: Connection, feed: str) -> None:
    """Create the temporary tables of one transaction that works on one feed."""
    columns = ", ".join(
        f"{column.name} {SQL_TYPES[column.type]}" for column in FEEDS[feed].columns if column.name != "record_no"
    )
    party = ""
    if FEEDS[feed].describes_party:
        kinds = {name: _sql_type(kind) for name, kind in PARTY_SCHEMA.items()}
        party = ", " + ", ".join(f"p_{name} {kind}" for name, kind in kinds.items())
    conn.exec_driver_sql(
        f"""CREATE TEMP TABLE staged (
                upload_id bigint, row_no bigint, dealer text, record_no text, incarnation smallint, fresh boolean,
                rid bigint DEFAULT nextval('rid_seq'), row_hash uuid, seen_at timestamptz,
                {columns}, extra jsonb{party}) ON COMMIT DROP;
            {_WORK_TABLES}"""
    )


def clear_staging(conn: Connection) -> None:
    """Empty what one wave of snapshots left behind; what the transaction gathers to its end stays."""
    conn.exec_driver_sql("TRUNCATE staged, filed, absent, seen, same, reborn, dropped, collapsed, issue")


def stage_rows(conn: Connection, frame: pl.DataFrame) -> None:
    """Append rows to ``staged``; a null ``rid`` gets the next of the sequence.

    Args:
        frame: ``upload_id, row_no, dealer, record_no, incarnation, fresh, rid, row_hash``, the feed's typed columns,
            ``extra``, and for feeds of parties the party record's columns prefixed ``p_``.
    """
    without = frame["rid"].is_null()
    copy_in(conn, "staged", frame.filter(without).drop("rid"))
    copy_in(conn, "staged", frame.filter(~without))


def stage_files(conn: Connection, files: Collection[Upload]) -> None:
    """Name the uploads whose rows are about to be folded in."""
    columns = ("upload_id", "dealer", "day", "received_at")
    copy_in(conn, "filed", pl.DataFrame([{name: getattr(file, name) for name in columns} for file in files]))


def stage_absent(conn: Connection, rids: pl.Series, upload_id: int, day: date) -> None:
    """Stage records that a full snapshot of ``day`` no longer holds."""
    rows = pl.DataFrame({"rid": rids}).with_columns(upload_id=pl.lit(upload_id, dtype=pl.Int64), day=pl.lit(day))
    copy_in(conn, "absent", rows)


def stage_seen(conn: Connection, rids: pl.Series, dealer: str, day: date, seen_at: datetime) -> None:
    """Stage records that a file of ``day`` carries unchanged; those not seen so early before take its time."""
    rows = pl.DataFrame({"rid": rids}).with_columns(dealer=pl.lit(dealer), day=pl.lit(day), seen_at=pl.lit(seen_at))
    copy_in(conn, "seen", rows)


def fetch_known(
    conn: Connection, feed: str, dealers: Collection[str], numbers: pl.Series | None = None
) -> pl.DataFrame:
    """What the base holds under each record number of these dealers: the latest incarnation, schema `KNOWN_SCHEMA`.

    A number that nobody bears now, but somebody did, comes without row_hash: a next bearer gets ``incarnation``, and
    ``rid`` if it is one that rewinding took away.

    Args:
        numbers: only these record numbers; all unless given.
    """
    bound: dict[str, Any] = {"dealers": list(dealers), "feed": feed}
    among = ""
    if numbers is not None:
        bound["numbers"] = numbers.drop_nulls().unique().to_list()
        among = "AND {} = ANY(:numbers)"
    found = copy_out(
        conn,
        f"""SELECT 'present', dealer, record_no, rid, incarnation, row_hash, ended_day IS NOT NULL FROM {feed}
            WHERE dealer = ANY(:dealers) {among.format("record_no")}
            UNION ALL SELECT 'vacant', dealer, from_no, NULL, max(from_incarnation) + 1, NULL, true FROM rekeyed
            WHERE feed = :feed AND dealer = ANY(:dealers) {among.format("from_no")} GROUP BY dealer, from_no
            UNION ALL SELECT 'gone', dealer, record_no, rid, incarnation, NULL, true FROM gone
            WHERE dealer = ANY(:dealers) {among.format("record_no")}""",
        bound,
        {"origin": pl.String, **KNOWN_SCHEMA},
    )
    found = found.with_columns(pl.col("row_hash").str.replace_all("-", "", literal=True))
    return _latest(
        *(found.filter(pl.col("origin") == origin).drop("origin") for origin in ("present", "vacant", "gone"))
    )


def earlier_rows(
    conn: Connection, feed: str, numbers: Mapping[str, pl.Series], zones: Mapping[str, str]
) -> pl.DataFrame:
    """What the base holds of some dealers, as canonical text: the records under the given numbers, and some others.

    Args:
        numbers: by dealer, record numbers.
        zones: by dealer, the IANA time zone of its times; they come as local time.

    Returns:
        ``dealer`` and the feed's columns, all String.
    """
    wanted = pl.concat(
        pl.DataFrame({"record_no": known}).with_columns(dealer=pl.lit(dealer), zone=pl.lit(zones[dealer]))
        for dealer, known in numbers.items()
    )
    conn.exec_driver_sql(
        "CREATE TEMP TABLE IF NOT EXISTS sampled (record_no text, dealer text, zone text) ON COMMIT DROP"
    )
    conn.exec_driver_sql("TRUNCATE sampled")
    copy_in(conn, "sampled", wanted.unique())
    local = "to_char(t.{0} AT TIME ZONE s.zone, 'YYYY-MM-DD\"T\"HH24:MI:SS')"
    columns = [local.format(c.name) if c.type is Type.TIME else f"t.{c.name}" for c in FEEDS[feed].columns]
    select = f"SELECT t.dealer, {', '.join(columns)}"
    return copy_out(
        conn,
        f"""{select} FROM sampled s JOIN {feed} t USING (dealer, record_no)
            UNION ALL {select} FROM (SELECT DISTINCT dealer, zone FROM sampled) s CROSS JOIN LATERAL (
                SELECT * FROM {feed} o WHERE o.dealer = s.dealer ORDER BY o.record_no LIMIT {OTHER_ROWS}) t""",
        schema=dict.fromkeys(["dealer", *FEEDS[feed].names], pl.String),
    )


def _latest(present: pl.DataFrame, vacant: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """One line a record number."""
    key = ["dealer", "record_no"]
    if present["incarnation"].max() not in (None, 0):
        present = present.sort("incarnation").unique(key, keep="last", maintain_order=True)
    if vacant.height:
        # below a present bearer, the next incarnation counts on from whichever is higher: `apply` looks again
        vacant = vacant.join(present, on=key, how="anti")
        present = pl.concat([present, vacant])
    if not gone.height:
        return present
    # a number that came free by rewinding gets its old rid back for the incarnation that would be next
    free = gone.join(present.filter(pl.col("row_hash").is_not_null()), on=key, how="anti")
    next_up = free.join(vacant.select(*key, next="incarnation"), on=key, how="left").with_columns(
        pl.col("next").fill_null(0)
    )
    again = next_up.filter(pl.col("incarnation") == pl.col("next")).drop("next")
    return pl.concat([present.join(again, on=key, how="anti"), again])


def withdraw(conn: Connection, upload_ids: Collection[int]) -> None:
    """Take all staged rows of uploads out again."""
    conn.execute(sa.text("DELETE FROM staged WHERE upload_id = ANY(:ids)"), {"ids": list(upload_ids)})


def drop_rows(conn: Connection, rows: pl.DataFrame) -> None:
    """Take single rows (``upload_id, row_no``) out of ``staged``."""
    if copy_in(conn, "dropped", rows):
        conn.exec_driver_sql(
            "DELETE FROM staged s USING dropped d WHERE s.upload_id = d.upload_id AND s.row_no = d.row_no"
        )


def collapse(conn: Connection, rows: pl.DataFrame) -> None:
    """Of records that several files of one snapshot hold, keep the row of the last one.

    Args:
        rows: ``dealer, record_no``, ``upload_id`` of the last file that holds it, ``seen_at`` of the first.
    """
    if copy_in(conn, "collapsed", rows):
        conn.exec_driver_sql(
            """DELETE FROM staged s USING collapsed c
               WHERE s.dealer = c.dealer AND s.record_no = c.record_no AND s.upload_id <> c.upload_id;
               UPDATE staged s SET seen_at = c.seen_at FROM collapsed c
               WHERE s.dealer = c.dealer AND s.record_no = c.record_no"""
        )


def staged_counts(conn: Connection) -> dict[int, int]:
    """Rows staged per upload."""
    return dict(conn.execute(sa.text("SELECT upload_id, count(*) FROM staged GROUP BY upload_id")).tuples().all())


def apply(conn: Connection, feed: str) -> None:
    """Fold what is staged into the feed's table, the replaced rows into its history."""
    conn.exec_driver_sql("ANALYZE staged; ANALYZE filed; ANALYZE absent; ANALYZE seen")
    for statement in _fold(feed):
        conn.exec_driver_sql(statement)


def _fold(feed: str) -> list[str]:
    """The statements of `apply`, in order."""
    names = value_columns(feed)
    old, new = (", ".join(f"{side}.{name}" for name in names) for side in ("t", "s"))
    assign = ", ".join(f"{name} = s.{name}" for name in names)
    known = f"FROM staged s JOIN filed f USING (upload_id) JOIN {feed} t ON t.rid = s.rid WHERE NOT s.fresh"
    first = "coalesce(s.seen_at, f.received_at)"
    return [
        f"""INSERT INTO same SELECT t.rid {known} AND t.ended_day IS NULL
            AND ROW({old}) IS NOT DISTINCT FROM ROW({new})""",
        f"""INSERT INTO seen_earlier (rid, dealer, feed, day, before)
            SELECT t.rid, t.dealer, '{feed}', f.day, t.first_seen {known} AND {first} < t.first_seen
            UNION ALL SELECT t.rid, t.dealer, '{feed}', n.day, t.first_seen
            FROM {EARLIEST} n JOIN {feed} t USING (rid) WHERE n.seen_at < t.first_seen""",
        f"""INSERT INTO {feed}_history SELECT t.* {known}
            AND NOT EXISTS (SELECT FROM same WHERE same.rid = t.rid)""",
        *_touch(feed),
        f"""UPDATE {feed} t SET row_hash = s.row_hash, first_seen = least(t.first_seen, {first})
            FROM staged s JOIN filed f USING (upload_id) JOIN same USING (rid) WHERE t.rid = s.rid""",
        f"""UPDATE {feed} t SET upload_id = s.upload_id, day = f.day, row_hash = s.row_hash,
                first_seen = least(t.first_seen, {first}), ended_upload_id = NULL, ended_day = NULL, {assign}
            FROM staged s JOIN filed f USING (upload_id)
            WHERE t.rid = s.rid AND NOT s.fresh AND NOT EXISTS (SELECT FROM same WHERE same.rid = t.rid)""",
        f"""INSERT INTO {feed} (rid, id, dealer, record_no, incarnation, upload_id, day, row_hash, first_seen,
                                {", ".join(names)})
            SELECT s.rid, {identity("s", feed)}, s.dealer, s.record_no, s.incarnation, s.upload_id, f.day, s.row_hash,
                   {first}, {new}
            FROM staged s JOIN filed f USING (upload_id) WHERE s.fresh""",
        f"""UPDATE {feed} t SET ended_upload_id = a.upload_id, ended_day = a.day
            FROM absent a WHERE t.rid = a.rid AND t.ended_day IS NULL""",
        f"UPDATE {feed} t SET first_seen = n.seen_at FROM {EARLIEST} n WHERE t.rid = n.rid AND n.seen_at < t.first_seen",
    ]


def identity(row: str, feed: str) -> str:
    """SQL of the id that a record has from birth: a hash of dealer, feed, record number and incarnation."""
    return (
        f"md5({row}.dealer || chr(31) || '{feed}' || chr(31) || {row}.record_no || chr(31) || {row}.incarnation)::uuid"
    )


def _touch(feed: str) -> list[str]:
    """Note the customers whose vehicles a change of this feed may change, by the rows as they are and were; of customers also
    those that become a person, a company or nobody's."""
    staged, ended = "FROM staged s", f"FROM absent a JOIN {feed} t USING (rid)"
    before = f"FROM staged s JOIN {feed} t ON t.rid = s.rid WHERE NOT s.fresh"
    note = "INSERT INTO touched_account SELECT DISTINCT"
    if feed == "customers":
        turned = "JOIN party p ON p.rid = s.rid WHERE NOT s.fresh AND p.kind <> s.p_kind"
        return [
            f"{note} s.dealer, s.record_no {staged} WHERE s.fresh",
            f"{note} s.dealer, s.record_no {staged} {turned}",
        ]
    return [
        statement
        for column in VEHICLE_FEEDS.get(feed, ())
        for statement in (
            f"{note} s.dealer, s.{column} {staged} WHERE s.{column} IS NOT NULL",
            f"{note} t.dealer, t.{column} {before} AND t.{column} IS NOT NULL",
            f"{note} t.dealer, t.{column} {ended} WHERE t.{column} IS NOT NULL",
        )
    ]


def _sql_type(kind: object) -> str:
    if isinstance(kind, pl.List):
        return "text[]"
    return "date" if kind == pl.Date else "text"
