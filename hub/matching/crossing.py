"""Blocking keys from hashed features, compiled: every combination of a record's values, hashed on the way.

A feature is not copied out for its records: its distinct values are hashed once, and the records' codes say which they have.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hub.matching.compiled import inlined, looking

Ints = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]


class Feature(NamedTuple):
    """A hashed feature of records: ``words[codes]``, records × values; 0 where there is none."""

    words: Words
    codes: Ints

    @property
    def records(self) -> int:
        """How many records have it."""
        return int((self.words[self.by_record] != 0).any(axis=1).sum())

    @property
    def by_record(self) -> Ints:
        """The codes as records × values, though it be one value each."""
        return np.ascontiguousarray(self.codes if self.codes.ndim == 2 else self.codes[:, None])


def count_keys(features: tuple[Feature, ...], kind: Bytes) -> int:
    """How many keys the records have that combine features; see `cross`."""
    return _count(len(features), *_columns(features), kind)


def cross(number: int, features: tuple[Feature, ...], kind: Bytes, keys: Words, rows: Ints) -> None:
    """Fill in the keys that combine features, and their records, in order; `count_keys` says how many there are.

    A record has a key for each choice of one value of every feature, those of the last feature next to each other.

    Args:
        number: of the kind of keys.
        kind: of each record, as `hub.matching.records` numbers them: a company's keys are not a person's, and a house
            account has none.
    """
    words, codes = _columns(features)
    many = len(features)
    values = np.empty((many, max(column.shape[1] for column in codes)), np.uint64)
    _cross(np.uint64(number), many, words, codes, kind, values, np.empty(many, np.int64), keys, rows)


def _columns(features: tuple[Feature, ...]) -> tuple[tuple[Words, ...], tuple[Ints, ...]]:
    """The words and codes of features, filled up, so that kinds of keys of fewer features are not compiled one by one."""
    more = max(_MOST - len(features), 0)
    words = *(feature.words for feature in features), *[np.zeros(0, np.uint64)] * more
    codes = *(feature.by_record for feature in features), *[np.zeros((0, 0), np.int32)] * more
    return words, codes


_MOST = 4  # features that kinds of keys combine; of more there may be, and are compiled for their number


_COMPANY, _HOUSE = 1, 2


@inlined
def _mixed(word: np.uint64) -> np.uint64:
    """`hub.matching.hashing.mix` of one word."""
    word += np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@looking
def _count(many: int, words: tuple[Words, ...], codes: tuple[Ints, ...], kind: Bytes) -> int:
    total = 0
    for row in range(len(kind)):
        if kind[row] == _HOUSE:
            continue
        times = 1
        for place in range(many):
            held = 0
            for slot in range(codes[place].shape[1]):
                if words[place][codes[place][row, slot]] != 0:
                    held += 1
            times *= held
            if times == 0:
                break
        total += times
    return total


@looking
def _cross(
    number: np.uint64, many: int, words: tuple[Words, ...], codes: tuple[Ints, ...], kind: Bytes,
    values: Words, held: Longs, keys: Words, rows: Ints,
) -> None:  # fmt: skip
    """See `cross`; ``values`` and ``held`` are room for a record's words of each feature, and for how many these are."""
    at = 0
    for row in range(len(kind)):
        if kind[row] == _HOUSE:
            continue
        times = 1
        for place in range(many):
            held[place] = 0
            for slot in range(codes[place].shape[1]):
                word = words[place][codes[place][row, slot]]
                if word != 0:
                    values[place, held[place]] = word
                    held[place] += 1
            times *= held[place]
            if times == 0:
                break
        for choice in range(times):
            key, rest, below = number, choice, times
            for place in range(many):
                below //= held[place]
                key = _mixed(key * np.uint64(0x9FB21C651E98DF25) + values[place, rest // below])
                rest %= below
            if key == 0:
                key = np.uint64(1)
            if kind[row] == _COMPANY:
                key += np.uint64(1)
            keys[at] = _mixed(key)
            rows[at] = row
            at += 1
