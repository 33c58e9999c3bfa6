"""`dealerhub places`: where postcodes and cities lie."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.console import deployment, examples, say

app = typer.Typer(help="Postcodes and cities: coordinates and time zones.", no_args_is_help=True)


@app.command(epilog=examples("places sync", "places sync places.csv"))
def sync(
    file: Annotated[Path | None, typer.Argument(help="CSV; by default the table that ships with the hub.")] = None,
) -> None:
    """Make the hub know where places lie.

    Columns: country, postcode (whole, or its beginning), city, region, latitude, longitude, timezone. The table
    replaces the one before. Distances to dealers and people's own time of day come from it.
    """
    from hub.network.places import load_places
    from hub.store.places import sync_places

    places = load_places(file)
    with deployment() as (_, db), db.worker() as conn:
        say(f"{sync_places(conn, places):,} places")
