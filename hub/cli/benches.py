"""`dealerhub bench`: the benchmarks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.console import say, stderr


def bench(
    name: Annotated[
        str, typer.Argument(help="Which one; `list` names them, `all` runs all that need no file and fit any machine.")
    ] = "list",
    rows: Annotated[int | None, typer.Option(min=1, help="About how many rows of input, to scale it down.")] = None,
    file: Annotated[Path | None, typer.Option(exists=True, help="Input of a benchmark that makes none itself.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Folder that keeps generated input for the next time.")] = None,
    chart: Annotated[Path | None, typer.Option(help="Write a picture, SVG, if the benchmark has one.")] = None,
) -> None:
    """Run a benchmark and print it as Markdown.

    The machine's description stands above the table, as docs/benchmarks.md keeps it. Each benchmark works in a folder
    (of TMPDIR) and a server of its own, and leaves nothing behind.
    """
    from hub.bench.catalogue import NAMES, NEEDS_FILE, NEEDS_TIME, run
    from hub.bench.options import Options
    from hub.errors import Invalid

    if name == "list":
        for known, about in NAMES.items():
            say(f"{known:<15} {about}")
        return
    remarks = stderr()
    options = Options(rows, file, keep, lambda what: remarks.print(what, markup=False), chart)
    if name != "all":
        say(run(name, options))
        return
    for chosen in (other for other in NAMES if other not in (*NEEDS_FILE, *NEEDS_TIME)):
        try:
            say(run(chosen, options))
        except Invalid as error:  # what it needs is not there: the others can still run
            remarks.print(f"{chosen}: {error.detail}", markup=False)
