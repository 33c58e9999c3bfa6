"""The quality of a whole partition, counted on a part of the truth that no tuning saw.

All records are matched. Counted are the pairs, found or true, with at least one record of a party that was held out, and, for
B³, the records of such parties.
"""

from __future__ import annotations

import polars as pl

from hub.matching.evaluate import Quality


def held_out_quality(clusters: pl.Series, truth: pl.Series, held: pl.Series) -> Quality:
    """Compare two labelings of the same records where they touch a party that was held out.

    Args:
        held: for each record whether its true party was held out.
    """
    frame = pl.DataFrame({"c": clusters, "t": truth, "h": held})
    cell = frame.group_by("c", "t").agg(n=pl.len().cast(pl.Int64), h=pl.col("h").first())
    cell = cell.with_columns(c_size=pl.col("n").sum().over("c"), t_size=pl.col("n").sum().over("t"))
    right = _pairs(cell.filter("h")["n"])
    true = _pairs(cell.filter("h").group_by("t").agg(pl.col("n").sum())["n"])
    of_cluster = cell.group_by("c").agg(pl.col("n").sum(), others=pl.col("n").filter(~pl.col("h")).sum())
    found = _pairs(of_cluster["n"]) - _pairs(of_cluster["others"])
    mine = cell.filter("h")
    records = int(mine["n"].sum())
    b3_precision = round(float((mine["n"] ** 2 / mine["c_size"]).sum()) / records, 12) if records else 1.0
    b3_recall = round(float((mine["n"] ** 2 / mine["t_size"]).sum()) / records, 12) if records else 1.0
    precision, recall = (right / found if found else 1.0), (right / true if true else 1.0)
    f1, b3_f1 = _f1(precision, recall), _f1(b3_precision, b3_recall)
    return Quality(precision, recall, f1, b3_precision, b3_recall, b3_f1, records, (found, right, true))


def _pairs(sizes: pl.Series) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
