"""When a dealer may hold whose prospects: its time in the network, and its franchises by brand and purpose.

A dealer holds nothing while it is not in the network. Of a brand that the registry gives franchises for, a dealer that is
registered with franchises holds only what they say. A dealer without any is not limited by brand, and neither is anybody in
brands of which nobody has a franchise (a used car of another make). Days are those of UTC, both included.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl

from hub.dealers.franchises import PURPOSES
from hub.prospects.events import NEVER

ACTIVE = {"dealer": pl.String, "from": pl.Int64, "to": pl.Int64}
FRANCHISES = {"dealer": pl.String, "brand": pl.String, "purpose": pl.String, "from": pl.Int64, "to": pl.Int64}
OF_FRANCHISE = ("protected_claim", "last_seller", "allocation", "only_claim", "territory")
# the customer's word, a contract and head office's ruling stand whatever the franchise

Span = tuple[int, int]


@dataclass(frozen=True)
class Dealer:
    """What the registry says of a dealer.

    Attributes:
        franchises: (brand, purpose or None for all, first day, last day) each; brands lower-case.
    """

    code: str
    active_from: date | None = None
    active_until: date | None = None
    franchises: Sequence[tuple[str, str | None, date | None, date | None]] = ()


@dataclass(frozen=True)
class Rights:
    """Times as columns, microseconds, ``to`` excluded.

    Attributes:
        active: of the dealers whose time in the network has a beginning or an end.
        franchises: of the dealers that have any, spans of one prospect kind that do not overlap.
        bound: these dealers.
        brands: of which somebody has a franchise.
    """

    active: pl.DataFrame
    franchises: pl.DataFrame
    bound: frozenset[str]
    brands: frozenset[str]

    @classmethod
    def of(cls, dealers: Iterable[Dealer]) -> Rights:
        """The rights by a registry."""
        known = sorted(dealers, key=lambda dealer: dealer.code)
        active = [(d.code, *_span(d.active_from, d.active_until)) for d in known if d.active_from or d.active_until]
        rows = [
            (dealer.code, brand, purpose, *span)
            for dealer in known
            for brand in sorted({right[0] for right in dealer.franchises})
            for purpose in PURPOSES
            for span in _joined(
                _span(*days) for b, p, *days in dealer.franchises if b == brand and p in (None, purpose)
            )
        ]
        return cls(
            pl.DataFrame(active, ACTIVE, orient="row"),
            pl.DataFrame(rows, FRANCHISES, orient="row"),
            frozenset(dealer.code for dealer in known if dealer.franchises),
            frozenset(right[0] for dealer in known for right in dealer.franchises),
        )

    def within(self, grounds: pl.DataFrame) -> pl.DataFrame:
        """The grounds (schema `hub.prospects.grounds.GROUNDS`) in the time in which their dealers may hold the prospect."""
        if not self.active.is_empty():
            grounds = _clipped(grounds.join(self.active, on="dealer", how="left"), grounds.columns)
        if self.franchises.is_empty():
            return grounds
        concerned = (
            pl.col("rule").is_in(OF_FRANCHISE)
            & pl.col("dealer").is_in(sorted(self.bound)).fill_null(False)
            & pl.col("brand").is_in(sorted(self.brands))
        )
        held = grounds.filter(concerned).join(self.franchises, on=["dealer", "brand", "purpose"])
        return pl.concat([grounds.filter(~concerned), _clipped(held, grounds.columns)])


UNLIMITED = Rights.of(())


def _clipped(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    cut = frame.with_columns(
        since=pl.max_horizontal("since", pl.col("from").fill_null(-NEVER)),
        until=pl.min_horizontal("until", pl.col("to").fill_null(NEVER)),
    )
    return cut.filter(pl.col("since") < pl.col("until")).select(columns)


def _span(first: Any, last: Any) -> Span:
    return -NEVER if first is None else _micro(first), NEVER if last is None else _micro(last + timedelta(days=1))


def _micro(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp()) * 1_000_000


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The same time without overlaps."""
    found: list[Span] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], until)
        elif since < until:
            found.append((since, until))
    return found
