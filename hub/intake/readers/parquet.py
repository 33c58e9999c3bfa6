"""Parquet, batch by batch, every column as text."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from hub.errors import Unreadable
from hub.intake.readers.base import BATCH_ROWS, LIMITS, TOO_WIDE, Reader, headings, storable
from hub.intake.readers.packed import Payload

DAMAGED = "The Parquet file is cut short or damaged; write it again, and send it as a whole."
ROWS = 100_000_000
EXACT = 2.0**53  # whole numbers beyond it are not exact as floating point


class ParquetReader(Reader):
    """Reads a Parquet file; nested fields become ``a.b``, lists are joined by ``; ``. See `Reader`."""

    format = "parquet"

    def __init__(self, payload: Payload) -> None:
        super().__init__()
        self._payload = payload
        try:
            self._file = pq.ParquetFile(payload.seekable(), memory_map=False)
            metadata = self._file.metadata
            schema = self._file.schema_arrow
        except (pa.ArrowException, OSError, ValueError) as error:
            raise Unreadable(DAMAGED) from error
        if metadata.num_columns > LIMITS.columns:
            raise Unreadable(TOO_WIDE.format(limit=LIMITS.columns))
        if metadata.num_rows > ROWS:
            raise Unreadable(f"The Parquet file says that it has more than {ROWS:,} rows. Send smaller files.")
        try:
            empty = _flat(pl.DataFrame(pl.from_arrow(schema.empty_table())))
        except (pa.ArrowException, pl.exceptions.PolarsError, ValueError, NotImplementedError) as error:
            raise Unreadable(
                "The Parquet file has columns of a type that is no table's. Send plain columns."
            ) from error
        self.columns = headings(empty.columns)

    def close(self) -> None:
        self._payload.close()

    def _batches(self) -> Iterator[pl.DataFrame]:
        batches = self._file.iter_batches(batch_size=BATCH_ROWS)
        while True:
            try:
                batch = next(batches, None)
            except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
                raise Unreadable(DAMAGED) from error
            if batch is None:
                return
            yield self._frame(batch)

    def _frame(self, batch: pa.RecordBatch) -> pl.DataFrame:
        flat = _flat(pl.DataFrame(pl.from_arrow(batch)))
        flat.columns = [str(place) for place in range(flat.width)]  # a heading may read as a pattern of columns
        first = self.rows_read + 2
        self.rows_read += flat.height
        text = flat.select(_text(pl.col(place), kind) for place, kind in flat.schema.items())
        text.columns = self.columns
        text = text.with_columns(pl.when(pl.all() != "").then(pl.all()))
        numbers = pl.int_range(first, first + flat.height, dtype=pl.Int64, eager=True).alias("_row")
        return storable(text.insert_column(0, numbers), self)


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Structs taken apart, level by level, up to the depth that a table can have."""
    for _ in range(LIMITS.depth):
        nested = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Struct)]
        if not nested:
            return frame
        columns: list[pl.Series] = []
        for column in frame.get_columns():
            if column.name in nested:
                inner = column.struct.unnest()
                columns += [part.alias(f"{column.name}.{part.name}") for part in inner.get_columns()]
            else:
                columns.append(column)
        frame = pl.DataFrame(dict(zip(_distinct(columns), columns, strict=True)))
    raise Unreadable(f"Nested more than {LIMITS.depth} levels deep: this is not a feed's table. Send flat columns.")


def _distinct(columns: list[pl.Series]) -> list[str]:
    return headings(column.name for column in columns)


def _text(value: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """The value as canonical text would have it: ISO dates, numbers without exponent or idle ``.0``."""
    if isinstance(kind, pl.List | pl.Array):
        items = value if isinstance(kind, pl.List) else value.arr.to_list()
        inner = kind.inner if isinstance(kind.inner, pl.DataType) else kind.inner()
        if isinstance(inner, pl.Struct):
            return items.list.eval(pl.element().struct.json_encode()).list.join("; ", ignore_nulls=True)
        return items.list.eval(_text(pl.element(), inner)).list.join("; ", ignore_nulls=True)
    if kind.is_float():
        number = value.cast(pl.Float64).fill_nan(None)
        whole = (number == number.round(0)) & (number.abs() < EXACT)
        return (
            pl.when(whole)
            .then(number.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(
                number.cast(pl.Decimal(38, 9), strict=False)
                .cast(pl.String)
                .str.strip_chars_end("0")
                .str.strip_suffix(".")
            )
        )
    if isinstance(kind, pl.Datetime):
        zoned = kind.time_zone is not None
        moment = value.dt.convert_time_zone("UTC") if zoned else value
        return moment.dt.strftime("%Y-%m-%dT%H:%M:%S+00:00" if zoned else "%Y-%m-%dT%H:%M:%S")
    if isinstance(kind, pl.Binary):
        return value.cast(pl.String, strict=False)
    return value.cast(pl.String, strict=False)
