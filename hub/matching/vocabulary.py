"""The distinct texts of a column, and what comparisons ask of them.

A night has a million of them: a polars Series. One request has a handful, for which each call of polars costs more than all the
work: a list, with the same answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import ref

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from hub.matching.compiled import compiled

Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]


class FewTexts:
    """Distinct texts of few records; "" stands first."""

    __slots__ = ("_lengths", "_texts")

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts
        self._lengths: Longs | None = None

    def __len__(self) -> int:
        return len(self._texts)

    def __getitem__(self, code: int) -> str:
        return self._texts[code]

    def to_list(self) -> list[str]:
        """All of them, in the order of their codes."""
        return self._texts

    def lengths(self) -> Longs:
        """Characters of each."""
        if self._lengths is None:
            self._lengths = np.array([len(text) for text in self._texts], np.int64)
        return self._lengths


Values = pl.Series | FewTexts


Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


def remembered(ask: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    """Ask a Series (or what else is large and never changes) once: comparisons ask the same one for every chunk of pairs.

    What it said lives as long as it does. The texts of few records are asked each time.
    """
    known: dict[int, tuple[ref[Asked], Answer]] = {}

    @wraps(ask)
    def asked(values: Asked) -> Answer:
        if isinstance(values, FewTexts):
            return ask(values)
        place = id(values)
        held = known.get(place)
        if held is not None and held[0]() is values:
            return held[1]
        answer = ask(values)
        known[place] = (ref(values, lambda gone: known.pop(place, None)), answer)
        return answer

    return asked


@remembered
def lengths(values: Values) -> Longs:
    """Characters of each text."""
    if isinstance(values, FewTexts):
        return values.lengths()
    return values.str.len_chars().to_numpy().astype(np.int64)


def beginnings(values: Values, letters: int) -> Values:
    """The first letters of each text; no longer distinct."""
    if isinstance(values, FewTexts):
        return FewTexts([text[:letters] for text in values.to_list()])
    return values.str.slice(0, letters)


@remembered
def initials(values: Values) -> npt.NDArray[np.int32]:
    """The code point of the first letter of each text; 0 where there is none."""
    if isinstance(values, FewTexts):
        return np.array([ord(text[0]) if text else 0 for text in values.to_list()], np.int32)
    letters = values.str.slice(0, 1)
    known = letters.unique().to_list()
    points = letters.replace_strict(known, [ord(letter) if letter else 0 for letter in known], return_dtype=pl.Int32)
    return points.to_numpy(writable=True)


_OTHERS = re.compile("[^0-9]+")


def digits_of(text: str) -> str:
    """What is left of a text without its other signs."""
    return _OTHERS.sub("", text)


@remembered
def spaced(values: Values) -> Bools:
    """Which texts are of several tokens."""
    if isinstance(values, FewTexts):
        return np.array([" " in text for text in values.to_list()], bool)
    return values.str.contains(" ", literal=True).to_numpy()


Letters = tuple[npt.NDArray[np.uint8], Longs]


@remembered
def letters(values: Values) -> Letters:
    """The bytes of all texts end to end, and where each begins; at last where the last one ends. Both are read-only."""
    column = pl.Series(values.to_list(), dtype=pl.String) if isinstance(values, FewTexts) else values
    encoded = column.fill_null("").rechunk().to_arrow().cast(pa.large_binary())
    _, offsets, buffer = encoded.buffers()
    begins = np.frombuffer(offsets, np.int64)[encoded.offset : encoded.offset + len(column) + 1]
    return np.frombuffer(buffer or b"", np.uint8), begins


@remembered
def outlines(values: Values) -> Words:
    """Which letters each text holds and how long it is, a bit for each; texts of other signs than ASCII have `ANY`.

    One edit of a text changes at most two of the bits: one letter for another, or a letter and the length.
    """
    bits = _held(values)
    length = (np.uint64(1) << np.minimum(lengths(values), 63 - _LETTERS).astype(np.uint64)) - np.uint64(1)
    return np.where(bits == ANY, ANY, bits | length << np.uint64(_LETTERS))


@remembered
def foreign(values: Values) -> bool:
    """Whether any text has the outline `ANY`."""
    return bool((outlines(values) == ANY).any())


ANY = np.uint64(2**64 - 1)
_LETTERS = 44  # bits for letters, which tell a to z apart; the others count up to 19 letters
_SLAB = 1 << 13  # texts at a time, so that all of them stay in the processor's cache
_FEW = 1 << 10  # texts; for fewer no compiler is asked


def _held(values: Values) -> Words:
    """A bit for each letter of each text."""
    bits = np.zeros(len(values), np.uint64)
    data, ends = letters(values)
    if len(values) > _FEW:
        _held_of_many(data, ends, bits)
        return bits
    filled = np.flatnonzero(np.diff(ends))
    for start in range(0, len(filled), _SLAB):
        some = filled[start : start + _SLAB]
        first, last = ends[some[0]], ends[some[-1] + 1]
        signs = data[first:last].astype(np.uint64)
        words = np.where(signs < 128, np.uint64(1) << (signs % np.uint64(_LETTERS)), ANY)
        bits[some] = np.bitwise_or.reduceat(words, ends[some] - first)
    return bits


@compiled
def _held_of_many(data: npt.NDArray[np.uint8], ends: Longs, bits: Words) -> None:
    for text in range(len(bits)):
        held, place, stop = np.uint64(0), np.uint64(ends[text]), np.uint64(ends[text + 1])
        while place < stop:
            held |= np.uint64(1) << np.uint64(data[place]) % np.uint64(_LETTERS)
            if data[place] >= 128:
                held = ANY
            place += np.uint64(1)
        bits[text] = held


def gather(values: Values, codes: npt.NDArray[np.integer]) -> list[str]:
    """The text of each code."""
    if isinstance(values, FewTexts):
        texts = values.to_list()
        return [texts[code] for code in codes.tolist()]
    gathered: list[str] = values.gather(pl.Series(codes)).to_list()
    return gathered
