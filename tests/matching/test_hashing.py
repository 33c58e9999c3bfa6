"""Hashes are stored: their values may never change, and the vector form equals the scalar one."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from hub.matching.hashing import combine, hash_text, hash_texts


def test_known_values_never_change() -> None:
    hashed = hash_texts(pl.Series(["ivanov", "иванов", "", None]))
    assert hashed.tolist() == [KNOWN["ivanov"], KNOWN["иванов"], 0, 0]


KNOWN = {"ivanov": 10590710688369820883, "иванов": 1332341262595037802}


@given(st.lists(st.one_of(st.none(), st.text(max_size=300)), max_size=20))
def test_vector_form_equals_scalar_form(texts: list[str | None]) -> None:
    texts = [t if t is None else t.encode("utf-8", "ignore").decode() for t in texts]
    expected = [hash_text(text) for text in texts]
    assert hash_texts(pl.Series(texts * 70, dtype=pl.String)).tolist() == expected * 70


def test_a_key_needs_all_its_parts() -> None:
    a = np.array([1, 0, 5], np.uint64)
    b = np.array([2, 2, 0], np.uint64)
    key = combine(3, a, b)
    assert key[0] != 0
    assert key[1] == key[2] == 0
    assert combine(4, a, b)[0] != key[0]
    assert combine(3, b, a)[0] != key[0]
