"""Seeded random streams, one per purpose, so that a change in one part of the demo leaves the others as they were."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]
Days = NDArray[Any]  # of datetime64 in some unit
Rng = np.random.Generator


def stream(seed: int, purpose: str) -> Rng:
    """A generator that depends on the seed and the purpose only."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(purpose.encode())])))


def chance(rng: Rng, size: int, probability: float) -> Bools:
    """A mask in which each place is true with ``probability``."""
    return rng.random(size) < probability


def texts(values: Any) -> Texts:
    """An object array of strings (``None`` = missing) from any sequence."""
    array: Texts = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def weighted(rng: Rng, weights: NDArray[np.float64], size: int) -> Ints:
    """Indices drawn with ``weights`` (need not add up to one)."""
    bounds: NDArray[np.float64] = np.cumsum(weights)
    drawn: Ints = np.searchsorted(bounds, rng.random(size) * bounds[-1], side="right").astype(np.int64)
    return drawn


def distinct(rng: Rng, low: int, high: int, size: int) -> Ints:
    """``size`` different integers from [low, high), in random order."""
    values = np.unique(rng.integers(low, high, size + 1000))
    while len(values) < size:
        values = np.unique(np.concatenate([values, rng.integers(low, high, size)]))
    shuffled: Ints = rng.permutation(values)[:size].astype(np.int64)
    return shuffled


def choose(mask: Any, chosen: Any, other: Any = None) -> Texts:
    """Texts: ``chosen`` where the mask is true, else ``other``; each an array, one text, or ``None``."""
    result: Texts = np.where(mask, chosen, other).astype(object)
    return result
