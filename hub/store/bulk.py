"""Polars frames in and out of PostgreSQL by COPY, as CSV text: the road between columns in memory and sets in SQL.

CSV, not the binary protocol: polars writes and reads it at several million values a second in native code, and the
server casts the text to whatever the table's columns are (uuid, jsonb, numeric, arrays), so no type needs a codec.

A null is an empty field, an empty text a quoted one. Lists of text are written as PostgreSQL's array literals.
"""

from __future__ import annotations

import io
import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from typing import Any, cast

import polars as pl
import psycopg
import sqlalchemy as sa
from psycopg import sql as psql
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql

Schema = Mapping[str, Any]  # of polars types: pl.String, pl.List(pl.String) …

SLICE_ROWS = 100_000  # rows turned from or into text at once, to bound memory

_DIALECT = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]
_ELEMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,{}"]+)', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def copy_in(conn: Connection, table: str, frame: pl.DataFrame, frozen: bool = False) -> int:
    """Append all rows of ``frame`` to ``table``, matching columns by name; returns the number of rows.

    Args:
        frozen: this transaction made or emptied the table: rows are written as visible to all, so that nobody who reads them
            later has to note that on every page.

    Text may not hold NUL characters (PostgreSQL cannot store them). Lists may hold only text.

    COPY refuses a table whose rows are secured: there the rows go through a temporary one.
    """
    if not frame.height:
        return 0
    if not conn.execute(_SECURED, {"name": table}).scalar_one():
        return _copy_in(conn, table, frame, frozen)
    columns = ", ".join(frame.columns)
    conn.exec_driver_sql(f"CREATE TEMP TABLE arriving ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA")
    _copy_in(conn, "arriving", frame)
    conn.exec_driver_sql(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM arriving")
    conn.exec_driver_sql("DROP TABLE arriving")
    return frame.height


_SECURED = sa.text("SELECT row_security_active(:name)")


def _copy_in(conn: Connection, table: str, frame: pl.DataFrame, frozen: bool = False) -> int:
    statement = psql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv{})").format(
        psql.Identifier(*table.split(".")),
        psql.SQL(", ").join(map(psql.Identifier, frame.columns)),
        psql.SQL(", FREEZE" if frozen else ""),
    )
    with _driver(conn).cursor() as cursor, cursor.copy(statement) as copy:
        for text in _texts(frame):
            copy.write(text)
    return frame.height


def _texts(frame: pl.DataFrame) -> Iterator[memoryview]:
    """The frame as CSV, slice by slice; the next is made while this one is on its way."""
    slices = frame.iter_slices(SLICE_ROWS)
    if frame.height <= SLICE_ROWS:
        yield from map(_text, slices)
        return
    with ThreadPoolExecutor(1, "copy") as pool:
        waiting = pool.submit(_text, next(slices))
        for part in slices:
            ready, waiting = waiting, pool.submit(_text, part)
            yield ready.result()
        yield waiting.result()


def _text(part: pl.DataFrame) -> memoryview:
    buffer = io.BytesIO()
    _writable(part).write_csv(buffer, include_header=False)
    return buffer.getbuffer()


def copy_out(
    conn: Connection, sql: str, params: Mapping[str, Any] | None = None, schema: Schema | None = None
) -> pl.DataFrame:
    """The rows of a query as a frame.

    Args:
        conn: an open transaction.
        sql: a SELECT; parameters as ``:name``, as in `sqlalchemy.text`.
        params: values of the parameters; a list is an array (``= ANY(:names)``).
        schema: name and type of every column of the query in order. Types as polars has them: text, uuid, jsonb and
            numeric as ``String``, ``timestamptz`` as ``Datetime("us", "UTC")``, arrays as ``List(String)``.
            Without a schema all columns are ``String``, named as in the query.
    """
    names, text = _statement(conn, sql, params or {}, schema)
    kinds = dict(schema) if schema is not None else dict.fromkeys(names, pl.String)
    with closing(_parts(conn, text, kinds)) as answer:  # on an error, end the COPY: it holds the connection
        parts = [_parse(part, kinds) for part in answer]
    return pl.concat(parts) if parts else pl.DataFrame(schema=kinds)


def analyze(conn: Connection, table: str) -> None:
    """Refresh a table's statistics after a bulk load, so that the next query's plan is right."""
    conn.execute(sa.text("SELECT hub_analyze(CAST(:table AS regclass))"), {"table": table})


