"""The distinct texts of a column, and what comparisons ask of them.

A night has a million of them: a polars Series. One request has a handful, for which each call of polars costs more than all the
work: a list, with the same answers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


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


def initials(values: Values) -> npt.NDArray[np.integer]:
    """A number for the first letter of each text, equal for equal letters."""
    if isinstance(values, FewTexts):
        return np.array([ord(text[0]) if text else -1 for text in values.to_list()], np.int64)
    return values.str.slice(0, 1).cast(pl.Categorical).to_physical().to_numpy()


def spaced(values: Values) -> Bools:
    """Which texts are of several tokens."""
    if isinstance(values, FewTexts):
        return np.array([" " in text for text in values.to_list()], bool)
    return values.str.contains(" ", literal=True).to_numpy()


def gather(values: Values, codes: npt.NDArray[np.integer]) -> list[str]:
    """The text of each code."""
    if isinstance(values, FewTexts):
        texts = values.to_list()
        return [texts[code] for code in codes.tolist()]
    gathered: list[str] = values.gather(pl.Series(codes)).to_list()
    return gathered
