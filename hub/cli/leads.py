"""`dealerhub leads`: leads of the hub's own channels, their clock, their fairness, and what happens to many of them at once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from hub.cli.console import deployment, examples, say, table

if TYPE_CHECKING:
    from hub.routing.decide import Candidate

app = typer.Typer(help="Leads: where they went and why, their clock, fairness.", invoke_without_command=True)
policy_app = typer.Typer(help="The routing policy: versioned data.")
app.add_typer(policy_app, name="policy")

_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
At = Annotated[datetime | None, typer.Option(formats=_FORMATS, help="As if it were this moment (UTC); by default now.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day (UTC).")]


@app.callback(epilog=examples("leads", "leads --state head_office", "leads --dealer D001 --limit 100"))
def list_(
    context: typer.Context,
    dealer: Annotated[str | None, typer.Option(help="Only those that this dealer holds.")] = None,
    state: Annotated[str | None, typer.Option(help="offered, accepted, contacted, won, lost or head_office.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the latest first.")] = 30,
) -> None:
    """Leads, the latest first; or one of the commands below."""
    if context.invoked_subcommand:
        return
    from hub.store.lead_lists import list_leads

    with deployment() as (_, db), db.worker() as conn:
        rows = list_leads(conn, limit, dealer, state)
    names = ("lead_id", "received_at", "brand", "purpose", "state", "dealer", "due_at")
    table(names, [[_shown(row[name]) for name in names] for row in rows])


@app.command(epilog=examples("leads show 77abf5c1-98b7-f8fd-6958-33427e2c230b"))
def show(lead: Annotated[UUID, typer.Argument(help="The lead's id.")]) -> None:
    """What happened to one lead, and why: every step, and every dealer of every decision."""
    from hub.flows.read_lead import read_history
    from hub.routing.decide import RULES

    with deployment() as (_, db):
        found = read_history(db, lead)
    say(f"Lead {lead}: {found.lead.brand or 'no brand'}, {found.lead.purpose}, {found.lead.state}")
    table(("at", "what", "dealer", "more"), [[_shown(e.at), e.kind, e.dealer, _body(e.body)] for e in found.events])
    for decision in found.decisions:
        say(f"{_shown(decision.at)}  {decision.dealer or 'head office'}: {RULES[decision.rule]} ({decision.policy})")
        table(
            ("dealer", "fell out", "km", "score", "near", "turn"),
            [_line(c, decision.weights) for c in decision.candidates],
        )


@app.command(epilog=examples("leads tick", "leads tick --at 2026-11-21T09:30"))
def tick(at: At = None) -> None:
    """Run the clock: warn dealers, pass leads on, take in what dealers' files say. The API's worker does it by itself."""
    from hub.flows.run_clock import run_clock

    with deployment() as (_, db):
        done = run_clock(db, _moment(at))
    say(
        f"{done.steps} steps of {done.leads} leads; {done.from_files} heard of by files; {done.followed} followed the owner"
    )


@app.command(epilog=examples("leads deliver"))
def deliver(at: At = None) -> None:
    """Push what waits to dealers' webhooks. The API's worker does it by itself."""
    from hub.access.opaque_ids import Words
    from hub.access.secret import load_secret
    from hub.flows.deliver import deliver as send

    with deployment() as (settings, db):
        done = send(db, _moment(at), Words.of(load_secret(settings)), settings.webhook_private)
    say(f"{done.done} delivered, {done.waiting} to be tried again, {done.dead} given up")


@app.command(epilog=examples("leads dead", "leads dead --retry --dealer D001"))
def dead(
    dealer: Annotated[str | None, typer.Option(help="Only this dealer's.")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Take them off the list, to be tried anew.")] = False,
) -> None:
    """The dead-letter list: what could not be pushed.

    Exit code 1: there is something on it.
    """
    from hub.access.opaque_ids import Words
    from hub.access.secret import load_secret
    from hub.flows.deliver import retry as again
    from hub.store.deliveries import list_deliveries

    with deployment() as (settings, db):
        if retry:
            say(f"{again(db, _moment(None), dealer)} deliveries are tried anew")
            return
        with db.worker() as conn:
            rows = list_deliveries(conn, 0, 10_000, "dead", dealer)
    word = Words.of(load_secret(settings)).deliveries.word
    names = ("dealer", "kind", "at", "attempts", "problem")
    table(("delivery_id", *names), [[word(row["delivery_id"]), *(_shown(row[name]) for name in names)] for row in rows])
    if rows:
        raise typer.Exit(1)


@app.command(
    epilog=examples("leads webhook D001 --url https://crm.dealer.example/leads", "leads webhook D001 --remove")
)
def webhook(
    dealer: Annotated[str, typer.Argument(help="The dealer's code.")],
    url: Annotated[str | None, typer.Option(help="Where its leads are pushed to.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Push nothing any more.")] = False,
) -> None:
    """Set a dealer's webhook and print the secret that signs what is sent; the dealer can do it by the API as well."""
    from hub.errors import Invalid
    from hub.flows.deliver import set_webhook
    from hub.store.deliveries import remove_webhook
    from hub.store.uploads import dealers

    with deployment() as (settings, db):
        with db.worker() as conn:
            if dealer not in dealers(conn):
                raise Invalid(f"Unknown dealer {dealer!r}; `dealerhub dealers` lists them.")
            if remove:
                remove_webhook(conn, dealer)
                return
        if url is None:
            raise Invalid("Give --url, or --remove.")
        say(set_webhook(db, dealer, url, _moment(None), settings.webhook_private).secret)


