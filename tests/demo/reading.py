"""Reading the demo's files back, without the hub's own readers."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from hub.demo import DemoNetwork

DEALERS, PEOPLE, SEED = 13, 3000, 7


def read_plain(network: DemoNetwork, feed: str, night: str = "night1") -> pl.DataFrame:
    """A feed of all dealers of a plain network, as text, with the dealer's code."""
    paths = sorted((network.night1.parent / night).glob(f"*/{feed}_*.csv"))
    return pl.concat(
        pl.read_csv(path, infer_schema=False).with_columns(dealer=pl.lit(path.parent.name)) for path in paths
    )


def read_truth(path: Path) -> pl.DataFrame:
    """A table of truth with ``traps`` as a list."""
    return pl.read_csv(path, infer_schema=False).with_columns(pl.col("traps").fill_null("").str.split(" "))
