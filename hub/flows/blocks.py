"""The blocks of records whose keys change, as they will be: told before the index is written, so that nobody waits for it."""

from __future__ import annotations

import polars as pl
from sqlalchemy import Connection

from hub.flows.beside import both
from hub.store import block_keys

_PAIR = ["key", "rid"]
_MANY = 10_000  # keys from which on two connections read half of them each


class Blocks:
    """Who stands under which key once the keys of the changed records are exchanged.

    Args:
        former, present: ``key`` and ``rid`` of the changed records, as stored and as they are now.
        cap: records of a block that still makes pairs.
        reader: a second connection to read with, if there is one.

    Attributes:
        gone, come: the keys to be taken away and to be added, as ``former`` and ``present``.
        small: ``key`` and ``rid`` of the blocks read so far that are not far beyond the cap.
    """

    def __init__(
        self, conn: Connection, former: pl.DataFrame, present: pl.DataFrame, cap: int, reader: Connection | None = None
    ) -> None:
        self.conn, self.cap, self._reader = conn, cap, reader
        self.gone = former.join(present, on=_PAIR, how="anti")
        self.come = present.join(former, on=_PAIR, how="anti")
        self.small = pl.DataFrame(schema={"key": pl.Int64, "rid": pl.Int64})
        self._large = pl.Series("key", [], pl.Int64)
        self._before = pl.DataFrame(schema={"key": pl.Int64, "before": pl.UInt32})
        # a block with more stored records than that is beyond the cap before and after
        self._most = cap + int(self.gone.group_by("key").len()["len"].max() or 0)  # type: ignore[arg-type]

    def read(self, keys: pl.Series) -> None:
        """Read the blocks of these keys, unless they have been."""
        known = pl.concat([self._before["key"], self._large])
        keys = keys.unique()
        keys = keys.filter(~keys.is_in(known.implode()))
        stored, large = self._stored(keys)
        sizes = stored.group_by("key").agg(before=pl.len())
        asked = keys.filter(~keys.is_in(large.implode())).to_frame("key").join(sizes, on="key", how="left")
        self._large = pl.concat([self._large, large])
        self._before = pl.concat([self._before, asked.with_columns(pl.col("before").fill_null(0))])
        self.small = pl.concat([self.small, self._exchanged(stored, asked["key"])])

    def crossed(self) -> pl.Series:
        """The records of the blocks read that grew past the cap, or shrank under it."""
        sizes = self._before.join(self._sizes(), on="key", how="left").fill_null(0)
        crossed = sizes.filter((pl.col("before") > self.cap) != (pl.col("now") > self.cap))["key"]
        return self.small.filter(pl.col("key").is_in(crossed.implode()))["rid"]

    def crowded(self, values: pl.DataFrame, fewest: int) -> pl.DataFrame:
        """Of contact values with their keys (``field``, ``value``, ``key``) those that at least so many records hold."""
        size = pl.when(pl.col("key").is_in(self._large.implode())).then(fewest).otherwise(pl.col("now").fill_null(0))
        return (
            values.join(self._sizes(), on="key", how="left")
            .with_columns(size=size)
            .filter(pl.col("size").sum().over("field", "value") >= fewest)
            .select(values.columns)
        )

    def holders(self, keys: pl.Series) -> pl.Series:
        """All records under keys whose blocks were read, however large."""
        large = keys.filter(keys.is_in(self._large.implode())).unique()
        small = self.small.filter(pl.col("key").is_in(keys.implode()))["rid"]
        if large.is_empty():
            return small.unique()
        found = self._exchanged(block_keys.holders_of(self.conn, large), large)
        return pl.concat([small, found["rid"]]).unique()

    def usable(self, keys: pl.Series) -> pl.DataFrame:
        """``key`` and ``rid`` of these keys' blocks that make pairs."""
        meeting = (
            self._sizes().filter(pl.col("now").is_between(2, self.cap)).join(keys.unique().to_frame("key"), on="key")
        )
        return self.small.join(meeting.select("key"), on="key", how="semi")

    def _stored(self, keys: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
        """The stored blocks of these keys, and the keys of those that are far beyond the cap."""
        if self._reader is None or len(keys) < _MANY:
            return block_keys.holders_up_to(self.conn, keys, self._most)
        reader, keys, middle = self._reader, keys.sort(), len(keys) // 2
        (some, large), (more, also_large) = both(
            lambda: block_keys.holders_up_to(reader, keys[:middle], self._most),
            lambda: block_keys.holders_up_to(self.conn, keys[middle:], self._most),
        )
        return pl.concat([some, more]), pl.concat([large, also_large])

    def _sizes(self) -> pl.DataFrame:
        return self.small.group_by("key").agg(now=pl.len())

    def _exchanged(self, stored: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
        """Stored rows of these keys as they will be."""
        come = self.come.select(_PAIR).filter(pl.col("key").is_in(keys.implode()))
        return pl.concat([stored.join(self.gone, on=_PAIR, how="anti"), come])
