"""Accuracy of the shipped model on demo networks that nobody tuned on, and who is wrongly merged with whom."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from hub.bench.apart import apart
from hub.bench.deployment import Deployment, deployed
from hub.bench.input import folder, made
from hub.bench.options import Options
from hub.bench.report import Report
from hub.demo import generate, household_roles
from hub.flows.evaluate import KEY, read_labels, read_truth
from hub.flows.export import export_links
from hub.matching.evaluate import quality
from hub.store.engine import Database

SEEDS: Final = (707, 808, 909)  # in no training, no choice of a threshold, no reading of errors
DEALERS, PEOPLE = 20, 6_000
NIGHTS = (date(2026, 11, 20), date(2026, 11, 21))
ROWS_A_PERSON = 6.3  # of all feeds together
FAMILY: Final = ("spouses", "father and son", "mother and daughter", "brothers", "sisters", "other relatives")
KINDS: Final = ("company and person", "stand-in account and anybody", *FAMILY, "strangers")


def measure(options: Options) -> Report:
    """Three networks, two nights each."""
    people = round(options.rows / ROWS_A_PERSON) if options.rows else PEOPLE
    found = [_network(options, seed, people) for seed in SEEDS]
    measured = [quality(one["golden_id"], one["party_id"]) for one in found]
    counted = [pairs_by_kind(one) for one in found]
    rows: list[list[str]] = [
        ["precision", *(f"{one.precision:.4f}" for one in measured)],
        ["recall", *(f"{one.recall:.4f}" for one in measured)],
        ["B³ precision", *(f"{one.b3_precision:.4f}" for one in measured)],
        ["B³ recall", *(f"{one.b3_recall:.4f}" for one in measured)],
        *([f"wrongly merged: {kind}", *(_told(*one[kind]) for one in counted)] for kind in KINDS),
    ]
    about = (
        f"Customers and leads of {DEALERS} dealers and {people:,} people, two nights, the model as shipped; "
        "of pairs of records of two parties how many stand in one golden record."
    )
    return Report(about, ("", *(f"seed {seed}" for seed in SEEDS)), rows)


def _told(joined: int, pairs: int) -> str:
    return f"{joined:,} of {pairs:,}" + (f" ({joined / pairs:.2%})" if joined else "")


def _network(options: Options, seed: int, people: int) -> pl.DataFrame:
    """The records of customers and leads of one network, with their golden record and who they really are."""
    with folder(options.keep) as keep, deployed() as hub:
        name = keep / f"network-{DEALERS}-{people}-{seed}"
        network = made(name, lambda out: _made(out, people, seed), options.tell)
        hub.prepare(network / "dealers.csv", network / "specs")
        for number, day in enumerate(NIGHTS, 1):
            options.tell(f"Seed {seed}, night {number} …")
            hub.night(network / f"night{number}", day)
        return _records(hub, network / "truth.csv").join(
            household_roles(DEALERS, people, seed), on="party_id", how="left", maintain_order="left"
        )


def _made(out: Path, people: int, seed: int) -> None:
    apart(generate, out, DEALERS, people, seed)


def _records(hub: Deployment, truth: Path) -> pl.DataFrame:
    links = hub.settings.home / "links.parquet"
    with Database.open(hub.settings) as db:
        export_links(db, links)
    told = read_truth(truth)
    for label in ("kind", "household_id"):
        told = told.join(read_labels(truth, label), on=list(KEY))
    return read_labels(links, "golden_id").join(told, on=list(KEY), how="inner")


def pairs_by_kind(records: pl.DataFrame) -> dict[str, tuple[int, int]]:
    """For each of `KINDS` the pairs of records that stand together, and all there are.

    Args:
        records: ``golden_id``, ``party_id``, ``kind``, ``household_id``, and of people ``role``, ``sex``, ``generation``.
    """
    kind = pl.col("kind")
    people, companies = records.filter(kind == "person"), records.filter(kind == "company")
    houses, rest = records.filter(kind == "house"), records.filter(kind != "house")
    home = people.join(people, on="household_id", suffix="_b").filter(pl.col("party_id") < pl.col("party_id_b"))
    family = home.select(_relation().alias("relation"), together=pl.col("golden_id") == pl.col("golden_id_b"))
    parts = family.group_by("relation").agg(pl.col("together").sum().cast(pl.Int64), pl.len().cast(pl.Int64))
    counted = {name: (together, pairs) for name, together, pairs in parts.iter_rows()}
    joined = people.join(people, on="golden_id", suffix="_b").filter(pl.col("party_id") < pl.col("party_id_b"))
    strangers = joined.filter(pl.col("household_id") != pl.col("household_id_b")).height
    return {
        "company and person": (companies.join(people, on="golden_id").height, companies.height * people.height),
        "stand-in account and anybody": (houses.join(rest, on="golden_id").height, houses.height * rest.height),
        **{name: counted.get(name, (0, 0)) for name in FAMILY},
        "strangers": (
            strangers,
            _pairs([people.height]) - _pairs(people["party_id"].value_counts()["count"]) - home.height,
        ),
    }


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def _relation() -> pl.Expr:
    """What two people of one household are to each other."""
    men = (pl.col("sex") == "m") & (pl.col("sex_b") == "m")
    women = (pl.col("sex") == "f") & (pl.col("sex_b") == "f")
    ages = pl.col("generation") != pl.col("generation_b")
    roles = pl.concat_list("role", "role_b").list.sort().list.join(" ")
    return (
        pl.when(roles == "head wife")
        .then(pl.lit("spouses"))
        .when(men & ages)
        .then(pl.lit("father and son"))
        .when(women & ages)
        .then(pl.lit("mother and daughter"))
        .when(men)
        .then(pl.lit("brothers"))
        .when(women)
        .then(pl.lit("sisters"))
        .otherwise(pl.lit("other relatives"))
    )
