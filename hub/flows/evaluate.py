"""Measure a partition that was exported against a known truth."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from hub.errors import Invalid
from hub.matching.evaluate import Quality, quality
from hub.store import exports
from hub.store.engine import Database


def evaluate(links: Path, truth: Path) -> Quality:
    """Pairwise and B³ measures over the records that both files know.

    Args:
        links: as written by `hub.flows.export.export_links`.
        truth: dealer (or dealer_code), feed, record_no, party_id; further columns are ignored. Records without a party
            (house accounts) count as parties of their own.

    Raises:
        Invalid: a column is missing, or the files have no record in common.
    """
    return _measured(read_labels(links, "golden_id"), truth, links.name)


def evaluate_base(db: Database, truth: Path) -> Quality:
    """The same of the golden records as they are now.

    Raises:
        Invalid: a column is missing, or the base has no record of the truth.
    """
    with db.worker() as conn:
        found = exports.links(conn).rename({"dealer_code": "dealer"})
    return _measured(found.unique(list(KEY), keep="first", maintain_order=True), truth, "the base")


def _measured(found: pl.DataFrame, truth: Path, name: str) -> Quality:
    both = found.join(read_truth(truth), on=list(KEY), how="inner")
    if both.is_empty():
        raise Invalid(f"{name} and {truth.name} have no record in common: compare their dealer, feed and record_no.")
    return quality(both["golden_id"], both["party_id"])


KEY = ("dealer", "feed", "record_no")


def read_truth(path: Path) -> pl.DataFrame:
    """The party of each record, ``party_id``; a record without one is a party of its own.

    Raises:
        Invalid: a column is missing.
    """
    alone = pl.concat_str([pl.lit("\x1f"), *(pl.col(name) for name in KEY)])
    return read_labels(path, "party_id").with_columns(pl.coalesce("party_id", alone))


def read_labels(path: Path, label: str) -> pl.DataFrame:
    """A label of each record: ``dealer``, ``feed``, ``record_no`` and the column ``label``; empty is null.

    Raises:
        Invalid: a column is missing.
    """
    frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
    if "dealer_code" in frame.columns and "dealer" not in frame.columns:
        frame = frame.rename({"dealer_code": "dealer"})
    missing = [name for name in (*KEY, label) if name not in frame.columns]
    if missing:
        raise Invalid(f"{path.name} has no column {', '.join(missing)}; it has {', '.join(frame.columns[:12])}.")
    frame = frame.select(*(pl.col(name).cast(pl.String) for name in (*KEY, label)))
    return frame.with_columns(pl.when(pl.col(label) != "").then(pl.col(label)).alias(label)).unique(
        list(KEY), keep="first", maintain_order=True
    )
