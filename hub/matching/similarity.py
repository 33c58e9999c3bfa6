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
from hub.matching.vocabulary import ANY, FewTexts, Values, foreign, gather, lengths, outlines, remembered

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]


def distinct_pairs(a: Ints, b: Ints) -> tuple[Ints, Ints, npt.NDArray[np.int64]]:
    """Distinct unordered pairs of codes, and for each input pair its place among them."""
    low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b).astype(np.int64)
    packed = low << 32 | high
    width, bits = int(high.max(initial=0)).bit_length(), len(packed).bit_length()
    if 2 * width + bits > 63:
        packed, place = np.unique(packed, return_inverse=True)
        return (packed >> 32).astype(np.int32), (packed & 0xFFFFFFFF).astype(np.int32), place
    # both codes and the place fit into one number: sorting numbers is many times faster than sorting places by them
    ordered = (low << width | high) << bits | np.arange(len(packed))
    ordered.sort()
    order, ordered = ordered & ((1 << bits) - 1), ordered >> bits
    fresh = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:])
    place = np.empty(len(ordered), np.int64)
    place[order] = np.cumsum(fresh) - 1
    found = ordered[fresh]
    return (found >> width).astype(np.int32), (found & ((1 << width) - 1)).astype(np.int32), place


ALIKE = np.float32(0.9)  # Jaro-Winkler similarity of texts that are two edits apart
LONG = 8  # letters from which two edits may be a slip
FEW = 64  # pairs; below this a bound costs more than it spares


def near(values: Values, a: Ints, b: Ints) -> Bools:
    """Whether two different texts are a slip apart: one edit, or two in long texts, or a long common beginning.

    Edits are those of optimal string alignment (a swap of neighbours is one edit). Texts of three letters or fewer are
    never a slip apart: Ли and Ле are two names. Most pairs are ruled out by their lengths and by the letters they hold,
    without a look at the texts.
    """
    if isinstance(values, FewTexts) and len(a) <= FEW:
        texts = values.to_list()
        return np.array([is_slip(texts[x], texts[y]) for x, y in zip(a.tolist(), b.tolist(), strict=True)], bool)
    result = np.zeros(len(a), bool)
    if len(a) == 0:
        return result
    length = lengths(values)
    open_ = np.flatnonzero(may_be_near(values, a, b))
    if not len(open_):
        return result
    low, high, place = distinct_pairs(a[open_], b[open_])
    left, right = gather(values, low), gather(values, high)
    edits = process.cpdist(left, right, scorer=OSA.distance, score_cutoff=2, dtype=np.uint8)
    close = edits <= 1
    two = np.flatnonzero((edits == 2) & (np.minimum(length[low], length[high]) >= LONG))
    if len(two):
        left, right = [left[k] for k in two.tolist()], [right[k] for k in two.tolist()]
        close[two] = process.cpdist(left, right, scorer=JaroWinkler.similarity, dtype=np.float32) >= ALIKE
    result[open_] = close[place]
    return result


def is_slip(one: str, other: str) -> bool:
    """`near` for two texts."""
    shorter, longer = len(one), len(other)
    if shorter > longer:
        shorter, longer = longer, shorter
    if shorter <= 3 or longer - shorter > (2 if shorter >= LONG else 1):
        return False
    edits = OSA.distance(one, other, score_cutoff=2)
    if edits == 2 and shorter >= LONG:
        return bool(np.float32(JaroWinkler.similarity(one, other)) >= ALIKE)
    return edits <= 1


def may_be_near(values: Values, a: Ints, b: Ints) -> Bools:
    """Whether two texts may be `near`, told without a look at them by their lengths and the letters they hold.

    It is never wrong about those that are; and the bits that it counts spare nearly all others.
    """
    slips, held = least_slips(values), outlines(values)
    one, other, least = held[a], held[b], np.minimum(slips[a], slips[b])
    alike: Bools = np.bitwise_count(one ^ other).view(np.int8) <= least
    if foreign(values):
        alike |= (one == ANY) | (other == ANY)
    return alike & (least > 0)


@remembered
def least_slips(values: Values) -> npt.NDArray[np.int8]:
    """By how many bits of their outlines two texts may differ that are near, if neither is shorter than this one."""
    length = lengths(values)
    return np.where(length > 3, np.where(length >= LONG, 4, 2), 0).astype(np.int8)


def scores(scorer: Callable[..., Any], values: Values, a: Ints, b: Ints) -> Floats:
    """A rapidfuzz scorer's value for each pair of codes."""
    if len(a) == 0:
        return np.zeros(0, np.float32)
    if isinstance(values, FewTexts):
        return process.cpdist(gather(values, a), gather(values, b), scorer=scorer, dtype=np.float32)
    low, high, place = distinct_pairs(a, b)
    found = process.cpdist(gather(values, low), gather(values, high), scorer=scorer, dtype=np.float32)
    result: Floats = found[place]
    return result


def tokens_alike(values: Values, a: Ints, b: Ints) -> Floats:
    """Share (0–100) of the tokens that two texts have in common, order ignored (rapidfuzz ``token_set_ratio``)."""
    return scores(token_set_ratio, values, a, b)