@app.command(
    epilog=examples(
        "leads reassign --dealer D001 --reason 'lost its franchise'",
        "leads reassign --dealer D001 --reason 'new territories' --only-misplaced --apply",
    )
)
def reassign(
    dealer: Annotated[str, typer.Option(help="Whose leads are to leave.")],
    reason: Annotated[str, typer.Option(help="For the ledger and the report; no personal data.")],
    brand: Annotated[str | None, typer.Option(help="Only leads of this brand.")] = None,
    contacted: Annotated[
        bool, typer.Option("--contacted", help="Also leads whose customer the dealer has contacted.")
    ] = False,
    only_misplaced: Annotated[
        bool, typer.Option("--only-misplaced", help="Only leads that the rules would give to another dealer now.")
    ] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Do it; else only tell what would happen.")] = False,
) -> None:
    """Give a dealer's open leads to others by the rules: told first, done with --apply."""
    from hub.flows.reassign import Order
    from hub.flows.reassign import reassign as move

    with deployment() as (_, db):
        order = Order(dealer, reason, brand, contacted, only_misplaced)
        report = move(db, order, "cli", _moment(None), apply)
    table(
        ("lead", "stood", "goes to", "by"),
        [[str(m.lead_id), m.state, m.to or "head office", m.rule] for m in report.moves],
    )
    table(("dealer", "leads"), [[code or "head office", count] for code, count in report.gained.items()])
    words = "left" if apply else "would leave"
    say(f"{len(report.moves)} leads {words} {dealer}, {report.kept} stay." + ("" if apply else " Do it with --apply."))


@app.command(epilog=examples("leads fairness", "leads fairness --since 2026-11-01 --svg fairness.svg"))
def fairness(
    since: Day = None,
    until: Day = None,
    svg: Annotated[Path | None, typer.Option(help="Write the chart to this file.")] = None,
) -> None:
    """Per dealer and week: turns that it got and was due, distance, response; and leads that nobody got."""
    from datetime import UTC, timedelta

    from hub.flows.measure_fairness import measure_fairness
    from hub.routing.fairness import fairness_chart

    end = until.replace(tzinfo=UTC) if until else _moment(None) + timedelta(days=1)
    begin = since.replace(tzinfo=UTC) if since else end - timedelta(days=57)
    with deployment() as (_, db):
        found = measure_fairness(db, begin, end)
    heads = ("week", "dealer", "offered", "declined", "expired", "contacted", "on time", "minutes", "won", "km", "in line",
             "got", "due")  # fmt: skip
    table(heads, [_fair(row) for row in found.rows])
    table(
        ("week", "with head office because", "leads"),
        [[_shown(r["week"]), r["why"], r["leads"]] for r in found.unrouted],
    )
    if svg is not None:
        svg.write_text(fairness_chart(found.rows), encoding="utf-8")
        say(f"Chart in {svg}")


@app.command(epilog=examples("leads replay"))
def replay() -> None:
    """Make the hub's own leads records of the base again from the ledger; after a restore or a rebuild."""
    from hub.flows.replay_leads import replay_leads

    with deployment() as (_, db):
        say(f"{replay_leads(db)} records restored")


@policy_app.command("show", epilog=examples("leads policy show", "leads policy show > mine.yml"))
def policy_show() -> None:
    """Print the policy in force, comments and all; a copy of it is what a change begins from."""
    from hub.store.routing_policies import policy_text

    with deployment() as (_, db), db.worker() as conn:
        print(policy_text(conn, _moment(None)), end="")


@policy_app.command("check", epilog=examples("leads policy check mine.yml"))
def policy_check(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The policy's YAML.")]) -> None:
    """Say whether a policy is valid, and where it is not."""
    from hub.dealers.documents import read_text
    from hub.routing.policy import load_policy

    say(f"{file}: policy {load_policy(read_text(file), file.name).version} is valid.")


@policy_app.command("apply", epilog=examples("leads policy apply mine.yml"))
def policy_apply(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The policy's YAML, with a new version.")],
) -> None:
    """Put a policy in force from now on. Decisions made before keep the version that they were made by."""
    from hub.dealers.documents import read_text
    from hub.flows.apply_routing_policy import apply_routing_policy

    with deployment() as (_, db):
        version = apply_routing_policy(db, read_text(file), file.name, "cli", _moment(None))
    say(f"Policy {version} is in force.")


def _moment(at: datetime | None) -> datetime:
    from datetime import UTC

    return at.replace(tzinfo=UTC) if at else datetime.now(UTC)


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return value if isinstance(value, int | float) else None if value is None else str(value)


def _body(body: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in body.items() if value is not None and "warn" not in name)


def _line(candidate: Candidate, weights: Any) -> list[Any]:
    near = "yes" if candidate.near else ""
    turn = weights.get(candidate.dealer)
    return [candidate.dealer, candidate.reason, candidate.km, _score(candidate.score), near, turn]


def _score(value: float | None) -> str | None:
    return None if value is None else f"{value:.4f}"


def _fair(row: Any) -> list[Any]:
    share = None if row.on_time_share is None else f"{row.on_time_share:.0%}"
    head = [str(row.week), row.dealer, row.offered, row.declined, row.expired, row.contacted, share]
    return [*head, row.median_response_minutes, row.won, row.mean_km, row.stood, row.chosen, row.due]
