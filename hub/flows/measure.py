"""Measure the matching of the present base: with a truth or without, key by key, pair by pair. Nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from hub.errors import Invalid
from hub.flows.base import Base
from hub.flows.export import write_table
from hub.matching import blocking_report
from hub.matching.blocks import Rows
from hub.matching.charts import Axis, Line, chart, logit
from hub.matching.errors_by_kind import FALSE, MISSED, false_kinds, missed_kinds, pairs_apart
from hub.matching.model import Model
from hub.matching.quality import (
    STEADY,
    Bin,
    Choice,
    Estimate,
    Point,
    calibration_error,
    choose,
    curve,
    estimate_quality,
    reliability,
    scored_candidates,
)
from hub.matching.resolve import resolve
from hub.matching.review_sample import ReviewSample, review_sample
from hub.matching.score import probability


@dataclass(frozen=True)
class Errors:
    """Errors by kind: pairs of one party that stand apart, and pairs of two that stand together."""

    missed: dict[str, int]
    false: dict[str, int]
    records: int


def errors(base: Base, truth: Path, links: Path | None = None, anew: bool = False) -> Errors:
    """Sort the errors of a partition by kind.

    Args:
        links: the partition, as `dealerhub export links` writes it; the base's own without.
        anew: match the base by its model instead, in memory.

    Raises:
        Invalid: a file knows no record of the base.
    """
    parties = base.parties(truth)
    clusters = resolve(base.scorer.records, base.model).label if anew else base.clusters(links)
    rows = np.flatnonzero((parties >= 0) & (clusters >= 0))
    party, cluster = pl.Series(parties[rows]), pl.Series(clusters[rows])
    missed = [rows[side] for side in pairs_apart(party, cluster)]
    false = [rows[side] for side in pairs_apart(cluster, party)]
    return Errors(
        _counts(MISSED, missed_kinds(base.scorer, base.keys, missed[0], missed[1])),
        _counts(FALSE, false_kinds(base.scorer.records, false[0], false[1])),
        len(rows),
    )


def _counts(kinds: tuple[str, ...], found: np.ndarray) -> dict[str, int]:
    return {kind: int((found == kind).sum()) for kind in kinds}


# ------------------------------------------------------------------ charts


def draw_curve(base: Base, truth: Path, out: Path) -> Choice:
    """Write precision and recall of the clusters over thresholds, as a chart (.svg) or as numbers (.csv).

    Raises:
        Invalid: another ending, or the truth knows no record of the base.
    """
    _ending(out)
    points = curve(base.scorer, scored_candidates(base.scorer, base.keys), base.parties(truth))
    if out.suffix == ".csv":
        write_table(pl.DataFrame([vars(point) for point in points]), out)
    else:
        out.write_text(_curve_chart(points, choose(points), base.model), encoding="utf-8")
    return choose(points)


def draw_reliability(base: Base, truth: Path, out: Path) -> tuple[float, list[Bin]]:
    """Write the reliability diagram of the candidate pairs (.svg, or its numbers as .csv); returns the calibration error, and it.

    Raises:
        Invalid: another ending, or the truth knows no record of the base.
    """
    _ending(out)
    parties = base.parties(truth)
    found = scored_candidates(base.scorer, base.keys)
    known = (parties[found.i] >= 0) & (parties[found.j] >= 0)
    i, j = found.i[known], found.j[known]
    bins = reliability(found.weight[known], parties[i] == parties[j])
    error = calibration_error(bins)
    if out.suffix == ".csv":
        write_table(pl.DataFrame([vars(b) for b in bins]), out)
    else:
        out.write_text(_reliability_chart(bins, error, base.model), encoding="utf-8")
    return error, bins


def _ending(out: Path) -> None:
    if out.suffix not in (".svg", ".csv"):
        raise Invalid(f"{out.name}: the ending says the format, .svg or .csv.")
    out.parent.mkdir(parents=True, exist_ok=True)


def _curve_chart(points: list[Point], choice: Choice, model: Model) -> str:
    first, last = points[0].threshold, points[-1].threshold
    x = Axis("threshold of a merge, log2 odds", [(t, f"{t:g}") for t in np.linspace(first, last, 6).round(1)])
    low = np.floor(min(min(p.precision, p.recall) for p in points) * 20) / 20
    y = Axis("share", [(v, f"{v:.2f}") for v in np.linspace(min(low, 0.95), 1.0, 6)])
    lines = [
        Line("precision", [(p.threshold, p.precision) for p in points]),
        Line("recall", [(p.threshold, p.recall) for p in points]),
        Line("F1", [(p.threshold, p.f1) for p in points]),
    ]
    marks = [(model.match, f"in force: {model.match:g}"), (choice.best_f1.threshold, "best F1")]
    return chart(f"Clusters by threshold, model {model.version}", x, y, lines, marks)


_TICKS = [(logit(p), label) for p, label in (
    (0.001, "0.001"), (0.01, "0.01"), (0.1, "0.1"), (0.5, "0.5"), (0.9, "0.9"), (0.99, "0.99"), (0.999, "0.999"),
)]  # fmt: skip


def _reliability_chart(bins: list[Bin], error: float, model: Model) -> str:
    ends = [_TICKS[0][0], _TICKS[-1][0]]
    steady = [b for b in bins if b.pairs >= STEADY]
    points = [(logit(b.predicted), logit(b.observed)) for b in steady]
    sizes = [2 + np.log10(b.pairs) for b in steady]
    lines = [Line("as predicted", [(end, end) for end in ends], dashed=True), Line("observed", points, sizes)]
    title = f"Reliability of {model.version}: {sum(b.pairs for b in bins):,} pairs, calibration error {error:.4f}"
    return chart(title, Axis("predicted probability", _TICKS), Axis("share that is one party", _TICKS), lines)


# ------------------------------------------------------------------ without a truth


def estimate(base: Base) -> Estimate:
    """What the model expects of its own decisions."""
    return estimate_quality(scored_candidates(base.scorer, base.keys), base.model)


def blocking(base: Base) -> blocking_report.BlockingReport:
    """What each kind of key finds and costs."""
    return blocking_report.blocking_report(base.scorer, base.keys)


SHOWN = (
    "company", "last", "first", "middle", "birth_date", "phones", "emails", "tax_id", "postcode", "city", "street",
    "house", "flat", "vins",
)  # fmt: skip


def sample_for_review(base: Base, count: int, out: Path, with_values: bool = False) -> int:
    """Write pairs whose labels would teach most; returns their number. What clusters and stewards have settled is not asked.

    Args:
        with_values: also what the records say: personal data.

    Raises:
        Invalid: neither .csv nor .parquet.
    """
    candidates = scored_candidates(base.scorer, base.keys)
    sample = review_sample(base.scorer, candidates, count, base.clusters(None), base.said)
    return write_table(_listed(base, sample, with_values), out)


def _listed(base: Base, sample: ReviewSample, with_values: bool) -> pl.DataFrame:
    parts = [_side(base.names, ("dealer", "feed", "record_no"), "a", sample.i)]
    parts.append(_side(base.names, ("dealer", "feed", "record_no"), "b", sample.j))
    told = {"log2_odds": sample.weight.round(2), "probability": probability(sample.weight).round(4)}
    parts += [pl.DataFrame(told), pl.DataFrame(sample.levels, schema=dict.fromkeys(sample.levels, pl.String))]
    if with_values:
        parts += [_side(base.frame, SHOWN, side, rows) for side, rows in (("a", sample.i), ("b", sample.j))]
    answer = pl.lit(None, pl.String).alias("same_party")  # for the person to fill in: yes or no
    return pl.concat(parts, how="horizontal").with_columns(answer)


def _side(frame: pl.DataFrame, columns: tuple[str, ...], side: str, rows: Rows) -> pl.DataFrame:
    return frame.select(columns)[rows].rename({name: f"{name}_{side}" for name in columns})
