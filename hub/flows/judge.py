"""Put mapped rows of many uploads to the gate together; what is left of them goes, typed, to the staging table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

import polars as pl
from sqlalchemy import Connection

from hub.feeds import Feed
from hub.flows.gate import ISSUE_SCHEMA, Gate
from hub.intake.casting import cast_rows
from hub.normalize.party import party_records
from hub.normalize.vehicles import plate, vin
from hub.store.bulk import copy_in
from hub.store.records import stage_rows

BATCH_ROWS = 200_000  # rows judged at once: enough to share the gate's fixed costs, and bounded memory
FOLDED = {"vin": vin, "trade_in_vin": vin, "plate": plate}  # kept in one spelling; as given where there is none
_STAGED = {
    "_upload": "upload_id", "_row": "row_no", "_dealer": "dealer", "_incarnation": "incarnation", "_fresh": "fresh",
    "_rid": "rid", "_hash": "row_hash",
}  # fmt: skip


@dataclass
class Bench:
    """Where rows wait until there are enough of them to be judged.

    Attributes:
        refused: upload → row numbers that the gate refused whole.
        set_aside: upload → number of values that it set aside.
    """

    conn: Connection
    gate: Gate
    feed: Feed
    refused: dict[int, list[pl.Series]] = field(default_factory=dict)
    set_aside: dict[int, int] = field(default_factory=dict)
    _waiting: dict[tuple[str, str], list[pl.DataFrame]] = field(default_factory=dict)
    _rows: int = 0

    def add(self, rows: pl.DataFrame, zone: str, country: str) -> None:
        """Take mapped rows of a dealer in this time zone and country; judge all that wait if they are many."""
        self._waiting.setdefault((zone, country), []).append(rows)
        self._rows += rows.height
        if self._rows >= BATCH_ROWS:
            self.judge()

    def judge(self) -> None:
        """Judge and stage all rows that wait."""
        if not self._rows:
            return
        keys = sorted(self._waiting, key=lambda origin: origin[1])
        groups = [pl.concat(self._waiting[key], how="diagonal") for key in keys]
        self._waiting, self._rows = {}, 0
        together = pl.concat(groups, how="diagonal")
        issues = self.gate.check(self.feed.name, together.select(pl.exclude("^_(dealer|hash|rid|incarnation|fresh)$")))
        self._note(issues, together)
        cleaned = set_aside(together, issues)
        refused = _positions(together, issues.filter(pl.col("severity") == "row"))
        keep = cleaned["record_no"].is_not_null()
        if len(refused):
            keep = keep & ~pl.Series(range(cleaned.height)).is_in(refused.implode())
        kept, start = [], 0
        for group in groups:
            kept.append(cleaned.slice(start, group.height).filter(keep.slice(start, group.height)))
            start += group.height
        stage_rows(self.conn, typed_rows(kept, self.feed, keys))

    def _note(self, issues: pl.DataFrame, rows: pl.DataFrame) -> None:
        """Keep the issues for the dealer, and count them."""
        note_issues(self.conn, issues, rows)
        for (upload_id,), rows in issues.filter(pl.col("severity") == "row").group_by("_upload"):
            self.refused.setdefault(int(str(upload_id)), []).append(rows["_row"])
        values = issues.filter(pl.col("severity") == "value").group_by("_upload").len()
        for upload_id, count in values.iter_rows():
            self.set_aside[upload_id] = self.set_aside.get(upload_id, 0) + count


def note_issues(conn: Connection, issues: pl.DataFrame, rows: pl.DataFrame) -> None:
    """Stage issues (`ISSUE_SCHEMA`) for the table of rejects, each with its row's number.

    Args:
        rows: of the files judged: ``_upload, _row, record_no``.
    """
    names = {"_upload": "upload_id", "_row": "row_no", "column": "column_name"}
    numbers = rows.select("_upload", "_row", "record_no")
    numbered = issues.select(*ISSUE_SCHEMA).join(numbers, on=["_upload", "_row"], how="left", maintain_order="left")
    copy_in(conn, "issue", numbered.rename(names))


def set_aside(rows: pl.DataFrame, issues: pl.DataFrame) -> pl.DataFrame:
    """``rows`` without the values that issues of severity ``value`` name."""
    bad = issues.filter(pl.col("severity") == "value")
    nulled = []
    for (column,), those in bad.group_by("column"):
        positions = _positions(rows, those)
        if column in rows.columns and len(positions):
            nulled.append(rows[str(column)].scatter(positions, None))
    return rows.with_columns(nulled)


def _positions(rows: pl.DataFrame, issues: pl.DataFrame) -> pl.Series:
    """Where in ``rows`` the rows of ``issues`` are."""
    places = rows.select("_upload", "_row").with_row_index("position")
    return places.join(issues.select("_upload", "_row").unique(), on=["_upload", "_row"], how="semi")["position"]


def typed_rows(groups: Sequence[pl.DataFrame], feed: Feed, origins: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """Canonical text as the staging table takes it: typed, and with the party record where the feed has one.

    Args:
        groups: rows, at least one group.
        origins: the time zone and country of each group; those of one country stand together.
    """
    names = [*feed.names, "extra"]
    typed = pl.concat(
        cast_rows(rows.select(*_STAGED, *names), feed, zone) for rows, (zone, _) in zip(groups, origins, strict=True)
    ).rename(_STAGED)
    typed = typed.with_columns(
        pl.coalesce(fold(typed[name]).alias(name), typed[name]) for name, fold in FOLDED.items() if name in names
    )
    if not feed.describes_party:
        return typed
    # all rows of a country at once: a call costs as much as some hundred rows
    by_country = groupby(zip(groups, origins, strict=True), key=lambda group: group[1][1])
    parties = [
        prefixed_parties(pl.concat(rows.select(*names) for rows, _ in those), country) for country, those in by_country
    ]
    return typed.hstack(pl.concat(parties))


def prefixed_parties(text: pl.DataFrame, country: str) -> pl.DataFrame:
    """The party records of canonical text, as the staging table calls their columns."""
    return party_records(text, country).select(pl.all().name.prefix("p_"))
