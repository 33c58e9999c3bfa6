"""A raw row's hash, by which a night recognises what has not changed before doing anything else to it."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b

import polars as pl
import pyarrow as pa

from hub.intake.readers.base import BATCH_ROWS

BYTES = 16
_CELL = "\x1e"  # ASCII record separator: stands before each cell


def row_hashes(raw: pl.DataFrame, salt: str) -> pl.Series:
    """One hash a row: 32 hexadecimal characters of BLAKE2b (RFC 7693), 128 bits.

    A row's hash depends on its non-missing cells, their headings, and ``salt``; not on its place in the file,
    on the order of the columns, or on columns in which it has nothing. Columns whose names begin with ``_``
    do not count.

    Args:
        salt: the versions under which an equal row means the same: specification, readers, gate, normaliser.
    """
    keyed = blake2b(salt.encode(), digest_size=16).digest()
    columns = sorted(name for name in raw.columns if not name.startswith("_"))
    parts = [hashes for part in raw.iter_slices(BATCH_ROWS) for hashes in (_hashes(part, columns, keyed),)]
    return pl.concat(parts).alias("hash") if parts else pl.Series("hash", [], dtype=pl.String)


def _hashes(raw: pl.DataFrame, columns: list[str], salt: bytes) -> pl.Series:
    cells: list[pl.Expr] = []
    # columns by place: a heading may read as a pattern of columns, as "*" does
    read = pl.DataFrame([raw.get_column(name).alias(str(place)) for place, name in enumerate(columns)])
    for place, name in enumerate(columns):
        tag = pl.lit(_CELL + _tag(name))
        value = pl.col(str(place))
        cells += [pl.when(value.is_not_null()).then(tag) if read[str(place)].null_count() else tag, value]
    joined = read.select(pl.concat_str([pl.lit(""), *cells], ignore_nulls=True).alias("row")).to_series()
    if len(joined) != raw.height:  # literals alone
        joined = joined.new_from_index(0, raw.height)
    rows = joined.cast(pl.Binary).to_list()
    digests = b"".join([blake2b(row, digest_size=BYTES, salt=salt).digest() for row in rows])
    packed = pa.FixedSizeBinaryArray.from_buffers(pa.binary(BYTES), raw.height, [None, pa.py_buffer(digests)])
    return pl.Series(pl.from_arrow(packed.cast(pa.binary()))).bin.encode("hex")


@cache
def _tag(heading: str) -> str:
    """Six characters for a heading: the shorter the text, the faster the hash."""
    return b64encode(blake2b(heading.encode(), digest_size=4).digest())[:6].decode()


@dataclass(frozen=True)
class Duplicates:
    """What is repeated in one file.

    Attributes:
        kept: Boolean, row by row: the row goes on.
        repeated: Boolean: an identical repeat of an earlier row; counts as unchanged.
        issues: ``_row``, ``column``, ``value``, ``rule``, ``reason``, ``severity`` of rows that differ under
            one record number; all of them are set aside, since none can be believed over the others.
    """

    kept: pl.Series
    repeated: pl.Series
    issues: pl.DataFrame


REASON = "this record_no stands on several rows that differ; give each record its own number, or send it once"


def split_duplicates(frame: pl.DataFrame, hashes: pl.Series) -> Duplicates:
    """Tell the repeats in a file.

    Args:
        frame: ``_row`` and ``record_no`` (text, null where missing) of all rows of the file, in order.
        hashes: their row hashes. Rows without a record number are left to the gate.
    """
    rows = pl.DataFrame({"record_no": frame["record_no"], "hash": hashes})
    marked = (
        rows.select(
            known=pl.col("record_no").is_not_null(),
            differs=pl.col("hash").n_unique().over("record_no") > 1,
            first=pl.col("hash").is_first_distinct().over("record_no"),
        )
        if rows["record_no"].drop_nulls().is_duplicated().any()
        else rows.select(known=pl.col("record_no").is_not_null(), differs=pl.lit(False), first=pl.lit(True))
    )
    differs = marked["known"] & marked["differs"]
    repeated = marked["known"] & ~marked["differs"] & ~marked["first"]
    issues = frame.filter(differs).select(
        "_row",
        pl.lit("record_no").alias("column"),
        pl.col("record_no").alias("value"),
        pl.lit("record_no.repeated").alias("rule"),
        pl.lit(REASON).alias("reason"),
        pl.lit("row").alias("severity"),
    )
    return Duplicates((~differs & ~repeated).alias("kept"), repeated.alias("repeated"), issues)
