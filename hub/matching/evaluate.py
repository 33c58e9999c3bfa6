"""Measures of a partition against the truth: pairwise and B³ precision, recall and F1.

Pairwise counts pairs of records that stand together (Christen 2012, ch. 7); B³ averages over records the purity of their
cluster and the completeness of their party (Bagga & Baldwin 1998).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Quality:
    """Precision, recall and F1, each between 0 and 1; ``pairs`` are (found, right, true)."""

    precision: float
    recall: float
    f1: float
    b3_precision: float
    b3_recall: float
    b3_f1: float
    records: int
    pairs: tuple[int, int, int]


def quality(clusters: pl.Series, truth: pl.Series) -> Quality:
    """Compare two labelings of the same records."""
    frame = pl.DataFrame({"c": clusters, "t": truth})
    cell = frame.group_by("c", "t").len("n").with_columns(pl.col("n").cast(pl.Int64))
    of_cluster = cell.group_by("c").agg(pl.col("n").sum().alias("size_c"))
    of_truth = cell.group_by("t").agg(pl.col("n").sum().alias("size_t"))
    joined = cell.join(of_cluster, on="c").join(of_truth, on="t")
    right, found, true = (
        _pairs(part, name) for part, name in ((cell, "n"), (of_cluster, "size_c"), (of_truth, "size_t"))
    )
    n = len(frame)
    # rounded, so that the order of a floating-point sum does not show
    b3_precision = round(float((joined["n"] ** 2 / joined["size_c"]).sum()) / n, 12) if n else 1.0
    b3_recall = round(float((joined["n"] ** 2 / joined["size_t"]).sum()) / n, 12) if n else 1.0
    precision, recall = (right / found if found else 1.0), (right / true if true else 1.0)
    return Quality(
        precision,
        recall,
        _f1(precision, recall),
        b3_precision,
        b3_recall,
        _f1(b3_precision, b3_recall),
        n,
        (found, right, true),
    )


def _pairs(frame: pl.DataFrame, size: str) -> int:
    return int((frame[size] * (frame[size] - 1) // 2).sum())


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
