"""`dealerhub contacts`: may somebody be contacted, and by which rules."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from hub.cli.console import deployment, examples, say, table

if TYPE_CHECKING:
    from hub.store.contact_parties import Reference

app = typer.Typer(help="Who may contact whom, when.", no_args_is_help=True)
policy_app = typer.Typer(help="The rules of contacts: versioned data.", no_args_is_help=True)
app.add_typer(policy_app, name="policy")

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A contact policy (YAML).")]
FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


@app.command(
    epilog=examples(
        "contacts permission 77abf5c1-98b7-f8fd-6958-33427e2c230b --purpose marketing --channel phone",
        "contacts permission 48213 48214 --dealer D001 --purpose test_drive --channel email",
    )
)
def permission(
    person: Annotated[list[str], typer.Argument(help="Ids, or record numbers of --dealer.")],
    purpose: Annotated[str, typer.Option(help="marketing, test_drive, service, survey, answer, recall or safety.")],
    channel: Annotated[str, typer.Option(help="phone, sms, email, post or messenger.")],
    dealer: Annotated[str | None, typer.Option(help="Whose contact it is; by default the importer's own.")] = None,
    brand: Annotated[str | None, typer.Option(help="Of the prospect; by default any of the dealer.")] = None,
    priority: Annotated[int | None, typer.Option(min=0, max=9, help="Of the campaign; by default the usual.")] = None,
    at: Annotated[datetime | None, typer.Option(formats=FORMATS, help="When it is meant to be made (UTC).")] = None,
) -> None:
    """Say whether people may be contacted, and why: every reason, as head office is told. Nothing is stored."""
    from hub.flows.permit import Request, permit

    request = Request(
        purpose, channel, [reference(one, dealer) for one in person], dealer, brand=brand, priority=priority, at=utc(at)
    )
    with deployment() as (_, db), db.worker() as conn:
        found = permit(conn, request, datetime.now(UTC))
    say(f"By the contact policy {found.policy}:")
    for one, answer in zip(person, found.answers, strict=True):
        verdict = answer.verdict
        say(f"{one}: {'yes' if verdict.permitted else 'no'}" + _next(verdict.permitted, verdict.next_possible_at))
        for reason in verdict.reasons:
            say(f"  {_told(reason)}")


def _next(permitted: bool, moment: datetime | None) -> str:
    if permitted:
        return ""
    return f", next possible {moment:%Y-%m-%d %H:%M} UTC" if moment else ", and not by itself"


def _told(reason: Any) -> str:
    from hub.contact.permission import REASONS

    cap = f" (cap {reason.cap})" if reason.cap else ""
    until = f" Until {reason.until:%Y-%m-%d %H:%M} UTC." if reason.until else ""
    return f"{'-' if reason.forbids else '+'} {reason.code}: {REASONS[reason.code]}{cap}{until}"


def reference(text: str, dealer: str | None) -> Reference:
    """A person by any id, or by a record number of the dealer."""
    from hub.errors import Invalid
    from hub.store.contact_parties import Reference

    try:
        return Reference(golden_id=UUID(text))
    except ValueError:
        if dealer is None:
            raise Invalid(f"{text!r} is no id; a record number needs --dealer.") from None
        return Reference(dealer=dealer, record_no=text)


@policy_app.command("list", epilog=examples("contacts policy list"))
def list_policies() -> None:
    """List the versions of the contact policy."""
    from hub.contact.policy import start_policy
    from hub.store.contact_policies import policy_in_force, policy_versions

    now = datetime.now(UTC)
    with deployment() as (_, db), db.worker() as conn:
        versions, current = policy_versions(conn), policy_in_force(conn, now).version
    rows = [(start_policy().version, "the beginning")]
    rows += [(one.version, f"{one.valid_from:%Y-%m-%d %H:%M} UTC") for one in versions]
    table(("version", "in force from", ""), [(*row, "in force" if row[0] == current else "") for row in rows])


@policy_app.command("show", epilog=examples("contacts policy show", "contacts policy show start-1 > mine.yml"))
def show_policy(version: Annotated[str | None, typer.Argument(help="By default the one in force.")] = None) -> None:
    """Print a version of the contact policy as its file."""
    from hub.contact.policy import start_policy
    from hub.errors import NotFound
    from hub.store.contact_policies import policy_in_force, policy_text, policy_versions

    with deployment() as (_, db), db.worker() as conn:
        wanted = version or policy_in_force(conn, datetime.now(UTC)).version
        if wanted not in {start_policy().version, *(one.version for one in policy_versions(conn))}:
            raise NotFound(f"There is no contact policy {wanted!r}; `dealerhub contacts policy list` shows them.")
        say(policy_text(conn, wanted).rstrip())


@policy_app.command("check", epilog=examples("contacts policy check mine.yml"))
def check_policy(file: File) -> None:
    """Check a contact policy and say in words what it means."""
    from hub.contact.policy import load_policy
    from hub.dealers.documents import read_text

    policy = load_policy(read_text(file), file.name)
    say(f"{policy.version} is sound.")
    rows = [
        (name, rules.consent, ", ".join(rules.without), ", ".join(rules.stops), rules.ownership, ", ".join(rules.quiet))
        for name, rules in policy.purposes.items()
    ]
    table(("purpose", "consent", "goes ahead when it is", "stopped by", "first turn", "keeps hours"), rows)
    caps = [
        (
            cap.name,
            cap.most,
            f"{cap.days:g}",
            cap.per,
            ", ".join(cap.purposes),
            ", ".join(cap.channels) or "all",
            cap.kept,
        )
        for cap in policy.caps
    ]
    table(("cap", "most", "days", "per", "purposes", "channels", "kept"), caps)


@policy_app.command(
    "apply", epilog=examples("contacts policy apply mine.yml", "contacts policy apply mine.yml --at 2026-12-01")
)
def apply_policy(
    file: File,
    at: Annotated[datetime | None, typer.Option(formats=FORMATS, help="From when on (UTC); by default now.")] = None,
) -> None:
    """Bring a contact policy into force. Reservations that are open stay; they are weighed by it when confirmed."""
    from hub.dealers.documents import read_text
    from hub.flows.install_contact_policy import install_contact_policy

    with deployment() as (_, db):
        policy = install_contact_policy(db, read_text(file), file.name, utc(at), "cli", datetime.now(UTC))
    say(f"{policy.version} is in force from {at:%Y-%m-%d %H:%M} UTC on." if at else f"{policy.version} is in force.")


def utc(moment: datetime | None) -> datetime | None:
    """A moment that was typed without a zone."""
    return moment.replace(tzinfo=UTC) if moment else None
