"""A second night with exactly as much changed as wanted, by full and by delta feeds alike."""

from __future__ import annotations

import zlib
from pathlib import Path

import polars as pl

_STEPS = 100_000


def thin(night1: Path, night2: Path, full: Path, delta: Path, share: float) -> int:
    """Write both kinds of second night, keeping of the changes between two full exports only some.

    Args:
        night1, night2: inboxes of canonical CSV; ``night2`` full, with more changes than wanted.
        full, delta: inboxes to write.
        share: of the records of ``night1`` that shall differ: changed, new or gone.

    Returns the number of records that differ.
    """
    pairs = [(path, next((night2 / path.parent.name).glob("*.csv"))) for path in sorted(night1.glob("*/*.csv"))]
    rows = differing = 0
    for first, second in pairs:
        before, after = _read(first), _read(second)
        rows += before.height
        differing += _changed(before, after).height + _gone(before, after).height
    keep = round(_STEPS * min(1.0, share * rows / max(differing, 1)))
    kept = 0
    for first, second in pairs:
        before, after = _read(first), _read(second)
        changed, gone = _picked(_changed(before, after), keep), _picked(_gone(before, after), keep)
        left = before.join(pl.concat([changed, gone]), on="record_no", how="anti", nulls_equal=True)
        _write(pl.concat([left, changed]), full / first.parent.name / second.name)
        if changed.height:
            _write(changed, delta / first.parent.name / second.name.replace("customers_", "customers_delta_"))
        kept += changed.height + gone.height
    return kept


def _changed(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    return after.join(before, on=after.columns, how="anti", nulls_equal=True).filter(pl.col("record_no").is_not_null())


def _gone(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    numbered = before.filter(pl.col("record_no").is_not_null())
    return numbered.join(after, on="record_no", how="anti")


def _picked(rows: pl.DataFrame, keep: int) -> pl.DataFrame:
    """Those whose number falls among the kept; the same ones always."""
    picked = [zlib.crc32(number.encode()) % _STEPS < keep for number in rows["record_no"]]
    return rows.filter(pl.Series(picked, dtype=pl.Boolean))


def _read(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False)


def _write(rows: pl.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.write_csv(path)
