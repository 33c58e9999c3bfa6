"""Write the base to files: which source record is whom, and the golden records themselves."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from hub.errors import Invalid
from hub.intake.rejects import FORMULA, HARMLESS
from hub.store import exports
from hub.store.engine import Database


def export_links(db: Database, path: Path) -> int:
    """Write dealer_code, feed, record_no, golden_id of every record that describes a party; returns the number of rows."""
    with db.worker() as conn:
        return write_table(exports.links(conn), path)


def export_golden(db: Database, path: Path) -> int:
    """Write all golden records; returns their number.

    People open the CSV in a spreadsheet, so no cell of it is a formula; in Parquet, values stand as they are.
    """
    with db.worker() as conn:
        frame = exports.golden(conn)
    if path.suffix == ".csv":
        lists = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
        frame = without_formulas(frame.with_columns(pl.col(lists).list.join("; ")))
    return write_table(frame, path)


def without_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with an apostrophe before each text that a spreadsheet would run (OWASP, *CSV injection*)."""
    text = pl.col(pl.String)
    runs = text.str.contains(FORMULA) & ~text.str.contains(HARMLESS)
    return frame.with_columns(pl.when(runs).then(pl.lit("'") + text).otherwise(text).name.keep())


def golden_hash(db: Database) -> str:
    """The hash of the partition and the golden values (`hub.store.exports.golden_hash`)."""
    with db.worker() as conn:
        return exports.golden_hash(conn)


def write_table(frame: pl.DataFrame, path: Path) -> int:
    """Write a frame as CSV or Parquet by the ending of the name; lists become text joined by "; " in CSV.

    Raises:
        Invalid: another ending.
    """
    check_ending(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    else:
        lists = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
        frame.with_columns(pl.col(lists).list.join("; ")).write_csv(path)
    return len(frame)


def check_ending(path: Path) -> None:
    """Raise `Invalid` for a file that `write_table` cannot write; ask before long work."""
    if path.suffix not in (".csv", ".parquet"):
        raise Invalid(f"{path.name}: the ending says the format, .csv or .parquet.")
