"""`dealerhub decisions`: what stewards decided, from the command line and as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.console import deployment, examples, say, stderr, table

if TYPE_CHECKING:
    from hub.flows.decide import Outcome
    from hub.store.decisions import Decision

app = typer.Typer(
    help="What stewards decided: which records are one, which are two, which value is right.", no_args_is_help=True
)

Number = Annotated[int, typer.Argument(min=1, help="The decision's number, as `dealerhub decisions list` shows it.")]
Reason = Annotated[str, typer.Option(help="Why, for whoever reads it later.")]
AUTHOR = "cli"


@app.command(
    "list", epilog=examples("decisions list", "decisions list --customer 5f4fc12a-d73d-5b0c-f21e-1e5a33f979f9")
)
def list_(
    verdict: Annotated[str | None, typer.Option(help="same, different, split or unsure.")] = None,
    customer: Annotated[str | None, typer.Option(help="Only on records of this customer (any id of it).")] = None,
    retracted: Annotated[
        bool, typer.Option("--retracted", help="Those taken back, instead of those that stand.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 30,
) -> None:
    """Decisions on records, the newest first.

    A decision that is "overruled" stands, and the golden records are not as it says: a newer one, or a record that turned
    from a person into a company, stands in its way.
    """
    from uuid import UUID

    from hub.flows.labels import resolve_names
    from hub.store.decisions import Filters, list_decisions

    with deployment() as (_, db):
        of = UUID(resolve_names(db, [customer])[0]) if customer else None
        with db.worker() as conn:
            found = list_decisions(conn, Filters(verdict, None, not retracted, of), None, limit)
    rows = [
        (str(d.entry_id), d.verdict, d.state, _parts(d), d.author, f"{d.decided_at:%Y-%m-%d %H:%M}", d.reason)
        for d in found
    ]
    table(("decision", "verdict", "state", "records", "by", "at (UTC)", "reason"), rows)


def _parts(decision: Decision) -> str:
    parts = (", ".join(_mention(m.dealer, m.feed, m.record_no, str(m.record)) for m in part) for part in decision.parts)
    return " | ".join(parts)


def _mention(dealer: str | None, feed: str | None, record_no: str | None, record: str) -> str:
    return f"{dealer}/{feed}/{record_no}" if dealer else f"{record} (gone)"


@app.command(
    epilog=examples(
        "decisions add same D001/customers/48213 D002/customers/77 --reason 'called her'",
        "decisions add different D001/customers/48213 D001/customers/48999",
        "decisions add split D001/customers/1 D002/customers/7 vs D001/customers/2",
    )
)
def add(
    verdict: Annotated[str, typer.Argument(help="same, different, split or unsure.")],
    records: Annotated[
        list[str], typer.Argument(help="DEALER/FEED/RECORD_NO or ids; for split `vs` stands between the groups.")
    ],
    reason: Reason = "",
    replaces: Annotated[
        list[int] | None, typer.Option(help="A decision that is taken back for it; repeatable.")
    ] = None,
) -> None:
    """Decide that records are one party, or several. It is in force at once, and through every later match."""
    from datetime import UTC, datetime

    from hub.flows.decide import Word, decide
    from hub.flows.labels import resolve_names

    groups: list[list[str]] = [[]]
    for name in records:
        if name == "vs":
            groups.append([])
        else:
            groups[-1].append(name)
    with deployment() as (_, db):
        named = [resolve_names(db, group) for group in groups]
        done = decide(db, Word(verdict, named, reason, replaces or ()), AUTHOR, datetime.now(UTC))
    _tell(done)


@app.command(epilog=examples("decisions retract 4711 --reason 'two people after all'"))
def retract(number: Number, reason: Reason = "") -> None:
    """Take a decision or a pin back: the base becomes what it would be without. Both stay on record."""
    from datetime import UTC, datetime

    from hub.flows.decide import retract as take_back
    from hub.flows.pin import unpin
    from hub.store.decisions import find_pin

    with deployment() as (_, db):
        with db.worker() as conn:
            pinned = find_pin(conn, number) is not None
        done = (unpin if pinned else take_back)(db, number, AUTHOR, datetime.now(UTC), reason)
    _tell(done)


@app.command(epilog=examples("decisions pin D001/customers/48213 address --reason 'moved back'"))
def pin(
    record: Annotated[str, typer.Argument(help="DEALER/FEED/RECORD_NO, or its id.")],
    field: Annotated[str, typer.Argument(help="last_name, first_name, birth_date, address …")],
    reason: Reason = "",
) -> None:
    """Let a record's value win a field of its golden record, whatever the votes."""
    from datetime import UTC, datetime

    from hub.flows.labels import resolve_names
    from hub.flows.pin import pin as choose

    with deployment() as (_, db):
        done = choose(db, resolve_names(db, [record])[0], field, AUTHOR, datetime.now(UTC), reason)
    _tell(done)


def _tell(done: Outcome) -> None:
    stderr().print(f"Clustered again: {done.records:,} records; golden records new or changed: {done.changed:,}")
    say(f"Decision {done.entry_id}: {_ids(done.before)} -> {_ids(done.after)}")


def _ids(ids: object) -> str:
    return ", ".join(map(str, ids)) or "none"  # type: ignore[call-overload]


@app.command(epilog=examples("decisions export --out pairs.csv", "decisions export --labels --out truth.csv"))
def export(
    out: Annotated[Path, typer.Option(help="File to write: .csv or .parquet.")],
    labels: Annotated[
        bool, typer.Option("--labels", help="Records and their party instead: a truth to train and measure by.")
    ] = False,
) -> None:
    """Write the decisions that stand as labelled pairs, which `decisions import` reads.

    With --labels the judged records and the party that stewards made of them: dealer, feed, record_no, party_id, for
    `dealerhub evaluate --truth` and `dealerhub model train --truth`.
    """
    from hub.flows.labels import export_decisions, export_labels

    with deployment() as (_, db):
        count = (export_labels if labels else export_decisions)(db, out)
    say(f"{count:,} {'records' if labels else 'pairs'} in {out}")


@app.command(
    "import", epilog=examples("decisions import pairs.csv", "decisions import pairs.csv --reason 'labelled in May'")
)
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Labelled pairs: .csv or .parquet.")],
    reason: Reason = "",
) -> None:
    """Enter labelled pairs as decisions: a filled-in sample for review, or what `decisions export` wrote.

    Columns: dealer, feed and record_no of both records (…_a, …_b), and `verdict` (same, different, unsure) or `same_party`
    (yes, no, unsure); rows without an answer are passed over. What was decided so already is not entered again.
    Exit code 1: some rows were refused; each is told with its row.
    """
    from datetime import UTC, datetime

    from hub.flows.labels import import_decisions

    with deployment() as (_, db):
        done = import_decisions(db, file, AUTHOR, datetime.now(UTC), reason)
    say(
        f"{done.rows:,} rows: {done.entered:,} decisions entered, {done.known:,} known already, "
        f"{done.blank:,} not filled in, {len(done.refused):,} refused"
    )
    if done.refused:
        table(("row", "why it was refused"), [(str(row), why) for row, why in done.refused[:50]])
        raise typer.Exit(1)


@app.command(epilog=examples("decisions replay"))
def replay() -> None:
    """Make decisions and pins again from the ledger, and all golden records with them; after a restore."""
    from hub.flows.replay_decisions import replay_decisions

    with deployment() as (_, db):
        count = replay_decisions(db)
    say(f"{count:,} entries replayed")
