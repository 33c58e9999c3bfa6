"""`dealerhub bench`: the benchmarks."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.console import say


def bench(
    name: Annotated[str, typer.Argument(help="Which one; `list` names them, `all` runs them all.")] = "list",
) -> None:
    """Run a benchmark and print it as Markdown.

    The machine's description stands above the table, as docs/benchmarks.md keeps it. Each benchmark works in a folder
    and a server of its own, and leaves nothing behind.
    """
    from hub.bench.catalogue import NAMES, run

    if name == "list":
        for known, about in NAMES.items():
            say(f"{known:<12} {about}")
        return
    for chosen in NAMES if name == "all" else [name]:
        say(run(chosen))
