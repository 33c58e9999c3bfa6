"""`dealerhub users`: people who sign in to the pages."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.console import deployment, examples, say, table

app = typer.Typer(help="People who sign in.", no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="What the person types to sign in.")]


@app.command(
    epilog=examples(
        "users add anna --name 'Anna Petrova' --role steward",
        "users add ivan --name 'Ivan Sidorov' --role dealer --dealer D001 --administrator",
    )
)
def add(
    login: Login,
    name: Annotated[str, typer.Option(help="The person's name, as the pages show it.")],
    role: Annotated[str, typer.Option(help="head_office, steward, dealer or auditor.")],
    dealer: Annotated[str | None, typer.Option(help="Code of the dealer, for role dealer.")] = None,
    administrator: Annotated[bool, typer.Option(help="May make accounts for its own dealer.")] = False,
) -> None:
    """Make an account and print its first password, and nothing else. It is shown this once."""
    from datetime import UTC, datetime

    from hub.flows.manage_accounts import create_account

    with deployment() as (_, db), db.worker() as conn:
        _, password = create_account(conn, login, name, role, dealer, datetime.now(UTC), administrator)
    say(password)


@app.command("list", epilog=examples("users list"))
def list_() -> None:
    """All accounts."""
    from hub.store.accounts import list_accounts

    with deployment() as (_, db), db.worker() as conn:
        found = list_accounts(conn)
    table(
        ("login", "name", "role", "dealer", "second factor", "created", "disabled"),
        [
            (a.login, a.name, a.role, a.dealer, "yes" if a.totp_secret else "", _day(a.created_at), _day(a.disabled_at))
            for a in found
        ],
    )


@app.command(epilog=examples("users password anna"))
def password(login: Login) -> None:
    """Give an account a new password and print it; its sessions end."""
    from hub.flows.manage_accounts import set_password

    with deployment() as (_, db), db.worker() as conn:
        _, chosen = set_password(conn, login)
    say(chosen)


@app.command(epilog=examples("users second-factor anna", "users second-factor anna --drop"))
def second_factor(
    login: Login, drop: Annotated[bool, typer.Option("--drop", help="Take it away: the phone is lost.")] = False
) -> None:
    """Give an account a second factor (RFC 6238), and print the address that an authenticator app reads."""
    from hub.flows.manage_accounts import drop_second_factor, set_second_factor

    with deployment() as (_, db), db.worker() as conn:
        if drop:
            drop_second_factor(conn, login)
            say("Dropped.")
        else:
            say(set_second_factor(conn, login))


@app.command(epilog=examples("users disable anna"))
def disable(login: Login) -> None:
    """Close an account: its next request is refused."""
    from datetime import UTC, datetime

    from hub.flows.manage_accounts import disable as disable_account

    with deployment() as (_, db), db.worker() as conn:
        disable_account(conn, login, datetime.now(UTC))
    say("Disabled", login)


def _day(moment: object) -> str:
    return str(moment)[:10] if moment else ""
