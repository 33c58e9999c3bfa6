"""The believable range of each value: the trade's defaults, and what a dealer's specification says
instead."""

from __future__ import annotations

from datetime import date

import polars as pl

from hub.dealers.specification import FeedSpec
from hub.feeds import Feed

AMOUNT = ("0", "10000000000")


def default_bounds(feed: Feed, day: date) -> dict[str, tuple[str, str]]:
    """Column → lowest and highest believable value as canonical text, for an upload of business day ``day``.

    Nobody living was born before 1900; next year's models are sold this year, those after it are slips of the
    hand.
    """
    table = {
        "birth_date": ("1900-01-01", day.isoformat()),
        "model_year": ("1950", str(day.year + 2)),
        "score": ("0", "10"),
        "odometer": ("0", "3000000"),
        "price": AMOUNT,
        "amount": AMOUNT,
        "deposit": AMOUNT,
    }
    return {name: table[name] for name in feed.names if name in table}


def bounds_of(spec: FeedSpec, feed: Feed, day: date) -> dict[str, tuple[str | None, str | None]]:
    """The bounds in force: the specification's, where it has any for a column and side, else the defaults."""
    result: dict[str, tuple[str | None, str | None]] = dict(default_bounds(feed, day))
    for name, own in spec.bounds.items():
        low, high = result.get(name, (None, None))
        low, high = own.min if own.min is not None else low, own.max if own.max is not None else high
        result[name] = (_stated(low, day), _stated(high, day))
    return result


def _stated(bound: str | None, day: date) -> str | None:
    return day.isoformat() if bound == "day" else bound


def with_bounds(frame: pl.DataFrame, spec: FeedSpec, feed: Feed, day: date) -> pl.DataFrame:
    """``frame`` with the columns ``_min_<column>`` and ``_max_<column>`` that the gate compares with."""
    columns = []
    for name, (low, high) in bounds_of(spec, feed, day).items():
        columns.append(pl.lit(low, dtype=pl.String).alias(f"_min_{name}"))
        columns.append(pl.lit(high, dtype=pl.String).alias(f"_max_{name}"))
    return frame.with_columns(columns)
