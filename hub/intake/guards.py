"""Whether a readable file can be believed: its day, volume, columns, letters, share of bad rows.

Pure functions of counts, headings and samples. A finding that holds keeps the file for a person to release or reject;
one that does not is a warning on the receipt. No reason quotes a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

import polars as pl

from hub.dealers.specification import FeedSpec
from hub.dealers.vocabulary import NAMES
from hub.feeds import Column, Feed, Type
from hub.intake.letters import lost, misread
from hub.intake.mapping import SchemaReport, heading_key, report
from hub.intake.readers.base import CUT_OFF

RECENT = 7  # earlier files that say what is usual
_LOCAL_TIME = len("2026-11-20T12:00:00")  # without the offset from UTC
MOST_AHEAD = 31  # days by which a file's business day may lie ahead of its receipt and of the files before it
ENOUGH = 20  # values of a column from which its content can be told
FEWEST_MISREAD = 5
LETTER_COLUMNS = (*NAMES, "address", "city", "region")


@dataclass(frozen=True)
class Finding:
    """What a guard objects to.

    Attributes:
        code: ``volume``, ``schema``, ``letters``, ``bad_rows``, ``cut``, ``day``.
        reason: what is wrong and the cure, for the dealer; no personal data.
        holds: True: the file waits for a person; False: a warning.
    """

    code: str
    reason: str
    holds: bool = True


def volume(previous: Sequence[int], rows: int, spec: FeedSpec, least: int = 0) -> Finding | None:
    """A full feed of far fewer or more rows than usual; the usual is the median of the last `RECENT` full snapshots.

    Args:
        previous: rows of the earlier accepted full snapshots, oldest first; empty for a first file, which passes.
        rows: rows of this snapshot.
        least: rows of the largest file of changes before it. It counts where no full snapshot says what is usual: who
            sends so many changes has at least as many records.
    """
    guards = spec.guards
    if not guards.volume:
        return None
    if not previous:
        if rows >= least * (1 - guards.shrink):
            return None
        return Finding(
            "volume",
            f"A full file of {rows:,} rows where one file of changes held {least:,}. If it holds changes only, its name "
            "(delta) or the specification must say so; if the dealer has really fewer records, release it.",
        )
    usual = median(previous[-RECENT:])
    if usual * (1 - guards.shrink) <= rows <= usual * (1 + guards.grow):
        return None
    if usual == 0 and rows:
        return None  # a dealer that had nothing so far begins
    change = f"{rows / usual - 1:+.0%}"
    cure = (
        "If the export was cut or filtered, send it again whole; if the dealer has really fewer records, release it."
        if rows < usual
        else "If the export holds something else or everything twice, correct it; if it is right, release it."
    )
    return Finding("volume", f"{rows:,} rows where about {usual:,.0f} are usual ({change}). {cure}")


def day(business: date, received: date, earlier: Sequence[date]) -> Finding | None:
    """A business day far ahead of the file's receipt and of all that came before: a slip in its name. If the file counted, all
    that the dealer sends before that day would be history, and its records would stay as they are for months or years.

    Args:
        business: the day in the file's name.
        received: when it came.
        earlier: business days of the accepted files before it; a first file passes, since nothing says what is usual.
    """
    ahead = (business - max(received, *earlier)).days if earlier else 0
    if ahead <= MOST_AHEAD:
        return None
    return Finding(
        "day",
        f"Its name says {business.isoformat()}, {ahead:,} days ahead: a slip, it seems. While it counted, nothing that the "
        "dealer sends before that day would change anything. Reject it, and let the dealer send it again with the right day in "
        "its name.",
    )


def bad_rows(bad: int, rows: int, spec: FeedSpec) -> Finding | None:
    """Too large a share of rows that cannot be parsed or were set aside whole."""
    if not rows or bad <= spec.guards.bad_rows * rows:
        return None
    return Finding(
        "bad_rows",
        f"{bad:,} of {rows:,} rows are bad ({bad / rows:.0%}; {spec.guards.bad_rows:.0%} may be). The rejects file says "
        "why, row by row; correct the export or the specification and send the file again.",
    )


def cut(reasons: Iterable[str], spec: FeedSpec) -> Finding | None:
    """A file that breaks off within its last row; ``reasons`` are those of its unparseable rows."""
    if not spec.guards.cut or CUT_OFF not in reasons:
        return None
    return Finding(
        "cut",
        "The file breaks off within its last row, without a line end: it was cut on its way, or while it was written. "
        "Send it again whole.",
    )


def schema(schema_report: SchemaReport, rows: int) -> Finding | None:
    """A file whose rows cannot be told apart, or that is none of this feed's: no heading of it is known."""
    if schema_report.has_record_no or not (rows or schema_report.added):
        return None
    return Finding(
        "schema",
        "No column is mapped to record_no, so the rows cannot be told apart. Name the dealer's key in the specification: "
        "columns: {record_no: HEADING}.",
    )


