"""Texts a slip apart: the bounds that spare a look at most pairs rule out none that counts."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA, JaroWinkler

from hub.matching import similarity
from hub.matching.similarity import distinct_pairs, may_be_near, near
from hub.matching.vocabulary import FewTexts, outlines

WORDS = st.lists(st.text("abcdeмü", min_size=1, max_size=12), min_size=2, max_size=30, unique=True)


def slip(a: str, b: str) -> bool:
    edits = OSA.distance(a, b)
    shorter = min(len(a), len(b))
    long = edits == 2 and shorter >= 8 and JaroWinkler.similarity(a, b) >= np.float32(0.9)
    return shorter > 3 and (edits <= 1 or long)


@given(WORDS, st.booleans())
def test_near_is_what_the_definition_says(words: list[str], few: bool) -> None:
    values = FewTexts(["", *words]) if few else pl.Series(["", *words])
    pairs = [(a, b) for a in range(len(words) + 1) for b in range(len(words) + 1)]
    a, b = (np.array(side, np.int32) for side in zip(*pairs, strict=True))
    texts = ["", *words]
    assert near(values, a, b).tolist() == [slip(texts[x], texts[y]) for x, y in pairs]
    assert (may_be_near(values, a, b) | ~near(values, a, b)).all()


@given(WORDS)
def test_one_edit_changes_few_bits(words: list[str]) -> None:
    bits = dict(zip(words, outlines(pl.Series(words)).tolist(), strict=True))
    for a, one in bits.items():
        for b, other in bits.items():
            if a.isascii() and b.isascii():
                assert (one ^ other).bit_count() <= 2 * OSA.distance(a, b)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1), st.sampled_from([0, 2**30]))
def test_distinct_pairs_and_their_places(pairs: list[tuple[int, int]], offset: int) -> None:
    a, b = (np.array(side, np.int64) + offset for side in zip(*pairs, strict=True))
    low, high, place = distinct_pairs(a.astype(np.int32), b.astype(np.int32))
    assert list(zip(low[place].tolist(), high[place].tolist(), strict=True)) == [
        (min(pair) + offset, max(pair) + offset) for pair in pairs
    ]
    assert len(set(zip(low.tolist(), high.tolist(), strict=True))) == len(low)


@pytest.mark.parametrize(("a", "b"), [("ivanov", "ivanow"), ("petrov", "pertov"), ("schneider", "schnaidr")])
def test_slips(a: str, b: str) -> None:
    assert near(pl.Series(["", a, b]), np.array([1]), np.array([2])).all()


def test_the_bound_is_taken_for_many_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    values = pl.Series(["", "ivanov", "ivanow", "petrov"])
    a, b = np.array([1, 1], np.int32).repeat(50), np.array([2, 3], np.int32).repeat(50)
    looked: list[int] = []
    real = similarity.gather
    monkeypatch.setattr(similarity, "gather", lambda v, codes: looked.extend(codes.tolist()) or real(v, codes))
    assert near(values, a, b).tolist() == [True] * 50 + [False] * 50
    assert looked == [1, 2], "petrov was ruled out by its letters"
