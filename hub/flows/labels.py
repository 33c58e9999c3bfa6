"""Decisions as files: labelled pairs out and in, and parties as a truth to train and to measure by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from pathlib import Path
from uuid import UUID

import polars as pl

from hub.errors import Invalid, NotFound
from hub.flows.decide import Word, decide_many
from hub.flows.export import check_ending, write_table
from hub.matching.judgements import BINDING, DIFFERENT, SAME, SPLIT, UNSURE, Book
from hub.store import decisions as store
from hub.store.decisions import Decision, Filters, Mention
from hub.store.engine import Database

_ALL = 1 << 31
_NAME = ("dealer", "feed", "record_no")
PAIR_COLUMNS = (*(f"{name}_a" for name in _NAME), *(f"{name}_b" for name in _NAME))
SCHEMA = dict.fromkeys(
    (*PAIR_COLUMNS, "verdict", "reason", "decision", "author", "decided_at", "record_a", "record_b"), pl.String
)
# what people write into a column `same_party` or `verdict`
WORDS = {
    **dict.fromkeys(("same", "yes", "y", "true", "1", "да"), SAME),
    **dict.fromkeys(("different", "no", "n", "false", "0", "нет"), DIFFERENT),
    **dict.fromkeys(("unsure", "?", "не знаю"), UNSURE),
}


# ------------------------------------------------------------------ out


def export_decisions(db: Database, path: Path) -> int:
    """Write the decisions that stand as pairs of records, `SCHEMA`; returns the number of pairs.

    A group becomes the pairs that say as much: its first record with each other one.

    Raises:
        Invalid: neither .csv nor .parquet.
    """
    check_ending(path)
    with db.worker() as conn:
        found = store.list_decisions(conn, Filters(standing=True), None, _ALL)
    rows = [row for decision in reversed(found) for row in _pairs(decision)]
    return write_table(pl.DataFrame(rows, schema=SCHEMA, orient="row"), path)


def _pairs(decision: Decision) -> Iterator[tuple[str | None, ...]]:
    for verdict, a, b in _said(decision):
        if a.dealer and b.dealer:
            about = (decision.reason, str(decision.entry_id), decision.author, decision.decided_at.isoformat())
            yield (*_names(a), *_names(b), verdict, *about, str(a.record), str(b.record))


def _said(decision: Decision) -> Iterator[tuple[str, Mention, Mention]]:
    """A decision as verdicts on pairs."""
    parts = decision.parts
    if decision.verdict in (SAME, SPLIT):
        yield from ((SAME, part[0], other) for part in parts for other in part[1:])
    if decision.verdict != SAME:
        between = UNSURE if decision.verdict == UNSURE else DIFFERENT
        yield from ((between, one[0], other[0]) for one, other in combinations(parts, 2))


def _names(mention: Mention) -> tuple[str | None, ...]:
    return mention.dealer, mention.feed, mention.record_no


def export_labels(db: Database, path: Path) -> int:
    """Write the judged records with the party that stewards made of them: dealer, feed, record_no, party_id.

    This is a truth for `dealerhub evaluate` and `dealerhub model train`. Records of two parties count as different there,
    also when nobody compared just these two.

    Raises:
        Invalid: neither .csv nor .parquet.
    """
    check_ending(path)
    with db.worker() as conn:
        found = store.list_decisions(conn, Filters(standing=True), None, _ALL)
    book = Book(one.judgement for one in found)
    binding = [one for one in found if one.verdict in BINDING]
    mentions = {m.record: m for one in binding for part in one.parts for m in part if m.dealer}
    rows = sorted((*map(str, _names(m)), book.root(str(record))) for record, m in mentions.items())
    return write_table(pl.DataFrame(rows, schema=[*_NAME, "party_id"], orient="row"), path)


# ------------------------------------------------------------------ in


@dataclass(frozen=True)
class Imported:
    """What became of the rows of a file of labelled pairs.

    Attributes:
        blank: rows that nobody filled in.
        known: pairs that were decided so already.
        refused: row (the heading is row 1) and why.
    """

    rows: int
    entered: int
    known: int
    blank: int
    refused: list[tuple[int, str]]


def import_decisions(db: Database, path: Path, author: str, at: datetime, reason: str = "") -> Imported:
    """Enter labelled pairs as decisions; all that can be, in one transaction.

    Args:
        path: .csv or .parquet with `PAIR_COLUMNS`, or record_a and record_b, and a column verdict or same_party: as
            `export_decisions` and `dealerhub sample-for-review` write them.
        reason: for rows without one of their own.

    Raises:
        Invalid: a column is missing.
    """
    frame = _read(path)
    wanted = frame.with_row_index("row", offset=2).filter(pl.col("said") != "")
    refused: list[tuple[int, str]] = []
    places: list[int] = []
    words: list[Word] = []
    ids = _identities(db, wanted)
    for row, a, b in zip(wanted.iter_rows(named=True), *ids, strict=True):
        verdict = WORDS.get(row["said"].strip().lower())
        if verdict is None:
            refused.append((row["row"], "The verdict is none of same, different, unsure (or yes, no)."))
        elif a is None or b is None:
            refused.append((row["row"], "The base holds no record of this dealer, feed and number."))
        else:
            places.append(row["row"])
            words.append(Word(verdict, [[a, b]], row["why"] or reason))
    batch = decide_many(db, words, author, at) if words else None
    if batch:
        refused += [(places[place], why) for place, why in batch.refused]
    entered, known = (batch.entered, batch.known) if batch else (0, 0)
    return Imported(len(frame), entered, known, len(frame) - len(wanted), sorted(refused))


def _read(path: Path) -> pl.DataFrame:
    frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
    said = next((name for name in ("verdict", "same_party") if name in frame.columns), None)
    named = all(name in frame.columns for name in PAIR_COLUMNS)
    if said is None or not (named or {"record_a", "record_b"} <= set(frame.columns)):
        raise Invalid(
            f"{path.name} lacks columns: it needs {', '.join(PAIR_COLUMNS)}, and verdict or same_party. "
            f"It has {', '.join(frame.columns[:12])}."
        )
    columns = [*PAIR_COLUMNS, "record_a", "record_b"]
    return frame.select(
        *(_text(name) if name in frame.columns else pl.lit("").alias(name) for name in columns),
        said=_text(said),
        why=_text("reason") if "reason" in frame.columns else pl.lit(""),
    )


def _text(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).fill_null("")


def _identities(db: Database, frame: pl.DataFrame) -> list[list[str | None]]:
    """The identity of either record of each row: as given, else by its dealer's name; None if the base holds none."""
    names = [
        (frame[f"record_{side}"].to_list(), list(zip(*(frame[f"{n}_{side}"].to_list() for n in _NAME), strict=True)))
        for side in "ab"
    ]
    with db.worker() as conn:
        found = store.named(conn, sorted({name for _, listed in names for name in listed}))
    known = {name: one.record for name, one in found.items()}
    return [
        [_identity(given) or known.get(name) for given, name in zip(ids, listed, strict=True)] for ids, listed in names
    ]


def _identity(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None


def resolve_names(db: Database, names: Sequence[str]) -> list[str]:
    """Identities of records named as DEALER/FEED/RECORD_NO or by their id.

    Raises:
        Invalid: one is named in another way.
        NotFound: the base holds no such record.
    """
    wanted = {name: tuple(name.split("/", 2)) for name in names if _identity(name) is None}
    if odd := [name for name, parts in wanted.items() if len(parts) != len(_NAME)]:
        raise Invalid(f"{odd[0]!r} names no record: write DEALER/FEED/RECORD_NO, as D001/customers/48213, or its id.")
    with db.worker() as conn:
        found = store.named(conn, sorted(set(wanted.values())))  # type: ignore[arg-type]
    if lost := [name for name, parts in wanted.items() if parts not in found]:
        raise NotFound(f"The base holds no record {lost[0]}.")
    return [_identity(name) or found[wanted[name]].record for name in names]  # type: ignore[index]
