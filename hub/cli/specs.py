"""`dealerhub specs`: how each dealer's files are read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.console import deployment, examples, say, stdout, table

if TYPE_CHECKING:
    from hub.intake.checking import SpecCheck

app = typer.Typer(help="Dealers' specifications: how their files map onto the canonical columns.", no_args_is_help=True)

Feed = Annotated[str, typer.Option(help="customers, vehicles, sales …; by default told from the file's name.")]


@app.command(epilog=examples("specs propose klienty.csv --feed customers > D001.yml"))
def propose(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A sample as the dealer sends it.")],
    feed: Feed = "",
) -> None:
    """Draft a specification from a sample file and print it.

    Format, encoding, columns, dates, decimal sign and the words of choices are told from the content. What is a guess,
    and what could not be told, is a comment in the draft: read it, save it as CODE.yml, then try it by `specs check`.
    """
    from hub.intake.proposal import dump_yaml
    from hub.intake.proposal import propose as draft

    say(dump_yaml(draft(file, feed or None)).rstrip())


@app.command(epilog=examples("specs check klienty.csv --spec D001.yml", "specs check --spec D001.yml"))
def check(
    spec: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The specification, CODE.yml.")],
    file: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, help="A file to try it on.")] = None,
    feed: Feed = "",
    show: Annotated[bool, typer.Option("--show", help="Show some unreadable values; they may be personal.")] = False,
) -> None:
    """Try a specification, on a file or by itself; nothing is stored.

    Exit code 1: the file would be held, or a column is mostly unreadable.
    """
    from hub.errors import Invalid
    from hub.flows.specifications import read_specifications
    from hub.intake.checking import check as look_over
    from hub.intake.naming import feed_of

    (found,) = read_specifications([spec]).values()
    if file is None:
        say(f"{spec.name} is sound; feeds: {', '.join(found.feeds) or 'all in canonical columns'}")
        return
    chosen = feed or feed_of(file.name, found)
    if not chosen:
        raise Invalid(f"{file.name}: its name tells no feed; say --feed.")
    if not _print_check(look_over(file, found, chosen, show)):
        raise typer.Exit(1)


def _print_check(done: SpecCheck) -> bool:
    """Print how a specification fits a file; False if it does not."""
    layout = ", ".join(filter(None, (done.format, done.encoding)))
    say(f"{done.rows:,} rows of {done.feed} ({layout}), {len(done.bad_rows):,} of them unreadable")
    columns = [c for c in done.columns if c.headings or c.filled]
    rows = [(c.name, ", ".join(c.headings), c.filled, c.unreadable, c.distinct, "; ".join(c.examples)) for c in columns]
    table(("column", "from", "filled", "unreadable", "distinct", "examples"), rows)
    said = [f"Row {row}: {reason}" for row, reason in done.bad_rows[:5]]
    said += [f"{done.missing_record_no:,} rows lack their record_no."] * bool(done.missing_record_no)
    said += [f"{done.repeated_record_no:,} rows bear a record_no that others bear."] * bool(done.repeated_record_no)
    said += [f"{'Would be held' if finding.holds else 'Warning'}: {finding.reason}" for finding in done.findings]
    for sentence in said:
        stdout().print(sentence, markup=False)
    return done.ok


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
