"""The matcher alone on any flat file: which rows are one party. No database, no labels."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from hub.dealers.columnmap import load_map
from hub.dealers.specification import FeedSpec
from hub.errors import Invalid
from hub.feeds import CUSTOMERS
from hub.flows.export import check_ending, write_table
from hub.flows.progress import Step, measured
from hub.intake.mapping import map_rows, report
from hub.intake.readers import open_raw
from hub.matching.adapt import adapt, caps_of
from hub.matching.model import Model, load, start_model
from hub.matching.records import Records
from hub.matching.resolve import prepare, resolve
from hub.normalize.party import party_records


@dataclass(frozen=True)
class DedupeSummary:
    """What one de-duplication did.

    Attributes:
        steps: with seconds and peak memory.
        missing: columns that the map names and the file lacks.
    """

    rows: int
    clusters: int
    steps: list[Step]
    missing: tuple[str, ...] = ()


def dedupe(
    file: Path, columns: Path, out: Path, model: Path | None = None, tell: Callable[[Step], None] = lambda step: None
) -> DedupeSummary:
    """Write ``id,cluster_id`` for every row of a file.

    Args:
        file: CSV, Parquet or any other format that the intake reads.
        columns: MAP.yml: each canonical column of the customers feed → a column of the file.
        out: CSV or Parquet by ending.
        model: a trained model; without one the start model is adapted to the file.

    Raises:
        Invalid: the map does not fit the file, or a key is missing or repeated.
        Unreadable: the file cannot be read.
    """
    spec = load_map(columns)
    check_ending(out)
    steps: list[Step] = []
    with measured(steps, "read"):
        rows, missing = _rows(file, spec)
    tell(steps[-1])
    with measured(steps, "normalise"):
        parties = _parties(rows)
    tell(steps[-1])
    extra = tuple(sorted(_extra_names(parties)))
    with measured(steps, "encode"):
        records = prepare(parties, extra)
    tell(steps[-1])
    with measured(steps, "model"):
        chosen = _model(records, model, extra)
    tell(steps[-1])
    with measured(steps, "match"):
        clusters = resolve(records, chosen, within=caps_of(records))
    tell(steps[-1])
    ids = rows["record_no"]
    write_table(pl.DataFrame({"id": ids, "cluster_id": ids.gather(pl.Series(clusters.label))}), out)
    return DedupeSummary(len(rows), int(pl.Series(clusters.label).n_unique()), steps, missing)


def _rows(file: Path, spec: FeedSpec) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The file's rows as canonical text, and columns that the map names and the file lacks."""
    with open_raw(file, spec) as reader:
        frames = [map_rows(raw, spec, CUSTOMERS) for raw in reader]
        if reader.bad_rows:
            row, reason = reader.bad_rows[0]
            raise Invalid(f"{file.name}: row {row}: {reason}")
        lacking = report(reader.columns, spec, CUSTOMERS).missing
    if not frames:
        raise Invalid(f"{file.name} has no rows.")
    rows = pl.concat(frames, how="diagonal")
    if (id_column := spec.columns["record_no"].column) and set(id_column) <= set(lacking):
        raise Invalid(f"{file.name} has no column «{id_column[0]}»; `id:` must name the one that identifies a row.")
    missing = rows.filter(pl.col("record_no").is_null())
    if len(missing):
        raise Invalid(f"{file.name}: row {missing['_row'][0]} has no id; every row needs one.")
    repeated = rows.filter(pl.col("record_no").is_duplicated())
    if len(repeated):
        places = ", ".join(str(row) for row in repeated["_row"].head(3))
        raise Invalid(f"{file.name}: rows {places} … have the same id; `id:` must name a column that is unique.")
    return rows, lacking


def _parties(rows: pl.DataFrame) -> pl.DataFrame:
    return party_records(rows).with_columns(id=rows["record_no"])


def _extra_names(parties: pl.DataFrame) -> set[str]:
    """The names of the further textual fields that at least one record has."""
    texts = parties["extra"].drop_nulls()
    found = texts.str.extract_all(r'"(?:[^"\\]|\\.)*"\s*:').explode().drop_nulls().unique()
    names = {str(json.loads(name[:-1])) for name in found.to_list()}
    return names - {"birth_date"}  # its digits are compared as a date


def _model(records: Records, path: Path | None, extra: tuple[str, ...]) -> Model:
    if path is not None:
        return load(path.read_text("utf-8"), path.name)
    start = start_model()
    return adapt(records, start, extra) if len(records) > 1 else start  # nothing to learn from
