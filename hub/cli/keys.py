"""`dealerhub keys`: credentials of the API."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.console import deployment, examples, say, table

app = typer.Typer(help="Keys of the API.", no_args_is_help=True)

Dealer = Annotated[str | None, typer.Option(help="Code of the dealer, for role dealer.")]


@app.command(
    epilog=examples(
        "keys create --role head_office",
        "keys create --role dealer --dealer D001 --days 365",
        "keys create --role routing > key.txt",
    )
)
def create(
    role: Annotated[str, typer.Option(help="head_office, steward, dealer, routing or auditor.")],
    dealer: Dealer = None,
    days: Annotated[int | None, typer.Option(min=1, help="Days until it expires; by default never.")] = None,
) -> None:
    """Make a key and print it, and nothing else. It is shown this once; the hub keeps only its hash."""
    from datetime import UTC, datetime, timedelta

    from hub.store.keys import create_key

    now = datetime.now(UTC)
    with deployment() as (_, db), db.worker() as conn:
        key = create_key(conn, role, dealer, now, now + timedelta(days=days) if days else None)
    say(key)


@app.command("list", epilog=examples("keys list"))
def list_() -> None:
    """All keys by their public part; never the secret."""
    from hub.store.keys import list_keys

    with deployment() as (_, db), db.worker() as conn:
        found = list_keys(conn)
    columns = ("key id", "role", "dealer", "created", "expires", "revoked")
    table(
        columns, [(k.key_id, k.role, k.dealer, *map(_day, (k.created_at, k.expires_at, k.revoked_at))) for k in found]
    )


@app.command(epilog=examples("keys revoke 4f1d2c3b"))
def revoke(key_id: Annotated[str, typer.Argument(help="The public part, or the whole key.")]) -> None:
    """End a key: the next request with it is refused."""
    from datetime import UTC, datetime

    from hub.store.keys import revoke_key

    with deployment() as (_, db), db.worker() as conn:
        say("Revoked", revoke_key(conn, key_id, datetime.now(UTC)))


def _day(moment: object) -> str:
    return str(moment)[:10] if moment else ""
