"""Texts compared by compiled loops: to the bit what rapidfuzz says of them."""

from __future__ import annotations

import random

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import JaroWinkler

from hub.matching import glances, similarity
from hub.matching.vocabulary import letters

EDITS = 4
WORD = st.one_of(st.text("abc", min_size=1, max_size=12), st.text("abcdef.@1", min_size=8, max_size=64))


def edited(word: str, chance: random.Random) -> str:
    """The word after up to `EDITS` edits, most of them near its ends."""
    for _ in range(chance.randrange(EDITS + 1)):
        place = chance.choice([0, 1, len(word) - 1, len(word), chance.randrange(len(word) + 1)])
        begin, rest = word[: max(place, 0)], word[max(place, 0) :]
        kind = chance.randrange(4)
        if kind == 0:
            rest = chance.choice("abcd") + rest
        elif kind == 1:
            rest = rest[1:]
        elif kind == 2:
            rest = chance.choice("abcd") + rest[1:]
        else:
            rest = rest[1::-1] + rest[2:]
        word = begin + rest or "a"
    return word[:64]


@settings(max_examples=300)
@given(st.lists(st.tuples(WORD, WORD), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_texts_are_compared_as_rapidfuzz_does(words: list[tuple[str, str]], chance: random.Random) -> None:
    texts = [text for one, other in words for text in (one, other, edited(one, chance), edited(one, chance))]
    held = letters(pl.Series(texts))
    for a in range(len(texts)):
        for b in range(a - a % 4, len(texts), 3):
            one, other = texts[a], texts[b]
            assert glances.likeness(*held, a, b) == JaroWinkler.similarity(one, other), (one, other)
            if one != other and min(len(one), len(other)) > 3:
                assert glances.is_slip(*held, a, b) == similarity.is_slip(one, other), (one, other)


def test_a_text_is_where_its_bytes_are() -> None:
    data, ends = letters(pl.Series(["", "anna", "", "jo"])[1:])
    assert bytes(data[ends[0] : ends[1]]) == b"anna"
    assert np.diff(ends).tolist() == [4, 0, 2]
