"""`dealerhub evaluate` and `dedupe`: the matcher measured, and the matcher alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.console import say, stderr, table


def evaluate(
    links: Annotated[Path, typer.Option(exists=True, help="As `dealerhub export links` writes them.")],
    truth: Annotated[
        Path, typer.Option(exists=True, help="Columns dealer, feed, record_no, party_id; more are ignored.")
    ],
) -> None:
    """Compare links with a known truth.

    Prints pairwise and B³ precision, recall and F1.
    """
    from hub.flows.evaluate import evaluate as measure

    found = measure(links, truth)
    pairwise, b3 = (found.precision, found.recall, found.f1), (found.b3_precision, found.b3_recall, found.b3_f1)
    rows = [(name, *(f"{share:.4f}" for share in shares)) for name, shares in (("pairwise", pairwise), ("B³", b3))]
    table(("measure", "precision", "recall", "F1"), rows, f"{found.records:,} records that both files know")


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
    say(f"{summary.rows:,} rows, {summary.clusters:,} clusters in {out}")
