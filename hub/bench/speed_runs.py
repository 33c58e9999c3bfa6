"""One run of ours and one of Splink over the same file and the same blocking rules; each is meant for its own process."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from hub.flows.progress import Step, measured, peak_mib
from hub.matching import compiled
from hub.matching.adapt import adapt
from hub.matching.blocks import Blocks
from hub.matching.candidates import chunks
from hub.matching.cluster import cluster
from hub.matching.evaluate import quality
from hub.matching.model import Model, start_model
from hub.matching.records import Records
from hub.matching.resolve import edges, prepare
from hub.matching.score import Scorer
from hub.matching.train import CANDIDATES, U_PAIRS

PROBABILITY = 0.95  # what Splink's guides cluster at
FEATURES = {"surname": "surname", "first_name": "given name", "dob": "birth date", "email": "e-mail", "city": "city"}
FIELDS = ("surname", "given name", "birth date", "e-mails", "address", "sex")


@dataclass(frozen=True)
class Run:
    """What one run took, in seconds by step, and what it found.

    Attributes:
        candidates: distinct pairs that were scored.
        f1: of the pairs within clusters, against the truth.
        processor: processor time of all steps.
        peak: MiB that the process held at the most until the clock stopped; judging what was found is no part of it.
    """

    encode: float
    train: float
    score: float
    cluster: float
    candidates: int
    f1: float
    processor: float
    peak: int

    @property
    def seconds(self) -> float:
        """All steps."""
        return self.encode + self.train + self.score + self.cluster


class _Clock:
    """Seconds since the last look."""

    def __init__(self) -> None:
        self._last, self._processor = time.perf_counter(), time.process_time()

    def lap(self) -> float:
        now = time.perf_counter()
        passed, self._last = now - self._last, now
        return passed

    def processor(self) -> float:
        """Processor seconds of all threads since the start."""
        return time.process_time() - self._processor


def ours(file: Path, rules: Sequence[tuple[str, ...]]) -> Run:
    """Encode, train without labels, score the candidates of the rules, cluster."""
    return ours_by_steps(file, rules)[0]


def ours_by_steps(file: Path, rules: Sequence[tuple[str, ...]]) -> tuple[Run, list[Step]]:
    """The same, with the memory of each step."""
    steps: list[Step] = []
    with measured(steps, "read"):
        parties, truth = _parties(file)
    kinds = tuple(", ".join(FEATURES[column] for column in rule) for rule in rules)
    compiled.load()  # as the peer's libraries are loaded by now
    clock = _Clock()
    with measured(steps, "encode"):
        records = prepare(parties)
        del parties
    encode = clock.lap()
    with measured(steps, "train"):
        blocks = Blocks.of_records(records, kinds, cap=len(records))  # a rule of Splink has no cap either
        model = _trained(records, kinds, blocks)
    train = clock.lap()
    with measured(steps, "score"):
        scorer = Scorer(model, records)
        found = edges(scorer, blocks)
    score = clock.lap()
    with measured(steps, "cluster"):
        clusters = cluster(scorer, *found)
    clustering, processor, peak = clock.lap(), clock.processor(), peak_mib()
    candidates = sum(len(chunk()[0]) for chunk in chunks(blocks))  # distinct ones
    f1 = quality(pl.Series(clusters.label), truth).f1
    return Run(encode, train, score, clustering, candidates, f1, processor, peak), steps


def _parties(file: Path) -> tuple[pl.DataFrame, pl.Series]:
    """The file as party records, and the truth."""
    table = pl.read_parquet(file)
    parties = table.select(
        kind=pl.lit("person"),
        last="surname",
        last_root="surname",
        first="first_name",
        birth_date=pl.col("dob").str.to_date(),
        emails=pl.concat_list("email").list.drop_nulls(),
        city="city",
    )
    return parties, table["cluster"]


def _trained(records: Records, kinds: tuple[str, ...], blocks: Blocks) -> Model:
    """The start model's comparisons of these columns, adapted to the file without labels, as `dedupe` does it."""
    start = start_model()
    return adapt(
        records, replace(start, fields={name: start.fields[name] for name in FIELDS}), keys=kinds, blocks=blocks
    )


@dataclass(frozen=True)
class SplinkSetup:
    """How Splink is told to compare such people.

    Attributes:
        comparisons: made when Splink is there.
        sessions: columns under which each session of EM trains.
    """

    comparisons: Callable[[], list[Any]]
    sessions: Sequence[tuple[str, ...]]


def splink(setup: str, file: Path, rules: Sequence[tuple[str, ...]]) -> Run:
    """The same with Splink by one of `SPLINK_SETUPS`: its own training in sessions, prediction, connected components."""
    import duckdb
    from splink import Linker, SettingsCreator, block_on
    from splink.backends.duckdb import DuckDBAPI

    connection = duckdb.connect()
    connection.execute(
        f"CREATE TABLE people AS SELECT *, first_name || ' ' || surname AS full_name FROM read_parquet('{file}')"
    )
    api = DuckDBAPI(connection)
    clock = _Clock()
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=SPLINK_SETUPS[setup].comparisons(),
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in rules],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )
    linker = Linker(api.register(connection.table("people")), settings, log_level=None)
    encode = clock.lap()
    linker.training.estimate_probability_two_random_records_match(
        [block_on("first_name", "surname", "dob")], recall=0.7
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=U_PAIRS, seed=1)
    for rule in SPLINK_SETUPS[setup].sessions:  # on no more pairs than ours looks at
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule), max_pairs=CANDIDATES)
    train = clock.lap()
    predicted = linker.inference.predict(threshold_match_probability=0.01)
    score = clock.lap()
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_probability=PROBABILITY
    )
    clustering, processor, peak = clock.lap(), clock.processor(), peak_mib()
    found = clusters.as_duckdbpyrelation().project("cluster_id, cluster").pl()
    f1 = quality(found["cluster_id"], found["cluster"]).f1
    return Run(encode, train, score, clustering, _counted(linker), f1, processor, peak)


def _of_the_library() -> list[Any]:
    """What Splink's library offers for such columns; like ours it knows names swapped, near and apart, and dates a slip off."""
    import splink.comparison_library as cl

    return [
        cl.ForenameSurnameComparison("first_name", "surname", forename_surname_concat_col_name="full_name"),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.EmailComparison("email"),
        cl.ExactMatch("city").configure(term_frequency_adjustments=True),
    ]


def _of_few_levels() -> list[Any]:
    """Each column by itself: equal, one edit, else."""
    import splink.comparison_library as cl

    edits = [cl.LevenshteinAtThresholds(column, 1) for column in ("first_name", "surname", "dob", "email")]
    return [*edits, cl.ExactMatch("city").configure(term_frequency_adjustments=True)]


SPLINK_SETUPS = {
    "of its library": SplinkSetup(_of_the_library, (("first_name", "surname"), ("dob",))),  # sessions as in its guides
    "of few levels": SplinkSetup(_of_few_levels, (("surname", "dob"), ("email",))),  # sessions of few pairs
}


def _counted(linker: Any) -> int:
    """Distinct candidate pairs of the rules; counted after the clock has stopped."""
    pairs = linker.inference.compute_blocked_pairs_for_predict()
    return int(pairs.as_duckdbpyrelation().aggregate("count(*)").fetchall()[0][0])
