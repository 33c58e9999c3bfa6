"""Real people with errors (Splink's ``historical_50k``) through the nightly job, and through the matcher alone.

The nightly job gets the file as the customers feed of twelve dealers and knows no more of it than a specification
says; then all is matched once more by the model that `dealerhub model train` learns from that base without labels. The
matcher alone (`hub.flows.dedupe`) adapts its model to the file without labels.
"""

from __future__ import annotations

import zlib
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from hub.bench.apart import apart
from hub.bench.deployment import deployed
from hub.bench.input import folder
from hub.bench.options import Options
from hub.bench.report import Report
from hub.bench.tables import QUALITY_COLUMNS, night_remark, quality_cells
from hub.errors import Invalid
from hub.flows.dedupe import DedupeSummary, dedupe
from hub.matching.evaluate import Quality, quality
from hub.matching.retrain import LEAST_RECORDS

DEALERS = tuple(f"H{number:02}" for number in range(1, 13))
DAY = date(2026, 11, 20)
NEEDED = {"unique_id", "cluster", "full_name", "first_name", "surname", "dob", "birth_place", "postcode_fake", "gender"}
COLUMNS = """\
full_name: full_name
last_name: surname
first_name: first_name
birth_date: dob
gender: gender
city: birth_place
postcode: postcode_fake
"""
SPECIFICATION = """\
description: Historical people with errors
timezone: Europe/London
country: gb
feeds:
  customers:
    format: parquet
    columns:
      record_no: unique_id
{columns}
    bounds:
      birth_date: {{min: "1600-01-01", max: "1899-12-31"}}
    extra: [occupation]
    ignore: [cluster, first_and_surname]
"""


def measure(options: Options) -> Report:
    """All ways."""
    people = _read(options.file, options.rows)
    with folder(None) as work:
        truth = write_inbox(people, work)
        with deployed() as hub:
            hub.prepare(work / "dealers.csv", work / "specs")
            options.tell("The night …")
            night = hub.night(work / "inbox", DAY)
            nightly: list[Any] = ["nightly, 12 dealers", night.seconds - night.start, night.peak_mib]
            nightly += quality_cells(hub.quality(truth))
            trained: list[Any] = ["the same, model trained on it"]
            if people.height >= LEAST_RECORDS:
                options.tell("model train, activate, match …")
                training = hub.retrain()
                trained += [training.seconds, training.peak_mib, *quality_cells(hub.quality(truth))]
        options.tell("dedupe …")
        alone = write_map(people, work)
        cost = apart(_dedupe, *alone)
        cells = quality_cells(labelled(people, work / "clusters.parquet"))
    steps = ", ".join(f"{step.name} {step.seconds:.1f} s" for step in cost.result.steps)
    return Report(
        f"{people.height:,} records of {people['cluster'].n_unique():,} people of the 17th to 19th century with errors.",
        ("way", "seconds", "peak MiB", *QUALITY_COLUMNS),
        [nightly, *([trained] if len(trained) > 1 else []), ["dedupe", cost.seconds, cost.peak_mib, *cells]],
        (
            f"Nightly: {night_remark(night)} Imports and Dagster's start ({night.start:.1f} s) aside.",
            "The second row: `dealerhub model train`, `model activate`, and everything matched anew, without labels.",
            f"Dedupe: {cost.result.clusters:,} clusters; {steps}; the rest is the start of the process.",
        ),
    )


def write_inbox(people: pl.DataFrame, work: Path) -> Path:
    """Write inbox, registry and specifications of the dealers; returns the truth."""
    shard = [DEALERS[zlib.crc32(number.encode()) % len(DEALERS)] for number in people["unique_id"]]
    split = people.with_columns(dealer=pl.Series(shard))
    (work / "specs").mkdir(parents=True)
    for (dealer,), rows in split.group_by("dealer", maintain_order=True):
        place = work / "inbox" / str(dealer)
        place.mkdir(parents=True)
        rows.drop("dealer").write_parquet(place / "customers.parquet")
        text = SPECIFICATION.format(columns="".join(f"      {line}\n" for line in COLUMNS.splitlines()).rstrip())
        (work / "specs" / f"{dealer}.yml").write_text(text, encoding="utf-8")
    pl.DataFrame({"dealer_code": DEALERS, "name": DEALERS}).write_csv(work / "dealers.csv")
    truth = work / "truth.csv"
    split.select("dealer", pl.lit("customers").alias("feed"), record_no="unique_id", party_id="cluster").write_csv(
        truth
    )
    return truth


def write_map(people: pl.DataFrame, work: Path) -> tuple[Path, Path, Path]:
    """Write the file without its truth, and the map of its columns; returns file, map and the place for the clusters."""
    file, columns = work / "people.parquet", work / "map.yml"
    people.drop("cluster").write_parquet(file)
    columns.write_text(f"id: unique_id\n{COLUMNS}extra: [occupation]\n", encoding="utf-8")
    return file, columns, work / "clusters.parquet"


def labelled(people: pl.DataFrame, clusters: Path) -> Quality:
    """The clusters that dedupe wrote, against the truth."""
    found = people.select("cluster", id="unique_id").join(pl.read_parquet(clusters), on="id", validate="1:1")
    return quality(found["cluster_id"], found["cluster"])


def _dedupe(file: Path, columns: Path, out: Path) -> DedupeSummary:
    return dedupe(file, columns, out)


def _read(file: Path | None, rows: int | None) -> pl.DataFrame:
    if file is None:
        raise Invalid("This benchmark needs its input: --file historical_figures_with_errors_50k.parquet")
    people = pl.read_parquet(file)
    if missing := NEEDED - set(people.columns):
        raise Invalid(f"{file.name} has no column {', '.join(sorted(missing))}: it is not the historical data set.")
    return people.head(rows) if rows else people