def drift(previous: Sequence[str] | None, columns: Sequence[str], spec: FeedSpec, feed: Feed) -> list[Finding]:
    """Headings that came or went since the last accepted file.

    Args:
        previous: headings of the last accepted file; None for the first one, where headings that the specification
            names and the file lacks are a warning only (a base may name more than each dealer exports).
        columns: headings of this file.
    """
    now = report(columns, spec, feed)
    found = []
    keys = {heading_key(column) for column in columns}
    if previous is None:
        if now.missing:
            found.append(Finding("schema", _missing(now.missing), holds=False))
        added = now.added
    else:
        used = {heading for headings in report(previous, spec, feed).mapped.values() for heading in headings}
        used |= {heading for heading in previous if heading_key(heading) in map(heading_key, spec.extra.values())}
        dropped = [heading for heading in previous if heading_key(heading) not in keys]
        if lost := [heading for heading in dropped if heading in used]:
            found.append(Finding("schema", _dropped(lost)))
        if idle := [heading for heading in dropped if heading not in used]:
            found.append(Finding("schema", f"Columns gone that were not read: {_listed(idle)}.", holds=False))
        before = {heading_key(heading) for heading in previous}
        added = tuple(column for column in now.added if heading_key(column) not in before)
    if added:
        found.append(
            Finding(
                "schema",
                f"New columns that nothing reads: {_listed(added)}. Map them, or list them under extra: or ignore:.",
                holds=False,
            )
        )
    return found


def _missing(headings: Iterable[str]) -> str:
    return (
        f"The specification names columns that the file lacks: {_listed(headings)}. "
        "Correct the specification, or add them to the export."
    )


def _dropped(headings: Iterable[str]) -> str:
    return (
        f"Columns that were read until now are gone: {_listed(headings)}. Put them back into the export; if they were "
        "renamed, correct the specification; if they are gone for good, release the file."
    )


def _listed(headings: Iterable[str], most: int = 10) -> str:
    names = [f"«{name[:60]}»" for name in headings]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


# ---------------------------------------------------------------- content

PATTERNS: dict[str, str] = {
    "email": r"[^\s@]+@[^\s@]+\.[^\s@]+",
    "date": r"^\d{4}-\d{2}-\d{2}(T[\d:]{8}.*)?$",
    "vin": r"^(?i)[A-HJ-NPR-Z0-9АВЕКМНОРСТУХ]{17}$",
    "phone": r"^[+(]?[78]?[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}\b|^\+\d[\d\s()-]{8,16}\b|^[78]?9\d{9}\b",
    "number": r"^-?\d+([.,]\d+)?$",
    "word": r"^[^\d@]*\p{L}[^\d@]*$",
}
"""What a value looks like; the first that fits counts."""

EXPECTED: dict[str, tuple[str, ...]] = {
    "emails": ("email",), "phones": ("phone", "number"), "vin": ("vin",), "trade_in_vin": ("vin",),
    "last_name": ("word",), "first_name": ("word",), "middle_name": ("word",), "full_name": ("word",), "city": ("word",),
    "tax_id": ("number", "phone"), "postcode": ("number", "phone"),
}  # fmt: skip
BY_TYPE = {
    Type.DATE: ("date",), Type.TIME: ("date",), Type.NUMBER: ("number", "phone"), Type.INTEGER: ("number", "phone"),
}  # fmt: skip


def looks(sample: pl.DataFrame) -> dict[str, str]:
    """What at least 80 % of a column's values look like, by column; left out are mixtures and fewer than `ENOUGH` values."""
    told = [column for column in sample if len(column) - column.null_count() >= ENOUGH]
    if not told:
        return {}
    values = pl.DataFrame(told).unpivot(variable_name="column").drop_nulls("value")
    fits = [pl.when(pl.col("value").str.contains(pattern)).then(pl.lit(kind)) for kind, pattern in PATTERNS.items()]
    counts = values.group_by("column", pl.coalesce(fits).alias("kind")).len()
    known = pl.col("len").sum().over("column")
    clear = counts.filter((known >= ENOUGH) & (pl.col("len") >= 0.8 * known)).drop_nulls("kind")
    return dict(clear.select("column", "kind").iter_rows())


