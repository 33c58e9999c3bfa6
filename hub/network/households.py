"""Households: people of one surname root who share a phone or a flat. A relation between parties, never a merge."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

COMMON = 8  # a phone or flat of more people than this is a switchboard, a hostel or a stand-in, and no evidence

KEYS = {"golden": pl.Int64, "key": pl.Int64, "value": pl.Int64}
HOUSEHOLDS = {"golden": pl.Int64, "household": pl.Int64}


def households(keys: pl.DataFrame, holders: pl.DataFrame) -> pl.DataFrame:
    """Who lives with whom: schema `HOUSEHOLDS`, people who live with somebody alone; a household bears its smallest number.

    Args:
        keys: schema `KEYS`: what each person may share, hashed with the surname root (``key``) and without (``value``).
        holders: ``value`` and how many people of the whole base hold it (``size``).
    """
    scarce = holders.filter(pl.col("size") <= COMMON).select("value")
    links = keys.join(scarce, on="value", how="semi").select("golden", "key").unique()
    links = links.filter(pl.len().over("key") > 1).sort("golden", "key")
    if links.is_empty():
        return pl.DataFrame(schema=HOUSEHOLDS)
    people, person = np.unique(links["golden"].to_numpy(), return_inverse=True)
    _, shared = np.unique(links["key"].to_numpy(), return_inverse=True)
    size = len(people) + int(shared.max()) + 1
    graph = coo_matrix((np.ones(len(person), np.int8), (person, len(people) + shared)), (size, size))
    _, label = connected_components(graph, directed=False)
    found = pl.DataFrame({"golden": people, "label": label[: len(people)]})
    return found.with_columns(household=pl.col("golden").min().over("label")).select(list(HOUSEHOLDS))
