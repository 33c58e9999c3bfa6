"""`dealerhub dealers`: the importer's registry, and a dealer's change of DMS."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.console import deployment, examples, say, stderr, watching

app = typer.Typer(help="The importer's registry of dealers.", no_args_is_help=True)


@app.command(epilog=examples("dealers sync dealers.csv", "dealers sync dealers.yml"))
def sync(file: Annotated[Path, typer.Argument(help="CSV or YAML; only the column dealer_code is required.")]) -> None:
    """Make the hub know the dealers of a registry.

    Columns: dealer_code, name, city, region, postcode, country, latitude, longitude, brands, timezone, opening_hours,
    phones, emails, capacity, active_from, active_until, franchises (brand:purpose:from:until), territory (beginnings
    of postcodes, or POLYGON((lon lat, …))), holidays, target_share, group. Several values of one column are separated
    by semicolons. Dealers that the file lacks stay, with all their records, but count as unregistered.
    """
    from hub.dealers.registry import load_registry
    from hub.store.dealers import sync_dealers

    entries = load_registry(file)
    with deployment() as (_, db), db.worker() as conn:
        synced = sync_dealers(conn, entries)
    if synced.dropped:
        stderr().print(f"No longer in the registry: {', '.join(synced.dropped)}", markup=False)
    say(f"{len(entries):,} dealers: {len(synced.added):,} new, {len(synced.kept):,} known")


@app.command(
    epilog=examples(
        "dealers rekey keys.csv --dealer D001 --feed customers --day 2026-11-20",
    )
)
def rekey(
    file: Annotated[Path, typer.Argument(exists=True, help="CSV of two columns, old_no and new_no.")],
    dealer: Annotated[str, typer.Option(help="The dealer's code.")],
    feed: Annotated[str, typer.Option(help="The feed whose record numbers changed.")],
    day: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First business day of the new numbers.")],
) -> None:
    """Carry the identities of a dealer's records over to the record numbers of its new DMS."""
    from expectations.gate import ExpectationsGate
    from hub.dealers.rekeying import read_pairs
    from hub.flows.rekey import KeyChange
    from hub.flows.rekey import rekey as carry
    from hub.store.archive import Archive

    change = KeyChange(dealer, feed, day.date(), read_pairs(file), "cli")
    with deployment() as (settings, db), watching() as progress:
        carry(db, Archive(settings.archive_dir), ExpectationsGate(), change, progress)
    say(f"{len(change.pairs):,} record numbers carried over. The next nightly run matches what changed.")
