"""Birth dates: from canonical text to dates, placeholders dropped."""

from __future__ import annotations

import re
from datetime import date

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


_SHAPE = r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}$"


def parse_birth_date(text: str) -> date | None:
    """The date in ISO text (a time after it is cut off); None for placeholders and what is no date."""
    day = text[:10]
    if day in PLACEHOLDERS or not re.fullmatch(_SHAPE, day):
        return None
    try:
        return date.fromisoformat(day)
    except ValueError:
        return None


def unread_birth_date(text: str) -> str | None:
    """The text of a birth date that is neither a date nor a placeholder, kept as textual evidence; else None."""
    if parse_birth_date(text) or text[:10] in PLACEHOLDERS or not re.search("[0-9]", text):
        return None
    return text


def birth_dates(text: pl.Expr) -> pl.Expr:
    """`parse_birth_date` over a column."""
    day = text.str.slice(0, 10)
    readable = day.str.contains(_SHAPE) & ~day.is_in(PLACEHOLDERS)
    return pl.when(readable).then(day).str.to_date("%Y-%m-%d", strict=False)


def unread_birth_dates(text: pl.Expr) -> pl.Expr:
    """`unread_birth_date` over a column."""
    unread = birth_dates(text).is_null() & ~text.str.slice(0, 10).is_in(PLACEHOLDERS) & text.str.contains("[0-9]")
    return pl.when(unread).then(text)
