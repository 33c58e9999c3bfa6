"""String similarity for pairs of dictionary codes: computed once for each distinct pair, by rapidfuzz in C."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.fuzz import token_set_ratio

from hub.matching.records import Ints
from hub.matching.vocabulary import Values, gather, lengths

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]


def distinct_pairs(a: Ints, b: Ints) -> tuple[Ints, Ints, npt.NDArray[np.int64]]:
    """Distinct unordered pairs of codes, and for each input pair its place among them."""
    low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b).astype(np.int64)
    packed, place = np.unique(low << 32 | high, return_inverse=True)
    return (packed >> 32).astype(np.int32), (packed & 0xFFFFFFFF).astype(np.int32), place


def near(values: Values, a: Ints, b: Ints) -> Bools:
    """Whether two different texts are a slip apart: one edit, or two in long texts, or a long common beginning.

    Edits are those of optimal string alignment (a swap of neighbours is one edit). Texts of three letters or fewer are
    never a slip apart: Ли and Ле are two names.
    """
    if len(a) == 0:
        return np.zeros(0, bool)
    low, high, place = distinct_pairs(a, b)
    length = lengths(values)
    shorter = np.minimum(length[low], length[high])
    plausible = (shorter > 3) & (np.abs(length[low] - length[high]) <= 2)
    result = np.zeros(len(low), bool)
    if plausible.any():
        left, right = gather(values, low[plausible]), gather(values, high[plausible])
        edits = process.cpdist(left, right, scorer=OSA.distance, score_cutoff=2, dtype=np.uint8)
        start = process.cpdist(left, right, scorer=JaroWinkler.similarity, dtype=np.float32)
        result[plausible] = (edits <= 1) | ((edits <= 2) & (shorter[plausible] >= 8) & (start >= 0.9))
    return result[place]


def scores(scorer: Callable[..., Any], values: Values, a: Ints, b: Ints) -> Floats:
    """A rapidfuzz scorer's value for each pair of codes."""
    if len(a) == 0:
        return np.zeros(0, np.float32)
    low, high, place = distinct_pairs(a, b)
    found = process.cpdist(gather(values, low), gather(values, high), scorer=scorer, dtype=np.float32)
    result: Floats = found[place]
    return result


def tokens_alike(values: Values, a: Ints, b: Ints) -> Floats:
    """Share (0–100) of the tokens that two texts have in common, order ignored (rapidfuzz ``token_set_ratio``)."""
    return scores(token_set_ratio, values, a, b)
