"""Dictionary encoding, compiled for many texts and plain for few, beside what a dictionary of Python's says."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.matching import dictionary
from hub.matching.dictionary import FEW, coded, coded_numbers

TEXTS = st.lists(st.none() | st.text(alphabet="aBä\0Ж 😀", max_size=9), min_size=1, max_size=60)


def told(columns: list[list[str | None]]) -> list[list[str]]:
    """The columns read back through the dictionary; each value stands in it once, the empty one first."""
    series = [pl.Series("x", column, pl.String) for column in columns]
    codes, values = coded(series)
    listed = values.to_list()
    assert listed[0] == ""
    assert len(set(listed)) == len(listed) == 1 + len({text for column in columns for text in column if text})
    assert all(some.dtype == np.int32 for some in codes)
    return [[listed[code] for code in some.tolist()] for some in codes]


@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_few_texts(columns: list[list[str | None]]) -> None:
    assert told(columns) == [[text or "" for text in column] for column in columns]


@given(TEXTS, TEXTS, st.integers(1, 3))
def test_many_texts(one: list[str | None], other: list[str | None], often: int) -> None:
    columns = [(one + [f"{k % 3001}-{'x' * (k % 11)}" for k in range(FEW)]) * often, other]
    assert told(columns) == [[text or "" for text in column] for column in columns]


def test_more_than_a_slab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dictionary, "_SLAB", 100)
    draw = np.random.default_rng(3)
    columns: list[list[str | None]] = [[str(n) for n in draw.integers(0, most, 5_000)] for most in (7, 2_000, 900_000)]
    columns.append([None] * 5_000)
    assert told(columns) == [[text or "" for text in column] for column in columns]


def test_equal_hashes_are_not_equal_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pl.Series, "hash", lambda series: pl.Series(np.full(len(series), 2**40 + 1, np.uint64)))
    columns: list[list[str | None]] = [[str(k % 50) for k in range(FEW + 1)]]
    assert told(columns) == columns


@given(st.lists(st.integers(-(2**62), 2**62) | st.integers(0, 9), max_size=50), st.sampled_from([0, FEW + 1]))
def test_numbers(numbers: list[int], more: int) -> None:
    given_ = np.array([*numbers, *range(7_000_000, 7_000_000 + more), *numbers], np.int64)
    codes, distinct = coded_numbers(given_)
    assert distinct[codes].tolist() == given_.tolist()
    assert not distinct[0]
    assert len(set(distinct.tolist())) == len(distinct)
    assert bool((codes[given_ == 0] == 0).all())
