"""Accuracy beside Splink: no labels on either side, thresholds fixed beforehand.

Ours is `dealerhub dedupe` as it ships, told the columns and nothing else. Splink gets a strong set-up for each set
(`hub.bench.splink_setups`) and is shown at the thresholds that its guides use, and at the one that the labels would choose:
its upper bound, which nobody has who has no labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from hub.bench.apart import apart
from hub.bench.bars import Bar
from hub.bench.heldout import held_out_quality
from hub.bench.input import folder
from hub.bench.options import Options
from hub.bench.peers import require
from hub.bench.quality_sets import QualitySet, check, quality_sets
from hub.bench.report import Report
from hub.bench.splink_setups import SETUPS
from hub.bench.tables import QUALITY_COLUMNS, quality_cells
from hub.flows.dedupe import dedupe
from hub.matching.components import components
from hub.matching.evaluate import Quality

FIXED = (0.5, 0.95)  # probabilities
GRID = np.arange(-6.0, 30.5, 0.5)  # match weights (bits) among which the labels choose
_U_PAIRS = 10_000_000


def measure(options: Options) -> Report:
    """All sets at hand."""
    version = require("splink", "duckdb")["splink"]
    sets = list(quality_sets(options.file))
    check(sets)
    rows: list[list[Any]] = []
    with folder(None) as work:
        for given in sets:
            options.tell(f"{given.name}: ours …")
            mine = apart(_ours, given.table, given.columns, work)
            options.tell(f"{given.name}: Splink …")
            theirs = apart(_splink, given.table, given.peer)
            found = [("ours", mine.result, mine.seconds)]
            found += [(name, labels, theirs.seconds) for name, labels in _clusterings(given, theirs.result)]
            rows += [
                [given.name, given.table.height, way, seconds, *quality_cells(_quality(given, labels))]
                for way, labels, seconds in found
            ]
    return Report(
        f"Ours as shipped beside Splink {version} in a set-up from its guides, without labels.",
        ("set", "records", "way", "seconds", *QUALITY_COLUMNS),
        rows,
        ("Splink's best threshold is chosen by the labels: an upper bound. Seconds include the start of the process.",),
        [Bar(row[0], row[2], float(row[6]), f"F1 {row[6]}") for row in rows],
    )


def _quality(given: QualitySet, labels: pl.Series) -> Quality:
    held = pl.lit(True) if given.held is None else given.held
    return held_out_quality(labels, given.table["truth"], given.table.select(held=held, truth="truth")["held"])


def _ours(table: pl.DataFrame, columns: str, work: Path) -> pl.Series:
    file, map_file, out = work / "records.parquet", work / "map.yml", work / "clusters.parquet"
    table.drop("truth").write_parquet(file)
    map_file.write_text(f"id: id\n{columns}", encoding="utf-8")
    dedupe(file, map_file, out)
    found = table.select("id").join(pl.read_parquet(out), on="id", how="left", validate="1:1", maintain_order="left")
    return found["cluster_id"]


def _splink(table: pl.DataFrame, name: str) -> pl.DataFrame:
    """Splink's pairs: rows ``i`` and ``j`` of the table and the ``weight``, in bits."""
    import duckdb
    from splink import Linker, SettingsCreator, block_on
    from splink.backends.duckdb import DuckDBAPI

    setup = SETUPS[name]
    connection = duckdb.connect()
    rows = table.drop("truth", "id").with_row_index("unique_id").to_arrow()
    derived = "".join(f", {text} AS {column}" for column, text in setup.derived.items())
    connection.register("given", rows)
    connection.execute(f"CREATE TABLE records AS SELECT *{derived} FROM given")
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=setup.comparisons(),
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in setup.rules],
    )
    linker = Linker(DuckDBAPI(connection).register(connection.table("records")), settings, log_level=None)
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on(*rule) for rule in setup.certain], setup.recall)
    training.estimate_u_using_random_sampling(max_pairs=_U_PAIRS, seed=1)
    for rule in setup.sessions:
        training.estimate_parameters_using_expectation_maximisation(
            block_on(*rule), estimate_without_term_frequencies=True
        )
    predicted = linker.inference.predict(threshold_match_weight=float(GRID[0]))
    pairs = predicted.as_duckdbpyrelation().project("unique_id_l AS i, unique_id_r AS j, match_weight AS weight")
    found: pl.DataFrame = pairs.pl()
    return found.cast({"i": pl.Int64, "j": pl.Int64, "weight": pl.Float64})


def _clusterings(given: QualitySet, pairs: pl.DataFrame) -> Sequence[tuple[str, pl.Series]]:
    """Splink's clusters, connected components, at the fixed thresholds and at the best."""
    n = given.table.height
    fixed = [(f"Splink, p ≥ {p:g}", _joined(n, pairs, float(np.log2(p / (1 - p))))) for p in FIXED]
    best = max((_joined(n, pairs, bits) for bits in GRID.tolist()), key=lambda labels: _quality(given, labels).f1)
    return [*fixed, ("Splink, threshold by labels", best)]


def _joined(n: int, pairs: pl.DataFrame, bits: float) -> pl.Series:
    kept = pairs.filter(pl.col("weight") >= bits)
    return pl.Series(components(n, kept["i"].to_numpy(), kept["j"].to_numpy()))
