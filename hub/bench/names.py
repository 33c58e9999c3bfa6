"""Do two names say one party? Accuracy by category, on labelled pairs of names.

The categories follow what public benches of name matching ask (OpenSanctions' ``name_bench`` names them by mutation: scripts,
order, initials, nicknames, legal forms, and near misses that must not match); the cases are our own. Two names are read as two
records that say nothing else, scored by the start model: they match if nothing contradicts and the name alone speaks for one
party by `ENOUGH` bits. Any other file of cases can be given: ``category, kind (person or company), name1, name2, match``.
"""

from __future__ import annotations

from importlib.resources import files
from io import StringIO
from pathlib import Path

import numpy as np
import polars as pl

from hub.bench.options import Options
from hub.bench.report import Report
from hub.errors import Invalid
from hub.matching.comparison import NAME_PARTS
from hub.matching.model import start_model
from hub.matching.resolve import prepare
from hub.matching.score import Scorer, Told
from hub.normalize.party import party_records

COLUMNS = ("category", "kind", "name1", "name2", "match")
ENOUGH = 4.0  # bits; two strangers' names show as much by chance once in sixteen pairs that share a key
NAMING = (*NAME_PARTS, "company", "sex", "generation")
DIFFERENT = ("different", "different_women")
_ALIASES = {"schema": "kind", "is_match": "match"}
_TRUE = ("yes", "true", "1")


def measure(options: Options) -> Report:
    """Our cases, or those of ``options.file``."""
    cases = read(options.file)
    judged = cases.with_columns(said=pl.Series(judge(cases)), truth=cases["match"].str.to_lowercase().is_in(_TRUE))
    right = pl.col("said") == pl.col("truth")
    by_category = judged.group_by("category", maintain_order=True).agg(pl.len(), right.sum().alias("right"))
    rows = [[name, count, good, f"{good / count:.3f}"] for name, count, good in by_category.rows()]
    rows.append(["**all**", len(judged), good := int(judged.select(right.sum()).item()), f"{good / len(judged):.3f}"])
    wrong = [
        f"{a} | {b}: {'one' if truth else 'two'} ({category})"
        for category, a, b, truth in judged.filter(~right).select("category", "name1", "name2", "truth").rows()
    ]
    return Report(
        f"{len(judged)} labelled pairs of names; a pair matches at {ENOUGH:g} bits of evidence without contradiction.",
        ("category", "pairs", "right", "accuracy"),
        rows,
        (f"Read wrongly: {'; '.join(wrong)}.",) if wrong else (),
    )


def read(file: Path | None) -> pl.DataFrame:
    """The cases as text.

    Raises:
        Invalid: the file lacks a column.
    """
    own = (files("hub.bench") / "name_cases.csv").read_text(encoding="utf-8")
    cases = pl.read_csv(file if file else StringIO(own), infer_schema=False)
    cases = cases.rename(
        {old: new for old, new in _ALIASES.items() if old in cases.columns and new not in cases.columns}
    )
    if missing := set(COLUMNS) - set(cases.columns):
        raise Invalid(f"{file}: no column {', '.join(sorted(missing))}; name cases have {', '.join(COLUMNS)}.")
    return cases.with_columns(pl.col("category").fill_null("other"))


def judge(cases: pl.DataFrame) -> list[bool]:
    """Whether the two names of each case say one party."""
    texts = pl.concat([cases["name1"], cases["name2"]])
    person = pl.concat([cases["kind"], cases["kind"]]).str.to_lowercase() == "person"
    rows = pl.DataFrame(
        {
            "full_name": pl.select(pl.when(person).then(texts)).to_series(),
            "company_name": pl.select(pl.when(~person).then(texts)).to_series(),
            "kind": pl.select(pl.when(person).then(pl.lit("person")).otherwise(pl.lit("company"))).to_series(),
        }
    )
    records = prepare(party_records(rows))
    scorer = Scorer(start_model(), records)
    n = len(cases)
    told: list[Told] = []
    scores = scorer.score(np.arange(n), np.arange(n, 2 * n), told)
    bits = np.sum([evidence for comparison, _, evidence in told if comparison.name in NAMING], axis=0)
    apart = np.any(
        [np.isin(levels, [c.levels.index(x) for x in DIFFERENT if x in c.levels]) for c, levels, _ in told], axis=0
    )
    return ((bits >= ENOUGH) & ~apart & ~scores.forbidden).tolist()  # type: ignore[no-any-return]
