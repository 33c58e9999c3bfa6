"""`dealerhub upload` and `uploads`: one file in, and the ledger of all."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.console import deployment, examples, say, stdout, table, watching

if TYPE_CHECKING:
    from hub.store.engine import Database

app = typer.Typer(help="The ledger of uploads, and what can be done about one.", invoke_without_command=True)

UploadId = Annotated[int, typer.Argument(min=1, help="The upload's number, as `dealerhub uploads` shows it.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Business day; else the name's, else today.")]


def upload(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="The file, in any format that dealers send.")
    ],
    dealer: Annotated[str, typer.Option(help="Code of the dealer whose file it is.")],
    feed: Annotated[str, typer.Option(help="customers, vehicles, sales …; by default told from the file's name.")] = "",
    day: Day = None,
) -> None:
    """Take one file in and print its receipt.

    Exit code 1: the file was held or refused; the receipt says why, and what to do.
    """
    from datetime import UTC, date
    from datetime import datetime as moment

    from expectations.gate import ExpectationsGate
    from hub.flows.consolidate import consolidate
    from hub.flows.match import match
    from hub.flows.register import Origin, register_file
    from hub.flows.stage import stage
    from hub.store.archive import Archive

    with deployment() as (settings, db):
        archive = Archive(settings.archive_dir)
        origin = Origin(day.date() if day else date.today(), moment.now(UTC), "cli")
        entered = register_file(db, archive, file, dealer, feed, origin)
        with watching() as progress:
            stage(db, archive, ExpectationsGate(), progress, [dealer])
            match(db, progress)
            consolidate(db, progress)
        status = _receipt(db, entered.upload_id)
    if status in ("held", "refused"):
        raise typer.Exit(1)


@app.callback(
    epilog=examples("uploads", "uploads --status held", "uploads --dealer D001 --limit 100", "uploads show 17")
)
def list_(
    context: typer.Context,
    dealer: Annotated[str | None, typer.Option(help="Only this dealer's.")] = None,
    feed: Annotated[str | None, typer.Option(help="Only this feed's.")] = None,
    status: Annotated[str | None, typer.Option(help="received, accepted, held, refused, rejected …")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the latest first.")] = 30,
) -> None:
    """The ledger of uploads, the latest first; or one of the commands below."""
    if context.invoked_subcommand:
        return
    from hub.store.upload_pages import list_uploads

    with deployment() as (_, db), db.worker() as conn:
        rows = list_uploads(conn, None, limit, dealer, feed, status)
    shown = ("upload_id", "dealer", "feed", "day", "file_name", "status", "code")
    numbers = ("rows_read", "rows_loaded", "rows_quarantined", "rows_unchanged")
    heads = ("upload", *shown[1:], *(name.removeprefix("rows_") for name in numbers))
    table(heads, [[str(row["upload_id"]), *(row[name] for name in (*shown[1:], *numbers))] for row in rows])


@app.command(epilog=examples("uploads show 17"))
def show(upload: UploadId) -> None:
    """The receipt of one upload: what became of every row, and the most frequent faults."""
    with deployment() as (_, db):
        _receipt(db, upload)


@app.command(epilog=examples("uploads rejects 17 --out rejects.csv"))
def rejects(
    upload: UploadId, out: Annotated[Path, typer.Option(help="File to write: .csv, in the dealer's own columns.")]
) -> None:
    """Write what was set aside of an upload: the dealer's own rows and the reason, to be fixed and sent again."""
    from hub.flows.write_rejects import write_rejects
    from hub.store.archive import Archive

    with deployment() as (settings, db):
        rows = write_rejects(db, Archive(settings.archive_dir), upload, out)
    say(f"{rows:,} rows in {out}")


@app.command(epilog=examples("uploads release 17", "uploads release 17 --reason 'sold its second site'"))
def release(
    upload: UploadId, reason: Annotated[str, typer.Option(help="Why, for the ledger; no personal data.")] = ""
) -> None:
    """Let a held upload in, past the guards; the next nightly run processes it."""
    from hub.flows.release import release as let_in

    with deployment() as (_, db):
        ids = let_in(db, upload, "cli", reason)
    say("Released:", ", ".join(map(str, ids)))


@app.command(epilog=examples("uploads reject 17 --reason 'last month again'"))
def reject(
    upload: UploadId, reason: Annotated[str, typer.Option(help="Why, for the dealer; no personal data.")] = ""
) -> None:
    """Turn a held upload down for good. The same bytes may be sent again."""
    from hub.flows.release import reject as turn_down

    with deployment() as (_, db):
        turn_down(db, upload, "cli", reason)
    say(f"Rejected: {upload}")


@app.command(epilog=examples("uploads revoke 17"))
def revoke(upload: UploadId) -> None:
    """Take an accepted upload back: afterwards the base is as if it had never come."""
    from expectations.gate import ExpectationsGate
    from hub.flows.consolidate import consolidate
    from hub.flows.match import match
    from hub.flows.revoke import revoke as take_back
    from hub.store.archive import Archive

    with deployment() as (settings, db), watching() as progress:
        take_back(db, Archive(settings.archive_dir), ExpectationsGate(), upload, "cli", progress)
        match(db, progress)
        consolidate(db, progress)
    say(f"Revoked: {upload}")


@app.command(epilog=examples("uploads reprocess --dealer D001 --feed customers"))
def reprocess(
    dealer: Annotated[str, typer.Option(help="Code of the dealer.")],
    feed: Annotated[str, typer.Option(help="customers, vehicles, sales …")],
) -> None:
    """Read all that a dealer has sent of a feed again, by the specification in force now.

    Accepted files stay accepted; held ones are judged anew. If one of them cannot be read any more, nothing changes.
    """
    from expectations.gate import ExpectationsGate
    from hub.flows.consolidate import consolidate
    from hub.flows.match import match
    from hub.flows.reprocess import reprocess as read_again
    from hub.store.archive import Archive

    with deployment() as (settings, db), watching() as progress:
        outcome = read_again(db, Archive(settings.archive_dir), ExpectationsGate(), dealer, feed, progress)
        match(db, progress)
        consolidate(db, progress)
    counts = Counter(verdict.status for verdict in outcome.verdicts.values())
    say("Read again:", ", ".join(f"{number} {status}" for status, number in sorted(counts.items())) or "nothing")


def _receipt(db: Database, upload_id: int) -> str:
    """Print the receipt of an upload; returns its status."""
    from hub.flows.receipts import receipt

    found = receipt(db, upload_id)
    out = stdout()
    out.print(f"Upload {upload_id}: {found.dealer}, {found.feed}, day {found.day}, {found.file_name}", markup=False)
    out.print(f"{found.status} ({found.code})" if found.code else found.status, markup=False, style="bold")
    for sentence in (found.reason, *found.warnings):
        if sentence:
            out.print(sentence, markup=False)
    table(found.counts.keys(), [list(found.counts.values())])
    if found.issues:
        rows = [(i.severity, i.rule, i.column_name, i.count, i.first_row, i.reason) for i in found.issues]
        table(("severity", "rule", "column", "count", "first row", "reason"), rows, "Set aside, or worth a look")
    out.print(found.to_do, markup=False)
    return found.status
