"""Dates and times of the world to ISO text. Only what can be read one way is read without a declared
format."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from hub.intake.values import distinct

ISO_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
ISO_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([+-][0-9]{2}:[0-9]{2})?$"
_CLOCK = r"(?:[T,]?\s*(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,]\d+)?)?\s*(?P<o>Z|[+-]\d{2}:?\d{2})?)?$"
_YEAR_FIRST = r"^(?P<y>\d{4})(?:-|\.|/|年)\s?(?P<m>\d{1,2})(?:-|\.|/|月)\s?(?P<d>\d{1,2})日?" + _CLOCK
_DAY_FIRST = r"^(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})(?:\s?г\.?)?" + _CLOCK
_PACKED = r"^(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})" + _CLOCK
_SLASHED = r"^(?P<a>\d{1,2})[/-](?P<b>\d{1,2})[/-](?P<y>\d{4})" + _CLOCK
_MIDNIGHT = r"[T ]\s*0{1,2}:00(:00([.,]0+)?)?$"
_EARLIEST, _LATEST = 1000, 9999  # years; strptime would read "80" as the year 80
_PIVOT = 2030  # two-digit years mean 1930 to 2029


def dates(column: pl.Series, formats: Sequence[str] = ()) -> pl.Series:
    """Readable dates as ``YYYY-MM-DD``; a time of day behind them is dropped.

    Args:
        formats: strptime formats, tried in order before the default ones; ``excel``: days since 1899-12-30;
            ``unix``: seconds since 1970.
    """
    hard = column.to_frame().select(hard_date(pl.first(), formats)).to_series()
    return distinct(column, hard, lambda values: _read(values, formats, 10))


def times(column: pl.Series, formats: Sequence[str] = ()) -> pl.Series:
    """Readable times as ``YYYY-MM-DDTHH:MM:SS`` and the UTC offset, if one was written; a bare date is
    midnight."""
    hard = column.to_frame().select(hard_time(pl.first(), formats)).to_series()
    return distinct(column, hard, lambda values: _read(values, formats, 25))


def hard_date(text: pl.Expr, formats: Sequence[str] = ()) -> pl.Expr:
    """Where `dates` has something to read: a declared format may mean otherwise what looks like an ISO date."""
    return text.is_not_null() if formats else ~text.str.contains(ISO_DATE)


def hard_time(text: pl.Expr, formats: Sequence[str] = ()) -> pl.Expr:
    """Where `times` has something to read."""
    return text.is_not_null() if formats else ~text.str.contains(ISO_TIME)


def _read(values: pl.Series, formats: Sequence[str], length: int) -> pl.Series:
    """ISO text of distinct values, cut to ``length`` characters; null where unreadable."""
    bare = values.str.replace(_MIDNIGHT, "")
    result = pl.Series(values.name, [None] * len(values), dtype=pl.String)
    for text in formats:
        for given in (values, bare):
            result = result.zip_with(result.is_not_null(), by_format(given, text))
    if result.null_count():
        result = result.zip_with(result.is_not_null(), _by_shape(values))
    return result.str.head(length)


def by_format(values: pl.Series, text: str) -> pl.Series:
    """ISO time text of the values that ``text`` (strptime, ``excel`` or ``unix``) reads as a whole."""
    if text in ("excel", "unix"):
        return _serial(values, text)
    if "%z" in text or "%Z" in text:
        zoned = values.str.to_datetime(text, strict=False, time_unit="us", time_zone="UTC")
        return zoned.dt.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    if any(sign in text for sign in ("%H", "%I", "%T", "%R", "%s", "%c", "%r", "%X")):
        read = values.str.to_datetime(text, strict=False, time_unit="us")
    else:
        read = values.str.to_date(text, strict=False).cast(pl.Datetime("us"))
    if "%y" in text:
        read = read.zip_with(read.dt.year() < _PIVOT, read.dt.offset_by("-100y"))
    good = read.dt.year().is_between(_EARLIEST, _LATEST).fill_null(False)
    iso = read.dt.strftime("%Y-%m-%dT%H:%M:%S")
    return iso.set(~good, None)


def _serial(values: pl.Series, text: str) -> pl.Series:
    number = values.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    seconds = (number - 25569) * 86400 if text == "excel" else number
    seconds = seconds.set(~seconds.is_between(-30_000_000_000, 250_000_000_000).fill_null(False), None)
    moment = (seconds.round(0).cast(pl.Int64) * 1_000_000).cast(pl.Datetime("us"))
    return moment.dt.strftime("%Y-%m-%dT%H:%M:%S")


def _by_shape(values: pl.Series) -> pl.Series:
    """The default formats: year first; day first with points; packed; slashes where one of the numbers is
    above 12."""
    result = pl.Series(values.name, [None] * len(values), dtype=pl.String)
    for pattern in (_YEAR_FIRST, _DAY_FIRST, _PACKED, _SLASHED):
        parts = values.str.extract_groups(pattern).struct.unnest()
        if pattern is _SLASHED:
            a, b = (parts[name].cast(pl.Int64) for name in ("a", "b"))
            month_first = (b > 12) & (a <= 12)
            told = ((a > 12) & (b <= 12)) | month_first | (a == b)
            parts = parts.with_columns(
                parts["b"].zip_with(~month_first, parts["a"]).set(~told.fill_null(False), None).alias("m"),
                parts["a"].zip_with(~month_first, parts["b"]).alias("d"),
            )
        result = result.zip_with(result.is_not_null(), _iso(parts))
    return result


def _iso(parts: pl.DataFrame) -> pl.Series:
    """ISO text of the parts y, m, d, h, mi, s, o; null where they are no date."""

    def two(name: str) -> pl.Expr:
        return pl.col(name).fill_null("0").str.zfill(2)

    offset = pl.col("o").str.replace("Z", "+0000", literal=True).str.replace(":", "", literal=True)
    text = pl.concat_str(
        "y", pl.lit("-"), pl.col("m").str.zfill(2), pl.lit("-"), pl.col("d").str.zfill(2),
        pl.lit("T"), two("h"), pl.lit(":"), two("mi"), pl.lit(":"), two("s"),
    )  # fmt: skip
    real = text.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
    offset_text = pl.concat_str(offset.str.head(3), pl.lit(":"), offset.str.tail(2)).fill_null("")
    believable = real.is_not_null() & (pl.col("y").cast(pl.Int32) >= _EARLIEST)
    return parts.select(pl.when(believable).then(pl.concat_str(text, offset_text)).alias("iso")).to_series()
