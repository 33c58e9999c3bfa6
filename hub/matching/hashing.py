"""Stable 64-bit hashes of text columns, without a Python loop over rows.

Blocking keys are stored in the database and looked up years later, so their hash may not change with a library's
version, as polars' or Python's own do. This is tabulation hashing (Zobrist 1970; Carter & Wegman 1979): each
(position, byte) has a fixed pseudo-random word, and a text's hash is their sum modulo 2**64. It is 3-independent, and
it runs over Arrow's string buffers.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from hub.matching.compiled import compiled
from hub.matching.dictionary import buffers
from hub.matching.vocabulary import FewTexts, Values

Words = npt.NDArray[np.uint64]

_POSITIONS = 96  # later bytes wrap round; keys are shorter in practice


def mix(words: Words) -> Words:
    """The finaliser of splitmix64 (Steele, Lea & Flood 2014): a bijection that spreads every bit."""
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


_TABLE: Words = mix(np.arange(_POSITIONS * 256, dtype=np.uint64))


def hash_texts(texts: Values) -> Words:
    """Hash each text of a column; a null hashes to 0, and no text does (but with probability 2**-64)."""
    if isinstance(texts, FewTexts) or len(texts) < _FEW:
        return np.array([hash_text(text) for text in texts.to_list()], np.uint64)
    hashes = np.zeros(len(texts), np.uint64)
    _hashed(*buffers(texts.fill_null("")), _TABLE, hashes)
    return hashes


@compiled
def _hashed(ends: Words, data: npt.NDArray[np.uint8], table: Words, hashes: Words) -> None:
    one = np.uint64(1)
    for text in range(len(hashes)):
        start, end = ends[text], ends[text + 1]
        if start == end:
            continue
        word, position = end - start, np.uint64(0)
        while start < end:
            word += table[position * np.uint64(256) + np.uint64(data[start])]
            position += one
            if position == _POSITIONS:
                position = np.uint64(0)
            start += one
        word += np.uint64(0x9E3779B97F4A7C15)  # `mix`
        word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        hashes[text] = word ^ (word >> np.uint64(31))


_FEW = 1 << 10  # below this, plain Python does, and no compiler is asked
_ROWS = _TABLE.reshape(_POSITIONS, 256).tolist()
_ALL = (1 << 64) - 1


@lru_cache(maxsize=1 << 16)  # names and places come again and again
def hash_text(text: str | None) -> int:
    """The hash of one text; 0 where there is none."""
    if not text:
        return 0
    data = text.encode()
    word = sum(_ROWS[i % _POSITIONS][byte] for i, byte in enumerate(data)) + len(data)
    return mix_one(word)


def mix_one(word: int) -> int:
    """`mix` of one word, reduced modulo 2**64."""
    word = (word + 0x9E3779B97F4A7C15) & _ALL
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _ALL
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _ALL
    return word ^ (word >> 31)


def combine_one(kind: int, *parts: int) -> int:
    """`combine` of one hash of each part, none of which is 0."""
    key = kind
    for part in parts:
        key = mix_one(key * 0x9FB21C651E98DF25 + part)
    return key or 1


def combine(kind: int, *parts: Words) -> Words:
    """One key from several hashed parts; 0 (no key) wherever a part is 0.

    Args:
        kind: which key this is, so that equal values of different keys do not meet.
        parts: hashed columns of equal length; their order matters.
    """
    key = np.full(len(parts[0]), kind, np.uint64)
    present = np.ones(len(parts[0]), bool)
    for part in parts:
        present &= part != 0
        key = mix(key * np.uint64(0x9FB21C651E98DF25) + part)
    return np.where(present, np.where(key == 0, np.uint64(1), key), np.uint64(0))
