"""`dealerhub specs`: how each dealer's files are read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.console import deployment, examples, say, stderr, table

app = typer.Typer(help="Dealers' specifications: how their files map onto the canonical columns.", no_args_is_help=True)

Feed = Annotated[str, typer.Option(help="customers, vehicles, sales …; by default told from the file's name.")]


@app.command(epilog=examples("specs propose klienty.csv --feed customers > D001.yml"))
def propose(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A sample as the dealer sends it.")],
    feed: Feed = "",
) -> None:
    """Draft a specification from a sample file and print it: format, encoding, columns, dates, decimal sign.

    What could not be told is a comment in the draft. Look it over, save it as CODE.yml, then `specs check`.
    """
    from hub.flows.propose_specification import propose_specification

    say(propose_specification(file, feed))


@app.command(epilog=examples("specs check D001.yml klienty.csv", "specs check D001.yml klienty.csv --feed customers"))
def check(
    spec: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The specification, CODE.yml.")],
    file: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, help="A file to try it on.")] = None,
    feed: Feed = "",
) -> None:
    """Try a specification: is it sound, does it read a file, what would be set aside. Nothing is stored.

    Exit code 1: the file would be held, or rows or values of it set aside.
    """
    from hub.flows.specifications import read_specifications

    (found,) = read_specifications([spec]).values()
    if file is None:
        say(f"{spec.name} is sound; feeds: {', '.join(found.feeds) or 'all in canonical columns'}")
        return
    from expectations.gate import ExpectationsGate
    from hub.flows.check_specification import check_specification

    trial = check_specification(found, file, feed, ExpectationsGate())
    say(f"{trial.rows:,} rows read as {trial.feed}; {trial.mapped} of {trial.columns} canonical columns mapped")
    table(("canonical column", "from", "filled", "example"), trial.fills)
    for sentence in trial.remarks:
        stderr().print(sentence, markup=False)
    if trial.issues:
        table(
            ("severity", "rule", "column", "count", "first row", "reason"), trial.issues, "Would be set aside, or warn"
        )
    if trial.blemished:
        raise typer.Exit(1)


@app.command(epilog=examples("specs apply D001.yml", "specs apply specs/"))
def apply(
    paths: Annotated[
        list[Path], typer.Argument(exists=True, help="Files CODE.yml, or folders of them; bases in bases/.")
    ],
) -> None:
    """Install specifications: from now on these dealers' files are read by them. All or none.

    What was read before stays as it is; `dealerhub nightly` reads refused files again.
    """
    from hub.flows.specifications import apply_specifications, read_specifications

    with deployment() as (_, db):
        changed = apply_specifications(db, paths)
    say(f"{len(read_specifications(paths)):,} specifications, {len(changed):,} new or changed")


@app.command("list", epilog=examples("specs list"))
def list_() -> None:
    """The specifications in force."""
    from hub.store.specifications import list_specifications

    with deployment() as (_, db), db.worker() as conn:
        found = list_specifications(conn)
    table(
        ("dealer", "version", "versions", "installed"),
        [(s.name, str(s.spec_id), s.versions, s.installed) for s in found],
    )
