"""Birth dates: from canonical text to dates, placeholders dropped."""

from __future__ import annotations

import polars as pl

# What programs and people write for "unknown". 1970-01-01 stays: people were born on it.
PLACEHOLDERS = (
    "1900-01-01",
    "1901-01-01",
    "1899-12-30",
    "1899-12-31",
    "1900-01-02",
    "1753-01-01",
    "0001-01-01",
    "1111-11-11",
    "1800-01-01",
    "1910-01-01",
    "9999-12-31",
    "2099-12-31",
    "1980-00-00",
    "1600-01-01",
    "1601-01-01",
)


def birth_date(text: pl.Expr) -> pl.Expr:
    """The date in ISO text (a time after it is cut off); null for placeholders and what is no date."""
    day = text.str.strip_chars().str.slice(0, 10)
    return pl.when(~day.is_in(PLACEHOLDERS)).then(day.str.to_date("%Y-%m-%d", strict=False))


def unread_birth_date(text: pl.Expr) -> pl.Expr:
    """The text of a birth date that is neither a date nor a placeholder, kept as textual evidence; else null."""
    day = text.str.strip_chars()
    start = day.str.slice(0, 10)
    readable = start.is_in(PLACEHOLDERS) | start.str.to_date("%Y-%m-%d", strict=False).is_not_null()
    return pl.when(~readable & day.str.contains(r"\d")).then(day)
