"""Measure a partition that was exported against a known truth."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from hub.errors import Invalid
from hub.matching.evaluate import Quality, quality


def evaluate(links: Path, truth: Path) -> Quality:
    """Pairwise and B³ measures over the records that both files know.

    Args:
        links: as written by `hub.flows.export.export_links`.
        truth: dealer (or dealer_code), feed, record_no, party_id; further columns are ignored. Records without a party
            (house accounts) count as parties of their own.

    Raises:
        Invalid: a column is missing, or the files have no record in common.
    """
    found = _read(links, "golden_id")
    true = _read(truth, "party_id")
    both = found.join(true, on=list(_KEY), how="inner")
    if both.is_empty():
        raise Invalid(
            f"{links.name} and {truth.name} have no record in common: compare their dealer, feed and record_no."
        )
    alone = pl.concat_str([pl.lit("\x1f"), *(pl.col(name) for name in _KEY)])
    return quality(both["golden_id"], both.select(pl.coalesce("party_id", alone)).to_series())


_KEY = ("dealer", "feed", "record_no")


def _read(path: Path, label: str) -> pl.DataFrame:
    frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
    if "dealer_code" in frame.columns and "dealer" not in frame.columns:
        frame = frame.rename({"dealer_code": "dealer"})
    missing = [name for name in (*_KEY, label) if name not in frame.columns]
    if missing:
        raise Invalid(f"{path.name} has no column {', '.join(missing)}; it has {', '.join(frame.columns[:12])}.")
    frame = frame.select(*(pl.col(name).cast(pl.String) for name in (*_KEY, label)))
    return frame.with_columns(pl.when(pl.col(label) != "").then(pl.col(label)).alias(label)).unique(
        list(_KEY), keep="first", maintain_order=True
    )
