"""A dealer's rows to canonical text: columns by the specification, values by their type.

Mapping decides nothing: what it cannot read stays as it came. It is idempotent: canonical text maps to
itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from hub.dealers.specification import FeedSpec, Source
from hub.dealers.vocabulary import NAMES, choice_words, flag_words
from hub.feeds import CUSTOMERS, Column, Feed, Type
from hub.intake.dates import dates, hard_date, hard_time, times
from hub.intake.values import hard_number, looked_up, numbers, present


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
    columns = [column for column in feed.columns if column.name in sources]
    texts = _gathered(raw, columns, sources, spec, known)
    hard = _hard(texts, columns, sources, spec)
    mapped = {"_row": raw["_row"]} if "_row" in raw.columns else {}
    for column in feed.columns:
        name = column.name
        if name not in texts:
            mapped[name] = _nothing(raw.height).alias(name)
        elif hard.get(name, True):
            mapped[name] = _canonical(texts[name], sources[name], column, spec, feed).alias(name)
        else:
            mapped[name] = texts[name]
    return pl.DataFrame([*mapped.values(), _extra(raw, spec, known)])


def record_numbers(raw: pl.DataFrame, spec: FeedSpec, feed: Feed = CUSTOMERS) -> pl.Series:
    """The record number of each raw row as `map_rows` finds it: trimmed, null where missing.

    ``feed`` does not matter: all feeds have a ``record_no``.
    """
    column = feed.column("record_no")
    source = spec.columns.get("record_no", Source(column=("record_no",)))
    texts = _gathered(raw, [column], {"record_no": source}, spec, _by_key(raw.columns))
    if "record_no" not in texts:
        return _nothing(raw.height).alias("record_no")
    return _canonical(texts["record_no"], source, column, spec, feed).alias("record_no")


def _nothing(height: int) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, height)


def _gathered(
    raw: pl.DataFrame, columns: Sequence[Column], sources: Mapping[str, Source], spec: FeedSpec, known: dict[str, str]
) -> dict[str, pl.Series]:
    """The raw text of canonical columns, missing words taken out, all in one pass; left out are those of whose headings
    the file has none."""
    gathered: dict[str, pl.Series] = {}
    places: dict[str, int] = {}  # a heading may read as a pattern of columns, as "*" does
    asked: list[pl.Expr] = []
    for column in columns:
        source = sources[column.name]
        if source.value is not None:
            constant = pl.Series(column.name, [source.value], dtype=pl.String)
            gathered[column.name] = constant.new_from_index(0, raw.height)
            continue
        found = [known[heading_key(name)] for name in source.column if heading_key(name) in known]
        parts = [_part(pl.col(str(places.setdefault(name, len(places)))), column, spec) for name in found]
        if len(parts) == 1:
            asked.append(parts[0].alias(column.name))
        elif parts:
            joined = pl.concat_str(parts, separator="; " if column.type is Type.LIST else " ", ignore_nulls=True)
            asked.append(pl.when(joined != "").then(joined).alias(column.name))
    if asked:
        read = pl.DataFrame([raw[name].alias(str(place)) for name, place in places.items()])
        texts = read.lazy().with_columns(pl.all().str.strip_chars()).select(asked).collect()
        gathered |= {text.name: text for text in texts}
    return gathered


def _part(text: pl.Expr, column: Column, spec: FeedSpec) -> pl.Expr:
    """What one heading holds for a column; a word that the dealer translates is not missing."""
    kind = "flag" if column.type is Type.FLAG else "name" if column.name in NAMES else ""
    there = present(text, kind, spec.missing)
    if column.name not in spec.lookups:
        return there
    kept = sorted({word.strip().lower() for word in spec.lookups[column.name]})
    return pl.when(text.str.to_lowercase().is_in(kept)).then(text).otherwise(there)


def _hard(
    texts: Mapping[str, pl.Series], columns: Sequence[Column], sources: Mapping[str, Source], spec: FeedSpec
) -> dict[str, bool]:
    """Whether a column of dates or numbers has values that are not canonical as they stand; all such columns in one pass."""
    asked = []
    for column in columns:
        text, formats = pl.col(column.name), (*sources[column.name].format, *spec.date_formats)
        if column.name not in texts:
            continue
        match column.type:
            case Type.DATE:
                asked.append(hard_date(text, formats))
            case Type.TIME:
                asked.append(hard_time(text, formats))
            case Type.NUMBER | Type.INTEGER:
                asked.append(hard_number(text, spec.decimal, column.type is Type.INTEGER))
    if not asked:
        return {}
    return pl.DataFrame(list(texts.values())).select(one.any() for one in asked).row(0, named=True)


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
    frame = pl.DataFrame([raw[heading].alias(f"_{n}") for n, heading in enumerate(found.values())])
    frame = frame.select(present(pl.all().str.strip_chars(), "", spec.missing))
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
