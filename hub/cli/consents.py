"""`dealerhub consents`: one person's consents with their proof, and new statements."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

from hub.cli.console import deployment, examples, say, table
from hub.cli.contacts import FORMATS, reference, utc

app = typer.Typer(help="The ledger of consents.", no_args_is_help=True)

Dealer = Annotated[str | None, typer.Option(help="Code of the dealer that is the controller; else the importer.")]


@app.command(
    epilog=examples(
        "consents show 77abf5c1-98b7-f8fd-6958-33427e2c230b",
        "consents show 77abf5c1-98b7-f8fd-6958-33427e2c230b --dealer D001 --json > consents.json",
    )
)
def show(
    person: Annotated[UUID, typer.Argument(help="Any id ever issued.")],
    dealer: Dealer = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole history as JSON, for a file.")] = False,
) -> None:
    """What holds for a controller now, and every statement ever made, in the order in which the hub learned it."""
    from dataclasses import asdict

    from hub.contact.consent import controller_of
    from hub.flows.record_consent import read_consents
    from hub.store.contact_parties import Reference

    with deployment() as (_, db), db.worker() as conn:
        found = read_consents(conn, Reference(golden_id=person), controller_of(dealer), None, datetime.now(UTC))
    if as_json:
        say(json.dumps([asdict(line) for line in found.lines], default=str, ensure_ascii=False, indent=1))
        return
    rows = [(purpose, channel, state.status) for (purpose, channel), state in found.states.items()]
    table(("purpose", "channel", "holds"), rows, f"For {dealer or 'the importer'}")
    lines = [
        (f"{one.received_at:%Y-%m-%d %H:%M}", f"{one.at:%Y-%m-%d %H:%M}", one.holder, one.controller_dealer or one.controller,
         one.purpose, one.channel, one.status, one.wording_version, one.evidence, one.source)
        for one in found.lines
    ]  # fmt: skip
    names = ("learned", "said", "by", "to", "purpose", "channel", "status", "wording", "evidence", "source")
    table(names, lines, "Statements (UTC)")


@app.command(
    epilog=examples(
        "consents add 77abf5c1-98b7-f8fd-6958-33427e2c230b --purpose marketing --status withdrawn --evidence 'letter 17'",
        "consents add 48213 --dealer D001 --purpose marketing --channel email --status granted",
        "consents add 77abf5c1-98b7-f8fd-6958-33427e2c230b --purpose legal --status withdrawn --evidence 'court 5-17'",
    )
)
def add(  # the command's options, one by one: typer reads them by these
    person: Annotated[str, typer.Argument(help="An id, or a record number of --dealer.")],
    purpose: Annotated[
        str, typer.Option(help="processing, marketing, transfer, survey, recall; any: no contact; legal: a legal stop.")
    ],
    status: Annotated[str, typer.Option(help="granted or withdrawn.")],
    channel: Annotated[str, typer.Option(help="phone, sms, email, post, messenger or any.")] = "any",
    dealer: Dealer = None,
    at: Annotated[
        datetime | None, typer.Option(formats=FORMATS, help="When it was said (UTC); by default now.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=FORMATS, help="When a consent ends by itself (UTC).")
    ] = None,
    wording: Annotated[str | None, typer.Option(help="Version of the text that was agreed to.")] = None,
    evidence: Annotated[str | None, typer.Option(help="Where the proof is; never the proof itself.")] = None,
) -> None:
    """Record what a person said, to the importer or to a dealer. The ledger only grows; it takes effect at once."""
    from hub.flows.record_consent import Recorder, Said, record_consent

    said = Said(
        party=reference(person, dealer),
        purpose=purpose,
        channel=channel,
        status=status,
        controller="dealer" if dealer else "importer",
        dealer=dealer,
        at=utc(at),
        expires_at=utc(until),
        wording_version=wording,
        evidence=evidence,
    )
    with deployment() as (_, db):
        answer, _ = record_consent(db, said, Recorder(None, "cli"), datetime.now(UTC))
    say(f"Entry {answer['entry_id']}, on the record {answer['record_id']}.")
