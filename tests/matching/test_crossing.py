"""Compiled keys beside the same said with Python's own products and whole numbers."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hub.matching.crossing import Feature, count_keys, cross
from hub.matching.hashing import combine_one, mix_one

WORDS = [0, 5, 2**63 + 11, 2**64 - 1, 977]


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[int], list[list[list[int]]]]:
    """The kind of each record, and of each feature the codes of its values."""
    kinds = draw(st.lists(st.sampled_from([0, 1, 2, 255]), min_size=1, max_size=8))
    features = []
    for slots in draw(st.lists(st.integers(1, 3), min_size=1, max_size=4)):
        code = st.integers(0, len(WORDS) - 1)
        features.append([draw(st.lists(code, min_size=slots, max_size=slots)) for _ in kinds])
    return kinds, features


@given(cases(), st.integers(0, 2**32 - 1))
def test_keys_are_all_combinations(case: tuple[list[int], list[list[list[int]]]], number: int) -> None:
    kinds, codes = case
    words = np.array(WORDS, np.uint64)
    features = tuple(Feature(words, np.array(some, np.int32)) for some in codes)
    kind = np.array(kinds, np.uint8)
    expected = [
        (row, mix_one((combine_one(number, *values) + (kinds[row] == 1)) % 2**64))
        for row in range(len(kinds))
        if kinds[row] != 2
        for values in product(*([WORDS[code] for code in some[row] if code] for some in codes))
    ]
    assert count_keys(features, kind) == len(expected)
    keys, rows = np.empty(len(expected), np.uint64), np.empty(len(expected), np.int32)
    cross(number, features, kind, keys, rows)
    assert list(zip(rows.tolist(), keys.tolist(), strict=True)) == expected


def test_records_that_have_a_feature() -> None:
    words = np.array([0, 9], np.uint64)
    assert Feature(words, np.array([[0, 1], [0, 0], [1, 1]], np.int32)).records == 2
    assert Feature(words, np.array([1, 0, 0], np.int32)).records == 1
