"""`dealerhub evaluate` and `dedupe`: the matcher measured, and the matcher alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.console import deployment, say, stderr, table

if TYPE_CHECKING:
    from hub.flows.base import Base
    from hub.matching.evaluate import Quality


def evaluate(
    truth: Annotated[
        Path, typer.Option(exists=True, help="Columns dealer, feed, record_no, party_id; more are ignored.")
    ],
    links: Annotated[
        Path | None, typer.Option(exists=True, help="As `dealerhub export links` writes them; else those of the base.")
    ] = None,
    errors: Annotated[bool, typer.Option("--errors", help="Count the errors by kind.")] = False,
    curve: Annotated[
        Path | None, typer.Option(help="Write precision and recall over thresholds: .svg or .csv.")
    ] = None,
    reliability: Annotated[
        Path | None, typer.Option(help="Write predicted against observed probability: .svg or .csv.")
    ] = None,
    model: Annotated[str, typer.Option(help="Version or file of another model, for these three.")] = "active",
) -> None:
    """Compare links with a known truth.

    Prints pairwise and B³ precision, recall and F1. Errors, curve and reliability need the base that the records are in:
    the curve clusters it anew at each threshold, the reliability diagram looks at its candidate pairs. Nothing is stored.
    """
    from hub.flows.base import read_base
    from hub.flows.evaluate import evaluate as measure
    from hub.flows.evaluate import evaluate_base

    if links is not None and not (errors or curve or reliability):
        _measures(measure(links, truth))
        return
    with deployment() as (_, db):
        _measures(measure(links, truth) if links else evaluate_base(db, truth))
        if errors or curve or reliability:
            base = read_base(db, model)
    if errors:
        _errors(base, truth, links, anew=model != "active" and links is None)
    if curve:
        _curve(base, truth, curve)
    if reliability:
        _reliability(base, truth, reliability)


def _measures(found: Quality) -> None:
    pairwise, b3 = (found.precision, found.recall, found.f1), (found.b3_precision, found.b3_recall, found.b3_f1)
    rows = [(name, *(f"{share:.4f}" for share in shares)) for name, shares in (("pairwise", pairwise), ("B³", b3))]
    table(("measure", "precision", "recall", "F1"), rows, f"{found.records:,} records that both files know")


def _errors(base: Base, truth: Path, links: Path | None, anew: bool) -> None:
    from hub.flows.measure import errors

    found = errors(base, truth, links, anew)
    rows = [("missed", kind, count) for kind, count in found.missed.items()]
    rows += [("falsely joined", kind, count) for kind, count in found.false.items()]
    table(("error", "kind", "pairs"), rows, f"Errors among {found.records:,} records of the base")


def _curve(base: Base, truth: Path, out: Path) -> None:
    from hub.flows.measure import draw_curve

    choice = draw_curve(base, truth, out)
    rows = [("best F1", choice.best_f1), ("best recall at precision 0.99", choice.precise)]
    table(
        ("choice", "threshold", "precision", "recall", "F1"),
        [
            (name, f"{p.threshold:g}", f"{p.precision:.4f}", f"{p.recall:.4f}", f"{p.f1:.4f}")
            if p
            else (name, "none", "", "", "")
            for name, p in rows
        ],
        f"Thresholds; {base.model.version} has match {base.model.match:g}",
    )
    say(f"Curve in {out}")


def _reliability(base: Base, truth: Path, out: Path) -> None:
    from hub.flows.measure import draw_reliability

    error, bins = draw_reliability(base, truth, out)
    table(
        ("from log2 odds", "pairs", "predicted", "observed"),
        [(f"{b.low:g}", b.pairs, f"{b.predicted:.4f}", f"{b.observed:.4f}") for b in bins],
        f"Reliability of {base.model.version}: calibration error {error:.4f}",
    )
    say(f"Diagram in {out}")


def dedupe(
    file: Annotated[Path, typer.Argument(exists=True, help="Any flat file: CSV, Parquet …")],
    columns: Annotated[Path, typer.Option(exists=True, help="MAP.yml: canonical column → column(s) of the file.")],
    out: Annotated[Path, typer.Option(help="File to write: id, cluster_id; .csv or .parquet.")],
    model: Annotated[Path | None, typer.Option(exists=True, help="A model to use as it is, without adapting.")] = None,
) -> None:
    """Find which rows of one file are one person or company.

    This is the matcher alone: no database, no labels.

    The map names the columns: `id: rec_id`, `address: [street_no, street]` (joined by a space),
    `birth_date: {column: dob, format: "%Y%m%d"}`, `kind: {value: company}`, `extra: [occupation]`.
    """
    from hub.flows.dedupe import dedupe as run

    remarks = stderr()
    summary = run(
        file, columns, out, model, lambda s: remarks.print(f"{s.name:<10} {s.seconds:8.2f} s  {s.peak_mib:6,} MiB peak")
    )
    if summary.missing:
        lacking = ", ".join(f"«{name}»" for name in summary.missing)
        remarks.print(f"The map names columns that the file lacks: {lacking}", markup=False)
    say(f"{summary.rows:,} rows, {summary.clusters:,} clusters in {out}")
