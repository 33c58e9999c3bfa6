"""`dealerhub model`: versions of the matching model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.console import deployment, examples, say, stderr, table

if TYPE_CHECKING:
    from hub.matching.evaluate import Quality
    from hub.matching.model import Model
    from hub.matching.retrain import Difference

app = typer.Typer(
    help="The matching model: train, read, compare and activate its versions. No night ever trains one.",
    no_args_is_help=True,
)

Version = Annotated[str, typer.Argument(help="A version as `dealerhub model list` shows it, or `active`.")]
Either = Annotated[str, typer.Argument(help="A version, `active`, or a model file (.yml).")]
Truth = Annotated[Path | None, typer.Option(exists=True, help="Labels: columns dealer, feed, record_no, party_id.")]


@app.command(epilog=examples("model train", "model train --truth labels.csv"))
def train(
    truth: Truth = None,
    start: Annotated[str, typer.Option("--from", help="The version that gives keys and thresholds.")] = "active",
    own: Annotated[
        bool | None,
        typer.Option(
            "--own/--kept", help="Keys, contradictions and thresholds from the base, or kept; by default as suits."
        ),
    ] = None,
) -> None:
    """Train a model on the present base and keep it, not in force. Prints its version.

    Without labels it learns from the base alone: how often values coincide, and how records of one party differ. With
    labels it learns from these. What may contradict, the keys and the thresholds stay those of the model it starts
    from, unless that loses much of what the base itself shows to be of one party: then these, too, are learned. The
    same base gives the same model, under the same name.
    """
    from hub.flows import models

    with deployment() as (_, db):
        model = models.train(db, truth, start, own)
    remarks = stderr()
    remarks.print(f"Trained on {model.trained_on}.", highlight=False)
    for how, measured in model.quality.items():
        remarks.print(f"{how}: " + ", ".join(f"{name} {share:.4f}" for name, share in measured.items()))
    remarks.print(f"It decides nothing yet: `dealerhub model compare active {model.version}`, then `model activate`.")
    say(model.version)


@app.command(epilog=examples("model show active", "model show --file > model.yml"))
def show(
    version: Version = "active",
    file: Annotated[bool, typer.Option("--file", help="The file itself, also on a terminal.")] = False,
) -> None:
    """A model as a table of weights on a terminal, and as its file in a pipe."""
    from hub.flows import models
    from hub.matching.model import load

    with deployment() as (_, db):
        text = models.text(db, version)
    if file or not sys.stdout.isatty():
        say(text.removesuffix("\n"))
        return
    _weights(load(text, version))


def _weights(model: Model) -> None:
    said = ", ".join(f"{name} {getattr(model, name):g}" for name in ("prior", "match", "review", "name_cap"))
    rows = [
        (name if first else "", level, field.m[level], field.u[level], field.weight(level), level in field.forbids)
        for name, field in model.fields.items()
        for first, level in _firsts(field.m)
    ]
    table(
        ("field", "level", "m", "u", "bits", "contradicts"),
        [(a, b, f"{m:.4g}", f"{u:.4g}", f"{bits:+.1f}", "yes" if bad else "") for a, b, m, u, bits, bad in rows],
        f"{model.version}: {said}",
    )
    say(f"Trained on {model.trained_on or 'nothing that it tells'}.")


def _firsts(levels: dict[str, float]) -> list[tuple[bool, str]]:
    return [(number == 0, level) for number, level in enumerate(levels)]


@app.command(epilog=examples("model compare active trained-0123456789", "model compare a.yml b.yml --truth truth.csv"))
def compare(a: Either, b: Either, truth: Truth = None) -> None:
    """What differs between two models; with a truth also how good each is.

    With a truth each model matches the present base, in memory; nothing is stored.
    """
    from hub.flows import models

    with deployment() as (_, db):
        found = models.compare(db, a, b, truth)
    table(("part", "", found.a.version, found.b.version, "difference"), map(_difference, found.differences))
    if found.quality_a and found.quality_b:
        columns = ("model", "precision", "recall", "F1", "B³ precision", "B³ recall", "B³ F1")
        pairs = ((found.a.version, found.quality_a), (found.b.version, found.quality_b))
        title = f"{found.quality_a.records:,} records that the truth knows"
        table(columns, [(version, *_cells(quality)) for version, quality in pairs], title)


def _difference(one: Difference) -> tuple[str, ...]:
    change = f"{one.b - one.a:+.2f}" if isinstance(one.a, int | float) and isinstance(one.b, int | float) else ""
    return (one.part, one.detail, _value(one.a), _value(one.b), change)


def _value(value: float | str | None) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:,.6g}"


def _cells(found: Quality) -> list[str]:
    shares = (found.precision, found.recall, found.f1, found.b3_precision, found.b3_recall, found.b3_f1)
    return [f"{share:.4f}" for share in shares]


@app.command(epilog=examples("model install model.yml"))
def install(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A model file, .yml.")],
) -> None:
    """Keep a model file as a version, not in force. Prints its version.

    The file's `version` is its name; another model of this name is never replaced.
    """
    from hub.flows import models

    with deployment() as (_, db):
        version, new = models.install(db, file)
    if not new:
        stderr().print("It was here already.")
    say(version)


@app.command(epilog=examples("model activate trained-0123456789", "model activate start-5"))
def activate(version: Version) -> None:
    """Bring a version into force: the next night matches everything anew.

    Until then golden records stay as they are. Online matches use the new weights at once, and keys that only the new
    model has from the next night on. Going back is activating the former version.
    """
    from hub.flows import models

    with deployment() as (_, db):
        models.activate(db, version)
    say(f"{version} is in force; the next night matches everything anew.")


@app.command("list", epilog=examples("model list"))
def list_() -> None:
    """All versions, and which of them is in force."""
    from hub.flows import models

    with deployment() as (_, db):
        found = models.versions(db)
    rows = [(one.version, "yes" if one.active else "", one.installed or "ships with the hub") for one in found]
    table(("version", "in force", "installed"), rows)
