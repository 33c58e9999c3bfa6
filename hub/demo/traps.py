"""Which traps each record has: masks by name, drawn with the shares of the table."""

from __future__ import annotations

import numpy as np
import polars as pl

from hub.demo.randomness import Bools, Rng, chance
from hub.demo.shares import SHARES, share


class Traps:
    """Masks of traps over ``size`` records; names are those of `SHARES`."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._masks: dict[str, Bools] = {}

    def draw(self, rng: Rng, name: str, among: Bools | None = None, divisor: float = 1.0) -> Bools:
        """Draw the trap ``name`` among the records given, with its share ÷ ``divisor``, and mark it."""
        mask = chance(rng, self.size, share(name) / divisor)
        if among is not None:
            mask &= among
        return self.mark(name, mask)

    def mark(self, name: str, mask: Bools) -> Bools:
        """Record that the records in ``mask`` have the trap ``name``; returns the mask."""
        if name not in SHARES:
            raise KeyError(name)
        self._masks[name] = mask | self._masks[name] if name in self._masks else mask.copy()
        return mask

    def mask(self, name: str) -> Bools:
        """The records that have the trap."""
        return self._masks.get(name, np.zeros(self.size, dtype=bool))

    def column(self) -> pl.Series:
        """Names of each record's traps, joined by spaces, in the order they were drawn."""
        if not self._masks:
            return pl.Series([""] * self.size, dtype=pl.String)
        words = [
            pl.when(pl.Series(mask)).then(pl.lit(name + " ")).otherwise(pl.lit(""))
            for name, mask in self._masks.items()
        ]
        return pl.select(pl.concat_str(words).str.strip_chars_end()).to_series()
