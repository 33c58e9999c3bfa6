"""All of matching in one call: party records in, clusters out. Pure; no database."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.matching.ahead import map_ahead
from hub.matching.blocks import Blocks, Rows
from hub.matching.cluster import Clusters, cluster
from hub.matching.crowding import Caps
from hub.matching.frequency import shared_values, weigh_contacts
from hub.matching.glance import Glance
from hub.matching.keys import BLOCK_CAP, Keys
from hub.matching.model import Floats, Model
from hub.matching.records import Records, complete, encode
from hub.matching.score import Scorer

Progress = Callable[[str, int], None]


def _silent(step: str, count: int) -> None:
    """Nobody listens."""


def prepare(frame: pl.DataFrame, extra: tuple[str, ...] = (), own: pl.DataFrame | None = None) -> Records:
    """Encode a whole base, its common contact values weighed."""
    frame = complete(frame)
    return encode(weigh_contacts(frame, shared_values(frame, own)), extra)


def edges(
    scorer: Scorer,
    met: Keys | Blocks,
    progress: Progress = _silent,
    touched: npt.NDArray[np.bool_] | None = None,
) -> tuple[Rows, Rows, Floats]:
    """Score every candidate pair and keep those worth a look: at or above the review threshold, free of contradiction.

    Args:
        progress: told how many pairs were looked at so far; one that several blocks make counts in each.
        met: who meets whom.
        touched: as for `hub.matching.candidates.candidate_pairs`.
    """
    found: list[tuple[Rows, Rows, Floats]] = []
    seen = 0
    blocks = met if isinstance(met, Blocks) else Blocks.of(met, touched)
    work = partial(_kept, scorer, Glance(scorer), blocks, np.zeros(0, bool) if touched is None else touched)
    for count, some in map_ahead(work, blocks.stretches()):
        found.append(some)
        seen += count
        progress("score", seen)
    return distinct_edges(found)


def _kept(
    scorer: Scorer, glance: Glance, blocks: Blocks, touched: npt.NDArray[np.bool_], stretch: tuple[int, int]
) -> tuple[int, tuple[Rows, Rows, Floats]]:
    """How many pairs a stretch of blocks has, and its edges."""
    i, j, levels = glance.worth(*glance.promising(blocks, *stretch, touched))
    scores = scorer.weigh(i, j, levels)
    keep = (scores.weight >= scorer.model.review) & ~scores.forbidden
    return blocks.pairs_between(*stretch), (i[keep], j[keep], scores.weight[keep])


def distinct_edges(found: list[tuple[Rows, Rows, Floats]]) -> tuple[Rows, Rows, Floats]:
    """Join chunks of edges; a pair that several chunks found counts once."""
    if not found:
        empty = np.zeros(0, np.int64)
        return empty, empty, np.zeros(0, np.float32)
    i, j, weight = (np.concatenate(column) for column in zip(*found, strict=True))
    packed, first = np.unique(i << 32 | j, return_index=True)
    return packed >> 32, packed & 0xFFFFFFFF, weight[first]


def resolve(records: Records, model: Model, progress: Progress = _silent, within: Caps | None = None) -> Clusters:
    """Match records with each other and cluster them."""
    scorer = Scorer(model, records)
    cap = within.block if within else BLOCK_CAP
    i, j, weight = edges(scorer, Blocks.of_records(records, model.keys, cap), progress)
    progress("cluster", len(i))
    return cluster(scorer, i, j, weight, cap=within.component if within else None)
