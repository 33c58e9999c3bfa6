"""`dealerhub policy`: which rules decide whose prospect somebody is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.console import deployment, examples, say, stderr, table, watching

if TYPE_CHECKING:
    from hub.prospects.policy import Policy

app = typer.Typer(help="The policy that decides whose prospect somebody is.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A policy (YAML).")]


@app.command("list", epilog=examples("policy list"))
def list_() -> None:
    """List the versions of the policy."""
    from hub.store.policies import list_policies

    with deployment() as (_, db), db.worker() as conn:
        known = list_policies(conn)
    rows = [(one.version, f"{one.active_from:%Y-%m-%d %H:%M} UTC" if one.active_from else "always") for one in known]
    rows[-1] = (*rows[-1][:1], rows[-1][1] + "  in force")
    table(("version", "in force from"), rows)


@app.command(epilog=examples("policy show", "policy show start-1 > mine.yml"))
def show(version: Annotated[str, typer.Argument(help="A version; by default the one in force.")] = "active") -> None:
    """Print a policy."""
    from hub.store.policies import policy_version

    with deployment() as (_, db), db.worker() as conn:
        say(policy_version(conn, version).body.rstrip())


@app.command(epilog=examples("policy check mine.yml"))
def check(file: File) -> None:
    """Check a policy and say in words what it means."""
    policy = _read(file)
    say(f"{policy.version} is sound.")
    rows = [(name, _words(getattr(policy.terms, name))) for name in _names()]
    table(("term", "lasts"), rows)
    table(("", "rule", "when it names nobody, because"), _rules(policy.terms.rules))
    for item in policy.exceptions:
        scope = " ".join(filter(None, (item.brand, item.purpose)))
        said = ", ".join(f"{key} {value if key == 'rules' else _words(value)}" for key, value in item.changes)
        say(f"For {scope}: {said}")


@app.command(epilog=examples("policy activate mine.yml"))
def activate(file: File) -> None:
    """Bring a policy into force from now on.

    What was decided before stays judged by the policy then in force. All prospects are settled anew at once.
    """
    from hub.flows.policies import activate as bring

    policy = _read(file)
    with deployment() as (_, db), watching() as progress:
        summary = bring(db, policy, datetime.now(UTC), "cli", progress)
    say(f"{policy.version} is in force. {summary.outcomes_changed:,} conflicts stand otherwise than before.")


@app.command(
    epilog=examples(
        "policy simulate mine.yml --since 2026-01-01",
        "policy simulate mine.yml --since 2026-01-01 --svg change.svg --rows change.csv",
    )
)
def simulate(
    file: File,
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First day of the history to try it on.")],
    svg: Annotated[Path | None, typer.Option(help="Write the chart here.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write chart and table as one page here.")] = None,
    rows: Annotated[Path | None, typer.Option(help="Write each change as a row of CSV here.")] = None,
) -> None:
    """Try a policy on history: what would have been different for whom.

    Nothing is stored. Conflicts are compared by who holds the prospect at their last moment, leads by who held it when
    they came, prospects by who holds them now.
    """
    from hub.flows.simulate import simulate as try_out
    from hub.flows.simulate import simulation_page, simulation_rows

    policy = _read(file)
    with deployment() as (_, db), watching() as progress:
        found = try_out(db, policy, since.replace(tzinfo=UTC), datetime.now(UTC), progress)
        told = found.table()
        if rows:
            simulation_rows(db, found).write_csv(rows)
    heads = [name.replace("_", " ") for name in told.columns]
    table(heads, told.rows(), f"Policy {found.policy} instead of {found.against} since {since:%Y-%m-%d}")
    table(("all dealers", ""), [(name.replace("_", " "), count) for name, count in found.summary().items()])
    for path, text in ((svg, found.chart), (html, lambda: simulation_page(found))):
        if path:
            path.write_text(text(), encoding="utf-8")
    for path in filter(None, (svg, html, rows)):
        stderr().print(f"Written: {path}", markup=False)


def _read(file: Path) -> Policy:
    from hub.dealers.documents import read_text
    from hub.prospects.policy import load

    return load(read_text(file), file.name)


def _names() -> tuple[str, ...]:
    from hub.prospects.policy import TERM_NAMES

    return TERM_NAMES


def _words(microseconds: int) -> str:
    from hub.prospects.policy import duration_text

    return duration_text(microseconds)


def _rules(rules: tuple[str, ...]) -> list[tuple[int, str, str]]:
    from hub.prospects.policy import RULES

    return [(number, rule, RULES[rule]) for number, rule in enumerate(rules, 1)]
