"""A glance at the records that an enquiry met, before they are read: whom another name rules out, nobody need read.

Two records of three that share a key contradict each other, nearly always by given name or patronymic. This shows in the text as
the server sent it. Whom a glance rules out, `hub.matching.few_scores` would have dropped after all was read; what a glance leaves
may contradict still. Names come again and again, so what was found about two of them is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache

import numpy as np
from rapidfuzz.distance import JaroWinkler

from hub.matching.few_comparisons import Party
from hub.matching.levels_of_names import LITTLE_IN_COMMON
from hub.matching.similarity import is_slip
from hub.normalize.lexicon import given_names

Cell = Callable[[int, int], bytes | None]  # a record, a column of `Party` by its number → its text in UTF-8

_LAST, _FIRST, _MIDDLE, _GIVEN, _BORN, _TAX = (
    Party._fields.index(name) for name in ("last", "first", "middle", "given", "birth_date", "tax_id")
)
_KEPT = 1 << 16  # pairs of names


class Glance:
    """What of an asked record can rule others out.

    Args:
        ruling: the comparisons by which the model finds contradictions, at the level that says "different".
    """

    def __init__(self, asked: Party, ruling: Collection[str]) -> None:
        first, last, given = asked.first or "", asked.last or "", asked.given or ()
        named = "given name" in ruling and len(first) > 1 and last and all(map(_plain, given))
        self._first = first.encode() if named else b""
        self._last = last.encode()
        self._given = [name.encode() for name in given]
        self._middle = (asked.middle or "").encode() if "patronymic" in ruling else b""
        self._born = asked.birth_date.isoformat().encode() if asked.birth_date and "birth date" in ruling else b""
        self._tax = (asked.tax_id or "").encode() if "tax id" in ruling else b""

    def rules_out(self, cell: Cell, place: int) -> bool:
        """Whether a record contradicts the asked one for certain."""
        if self._first:
            first = cell(place, _FIRST)
            if first and unlike(self._first, first) and self._apart(first, cell(place, _LAST), cell(place, _GIVEN)):
                return True
        if self._middle:
            middle = cell(place, _MIDDLE)
            if middle and other_patronymic(self._middle, middle):
                return True
        if self._born:
            born = cell(place, _BORN)
            if born and far_apart(self._born, born):
                return True
        if self._tax:
            tax = cell(place, _TAX)
            return bool(tax) and tax != self._tax
        return False

    def _apart(self, first: bytes, last: bytes | None, given: bytes | None) -> bool:
        """Of names that are unlike: whether neither stands for the other, and none was filed as the other part."""
        if not last or last == self._first or first == self._last:
            return False
        return given is None or not any(name in given for name in self._given)


def _plain(name: str) -> bool:
    """Whether the server writes it in an array as it is."""
    return name.isascii() and name.isalnum()


@lru_cache(maxsize=_KEPT)
def unlike(one: bytes, other: bytes) -> bool:
    """Whether two given names are different by themselves: neither equal, nor initials, nor slips of each other."""
    a, b = one.decode(), other.decode()
    if a == b or len(a) == 1 or len(b) == 1:
        return False
    known = given_names()
    if a in known and b in known:
        return True
    return not is_slip(a, b) and bool(np.float32(JaroWinkler.similarity(a, b)) < np.float32(LITTLE_IN_COMMON))


@lru_cache(maxsize=_KEPT)
def other_patronymic(one: bytes, other: bytes) -> bool:
    """Whether two patronymics are different."""
    a, b = one.decode(), other.decode()
    return not (a[0] == b[0] and (len(a) == 1 or len(b) == 1)) and a != b and not is_slip(a, b)


def far_apart(one: bytes, other: bytes) -> bool:
    """Whether two birth dates (ISO 8601) differ in year, month and day: no slip of a digit or two does that."""
    return one[:4] != other[:4] and one[5:7] != other[5:7] and one[8:] != other[8:] and len(one) == len(other) == 10
