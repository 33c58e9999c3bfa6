"""COPY both ways: what goes in comes out."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from hub.store.bulk import copy_in, copy_out
from hub.store.engine import Database

TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=8) | st.sampled_from(
    [
        "",
        "NULL",
        "null",
        "\\.",
        "\\N",
        '"',
        '""',
        "{}",
        "{",
        ",",
        ";",
        "\n",
        "\r",
        "\r\n",
        " ",
        "a\tb",
        "=cmd()",
        "\ufeff",
    ]
)
KINDS: dict[str, tuple[str, Any, st.SearchStrategy[Any]]] = {
    "t": ("text", pl.String, TEXT),
    "i": ("bigint", pl.Int64, st.integers(-(2**63), 2**63 - 1)),
    "f": ("double precision", pl.Float64, st.floats(allow_nan=False)),
    "b": ("boolean", pl.Boolean, st.booleans()),
    "d": ("date", pl.Date, st.dates(date(1, 1, 1), date(9999, 12, 31))),
    "at": (
        "timestamptz",
        pl.Datetime("us", "UTC"),
        st.datetimes(datetime(1900, 1, 1), datetime(9990, 1, 1), timezones=st.just(UTC)),
    ),
    "l": ("text[]", pl.List(pl.String), st.lists(TEXT, max_size=4)),
}
SCHEMA = {name: kind for name, (_, kind, _) in KINDS.items()}
ROWS = st.lists(st.tuples(*(st.none() | values for _, _, values in KINDS.values())), max_size=12)


@pytest.fixture
def connection(db: Database) -> Any:
    with db.worker() as connection:
        columns = ", ".join(f"{name} {kind}" for name, (kind, _, _) in KINDS.items())
        connection.execute(sa.text(f"CREATE TEMP TABLE sample ({columns})"))
        yield connection


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(ROWS)
def test_round_trip(connection: Connection, rows: list[tuple[Any, ...]]) -> None:
    connection.execute(sa.text("TRUNCATE sample"))
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    assert copy_in(connection, "sample", frame) == len(rows)
    assert copy_out(connection, "SELECT * FROM sample", schema=SCHEMA).rows() == frame.rows()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=40)
@given(st.lists(st.none() | TEXT, min_size=1, max_size=5))
def test_round_trip_of_a_single_column(connection: Connection, values: list[str | None]) -> None:
    """A row of one empty field is an empty line: the hard case of CSV."""
    connection.execute(sa.text("TRUNCATE sample"))
    frame = pl.DataFrame({"t": values}, schema={"t": pl.String})
    copy_in(connection, "sample", frame)
    assert copy_out(connection, "SELECT t FROM sample", schema=frame.schema).rows() == frame.rows()


def test_the_server_sees_the_values_as_they_are(connection: Connection) -> None:
    texts = ["", None, 'a"b', "x,y", "line\nline", "back\\slash", "\\."]
    copy_in(connection, "sample", pl.DataFrame({"t": texts, "l": [[t] if t is not None else None for t in texts]}))
    assert connection.execute(sa.text("SELECT t, l[1] FROM sample")).all() == [(text, text) for text in texts]


def test_parameters_and_percent_signs(connection: Connection) -> None:
    copy_in(connection, "sample", pl.DataFrame({"t": ["100%", "a'b", "c"], "i": [1, 2, 3]}))
    out = copy_out(
        connection,
        "SELECT i, t::text FROM sample WHERE t = ANY(:names) OR t LIKE '%' || :end || '%%' ORDER BY i",
        {"names": ["a'b", "none"], "end": "0"},
        {"i": pl.Int64, "t": pl.String},
    )
    assert out.rows() == [(1, "100%"), (2, "a'b")]


def test_without_a_schema_all_is_text(connection: Connection) -> None:
    copy_in(connection, "sample", pl.DataFrame({"i": [1], "l": [["a", "b"]]}))
    out = copy_out(connection, "SELECT i, l, '{\"a\": 1}'::jsonb AS j FROM sample")
    assert out.to_dicts() == [{"i": "1", "l": "{a,b}", "j": '{"a": 1}'}]


def test_nothing_in_and_nothing_out(connection: Connection) -> None:
    assert copy_in(connection, "sample", pl.DataFrame(schema=SCHEMA)) == 0
    out = copy_out(connection, "SELECT * FROM sample", schema=SCHEMA)
    assert (out.height, out.schema) == (0, pl.Schema(SCHEMA))


def test_times_of_other_zones_become_utc(connection: Connection) -> None:
    local = datetime(2026, 1, 1, 3, tzinfo=ZoneInfo("Europe/Moscow"))
    frame = pl.DataFrame({"at": [local]}, schema={"at": pl.Datetime("us", "Europe/Moscow")})
    copy_in(connection, "sample", frame)
    assert connection.scalar(sa.text("SELECT at FROM sample")) == datetime(2026, 1, 1, tzinfo=UTC)


def test_floats_that_are_no_numbers(connection: Connection) -> None:
    copy_in(connection, "sample", pl.DataFrame({"f": [math.nan, math.inf, -math.inf]}))
    values = copy_out(connection, "SELECT f FROM sample", schema={"f": pl.Float64})["f"].to_list()
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf]


def test_uuid_and_jsonb_travel_as_text(db: Database) -> None:
    with db.worker() as connection:
        connection.execute(sa.text("CREATE TEMP TABLE typed (id uuid, body jsonb, amount numeric)"))
        row = {"id": "0123456789abcdef0123456789abcdef", "body": '{"имя": "a\\"b"}', "amount": "12.50"}
        copy_in(connection, "typed", pl.DataFrame([row]))
        out = copy_out(connection, "SELECT * FROM typed").to_dicts()
    assert out == [{**row, "id": "01234567-89ab-cdef-0123-456789abcdef"}]


def test_many_rows_in_several_parts(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.store.bulk.SLICE_ROWS", 7)
    frame = pl.DataFrame({"i": range(100)})
    copy_in(connection, "sample", frame)
    out = copy_out(connection, "SELECT i FROM sample ORDER BY i", schema={"i": pl.Int64})
    assert out.equals(frame)


def test_an_unreadable_answer_ends_the_transaction_and_frees_the_connection(db: Database) -> None:
    query = "SELECT 'x' || n FROM generate_series(1, 200000) n"
    with pytest.raises(pl.exceptions.PolarsError), db.worker() as connection:
        copy_out(connection, query, schema={"n": pl.Int64})
    with db.worker() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
