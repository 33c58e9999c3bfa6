"""COPY in and out: the road that every row takes twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import polars as pl
import sqlalchemy as sa

from hub.bench.options import Options
from hub.bench.report import Report
from hub.settings import Settings
from hub.store.bulk import copy_in, copy_out
from hub.store.engine import Database

ROWS = 1_000_000


def measure(options: Options) -> Report:
    """Time one way in and one way out, in a server of its own."""
    rows = options.rows or ROWS
    frame = sample(rows)
    with TemporaryDirectory() as home:
        Path(home).chmod(0o755)  # the server's account passes through it when one is root
        with Database.open(Settings(home=Path(home))) as db:
            with db.worker() as conn:
                columns = ", ".join(f"{name} {_type(kind)}" for name, kind in frame.schema.items())
                conn.execute(sa.text(f"CREATE TEMP TABLE sample ({columns})"))
                into = _seconds(lambda: copy_in(conn, "sample", frame))
                out = _seconds(lambda: copy_out(conn, "SELECT * FROM sample", schema=frame.schema))
            if db.server is not None:
                db.server.discard()
    table = [(way, s, round(rows / s)) for way, s in (("in", into), ("out", out))]
    about = f"{rows:,} rows of {frame.width} columns (15 texts, 3 lists, date, time, numbers) by COPY."
    return Report(about, ("way", "seconds", "rows/s"), table)


def sample(rows: int) -> pl.DataFrame:
    """Rows as wide as a customer's."""
    n = pl.int_range(rows, dtype=pl.Int64).alias("rid")
    digits = n.cast(pl.String)
    texts = [
        pl.concat_str(pl.lit("Иванов Петр "), (n * (k + 7) % 50_000).cast(pl.String)).alias(f"t{k}") for k in range(15)
    ]
    return pl.select(
        n,
        *texts,
        pl.concat_list(pl.lit("7916") + digits, pl.lit("7495") + digits).alias("phones"),
        pl.concat_list(pl.lit("ivanov"), pl.lit("petr"), digits).alias("tokens"),
        pl.lit([], dtype=pl.List(pl.String)).alias("emails"),
        (pl.date(1970, 1, 1) + pl.duration(days=n % 10_000)).alias("birth_date"),
        (pl.datetime(2020, 1, 1, time_zone="UTC") + pl.duration(seconds=n)).alias("updated_at"),
        (n % 2 == 0).alias("ended"),
        (n / 7).alias("score"),
        pl.lit(None, dtype=pl.String).alias("nothing"),
        pl.lit(None, dtype=pl.Int64).alias("none"),
    )


def _type(kind: Any) -> str:
    if isinstance(kind, pl.List):
        return "text[]"
    if isinstance(kind, pl.Datetime):
        return "timestamptz"
    names = {
        pl.Int64: "bigint",
        pl.String: "text",
        pl.Date: "date",
        pl.Boolean: "boolean",
        pl.Float64: "double precision",
    }
    return next(name for known, name in names.items() if kind == known)


def _seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began
