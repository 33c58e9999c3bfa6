"""The tree of commands, and what every command shares: how errors are told and how the process ends.

Exit codes: 0 fine · 1 finished, with something to look at (only where a command's help says so) · 2 wrong use, bad
input, or anything else that the message tells how to cure · 70 a fault of the hub itself · 130 interrupted.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import typer

from hub.cli import (
    audit,
    benches,
    claims,
    consents,
    contacts,
    dealers,
    decisions,
    demo,
    explain,
    exports,
    keys,
    leads,
    matching,
    models,
    nightly,
    places,
    policy,
    quality,
    server,
    specs,
    uploads,
    users,
)
from hub.cli.console import examples
from hub.errors import HubError
from hub.settings import ROOT

app = typer.Typer(
    name="dealerhub",
    help="Dealers' nightly exports in, one golden record per person or company out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command(epilog=examples("demo", "demo --dealers 40 --people 20000 --seed 7"))(demo.demo)
app.command(epilog=examples("serve"))(server.serve)
app.command(epilog=examples("stop"))(server.stop)
app.command(epilog=examples("nightly --inbox /srv/inbox", "nightly --inbox /srv/inbox --day 2026-11-20"))(
    nightly.nightly
)
app.command(
    epilog=examples("upload customers.csv --dealer D001", "upload klienty.xlsx --dealer D001 --feed customers")
)(uploads.upload)
app.add_typer(uploads.app, name="uploads")
app.add_typer(dealers.app, name="dealers")
app.add_typer(places.app, name="places")
app.add_typer(policy.app, name="policy")
app.add_typer(claims.app, name="claims")
app.add_typer(consents.app, name="consents")
app.add_typer(contacts.app, name="contacts")
app.add_typer(leads.app, name="leads")
app.add_typer(specs.app, name="specs")
app.add_typer(keys.app, name="keys")
app.add_typer(users.app, name="users")
app.add_typer(audit.app, name="audit")
app.add_typer(exports.app, name="export")
app.add_typer(models.app, name="model")
app.add_typer(decisions.app, name="decisions")
app.command(
    epilog=examples(
        "evaluate --links links.csv --truth truth.csv",
        "evaluate --truth truth.csv --errors --curve curve.svg --reliability reliability.svg",
    )
)(matching.evaluate)
app.command(epilog=examples("quality"))(quality.quality)
app.command(epilog=examples("blocking"))(quality.blocking)
app.command(
    "sample-for-review",
    epilog=examples("sample-for-review --n 200 --out pairs.csv", "sample-for-review --out pairs.csv --with-values"),
)(quality.sample_for_review)
app.command(epilog=examples("dedupe people.parquet --columns map.yml --out clusters.csv"))(matching.dedupe)
app.command(
    epilog=examples(
        "explain 77abf5c1-98b7-f8fd-6958-33427e2c230b",
        "explain 77abf5c1-98b7-f8fd-6958-33427e2c230b 56c4c7f1-c14e-cec0-3c84-ed663c02b594 --svg why.svg",
    )
)(explain.explain)
app.command("golden-hash", epilog=examples("golden-hash"))(exports.golden_hash)
app.command(epilog=examples("bench", "bench nightly", "bench all"))(benches.bench)


def run() -> None:
    """Run the command that the process was called with, and end the process."""
    try:
        app()
    except HubError as error:
        _tell(f"dealerhub: {error.detail}")
        sys.exit(70 if error.own_fault else 2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output went away: nothing to tell it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        _tell(f"dealerhub: a fault of the hub itself: {place(error)}. HUB_DEBUG=1 shows the traceback.")
        if os.environ.get("HUB_DEBUG"):
            raise
        sys.exit(70)


def place(error: Exception) -> str:
    """An unexpected error's class and place; never its text, which may quote a row."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT)] or frames
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(own[-4:]))
    return f"{type(error).__name__} at {places}"


def _tell(message: str) -> None:
    print(message, file=sys.stderr)
