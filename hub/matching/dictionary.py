"""Dictionary encoding of text: a code for each row of a column, and the distinct values in the order in which they came.

A column that is met once has as many look-ups as rows, so what counts is how often one leaves the processor's cache: a slot of
the table holds the upper half of a text's hash beside its code, a text is looked at only where these agree, and it is compared
with a copy among its likes. Those copies are all that is kept: the file's own texts can be let go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from hub.matching.compiled import compiled

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Octets = npt.NDArray[np.uint8]
Array = TypeVar("Array", Words, Octets)

FEW = 1 << 12  # texts; for fewer a dictionary of Python's is as quick, and no compiler is asked


def coded(columns: Sequence[pl.Series]) -> tuple[list[Ints], pl.Series]:
    """Encode text columns with one dictionary.

    Returns:
        for each column the codes of its rows, 0 where it is null or empty; and the distinct values, column after column as
        they came, behind an empty string that stands for "missing".
    """
    told = [np.zeros(len(column), np.int32) for column in columns]
    # most columns of most files say nothing at all, and some are another under a further name
    views = [column.rechunk().to_arrow(compat_level=pl.CompatLevel.newest()) for column in columns]
    places = [_memory(view) for view in views]  # comparable while the views live
    told = [told[places.index(place)] for place in places]
    different = dict(zip(places, zip(columns, told, strict=True), strict=True)).values()
    filled = [(column, codes) for column, codes in different if column.null_count() < len(column)]
    if sum(len(codes) for _, codes in filled) <= FEW:
        return told, _few(filled)
    growing = _Growing()
    for column, codes in filled:
        for start in range(0, len(column), _SLAB):
            growing.add(column.slice(start, _SLAB), codes[start : start + _SLAB])
    return told, growing.values()


_SLAB = 1 << 16  # rows at a time, so that their texts stay in the processor's cache and take no memory of their own


def _few(columns: Sequence[tuple[pl.Series, Ints]]) -> pl.Series:
    index = {"": 0}
    for column, codes in columns:
        codes[:] = [index.setdefault(text or "", len(index)) for text in column.to_list()]
    return pl.Series("v", list(index), pl.String)


def _memory(view: pa.Array) -> object:
    """Where the texts of a column are, and how many."""
    return (*(part.address if part else 0 for part in view.buffers()[:2]), view.offset, len(view))


class _Growing:
    """A dictionary in the making: an open hash table, and the distinct texts as they came."""

    def __init__(self) -> None:
        self._count = 0
        self._slots = np.zeros(1 << 12, np.uint64)
        self._hashes = np.zeros(0, np.uint64)
        self._bounds = np.zeros(2, np.uint64)
        self._texts = np.zeros(0, np.uint8)

    def add(self, texts: pl.Series, codes: Ints) -> None:
        """Encode some texts into ``codes``, new ones with new codes."""
        texts = texts.cast(pl.String).fill_null("")
        hashes = texts.hash().to_numpy()
        ends, data = buffers(texts)
        most = self._count + len(texts)
        self._hashes = _roomy(self._hashes, most)
        self._bounds = _roomy(self._bounds, most + 2)
        self._texts = _roomy(self._texts, int(self._bounds[self._count + 1] + ends[-1] - ends[0]))
        if 2 * most > len(self._slots):
            self._slots = _placed(self._hashes[: self._count], np.zeros(1 << (4 * most).bit_length(), np.uint64))
        self._count = _added(
            hashes, ends, data, codes, self._count, self._slots, self._hashes, self._bounds, self._texts
        )

    def values(self) -> pl.Series:
        """The distinct texts, behind an empty one."""
        bounds = self._bounds[: self._count + 2].copy()
        parts = [None, pa.py_buffer(bounds), pa.py_buffer(self._texts[: bounds[-1]].copy())]
        return pl.Series("v", pa.Array.from_buffers(pa.large_string(), len(bounds) - 1, parts, null_count=0), pl.String)


def _roomy(array: Array, size: int) -> Array:
    """The same with room for ``size`` values, and for many more if it had not."""
    if size <= len(array):
        return array
    larger = np.empty(max(size, 2 * len(array)), array.dtype)
    larger[: len(array)] = array
    return larger


def coded_numbers(numbers: Longs) -> tuple[Ints, Longs]:
    """Encode numbers: the codes, 0 where a number is 0, and the distinct numbers as they came, behind 0."""
    if len(numbers) <= FEW:
        index = {0: 0}
        codes = np.array([index.setdefault(number, len(index)) for number in numbers.tolist()], np.int32)
        return codes, np.array(list(index), np.int64)
    return _distinct_numbers(np.require(numbers, requirements=("C", "W")))


def buffers(texts: pl.Series) -> tuple[Words, Octets]:
    """The UTF-8 of a column without nulls: where each text begins and, last, where all end; and all bytes."""
    encoded = texts.rechunk().to_arrow().cast(pa.large_binary())
    _, offsets, values = encoded.buffers()
    ends = np.frombuffer(offsets, np.uint64)[encoded.offset : encoded.offset + len(texts) + 1]
    return ends, np.frombuffer(values, np.uint8) if values is not None and values.size else np.zeros(1, np.uint8)


@compiled
def _added(
    hashes: Words,
    ends: Words,
    data: Octets,
    codes: Ints,
    count: int,
    slots: Words,
    known: Words,
    bounds: Words,
    texts: Octets,
) -> int:
    """Number texts that are not yet in the table on from ``count``; there is room for all (0: empty).

    Places are unsigned: an index that may be negative costs a question for each byte.

    Args:
        hashes, ends, data: of each text its hash, whose lower bits choose the slot; and as `buffers` has them.
        codes: filled with the number of each text.
        slots: of each number the upper half of the hash beside it.
        known, bounds, texts: the distinct texts so far: hashes, and as of a column.

    Returns:
        how many distinct texts there are.
    """
    upper, one = np.uint64(0xFFFFFFFF00000000), np.uint64(1)
    mask = np.uint64(len(slots) - 1)
    last = np.uint64(count)
    for row in range(len(hashes)):
        start, length = ends[row], ends[row + 1] - ends[row]
        if length == 0:
            continue
        slot = hashes[row] & mask
        while codes[row] == 0:
            held = slots[slot]
            if held == 0:
                known[last] = hashes[row]
                last += one
                begin, place = bounds[last], np.uint64(0)
                while place < length:
                    texts[begin + place] = data[start + place]
                    place += one
                bounds[last + one] = begin + length
                slots[slot] = (hashes[row] & upper) | last
                codes[row] = last
            elif (held ^ hashes[row]) & upper == 0:
                code = held & ~upper
                begin, place = bounds[code], np.uint64(0)
                if bounds[code + one] - begin == length:
                    while place < length and texts[begin + place] == data[start + place]:
                        place += one
                if place == length:
                    codes[row] = code
            slot = (slot + one) & mask
    return int(last)


@compiled
def _placed(known: Words, slots: Words) -> Words:
    """Put the numbers of distinct texts into an empty table."""
    upper, one = np.uint64(0xFFFFFFFF00000000), np.uint64(1)
    mask = np.uint64(len(slots) - 1)
    for number in range(len(known)):
        slot = known[number] & mask
        while slots[slot] != 0:
            slot = (slot + one) & mask
        slots[slot] = (known[number] & upper) | np.uint64(number + 1)
    return slots


@compiled
def _distinct_numbers(numbers: Longs) -> tuple[Ints, Longs]:
    """Number distinct numbers from 1 as they come (0: itself)."""
    one = np.uint64(1)
    slots = np.zeros(1 << 12, np.uint64)
    mask = np.uint64(len(slots) - 1)
    shift = np.uint64(52)
    codes = np.zeros(len(numbers), np.int32)
    distinct = np.zeros(len(numbers) + 1, np.int64)
    count = np.uint64(0)
    for row in range(len(numbers)):
        number = numbers[row]
        if number == 0:
            continue
        # the upper bits of a product with the golden ratio (Knuth, TAOCP 3, 6.4)
        slot = np.uint64(number) * np.uint64(0x9E3779B97F4A7C15) >> shift
        while slots[slot] != 0 and distinct[slots[slot]] != number:
            slot = (slot + one) & mask
        if slots[slot] == 0:
            count += one
            slots[slot] = count
            distinct[count] = number
        codes[row] = slots[slot]
        if 2 * count > len(slots):
            slots = np.zeros(4 * len(slots), np.uint64)
            mask = np.uint64(len(slots) - 1)
            shift -= np.uint64(2)
            for code in range(1, count + one):
                slot = np.uint64(distinct[code]) * np.uint64(0x9E3779B97F4A7C15) >> shift
                while slots[slot] != 0:
                    slot = (slot + one) & mask
                slots[slot] = np.uint64(code)
    return codes, distinct[: count + one].copy()
