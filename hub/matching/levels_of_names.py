"""The levels of names: of people part by part, and of companies.

Level 0 is "missing" in each, as everywhere in `hub.matching.comparison`.
"""

from __future__ import annotations

import numpy as np
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.fuzz import token_sort_ratio

from hub.matching.agreement import Rows, sets_meet
from hub.matching.records import Bytes, Ints, Records
from hub.matching.similarity import LONG, Bools, near, scores, tokens_alike
from hub.matching.vocabulary import Values, gather, initials, lengths, spaced

SURNAME = ("missing", "exact", "root", "near", "part", "swapped", "different", "different_women")


def surname(r: Records, i: Rows, j: Rows) -> Bytes:
    """Surnames: equal, the same root (Иванов, Иванова), a slip apart, one of several tokens, or in the other's place.

    A record of a single name may hold its surname there: the name is compared with the other's surname, too.
    """
    a, b = r.last.codes[i], r.last.codes[j]
    root, other_root = r.root.codes[i], r.root.codes[j]
    known = (a != 0) & (b != 0)
    level: Bytes = known * np.uint8(6)
    level[known & (root == other_root) & (root != 0)] = 2
    level[known & (a == b)] = 1
    open_ = np.flatnonzero(level == 6)
    if len(open_):
        level[open_] = _other_surname(r, i[open_], j[open_])
    exact, slip = _lone_names(r, i, j)
    level[exact], level[slip] = 1, 3
    return level


def _other_surname(r: Records, i: Rows, j: Rows) -> Bytes:
    """The level of surnames that have not even the root in common."""
    a, b = r.last.codes[i], r.last.codes[j]
    level: Bytes = ((r.sex[i] == 2) & (r.sex[j] == 2)) + np.uint8(6)
    level[near(r.last.values, r.root.codes[i], r.root.codes[j])] = 3
    if r.has_middle:
        level[(r.middle.codes[i] == b) | (r.middle.codes[j] == a)] = 4  # María García López, María García
    if r.has_spaced:
        level[_share_token(r.last.values, a, b)] = 4
    level[_swapped(r, i, j)] = 5
    return level


def _lone_names(r: Records, i: Rows, j: Rows) -> tuple[Rows, Rows]:
    """Pairs in which a single name, filed as a given name, is the other's surname, and those in which it nearly is."""
    exact, slip = [], []
    for x, y in ((i, j), (j, i)) if r.has_lone else ():
        lone = np.flatnonzero(r.lone[x] & (r.last.codes[y] != 0))
        name, last, first = r.first.codes[x[lone]], r.last.codes[y[lone]], r.first.codes[y[lone]]
        equal = name == last
        exact.append(lone[equal])
        rest = np.flatnonzero(~equal & (name != first))
        close = near(r.last.values, name[rest], last[rest]) & ~near(r.last.values, name[rest], first[rest])
        slip.append(lone[rest[close]])
    return np.concatenate([_NONE, *exact]), np.concatenate([_NONE, *slip])


_NONE = np.zeros(0, np.int64)


def _swapped(r: Records, i: Rows, j: Rows) -> Bools:
    """Surname and given name stand in each other's place in one of the two records; one of them may hold a slip."""
    last_i, first_i, last_j, first_j = r.last.codes[i], r.first.codes[i], r.last.codes[j], r.first.codes[j]
    one, other = last_i == first_j, first_i == last_j
    crossed = np.zeros(len(i), bool)
    half = np.flatnonzero(one | other)
    last_i, first_i, last_j, first_j = last_i[half], first_i[half], last_j[half], first_j[half]
    known = (last_i != 0) & (first_i != 0) & (last_j != 0) & (first_j != 0) & (last_i != first_i)
    half, one, other = half[known], one[half[known]], other[half[known]]
    crossed[half[one & other]] = True
    for some, a, b in ((one & ~other, first_i, last_j), (other & ~one, last_i, first_j)):
        open_ = half[some]
        crossed[open_[near(r.last.values, a[known][some], b[known][some])]] = True
    return crossed


def _share_token(values: Values, a: Ints, b: Ints) -> Bools:
    """Whether surnames of several tokens (double, maiden and married) share one whole token of three letters or more."""
    result = np.zeros(len(a), bool)
    several = spaced(values)
    some = np.flatnonzero((several[a] | several[b]) & (a != 0) & (b != 0))
    if len(some):
        result[some] = [
            any(len(token) > 2 for token in set(x.split()) & set(y.split()))
            for x, y in zip(gather(values, a[some]), gather(values, b[some]), strict=True)
        ]
    return result


GIVEN = ("missing", "exact", "variant", "initial", "near", "swapped", "unlike", "different")


