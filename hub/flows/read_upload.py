"""Read one archived file: tell the rows that differ from the base, and map those to canonical text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import polars as pl

from hub.dealers.specification import FeedSpec, Specification
from hub.errors import Unreadable
from hub.feeds import Feed
from hub.flows.gate import ISSUE_SCHEMA
from hub.intake import VERSION as INTAKE_VERSION
from hub.intake.bounds import with_bounds
from hub.intake.mapping import SchemaReport, map_rows, record_numbers, report
from hub.intake.readers import open_raw
from hub.intake.readers.base import LIMITS
from hub.intake.rowhash import row_hashes, split_duplicates
from hub.normalize import VERSION as NORMALIZE_VERSION
from hub.store.uploads import Counts, Upload

INDEX_SCHEMA: dict[str, type[pl.DataType]] = {
    "_row": pl.Int64,
    "record_no": pl.String,
    "row_hash": pl.String,
    "rid": pl.Int64,  # of the record as it stands; null for a new one
    "same": pl.Boolean,  # the base holds this very row
}
Known = Callable[[pl.Series], pl.DataFrame]
"""What the base holds of a dealer under these record numbers, at the least: schema `hub.store.records.KNOWN_SCHEMA`."""

SAMPLE_ROWS = 2_000  # enough to see whether letters are letters
NO_NUMBER = "The row has no record_no, so it cannot be told from the others. Give it its number."


@dataclass
class Reading:
    """What a file turned out to be; complete once `changes` is exhausted.

    Attributes:
        index: a line a row, `INDEX_SCHEMA`.
        bad_rows: (row number, reason) of rows that cannot be parsed.
        schema: how the headings meet the specification.
        format: of the file, as found.
        sample: some of the rows that differ from the base, mapped; None if there are none.
        quarantined: of each row of the index: not loaded, since it has no number, was refused by the gate, or is one
            of several that differ under one number. Known after `judge`, as are the next two.
        repeated: of each row of the index: identical to an earlier row of the file.
        own_issues: why rows were set aside that the gate has not seen (`ISSUE_SCHEMA`).
    """

    upload: Upload
    specification: Specification
    feed: Feed
    index: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=INDEX_SCHEMA))
    format: str = ""
    columns: tuple[str, ...] = ()
    bad_rows: list[tuple[int, str]] = field(default_factory=list)
    schema: SchemaReport = field(default_factory=SchemaReport)
    sample: pl.DataFrame | None = None
    quarantined: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.Boolean))
    repeated: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.Boolean))
    own_issues: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ISSUE_SCHEMA))

    @property
    def spec(self) -> FeedSpec:
        """The specification of this feed."""
        return self.specification.feed(self.feed.name)

    @property
    def rows(self) -> int:
        """Rows read, the unparseable ones included."""
        return self.index.height + len(self.bad_rows)

    @property
    def share_changed(self) -> float:
        """The share of rows that the base does not hold as they are."""
        return int((~self.index["same"]).sum()) / self.index.height if self.index.height else 0.0

    def changes(self, path: Path, known: Known, gate_version: str) -> Iterator[pl.DataFrame]:
        """The rows that the base does not hold as they are, mapped, in batches of bounded size.

        Args:
            path: the file's bytes.
            known: tells what the base holds of this dealer under some record numbers.
            gate_version: of the rules that will judge the rows.

        Yields:
            Canonical text with ``_upload, _row, _day``, bounds, and ``_hash, _rid, _incarnation, _fresh``.

        Raises:
            Unreadable: the file is broken; what was yielded before counts for nothing.
        """
        salt = "\n".join(
            [self.specification.fingerprint(self.feed.name), INTAKE_VERSION, gate_version, NORMALIZE_VERSION]
        )
        parts: list[pl.DataFrame] = []
        if not self.upload.bytes and self.upload.status != "received":  # released: nothing is what was meant
            return
        with open_raw(path, self.spec) as reader:
            nameless = 0
            for raw in reader:
                index = self._index(raw, known, salt)
                parts.append(index.select(*INDEX_SCHEMA))
                nameless += index["record_no"].null_count()
                _refuse_nameless(nameless, reader.rows_read)
                if not index["same"].all():
                    yield self._mapped(raw.filter(~index["same"]), index.filter(~pl.col("same")))
            self.columns, self.bad_rows, self.format = tuple(reader.columns), reader.bad_rows, reader.format
        self.schema = report(self.columns, self.spec, self.feed)
        if parts:
            self.index = pl.concat(parts)

    def _index(self, raw: pl.DataFrame, known: Known, salt: str) -> pl.DataFrame:
        """Each row's number and hash beside what the base holds under that number."""
        rows = pl.DataFrame(
            {
                "_row": raw["_row"],
                "record_no": record_numbers(raw, self.spec, self.feed),
                "row_hash": row_hashes(raw, salt),
            }
        )
        held = known(rows["record_no"]).select("record_no", "rid", "incarnation", "ended", held="row_hash")
        return rows.join(held, on="record_no", how="left", maintain_order="left").with_columns(
            same=((pl.col("row_hash") == pl.col("held")) & ~pl.col("ended")).fill_null(False),
            fresh=pl.col("held").is_null(),
            incarnation=pl.col("incarnation").fill_null(0),
        )

    def _mapped(self, raw: pl.DataFrame, index: pl.DataFrame) -> pl.DataFrame:
        """Canonical text of changed rows, with all that the gate and the base need to know of them."""
        upload = self.upload
        latest = upload.received_at.date() + timedelta(days=1)  # wherever the dealer is, it is not later
        text = map_rows(raw, self.spec, self.feed, self.specification.timezone)
        if self.sample is None:
            self.sample = text.gather_every(max(1, text.height // SAMPLE_ROWS))
        return with_bounds(text, self.spec, self.feed, upload.day).with_columns(
            _upload=pl.lit(upload.upload_id, dtype=pl.Int64),
            _day=pl.lit(max(latest, upload.day).isoformat()),
            _country=pl.lit(self.specification.country),
            _dealer=pl.lit(upload.dealer),
            _hash=index["row_hash"],
            _rid=index["rid"],
            _incarnation=index["incarnation"],
            _fresh=index["fresh"],
        )

    def judge(self, refused: pl.Series) -> None:
        """Divide the rows by what becomes of them, once the gate has named those it refuses (``_row``)."""
        index = self.index
        split = split_duplicates(index.select("_row", "record_no"), index["row_hash"])
        unnamed = index["record_no"].is_null()
        refused_here = index["_row"].is_in(refused.implode())
        differing = index["_row"].is_in(split.issues["_row"].implode())
        self.quarantined = unnamed | refused_here | differing
        self.repeated = split.repeated & ~self.quarantined
        nameless = index.filter(unnamed & ~refused_here).select("_row")
        unparseable = pl.DataFrame(self.bad_rows, schema={"_row": pl.Int64, "reason": pl.String}, orient="row")
        self.own_issues = pl.concat(
            [
                split.issues,
                nameless.with_columns(_issue("record_no.missing", "record_no"), reason=pl.lit(NO_NUMBER)),
                unparseable.with_columns(_issue("row.unparseable", None)),
            ],
            how="diagonal",
        ).select(pl.lit(self.upload.upload_id, dtype=pl.Int64).alias("_upload"), *list(ISSUE_SCHEMA)[1:])

    @property
    def out(self) -> pl.DataFrame:
        """The rows that do not go on, as ``upload_id, row_no``."""
        rows = self.index.filter(self.quarantined | self.repeated)["_row"]
        return pl.DataFrame({"row_no": rows}).with_columns(upload_id=pl.lit(self.upload.upload_id, dtype=pl.Int64))

    @property
    def numbers(self) -> pl.DataFrame:
        """The number of each row, as ``_upload, _row, record_no``."""
        upload = pl.lit(self.upload.upload_id, dtype=pl.Int64).alias("_upload")
        return self.index.select(upload, "_row", "record_no")

    def counts(self, values_set_aside: int) -> Counts:
        """What became of the rows; every row read is in exactly one of the sums."""
        quarantined = int(self.quarantined.sum()) + len(self.bad_rows)
        unchanged = int((~self.quarantined & (self.repeated | self.index["same"])).sum())
        return Counts(
            read=self.rows,
            loaded=self.rows - quarantined - unchanged,
            quarantined=quarantined,
            unchanged=unchanged,
            values_set_aside=values_set_aside,
        )


def _refuse_nameless(nameless: int, rows: int) -> None:
    """Stop reading a long file most of whose rows have no number: a line about each would help nobody."""
    if nameless > max(LIMITS.bad_rows, rows // 2):
        raise Unreadable(
            f"Most rows have no record_no: {nameless:,} of the first {rows:,}. Name the column of the dealer's key in "
            "the specification (columns: {record_no: HEADING}), or check which file was sent."
        )


def _issue(rule: str, column: str | None) -> list[pl.Expr]:
    return [
        pl.lit(column, dtype=pl.String).alias("column"),
        pl.lit(None, dtype=pl.String).alias("value"),
        pl.lit(rule).alias("rule"),
        pl.lit("row").alias("severity"),
    ]


def carried_twice(readings: Sequence[Reading]) -> pl.DataFrame:
    """Records that several files of one snapshot hold: ``dealer, record_no``, the last file's ``upload_id``, and
    ``seen_at``, when the first of them was received. ``readings`` are in the order of the chain."""
    carried = pl.concat(
        reading.index.filter(~reading.quarantined)
        .select("record_no")
        .unique()
        .with_columns(
            dealer=pl.lit(reading.upload.dealer),
            upload_id=pl.lit(reading.upload.upload_id, dtype=pl.Int64),
            seen_at=pl.lit(reading.upload.received_at),
        )
        for reading in readings
    )
    found = carried.group_by("dealer", "record_no", maintain_order=True).agg(
        pl.col("upload_id").last(), pl.col("seen_at").first(), files=pl.len()
    )
    return found.filter(pl.col("files") > 1).drop("files")
