"""A dealer's rows to canonical text: columns by the specification, values by their type.

Mapping decides nothing: what it cannot read stays as it came. It is idempotent: canonical text maps to
itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl

from hub.dealers.specification import FeedSpec, Source
from hub.dealers.vocabulary import NAMES, choice_words, flag_words
from hub.feeds import CUSTOMERS, Column, Feed, Type
from hub.intake.dates import dates, times
from hub.intake.values import looked_up, numbers, present


@dataclass(frozen=True)
class SchemaReport:
    """How a file's headings meet its specification.

    Attributes:
        mapped: canonical column → the file's headings that feed it.
        added: headings that nothing asks for.
        missing: headings that the specification names and the file lacks.
        has_record_no: whether rows can be told apart at all.
    """

    mapped: dict[str, tuple[str, ...]] = field(default_factory=dict)
    added: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    has_record_no: bool = True


def heading_key(heading: str) -> str:
    """Headings are equal when they differ only in case and blanks."""
    return " ".join(heading.casefold().split())


def _sources(columns: Sequence[str], spec: FeedSpec, feed: Feed) -> dict[str, Source]:
    """The source of each canonical column: the specification's, else the heading of the column's own name."""
    taken = {heading_key(name) for source in spec.columns.values() for name in source.column}
    taken |= {heading_key(name) for name in (*spec.ignore, *spec.extra.values())}
    present_keys = {heading_key(column) for column in columns} - taken
    own = {name: Source(column=(name,)) for name in feed.names if name in present_keys}
    return own | {name: source for name, source in spec.columns.items() if name in feed.names}


def _by_key(columns: Iterable[str]) -> dict[str, str]:
    """Heading key → the file's heading; an exact repetition of a key keeps its first."""
    found: dict[str, str] = {}
    for column in columns:
        if column != "_row":
            found.setdefault(heading_key(column), column)
    return found


def report(columns: Iterable[str], spec: FeedSpec, feed: Feed) -> SchemaReport:
    """Compare the headings of a file with its specification."""
    known = _by_key(columns)
    sources = _sources(list(known.values()), spec, feed)
    wanted = [name for source in sources.values() for name in source.column]
    wanted += list(spec.extra.values())
    used = {heading_key(name) for name in (*wanted, *spec.ignore)}
    return SchemaReport(
        mapped={
            name: tuple(known[heading_key(item)] for item in source.column if heading_key(item) in known)
            for name, source in sources.items()
        },
        added=tuple(column for key, column in known.items() if key not in used),
        missing=tuple(dict.fromkeys(name for name in wanted if heading_key(name) not in known)),
        has_record_no="record_no" in sources
        and (
            sources["record_no"].value is not None
            or any(heading_key(name) in known for name in sources["record_no"].column)
        ),
    )


def map_rows(raw: pl.DataFrame, spec: FeedSpec, feed: Feed, zone: str = "") -> pl.DataFrame:
    """Canonical text of raw rows.

    Args:
        raw: frames of a reader: ``_row`` and the file's own headings, all text.
        zone: the dealer's time zone; naive times stay naive here, `hub.intake.casting.cast_rows` applies it.

    Returns:
        ``_row``, every canonical column of ``feed`` as String (null where absent or missing), and ``extra``,
        a JSON object of further evidence or null. Same rows, same order.
    """
    known = _by_key(raw.columns)
    sources = _sources(raw.columns, spec, feed)
    mapped = {"_row": raw["_row"]} if "_row" in raw.columns else {}
    for column in feed.columns:
        source = sources.get(column.name)
        text = _gathered(raw, source, column, spec, known) if source else None
        mapped[column.name] = (
            _canonical(text, source, column, spec, feed)
            if text is not None and source is not None
            else _nothing(raw.height)
        ).alias(column.name)
    return pl.DataFrame(mapped).with_columns(_extra(raw, spec, known))


