"""From what dealers type to canonical text, column by column: missing words, choices, numbers, dates and
times.

Every function takes and gives a String series; a value it cannot read stays as it came, for the gate to
report and the normaliser to keep as textual evidence. Hard values are worked on once each, not row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache

import polars as pl

from hub.dealers.vocabulary import missing_words

CANONICAL_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"
CANONICAL_INTEGER = r"^-?(0|[1-9][0-9]*)$"
SPACES = r"[\s\x{00A0}\x{2007}\x{2009}\x{202F}'’`_]"
UNITS = r"(?i)(рублей|руб\.?|р\.|₽|rub|rur|eur|euro|€|\$|usd|¥|￥|元|cny|тг\.?|₸|kzt|км|km|公里)"


def _variants(words: Iterable[str]) -> list[str]:
    """Each word as written by hand: lower, upper and sentence case."""
    return sorted({form for word in words for form in (word.lower(), word.upper(), word.capitalize(), word.title())})


@cache
def _missing(kind: str, further: tuple[str, ...]) -> pl.Series:
    return pl.Series(_variants([*missing_words(kind), *further])).implode()


def present(text: pl.Expr, kind: str = "", extra_words: Iterable[str] = ()) -> pl.Expr:
    """A column without outer blanks, null where it says "no value".

    Args:
        text: the column, without its outer blanks.
        kind: ``name`` or ``flag`` where other words count: Nan is a given name, and «нет» an answer.
        extra_words: further words of this dealer.
    """
    return pl.when(~text.is_in(_missing(kind, tuple(extra_words)))).then(text)


def distinct(column: pl.Series, hard: pl.Series, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """``column`` with ``change`` applied to the values where ``hard`` is true, once per distinct value."""
    if not hard.any():
        return column
    values = column.filter(hard).unique()
    changed = change(values)
    table = pl.DataFrame({"raw": values, "new": changed})
    rows = column.to_frame("raw").join(table, on="raw", how="left", maintain_order="left")
    return rows.select(pl.coalesce("new", "raw").alias(column.name)).to_series()


def looked_up(
    column: pl.Series, own: Mapping[str, str], common: Mapping[str, str], canonical: Iterable[str]
) -> pl.Series:
    """Raw words to canonical values: the dealer's lookups first, then canonical values, then the trade's
    words."""
    table = dict(common) | {value: value for value in canonical} | {_key(raw): value for raw, value in own.items()}
    if not table:
        return column
    pairs = {}
    for value in column.unique().to_list():  # a handful in a file of any length
        canonical_value = table.get(_key(value)) if value is not None else None
        if canonical_value is not None and canonical_value != value:
            pairs[value] = canonical_value
    return column.replace(list(pairs), list(pairs.values())) if pairs else column


def _key(raw: str) -> str:
    return " ".join(raw.lower().split())


def numbers(column: pl.Series, decimal: str | None, whole: bool = False) -> pl.Series:
    """Numbers with a point and nothing else: «1 234 567,89 руб.» → ``1234567.89``.

    Args:
        decimal: the dealer's decimal sign. None: the sign must be told from the value alone, so ``1,234`` (a
            thousand, or one and a quarter?) stays unread.
        whole: whole numbers: ``2019.0`` → ``2019``.
    """
    hard = column.to_frame().select(hard_number(pl.first(), decimal, whole)).to_series()
    return distinct(column, hard, lambda values: _numbers(values, decimal, whole))


def hard_number(text: pl.Expr, decimal: str | None, whole: bool = False) -> pl.Expr:
    """Where `numbers` has something to read; null where nothing stands."""
    return ~text.str.contains(CANONICAL_INTEGER if whole or decimal == "," else CANONICAL_NUMBER)


def _numbers(values: pl.Series, decimal: str | None, whole: bool) -> pl.Series:
    text = values.str.replace_all(UNITS, "").str.strip_chars().str.replace(r"^(−|–)", "-").str.strip_prefix("+")
    grouped = text.str.contains(rf"^-?\d{{1,3}}({SPACES}\d{{3}})+([.,]\d*)?$")
    text = text.zip_with(~grouped, text.str.replace_all(SPACES, ""))
    read = _point(text, decimal)
    read = read.str.replace(r"^(-?)\.", "${1}0.").str.replace(r"\.$", "").str.replace(r"^(-?)0+(\d)", "${1}${2}")
    if whole:
        read = read.str.replace(r"\.0*$", "")
    good = read.str.contains(CANONICAL_INTEGER if whole else CANONICAL_NUMBER) & text.str.contains("[0-9]")
    good = good.fill_null(False)
    return read.zip_with(good, values)


def _point(text: pl.Series, decimal: str | None) -> pl.Series:
    """The number with a decimal point and without signs between thousands; null where that cannot be told."""
    rules: list[tuple[str, str, str]] = []  # pattern, sign to drop, decimal sign
    if decimal == ",":
        rules = [
            (r"^-?[1-9]\d{0,2}(\.\d{3})+(,\d*)?$", ".", ","),
            (r"^-?\d*,\d*$", "", ","),
            (r"^-?\d*\.?\d*$", "", "."),
        ]
    elif decimal == ".":
        rules = [(r"^-?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$", ",", "."), (r"^-?\d*\.?\d*$", "", ".")]
    else:
        rules = [
            (r"^-?\d*\.?\d*$", "", "."),
            (r"^-?\d{1,3}(,\d{3})+\.\d*$", ",", "."),
            (r"^-?\d{1,3}(\.\d{3})+,\d*$", ".", ","),
            (r"^-?\d{1,3}(,\d{3}){2,}$", ",", "."),
            (r"^-?\d{1,3}(\.\d{3}){2,}$", ".", ","),
            (r"^-?(\d{4,}|0)?,\d+$", "", ","),
            (r"^-?\d*,(\d{0,2}|\d{4,})$", "", ","),
        ]
    result = pl.Series(text.name, [None] * len(text), dtype=pl.String)
    for pattern, drop, sign in rules:
        read = text.str.replace_all(drop, "", literal=True) if drop else text
        read = read.str.replace(",", ".", literal=True) if sign == "," else read
        result = result.zip_with(result.is_not_null() | ~text.str.contains(pattern), read)
    return result
