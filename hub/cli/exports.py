"""`dealerhub export` and `golden-hash`: the base as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.console import deployment, examples, say

app = typer.Typer(help="Write the base to a file, CSV or Parquet by its ending.", no_args_is_help=True)

Out = Annotated[Path, typer.Option(help="File to write: .csv or .parquet.")]


@app.command(epilog=examples("export links --out links.csv"))
def links(out: Out) -> None:
    """Which golden record each source record belongs to: dealer_code, feed, record_no, golden_id."""
    from hub.flows.export import export_links

    with deployment() as (_, db):
        say(f"{export_links(db, out):,} links in {out}")


@app.command(epilog=examples("export golden --out golden.parquet"))
def golden(out: Out) -> None:
    """All golden records."""
    from hub.flows.export import export_golden

    with deployment() as (_, db):
        say(f"{export_golden(db, out):,} golden records in {out}")


def golden_hash() -> None:
    """Print a hash of the golden records, and nothing else.

    It covers the partition of source records and the golden values, ids left out: two bases that were filled from the
    same files in any order have the same hash.
    """
    from hub.flows.export import golden_hash as compute

    with deployment() as (_, db):
        say(compute(db))