def _driver(conn: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", conn.connection.driver_connection)


# -------------------------------------------------------------------- frame → text


def _writable(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with list columns as array literals and times with their offset."""
    changed = []
    for name, kind in frame.schema.items():
        if isinstance(kind, pl.List):
            changed.append(_array_literal(pl.col(name)).alias(name))
        elif isinstance(kind, pl.Datetime) and kind.time_zone not in (None, "UTC"):
            changed.append(pl.col(name).dt.convert_time_zone("UTC"))
    return frame.with_columns(changed) if changed else frame


def _array_literal(column: pl.Expr) -> pl.Expr:
    """``["a", "b\\"c"]`` → ``{"a","b\\"c"}``."""
    element = pl.element().cast(pl.String)
    escaped = element.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
    quoted = pl.when(element.is_null()).then(pl.lit("NULL")).otherwise('"' + escaped + '"')
    return pl.when(column.is_not_null()).then("{" + column.list.eval(quoted).list.join(",") + "}")


# -------------------------------------------------------------------- text → frame


def _statement(conn: Connection, sql: str, params: Mapping[str, Any], schema: Schema | None) -> tuple[list[str], bytes]:
    """The names of the query's columns and the COPY statement, parameters as literals (COPY takes none)."""
    query = str(sa.text(sql).compile(dialect=_DIALECT))
    with psycopg.ClientCursor(_driver(conn)) as cursor:
        text = cursor.mogrify(query, params)
        if schema is not None:
            return list(schema), _copy(text)
        cursor.execute(f"SELECT * FROM ({text}) AS query LIMIT 0")
        return [column.name for column in cursor.description or []], _copy(text)


def _copy(text: str) -> bytes:
    return f"COPY ({text}) TO STDOUT (FORMAT csv)".encode()


def _parts(conn: Connection, statement: bytes, names: Iterable[str]) -> Generator[bytes]:
    """The answer in pieces of whole rows: the server sends one message a row.

    Each piece begins with headings; else a first value's U+FEFF would be taken for a byte order mark.
    """
    heading = (",".join('"' + name.replace('"', '""') + '"' for name in names) + "\n").encode()
    with _driver(conn).cursor() as cursor, cursor.copy(statement) as copy:
        while True:
            part = io.BytesIO()
            part.write(heading)
            for row in islice(copy, SLICE_ROWS):
                part.write(row)
            if part.tell() == len(heading):
                return
            yield part.getvalue()


def _parse(part: bytes, kinds: Mapping[str, Any]) -> pl.DataFrame:
    """One piece of CSV as a frame of the wanted types."""
    plain = {name: kind if _direct(kind) else pl.String for name, kind in kinds.items()}
    frame = pl.read_csv(part, schema=plain)
    return frame.with_columns(_converted(frame, name, kind) for name, kind in kinds.items() if plain[name] != kind)


def _direct(kind: Any) -> bool:
    """Whether polars' CSV reader reads PostgreSQL's text of this type by itself."""
    return not (kind == pl.Boolean or kind in (pl.Datetime, pl.List) or kind == pl.Date)


def _converted(frame: pl.DataFrame, name: str, kind: Any) -> pl.Expr | pl.Series:
    column = pl.col(name)
    if kind == pl.Boolean:
        return column == "t"
    if kind == pl.Date:
        return column.str.to_date("%Y-%m-%d")
    if kind == pl.Datetime:
        zone = getattr(kind, "time_zone", None)
        bare = column.str.strip_suffix("+00").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us")
        return bare.dt.replace_time_zone(zone) if zone else bare
    return _lists(frame[name])


def _lists(literals: pl.Series) -> pl.Series:
    """Array literals as lists. Only literals with quotes need a parser; each distinct one is parsed once."""
    inner = literals.str.slice(1, literals.str.len_chars() - 2)
    simple = pl.select(
        pl.when(inner == "").then(pl.lit([], dtype=pl.List(pl.String))).otherwise(inner.str.split(","))
    ).to_series()
    hard = literals.str.contains('"', literal=True) | literals.str.contains("NULL", literal=True)
    if not hard.any():
        return simple.alias(literals.name)
    distinct = literals.filter(hard).unique()
    parsed = pl.DataFrame(
        {"literal": distinct, "parsed": [_elements(text) for text in distinct]},
        schema={"literal": pl.String, "parsed": pl.List(pl.String)},
    )
    joined = pl.DataFrame({"literal": literals, "simple": simple, "hard": hard}).join(
        parsed, on="literal", how="left", maintain_order="left"
    )
    return joined.select(pl.when("hard").then("parsed").otherwise("simple").alias(literals.name)).to_series()


def _elements(literal: str) -> list[str | None]:
    """One array literal, quotes and escapes undone."""
    return [
        _ESCAPE.sub(r"\1", match[1]) if match[1] is not None else None if match[2] == "NULL" else match[2]
        for match in _ELEMENT.finditer(literal[1:-1])
    ]
