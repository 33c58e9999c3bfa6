"""Candidate pairs equal what a naive double loop over blocks finds."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.matching import blocks
from hub.matching.candidates import candidate_pairs
from hub.matching.keys import BLOCK_CAP, Keys

ENTRIES = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 40)), max_size=300, unique=True)


def keys_of(entries: list[tuple[int, int]]) -> Keys:
    keys = np.array([key for key, _ in entries], np.uint64)
    rows = np.array([row for _, row in entries], np.int32)
    return Keys(keys, rows, np.zeros(len(entries), np.uint8))


def found(keys: Keys, touched: np.ndarray | None = None) -> set[tuple[int, int]]:
    return {pair for i, j in candidate_pairs(keys, touched) for pair in zip(i.tolist(), j.tolist(), strict=True)}


@given(ENTRIES)
def test_pairs_are_those_of_the_blocks(entries: list[tuple[int, int]]) -> None:
    blocks: dict[int, set[int]] = {}
    for key, row in entries:
        blocks.setdefault(key, set()).add(row)
    assert found(keys_of(entries)) == {pair for rows in blocks.values() for pair in combinations(sorted(rows), 2)}


@given(ENTRIES, st.integers(0, 40))
def test_touched_pairs_are_the_part_that_is_touched(entries: list[tuple[int, int]], row: int) -> None:
    touched = np.zeros(41, bool)
    touched[row] = True
    assert found(keys_of(entries), touched) == {pair for pair in found(keys_of(entries)) if row in pair}


def test_blocks_beyond_the_cap_make_no_pairs() -> None:
    crowd = [(7, row) for row in range(BLOCK_CAP + 1)]
    assert found(keys_of([*crowd, (8, 0), (8, 1)])) == {(0, 1)}


def test_chunks_hold_all_pairs(monkeypatch) -> None:
    entries = [(key, row) for key in range(1, 30) for row in range(key, key + 9)]
    whole = found(keys_of(entries))
    monkeypatch.setattr(blocks, "CHUNK", 50)
    assert found(keys_of(entries)) == whole


@given(ENTRIES)
def test_each_pair_comes_once(entries: list[tuple[int, int]]) -> None:
    pairs = [pair for i, j in candidate_pairs(keys_of(entries)) for pair in zip(i.tolist(), j.tolist(), strict=True)]
    assert len(pairs) == len(set(pairs))
    assert all(i < j for i, j in pairs)


def test_another_cap() -> None:
    crowd = [(7, row) for row in range(5)]
    assert not list(candidate_pairs(keys_of(crowd), cap=4))
    assert sum(len(i) for i, _ in candidate_pairs(keys_of(crowd), cap=5)) == 10


@given(ENTRIES, st.sampled_from([3, 50]))
def test_sorted_part_by_part_the_pairs_are_the_same(entries: list[tuple[int, int]], part: int) -> None:
    spread = [
        (key << 60 | key, row) for key, row in entries
    ]  # in several parts, each with keys alike in their upper bits
    alike = [(1 << 62 | key, row) for key, row in entries]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "PART", part)
        assert found(keys_of(spread)) == found(keys_of(alike)) == found(keys_of(entries))
