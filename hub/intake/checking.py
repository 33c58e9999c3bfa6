"""Trying a specification on a file without loading it: what is filled, what cannot be read, what is unknown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from hub.dealers.specification import Specification
from hub.errors import Invalid
from hub.feeds import FEEDS, Column, Feed, Type
from hub.intake import guards
from hub.intake.casting import cast_rows
from hub.intake.guards import Finding
from hub.intake.mapping import SchemaReport, map_rows, report
from hub.intake.readers import open_raw

EXAMPLES = 5
SAMPLE = 20_000  # rows from which letters and contents are judged


@dataclass(frozen=True)
class ColumnCheck:
    """How one canonical column fares.

    Attributes:
        headings: where it comes from; empty for a constant or a column that the file lacks.
        filled: rows with a value.
        unreadable: values that are not of the column's type or choices.
        distinct: different values among the first `SAMPLE` rows.
        examples: some unreadable values; only when asked for, since they may be personal.
    """

    name: str
    headings: tuple[str, ...]
    filled: int
    unreadable: int
    distinct: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class SpecCheck:
    """How a specification fits a file; holds no values of the file unless asked for.

    Attributes:
        feed, format, encoding: as found.
        rows: rows read; ``bad_rows`` of them cannot be parsed, (row number, reason).
        columns: each canonical column of the feed.
        schema: headings mapped, added and missing.
        findings: what the guards would say.
        missing_record_no, repeated_record_no: rows without a number, and rows whose number another row has.
    """

    feed: str
    format: str
    encoding: str | None
    rows: int
    bad_rows: tuple[tuple[int, str], ...]
    columns: tuple[ColumnCheck, ...]
    schema: SchemaReport
    findings: tuple[Finding, ...]
    missing_record_no: int
    repeated_record_no: int

    @property
    def ok(self) -> bool:
        """True if nothing would hold the file and no column is mostly unreadable."""
        readable = all(2 * column.unreadable <= column.filled for column in self.columns)
        return readable and not any(finding.holds for finding in self.findings)


def check(path: Path, specification: Specification, feed: str, show: bool = False) -> SpecCheck:
    """Read a whole file by a specification and count.

    Args:
        show: give examples of unreadable values, which may be personal data.

    Raises:
        Invalid: unknown feed.
        Unreadable: the file cannot be read; the text says why.
    """
    if feed not in FEEDS:
        raise Invalid(f"Unknown feed {feed!r}; the feeds are {', '.join(FEEDS)}.")
    spec, canonical = specification.feed(feed), FEEDS[feed]
    tallies = {column.name: _Tally(column, canonical, specification.timezone, show) for column in canonical.columns}
    numbers: list[pl.Series] = []
    sample: pl.DataFrame | None = None
    with open_raw(path, spec) as reader:
        for raw in reader:
            mapped = map_rows(raw, spec, canonical, specification.timezone)
            sample = mapped.head(SAMPLE) if sample is None else sample
            numbers.append(mapped["record_no"])
            for tally in tallies.values():
                tally.add(mapped)
    schema = report(reader.columns, spec, canonical)
    sample = sample if sample is not None else pl.DataFrame(schema=dict.fromkeys(canonical.names, pl.String))
    keys = pl.concat(numbers) if numbers else pl.Series([], dtype=pl.String)
    found = [
        guards.schema(schema, reader.rows_read),
        guards.bad_rows(len(reader.bad_rows), reader.rows_read, spec),
        guards.letters(sample, spec),
        *guards.drift(None, reader.columns, spec, canonical),
        *guards.content(sample, canonical),
    ]
    return SpecCheck(
        feed,
        reader.format,
        reader.encoding,
        reader.rows_read,
        tuple(reader.bad_rows),
        tuple(tally.result(schema, sample) for tally in tallies.values()),
        schema,
        tuple(finding for finding in found if finding is not None),
        keys.null_count(),
        int(keys.drop_nulls().is_duplicated().sum()),
    )


class _Tally:
    """Counts of one column over the batches of a file."""

    def __init__(self, column: Column, feed: Feed, zone: str, show: bool) -> None:
        self._column, self._feed, self._zone, self._show = column, feed, zone, show
        self._filled = self._unreadable = 0
        self._examples: list[str] = []

    def add(self, mapped: pl.DataFrame) -> None:
        """Count one batch of canonical text."""
        name = self._column.name
        text = mapped[name].drop_nulls()
        self._filled += len(text)
        wrong = text.filter(self._wrong(text))
        self._unreadable += len(wrong)
        if self._show and len(self._examples) < EXAMPLES:
            new = wrong.unique(maintain_order=True).head(EXAMPLES).to_list()
            self._examples = list(dict.fromkeys([*self._examples, *new]))[:EXAMPLES]

    def _wrong(self, text: pl.Series) -> pl.Series:
        if self._column.type is Type.CHOICE:
            return ~text.is_in(list(self._column.choices))
        if self._column.type in (Type.TEXT, Type.LIST):
            return pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(text))
        return cast_rows(text.to_frame(), self._feed, self._zone).to_series().is_null()

    def result(self, schema: SchemaReport, sample: pl.DataFrame) -> ColumnCheck:
        """The counts."""
        name = self._column.name
        distinct = sample[name].drop_nulls().n_unique()
        headings = schema.mapped.get(name, ())
        return ColumnCheck(name, headings, self._filled, self._unreadable, distinct, tuple(self._examples))
