"""`dealerhub audit`: the log of what was read and changed."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.console import deployment, examples, say, table

app = typer.Typer(help="The log of what was read and changed.", no_args_is_help=True)


@app.command(epilog=examples("audit verify"))
def verify() -> None:
    """Check the log's chain from its first link; exit 1 and name the row if it is broken."""
    from hub.flows.seal_audit import seal_audit, verify_audit

    with deployment() as (settings, db):
        found = verify_audit(db, settings.home)
        if found.broken is None and found.unsealed:
            seal_audit(db, settings.home)
            found = verify_audit(db, settings.home)
    if found.broken is not None:
        say(f"Broken: {found.broken}. {found.links:,} links before it are in order.")
        raise typer.Exit(1)
    say(f"In order: {found.links:,} rows.")


@app.command("list", epilog=examples("audit list --limit 20", "audit list --actor user:anna"))
def list_(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, the newest first.")] = 50,
    actor: Annotated[str | None, typer.Option(help="user:<login>, api:<key id> or cli.")] = None,
    target: Annotated[str | None, typer.Option(help="Id of what was read or changed.")] = None,
) -> None:
    """Rows of the log."""
    from hub.store.audit import entries

    with deployment() as (_, db), db.worker() as conn:
        found = entries(conn, None, limit, actor, target)
    table(
        ("no.", "at", "actor", "role", "dealer", "action", "target", "reason"),
        [
            (e.audit_id, f"{e.at:%Y-%m-%d %H:%M:%S}", e.actor, e.role, e.dealer, e.action, e.target, e.reason)
            for e in found
        ],
    )