def record_numbers(raw: pl.DataFrame, spec: FeedSpec, feed: Feed = CUSTOMERS) -> pl.Series:
    """The record number of each raw row as `map_rows` finds it: trimmed, null where missing.

    ``feed`` does not matter: all feeds have a ``record_no``.
    """
    column = feed.column("record_no")
    source = spec.columns.get("record_no", Source(column=("record_no",)))
    text = _gathered(raw, source, column, spec, _by_key(raw.columns))
    if text is None:
        return _nothing(raw.height).alias("record_no")
    return _canonical(text, source, column, spec, feed).alias("record_no")


def _nothing(height: int) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, height)


def _gathered(
    raw: pl.DataFrame, source: Source, column: Column, spec: FeedSpec, known: dict[str, str]
) -> pl.Series | None:
    """The raw text of one canonical column, missing words taken out; None where the file has none of its
    headings."""
    if source.value is not None:
        return pl.Series(column.name, [source.value], dtype=pl.String).new_from_index(0, raw.height)
    found = [known[heading_key(name)] for name in source.column if heading_key(name) in known]
    kind = "flag" if column.type is Type.FLAG else "name" if column.name in NAMES else ""
    if column.name in spec.lookups:  # a word that the dealer translates is not missing
        kept = {word.strip().lower() for word in spec.lookups[column.name]}
        parts = [_present_but(raw[name], kept, kind, spec.missing) for name in found]
    else:
        parts = [present(raw[name], kind, spec.missing) for name in found]
    if len(parts) < 2:
        return parts[0] if parts else None
    joint = "; " if column.type is Type.LIST else " "
    frame = pl.DataFrame({str(number): part for number, part in enumerate(parts)})
    joined = frame.select(pl.concat_str(pl.all(), separator=joint, ignore_nulls=True).alias(column.name))
    return joined.to_series().replace("", None)


def _present_but(text: pl.Series, kept: set[str], kind: str, words: Iterable[str]) -> pl.Series:
    missing_out = present(text, kind, words)
    bare = text.str.strip_chars()
    return missing_out.zip_with(~bare.str.to_lowercase().is_in(list(kept)).fill_null(False), bare)


def _canonical(text: pl.Series, source: Source, column: Column, spec: FeedSpec, feed: Feed) -> pl.Series:
    """Canonical text of one column by its type."""
    own = spec.lookups.get(column.name, {})
    match column.type:
        case Type.DATE:
            return dates(text, (*source.format, *spec.date_formats))
        case Type.TIME:
            return times(text, (*source.format, *spec.date_formats))
        case Type.NUMBER:
            return numbers(text, spec.decimal)
        case Type.INTEGER:
            return numbers(text, spec.decimal, whole=True)
        case Type.FLAG:
            return looked_up(text, own, flag_words(), ("true", "false"))
        case Type.CHOICE:
            return looked_up(text, own, choice_words(feed.name, column.name), column.choices)
        case _:
            return looked_up(text, own, {}, ())


def _extra(raw: pl.DataFrame, spec: FeedSpec, known: dict[str, str]) -> pl.Series:
    """Further evidence as one JSON object a row, without missing values; null where nothing is left."""
    found = {name: known[heading_key(item)] for name, item in spec.extra.items() if heading_key(item) in known}
    if not found:
        return _nothing(raw.height).alias("extra")
    # columns by place: a dealer's name for its evidence may read as a pattern of columns, as "*" does
    frame = pl.DataFrame(
        [present(raw[heading], "", spec.missing).alias(f"_{n}") for n, heading in enumerate(found.values())]
    )
    members = [
        pl.when(pl.col(f"_{n}").is_not_null()).then(
            pl.lit(f"{json.dumps(name, ensure_ascii=False)}:")
            + pl.struct(value=f"_{n}").struct.json_encode().str.strip_prefix('{"value":').str.strip_suffix("}")
        )
        for n, name in enumerate(found)
    ]
    body = pl.concat_str(members, separator=",", ignore_nulls=True)
    return frame.select(
        pl.when(pl.any_horizontal(pl.all().is_not_null())).then(pl.lit("{") + body + pl.lit("}")).alias("extra")
    ).to_series()
