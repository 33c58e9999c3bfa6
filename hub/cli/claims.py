"""`dealerhub claims`: settle, and look at abuse."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from hub.cli.console import deployment, examples, say, table, watching

app = typer.Typer(help="Claims on prospects.", no_args_is_help=True)


@app.command(epilog=examples("claims abuse", "claims abuse --since 2026-11-01"))
def abuse(
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Count what came from this day on.")] = datetime(
        1970, 1, 1
    ),
) -> None:
    """Count what of dealers' claims looks like abuse.

    Phone books (days with more leads without proof of contact than the policy lets pass), dates set back, leads kept
    alive by calls that nobody answered, placeholders as contacts. The worst first.
    """
    from hub.store.abuse import abuse_by_dealer

    with deployment() as (_, db), db.worker() as conn:
        rows = abuse_by_dealer(conn, since.replace(tzinfo=UTC))
    heads = (
        "dealer",
        "leads",
        "phone book",
        "dated back",
        "empty contacts",
        "kept by them",
        "placeholders",
        "suspicious",
    )
    table(heads, [[*list(row.values())[:-1], f"{row['share']:.1%}"] for row in rows])


@app.command(epilog=examples("claims settle"))
def settle() -> None:
    """Settle what waits: claims, conflicts and owners of all parties that changed. The nightly job does so by itself."""
    from hub.flows.settle import settle as run

    with deployment() as (_, db), watching() as progress:
        found = run(db, progress=progress)
    scope = "all" if found.golden < 0 else f"{found.golden:,}"
    say(f"{scope} golden records settled: {found.claims:,} claims, {found.conflicts:,} conflicts.")