def content(sample: pl.DataFrame, feed: Feed) -> list[Finding]:
    """Columns that hold something else than their name says, two of them perhaps exchanged.

    Args:
        sample: canonical text (`hub.intake.mapping.map_rows`) of some rows.
    """
    wants = {
        column.name: wanted
        for column in feed.columns
        if (wanted := BY_TYPE.get(column.type) or EXPECTED.get(column.name)) and column.name in sample.columns
    }
    found = looks(sample.select(list(wants)))
    odd = {name: found[name] for name in wants if name in found and found[name] not in wants[name]}
    findings = []
    for name, kind in odd.items():
        other = next((each for each in odd if each != name and kind in wants[each] and odd[each] in wants[name]), None)
        if other is not None:
            if name < other:
                findings.append(Finding("schema", _exchanged(name, other)))
        else:
            findings.append(
                Finding(
                    "schema", f"Column {name} holds values that look like a {kind}. Correct its heading or mapping."
                )
            )
    return findings


def exchanged(previous: pl.DataFrame, sample: pl.DataFrame, feed: Feed) -> list[Finding]:
    """Pairs of columns whose values changed places since an earlier file, whatever they hold.

    Both are canonical text of some rows. Most values of a column come again the next night; where they come again in
    the other column, and the other's in this one, the two were exchanged (given name and surname, say).
    """
    kinds = (Type.TEXT, Type.LIST, Type.DATE, Type.TIME)
    names = [column.name for column in feed.columns if column.type in kinds and column.name in sample.columns]
    now = {name: values for name in names if len(values := _values(sample, feed.column(name))) >= ENOUGH}
    then = {name: values for name in now if len(values := _values(previous, feed.column(name))) >= ENOUGH}
    pairs = ((a, b) for place, a in enumerate(then) for b in list(then)[place + 1 :])
    return [
        Finding("schema", _exchanged(a, b))
        for a, b in pairs
        if _overlap(now[a], then[b]) > 0.5 > 2 * _overlap(now[a], then[a]) and _overlap(now[b], then[a]) > 0.5
    ]


def retyped(previous: pl.DataFrame, sample: pl.DataFrame, feed: Feed) -> list[Finding]:
    """Dates and numbers that could be read in an earlier file, and hardly ever in this one."""
    findings = []
    for column in feed.columns:
        wanted = BY_TYPE.get(column.type)
        if wanted is None or column.name not in sample.columns or column.name not in previous.columns:
            continue
        then, now = (_share(frame[column.name], wanted) for frame in (previous, sample))
        if then is not None and now is not None and then > 0.8 and now < 0.2:
            reason = f"Column {column.name} can hardly be read any more: it is written otherwise than before."
            findings.append(
                Finding("schema", f"{reason} Correct the export, or the column's format in the specification.")
            )
    return findings


def _share(values: pl.Series, kinds: Iterable[str]) -> float | None:
    """The share of values that look like one of ``kinds``; None for fewer than `ENOUGH`."""
    if len(values) - values.null_count() < ENOUGH:
        return None
    known = values.drop_nulls()
    return int(known.str.contains("|".join(PATTERNS[kind] for kind in kinds)).sum()) / len(known)


def _values(frame: pl.DataFrame, column: Column) -> set[str]:
    if column.name not in frame.columns:
        return set()
    values = set(frame[column.name].to_list()) - {None}
    return {value[:_LOCAL_TIME] for value in values} if column.type is Type.TIME else values


def _overlap(now: set[str], then: set[str]) -> float:
    return len(now & then) / len(now)


def _exchanged(a: str, b: str) -> str:
    return f"Columns {a} and {b} have exchanged their contents. Correct the export, or the mapping of both."


# ---------------------------------------------------------------- letters


def letters(sample: pl.DataFrame, spec: FeedSpec, columns: Sequence[str] = LETTER_COLUMNS) -> Finding | None:
    """Names and places whose letters a wrong character encoding has made.

    Args:
        sample: canonical text of some hundreds of rows or more, from anywhere in the file.
    """
    named = [name for name in columns if name in sample.columns]
    gone, known = lost(pl.concat([sample[name] for name in named])) if named else (0, 0)
    if gone >= FEWEST_MISREAD and gone > spec.guards.letters * known:
        return Finding(
            "letters",
            f"{gone:,} of {known:,} names hold question marks in place of letters. The export lost them: write it in "
            "an encoding that holds them (utf-8, cp1251), and send it again.",
        )
    counts: Mapping[str, tuple[int, int]] = {name: misread(sample[name]) for name in named}
    bad = sum(count for count, _ in counts.values())
    beyond = sum(total for _, total in counts.values())
    if bad < FEWEST_MISREAD or bad <= spec.guards.letters * beyond:
        return None
    worst = max(counts, key=lambda name: counts[name][0])
    return Finding(
        "letters",
        f"{bad:,} of {beyond:,} names look wrongly decoded, most of them in {worst}. The file was read as "
        f"{spec.encoding or 'utf-8'}; declare its true encoding in the specification (cp1251, cp866, koi8-r, utf-8), or "
        "repair the export.",
    )
