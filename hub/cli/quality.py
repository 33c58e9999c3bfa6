"""`dealerhub quality`, `blocking` and `sample-for-review`: how the matching of the present base does, without a truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.console import deployment, say, stdout, table

if TYPE_CHECKING:
    from hub.matching.blocking_report import BlockingReport

Model = Annotated[str, typer.Option(help="A version of the model, or a model file, instead of the one in force.")]


def quality(model: Model = "active") -> None:
    """Estimate precision and recall of the matching without labels.

    The model gives each candidate pair a probability. Their sum is how many matches it expects; what it joins, leaves to
    a steward and leaves alone follows. This is the model's opinion of itself: as good as its probabilities are
    (`dealerhub evaluate --reliability` shows that, with a truth), blind to pairs that share no key, and told of pairs
    before they are clustered.
    """
    from hub.flows.base import read_base
    from hub.flows.measure import estimate

    with deployment() as (_, db):
        base = read_base(db, model)
    found = estimate(base)
    names = {"joined": "at or above match", "steward": "for a steward", "nothing": "below review"}
    table(
        ("candidate pairs", "pairs", "matches expected"),
        [(names[zone], pairs, round(matches)) for zone, (pairs, matches) in found.zones.items()],
        f"Estimate by {base.model.version}, without labels",
    )
    say(f"Expected precision {found.precision:.4f}, expected recall among candidates {found.recall:.4f}.")
    say(
        "This is the model's own opinion. It does not know pairs that share no key, nor where its probabilities are off."
    )


def blocking(model: Model = "active") -> None:
    """What each kind of blocking key finds and costs, and which values are too common to be one.

    A block beyond the cap makes no pairs; its records meet through other keys. No values are shown, only sizes.
    Exit code 1: one value is so common that it looks like a default or placeholder, or records meet nobody.
    """
    from hub.flows.base import read_base
    from hub.flows.measure import blocking as measure

    with deployment() as (_, db):
        report = measure(read_base(db, model))
    _tables(report)
    warnings = _warnings(report)
    for warning in warnings:
        stdout().print(warning, markup=False)
    if warnings:
        raise typer.Exit(1)


def _tables(report: BlockingReport) -> None:
    scaled = "" if report.share == 1 else f"; pairs counted on an even share of {report.share:.1%}"
    table(
        ("key", "keys", "blocks", "pairs", "only by it", "matches", "recall", "only by it", "largest blocks"),
        [
            (
                *(k.name, k.keys, k.blocks, k.pairs, k.only, k.matches, f"{k.matches / max(report.matches, 1):.1%}"),
                *(k.matches_only, " ".join(map(str, k.largest))),
            )
            for k in report.kinds
        ],
        f"{report.records:,} records, {report.pairs:,} candidate pairs, {report.matches:,} at or above match{scaled}",
    )
    oversized = [(k.name, k.oversized, k.crowded, k.reachable) for k in report.kinds if k.oversized]
    if oversized:
        columns = ("key", "oversized blocks", "records in them", "within reach of a finer key")
        table(columns, oversized, "Blocks beyond the cap, which make no pairs")


def _warnings(report: BlockingReport) -> list[str]:
    said = [
        f"One value of {skew.kind!r} stands in {skew.size:,} records ({skew.share:.1%}): a default or placeholder? "
        f"{skew.reachable:,} of them are within reach of a finer key."
        for skew in report.skewed
    ]
    if report.unreachable:
        said.append(f"{report.unreachable:,} records stand in oversized blocks only: they meet nobody.")
    return said


def sample_for_review(
    out: Annotated[Path, typer.Option(help="File to write: .csv or .parquet.")],
    n: Annotated[int, typer.Option("--n", min=1, max=10_000, help="Number of pairs.")] = 200,
    with_values: Annotated[
        bool, typer.Option("--with-values", help="Also write what the records say: personal data.")
    ] = False,
    model: Model = "active",
) -> None:
    """Write the pairs whose labels would teach the model most.

    They lie near the threshold and are spread over the ways in which records agree and differ; what clusters and stewards
    have settled is left out. The file names the two
    records and the level of each field, and leaves a column `same_party` to be filled in. The same base and model give
    the same pairs.
    """
    from hub.flows import measure
    from hub.flows.base import read_base

    with deployment() as (_, db):
        count = measure.sample_for_review(read_base(db, model), n, out, with_values)
    say(f"{count:,} pairs in {out}")