def given(r: Records, i: Rows, j: Rows) -> Bytes:
    """Given names: equal, variants of one name (Саша, Александр), an initial, a slip apart.

    Two names that are both known are never a slip apart: Мария and Марина are two people ("different"), as are names that
    have little in common, or another initial. Where one is unknown, it may be the other badly misspelt ("unlike").
    """
    a, b = r.first.codes[i], r.first.codes[j]
    known = (a != 0) & (b != 0)
    alone, nearly = _lone_names(r, i, j)
    known[alone] = known[nearly] = False  # it was the surname
    length = lengths(r.first.values)
    level: Bytes = known * np.uint8(6)
    if r.has_initials:
        level[known & (_initial_of(r.first.values, a, b) | _initial_of_variant(r, i, j))] = 3
    if r.has_given:
        level[known & sets_meet(r.given[i], r.given[j])] = 2
    equal = np.flatnonzero(known & (a == b))
    level[equal] = np.where(length[a[equal]] == 1, 3, 1)  # two equal initials say no more than an initial
    open_ = np.flatnonzero(level == 6)
    level[open_] = _unequal(r, i[open_], j[open_])
    return level


def _unequal(r: Records, i: Rows, j: Rows) -> Bytes:
    """The level of given names that are neither equal nor variants."""
    a, b = r.first.codes[i], r.first.codes[j]
    both_known = r.known[a] & r.known[b]  # to the lexicon of names
    level = np.where(both_known, np.uint8(7), np.uint8(6))
    doubtful = np.flatnonzero(~both_known)
    a, b = a[doubtful], b[doubtful]
    level[doubtful[scores(JaroWinkler.similarity, r.first.values, a, b) < LITTLE_IN_COMMON]] = 7
    level[doubtful[near(r.first.values, a, b)]] = 4
    level[_swapped(r, i, j)] = 5
    return level


APART = ("different", "different_women")

LITTLE_IN_COMMON = 0.7  # Jaro-Winkler similarity


def _initial_of(values: Values, a: Ints, b: Ints) -> Bools:
    """One is the single first letter of the other."""
    length, letter = lengths(values), initials(values)
    either: Bools = ((length[a] == 1) | (length[b] == 1)) & (letter[a] == letter[b])
    return either


def _initial_of_variant(r: Records, i: Rows, j: Rows) -> Bools:
    """One is a single letter that a name which the other may stand for begins with: А. and Саша."""
    alike = np.zeros(len(i), bool)
    single = lengths(r.first.values) == 1
    if not single.any():
        return alike
    begins, letter = initials(r.given_values), initials(r.first.values)
    for x, y in ((i, j), (j, i)):
        short = np.flatnonzero(single[r.first.codes[x]])
        alike[short] |= (begins[r.given[y[short]]] == letter[r.first.codes[x[short]]][:, None]).any(axis=1)
    return alike


MIDDLE = ("missing", "exact", "initial", "near", "different")


def middle(r: Records, i: Rows, j: Rows) -> Bytes:
    """Patronymics or middle names."""
    a, b = r.middle.codes[i], r.middle.codes[j]
    known = (a != 0) & (b != 0)
    level = np.where(known, 4, 0).astype(np.uint8)
    level[known & _initial_of(r.middle.values, a, b)] = 2
    level[known & (a == b) & (lengths(r.middle.values)[a] > 1)] = 1
    open_ = np.flatnonzero(level == 4)
    level[open_[near(r.middle.values, a[open_], b[open_])]] = 3
    return level


COMPANY = ("missing", "exact", "alike", "part", "different", "akin")


def company(r: Records, i: Rows, j: Rows) -> Bytes:
    """Names of companies without their legal forms.

    Equal; ``alike``: a slip, or another order of words; ``part``: the words of one are all or nearly all in the other; ``akin``:
    letters in common, as a name has that is badly misspelt, or that of a sister.
    """
    a, b = r.company.codes[i], r.company.codes[j]
    known = (a != 0) & (b != 0)
    level = np.where(known, 4, 0).astype(np.uint8)
    level[known & (a == b)] = 1
    open_ = np.flatnonzero(level == 4)
    a, b = a[open_], b[open_]
    whole = scores(token_sort_ratio, r.company.values, a, b)
    level[open_[whole >= 75]] = 5
    level[open_[tokens_alike(r.company.values, a, b) >= 90]] = 3
    level[open_[(near(r.company.values, a, b) & _begin_alike(r.company.values, a, b)) | (whole >= 92)]] = 2
    some = np.flatnonzero((level == 2) | (level == 3) | (level == 5))
    level[some[_other_numbers(r.company.values, r.company.codes[i[some]], r.company.codes[j[some]])]] = 4
    return level


def _begin_alike(values: Values, a: Ints, b: Ints) -> Bools:
    """Whether two texts have one first letter, or neither is short: nobody slips there; Bauer and Sauer are two names."""
    letter, length = initials(values), lengths(values)
    alike: Bools = (letter[a] == letter[b]) | (np.minimum(length[a], length[b]) >= LONG)
    return alike


def _other_numbers(values: Values, a: Ints, b: Ints) -> Bools:
    """Whether two names hold other digits: Авто-1 and Авто-2 are two companies."""
    pairs = zip(gather(values, a), gather(values, b), strict=True)
    return np.array([_digits(x) != _digits(y) for x, y in pairs], bool)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
