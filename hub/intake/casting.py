"""Canonical text that has passed the gate to typed columns, ready for COPY."""

from __future__ import annotations

import polars as pl

from hub.feeds import Feed, Type
from hub.intake.dates import ISO_TIME


def cast_rows(frame: pl.DataFrame, feed: Feed, zone: str) -> pl.DataFrame:
    """Typed columns of canonical text; naive times are read in ``zone``.

    Dates become Date, times Datetime in UTC, numbers Float64, whole numbers Int64, flags Boolean; all else
    stays text. A time that the clocks' change skips is an hour later; one that it repeats is the earlier one.
    Text that is not canonical (the gate nulls it before) becomes null. Columns that the feed does not know
    pass unchanged.
    """
    return frame.with_columns(
        _typed(pl.col(column.name), column.type, zone) for column in feed.columns if column.name in frame.columns
    )


def _typed(text: pl.Expr, kind: Type, zone: str) -> pl.Expr:
    match kind:
        case Type.DATE:
            return text.str.to_date("%Y-%m-%d", strict=False)
        case Type.TIME:
            return _moment(text, zone)
        case Type.NUMBER:
            return text.cast(pl.Float64, strict=False)
        case Type.INTEGER:
            return text.cast(pl.Int64, strict=False)
        case Type.FLAG:
            return text.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
        case _:
            return text


def _moment(text: pl.Expr, zone: str) -> pl.Expr:
    """A moment in UTC, from local time in ``zone`` or from time with its own offset."""
    good = text.str.contains(ISO_TIME)
    naive = text.str.head(19).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
    offset = text.str.slice(19)
    minutes = offset.str.slice(1, 2).cast(pl.Int64, strict=False) * 60
    minutes = minutes + offset.str.slice(4, 2).cast(pl.Int64, strict=False)
    east = pl.when(offset.str.starts_with("-")).then(-minutes).otherwise(minutes)
    stated = (naive - pl.duration(minutes=east)).dt.replace_time_zone("UTC")
    return pl.when(good).then(
        pl.when(offset == "")
        .then(pl.coalesce(_local(naive, zone), _local(naive.dt.offset_by("1h"), zone)))
        .otherwise(stated)
    )


def _local(naive: pl.Expr, zone: str) -> pl.Expr:
    return naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
