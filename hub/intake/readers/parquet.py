"""Parquet, batch by batch, every column as text."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hub.errors import Unreadable
from hub.intake.readers.base import BATCH_ROWS, LIMITS, TOO_WIDE, Reader, headings, storable
from hub.intake.readers.packed import Payload, check_ratio

DAMAGED = "The Parquet file is cut short or damaged; write it again, and send it as a whole."
LONG = "A value of the Parquet file is longer than any row of a feed. Send plain columns of a table."
PIECE = 64 << 20  # bytes of text that are decoded at once
EXACT = 2.0**53  # whole numbers beyond it are not exact as floating point


class ParquetReader(Reader):
    """Reads a Parquet file; nested fields become ``a.b``, lists are joined by ``; ``. See `Reader`."""

    format = "parquet"

    def __init__(self, payload: Payload) -> None:
        super().__init__()
        self._payload = payload
        try:
            source = payload.seekable()
            self._size = source.seek(0, 2)
            self._file = pq.ParquetFile(source, memory_map=False)
            metadata = self._file.metadata
            schema = self._schema = self._file.schema_arrow
        except (pa.ArrowException, OSError, ValueError) as error:
            raise Unreadable(DAMAGED) from error
        if metadata.num_columns > LIMITS.columns:
            raise Unreadable(TOO_WIDE.format(limit=LIMITS.columns))
        check_ratio(max(metadata.num_rows, _most_values(metadata)), self._size, "Parquet")  # a byte each, at least
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
        """Texts stay in the file's own dictionaries until it is known how long they are: one long text for many rows
        costs a file next to nothing."""
        texts = [each.path for each in map(self._file.schema.column, range(len(self._file.schema))) if _is_text(each)]
        file = pq.ParquetFile(self._payload.seekable(), memory_map=False, read_dictionary=texts)
        batches = file.iter_batches(batch_size=BATCH_ROWS)
        out = 0
        while True:
            try:
                batch = next(batches, None)
            except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
                raise Unreadable(DAMAGED) from error
            if batch is None:
                return
            size = sum(map(_size, batch.columns))
            out += size
            check_ratio(out, self._size, "Parquet")
            rows = max(1, batch.num_rows * PIECE // max(size, PIECE))
            for start in range(0, batch.num_rows, rows):
                yield self._frame(self._decoded(batch.slice(start, rows)))

    def _decoded(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = [column.cast(field.type) for column, field in zip(batch.columns, self._schema, strict=True)]
        return pa.RecordBatch.from_arrays(columns, schema=self._schema)

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


def _is_text(column: pq.ColumnSchema) -> bool:
    return bool(column.physical_type == "BYTE_ARRAY")


def _most_values(metadata: pq.FileMetaData) -> int:
    """Values of the column that has most of them: more than rows where it is of lists."""
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    return max(
        (sum(group.column(place).num_values for group in groups) for place in range(metadata.num_columns)), default=0
    )


def _size(values: pa.Array) -> int:
    """Bytes of the values once they are decoded. Raises `Unreadable` for a value that is longer than a row may be."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        if not len(values.dictionary) or not _binary(kind.value_type):
            return int(values.nbytes)
        lengths = pc.binary_length(values.dictionary)
        if pc.max(lengths).as_py() > LIMITS.record:
            raise Unreadable(LONG)
        return pc.sum(pc.cast(pc.take(lengths, values.indices), pa.int64())).as_py() or 0
    if pa.types.is_struct(kind):
        return sum(map(_size, values.flatten()))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _size(values.flatten())
    return int(values.nbytes)


def _binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_binary(kind))


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
