"""Great Expectations as the gate: canonical text of many uploads in, issues out.

The suites run in memory with the pandas engine: no file, no table, no data docs, no usage statistics. The
library takes seconds to import: the first check that has rows imports it, a night without changes never does.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import polars as pl

from expectations.readings import READINGS, reads_together
from expectations.rules import Rule, rules_of, rules_version
from hub.flows.gate import ISSUE_SCHEMA, GateError

CHUNK_ROWS = 250_000
"""Rows validated at once: bounds memory; ten times fewer cost hardly less time a row."""

_RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,  # results then hold row positions only, and no personal data
    "include_unexpected_rows": False,
    "return_unexpected_index_query": False,
}


@dataclass(frozen=True)
class RuleCount:
    """How one rule fared over all checks of a gate; no personal data.

    Attributes:
        feed, rule, column, severity: what was checked; column is None for rules of a whole row.
        checked: rows of the frames that the rule was put to, missing values included.
        failed: rows that failed it.
    """

    feed: str
    rule: str
    column: str | None
    severity: str
    checked: int
    failed: int


class ExpectationsGate:
    """The gate of `hub.flows` by Great Expectations.

    One object counts what it checked from its making on, for the asset checks of one run.
    """

    def __init__(self) -> None:
        self.version = f"gx-{rules_version()}"
        self._checked: Counter[tuple[str, str]] = Counter()
        self._failed: Counter[tuple[str, str]] = Counter()

    def check(self, feed: str, frame: pl.DataFrame) -> pl.DataFrame:
        """All that is wrong with the rows of a feed.

        Args:
            feed: canonical name, a key of `hub.feeds.FEEDS`.
            frame: canonical text of any number of uploads: ``_upload`` and ``_row``, the canonical columns
                as text, optionally ``_min_<column>`` and ``_max_<column>`` (bounds of the row's dealer, as
                canonical text), ``_day`` (ISO date after which nothing can have happened yet: the day the
                upload was received, or the one after it) and ``_country`` (the dealer's). Absent columns are
                not judged.

        Returns:
            One row an issue, schema `hub.flows.gate.ISSUE_SCHEMA`, sorted by upload, row and rule.

        Raises:
            GateError: a rule could not be run, or not all of its failing rows came back.
        """
        rules = [rule for rule in rules_of(feed) if set(rule.inputs) <= set(frame.columns)]
        found = [
            issues
            for start in range(0, frame.height, CHUNK_ROWS)
            for issues in self._check_chunk(feed, rules, frame.slice(start, CHUNK_ROWS))
        ]
        return pl.concat([pl.DataFrame(schema=ISSUE_SCHEMA), *found]).sort("_upload", "_row", "rule")

    def summary(self) -> tuple[RuleCount, ...]:
        """Counts per rule over all checks so far; of the feeds checked, rules without failures too."""
        feeds = sorted({feed for feed, _ in self._checked})
        return tuple(
            RuleCount(feed, r.rule, r.judged, r.severity, self._checked[feed, r.rule], self._failed[feed, r.rule])
            for feed in feeds
            for r in rules_of(feed)
        )

    def _check_chunk(self, feed: str, rules: list[Rule], chunk: pl.DataFrame) -> Iterable[pl.DataFrame]:
        """Issues of one chunk, a frame a rule that failed."""
        self._checked.update({(feed, rule.rule): chunk.height for rule in rules})
        present = {name for name in chunk.columns if chunk[name].null_count() < chunk.height}
        live = [rule for rule in rules if _has_work(rule, present)]
        for rule, positions in _failing_rows(feed, live, chunk):
            self._failed[feed, rule.rule] += len(positions)
            if len(positions):
                yield _issues(rule, chunk[positions])


def _has_work(rule: Rule, present: set[str]) -> bool:
    """False when the columns hold nothing but missing values and the rule passes over these."""
    if rule.needs_null:
        return True
    return rule.columns[0] in present and (not rule.is_pair or rule.columns[1] in present)


def _failing_rows(feed: str, rules: list[Rule], chunk: pl.DataFrame) -> list[tuple[Rule, pl.Series]]:
    """The positions of the rows that fail each rule, as Great Expectations finds them."""
    if not rules:
        return []
    read = chunk.select(expression.alias(name) for name, expression in _read_columns(rules, chunk.columns).items())
    batch = _batch_definition().get_batch(batch_parameters={"dataframe": read.to_pandas()})
    outcome = batch.validate(_suite(feed, rules), result_format=_RESULT_FORMAT)
    by_id = {rule.rule: rule for rule in rules}
    answers = {result.expectation_config.meta["rule"]: result for result in outcome.results}
    if answers.keys() != by_id.keys():
        raise GateError(f"{feed}: Great Expectations did not answer for {by_id.keys() ^ answers.keys()}")
    return [(rule, _positions(feed, rule, answers[name], chunk.height)) for name, rule in by_id.items()]


def _positions(feed: str, rule: Rule, answer: Any, height: int) -> pl.Series:
    """The failing rows' positions in one answer, after making sure that they are all there."""
    info = answer.exception_info or {}
    if info.get("raised_exception", True):  # a nested form of it, without the key, tells of broken metrics
        raise GateError(f"{feed}: rule {rule.rule} could not be run; see its entry in expectations/suites")
    result = answer.result
    positions = pl.Series(result.get("unexpected_index_list") or [], dtype=pl.UInt32)
    if len(positions) != result["unexpected_count"] or positions.n_unique() != len(positions):
        count = result["unexpected_count"]
        raise GateError(f"{feed}: rule {rule.rule} returned {len(positions)} of {count} failing rows")
    if len(positions) and int(positions.max()) >= height:  # type: ignore[arg-type]
        raise GateError(f"{feed}: rule {rule.rule} returned a row beyond the frame")
    return positions


def _issues(rule: Rule, rows: pl.DataFrame) -> pl.DataFrame:
    """One issue for each of the rows, which all fail the rule."""
    text, *rest = rule.reason_parts
    parts = [pl.lit(text)]
    for column, after in zip(rest[::2], rest[1::2], strict=True):
        parts += [pl.col(column).fill_null("?"), pl.lit(after)]
    return rows.select(
        pl.col("_upload").cast(pl.Int64),
        pl.col("_row").cast(pl.Int64),
        pl.lit(rule.judged, dtype=pl.String).alias("column"),
        (pl.lit(None, dtype=pl.String) if rule.judged is None else pl.col(rule.judged)).alias("value"),
        pl.lit(rule.rule).alias("rule"),
        pl.concat_str(parts).alias("reason"),
        pl.lit(rule.severity).alias("severity"),
    )


def _read_columns(rules: list[Rule], columns: list[str]) -> dict[str, pl.Expr]:
    """The columns that the suite works on, by name: what each rule reads, each once."""
    nothing = pl.lit(None, dtype=pl.String)
    wanted: dict[str, pl.Expr] = {}
    for rule in rules:
        read = READINGS[rule.read]
        if reads_together(rule.read):
            texts = [pl.col(name) if name in columns else nothing for name in rule.columns]
            wanted[_name(rule.read, *rule.columns)] = read(*texts)
        else:
            wanted |= {_name(rule.read, name): read(pl.col(name)) for name in rule.columns}
    return wanted


def _name(read: str, *columns: str) -> str:
    """The name of a read column in the frame that is validated."""
    return f"{read}:{'+'.join(columns)}"


def _expectation(rule: Rule) -> Any:
    """The rule as an expectation object."""
    kind = getattr(library().expectations, "".join(word.capitalize() for word in rule.expect.split("_")))
    if rule.is_pair:
        left, right = (_name(rule.read, column) for column in rule.columns)
        where = {
            "column_A": left,
            "column_B": right,
            "ignore_row_if": "either_value_is_missing",
            "or_equal": True,
        }
    elif reads_together(rule.read):
        where = {"column": _name(rule.read, *rule.columns)}
    else:
        where = {"column": _name(rule.read, rule.columns[0])}
    return kind(**where, **rule.arguments, meta={"rule": rule.rule})


def _suite(feed: str, rules: list[Rule]) -> Any:
    """The suite of the given rules."""
    return library().ExpectationSuite(name=feed, expectations=[_expectation(rule) for rule in rules])


def _batch_definition() -> Any:
    """A definition for one frame in memory, in a context of its own that goes when its data goes."""
    context = library().get_context(mode="ephemeral", project_config=_context_configuration())
    asset = context.data_sources.add_pandas("memory").add_dataframe_asset("rows")
    return asset.add_batch_definition_whole_dataframe("all")


def _context_configuration() -> Any:
    """Nothing on disk, no progress bars; the library's own default makes a temporary folder for data docs."""
    types = library().data_context.types.base
    return types.DataContextConfig(
        store_backend_defaults=types.InMemoryStoreBackendDefaults(),
        progress_bars=types.ProgressBarsConfig(globally=False, metric_calculations=False),
        analytics_enabled=False,
    )


@cache
def library() -> ModuleType:
    """Great Expectations, imported on first use with its usage statistics off."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations
    import great_expectations.expectations

    return great_expectations
