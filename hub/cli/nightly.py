"""`dealerhub nightly`: the nightly job in this process."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.console import deployment, stderr, table, watching

if TYPE_CHECKING:
    from hub.store.engine import Database
    from pipelines.job import NightSummary


def nightly(
    inbox: Annotated[Path | None, typer.Option(help="Folder of the dealers' folders; by default HUB_INBOX.")] = None,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Business day of files without a date; else today.")
    ] = None,
) -> None:
    """Run the nightly job over the inbox.

    All new files are taken in, through to golden records and receipts.

    The inbox holds one folder per dealer, named by its code, with files named by feed: D001/customers_2026-11-20.csv.
    It is only read. A dealer's failure never stops the others, and the job may be run again at any time.

    Exit code 0: the run finished, uploads that wait for a person included.
    """
    from pipelines.job import run_nightly

    with deployment() as (settings, db):
        where = inbox or settings.inbox_dir
        with watching() as progress:
            summary = run_nightly(settings, where, day.date() if day else None, progress)
        report(db, summary)


def report(db: Database, summary: NightSummary) -> None:
    """Print what a night did: rows by dealer, what needs a look, and the cost of each step."""
    from hub.cli.night_report import incidents, look_up, rows_by_dealer

    if not summary.run_id:
        stderr().print("Nothing new.")
        return
    night = look_up(db, summary)
    heads, rows = rows_by_dealer(night)
    table(heads, rows, f"Night of {summary.day}")
    for sentence in incidents(night):
        stderr().print(sentence, markup=False)
    table(("step", "seconds", "peak MiB"), [(s.name, s.seconds, s.peak_mib) for s in summary.steps], "Steps")
