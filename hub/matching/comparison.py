"""Comparisons: for each pair of records and each field, the level of agreement.

A comparison maps pairs to levels (small integers with names); the model gives each level its weight. Level 0 is always
"missing": one of the records has no value, which is no evidence at all. The model also says which levels contradict
(a full birth date or patronymic that differs by more than a slip): no cluster may hold such a pair.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.fuzz import token_sort_ratio

from hub.matching.hashing import hash_texts
from hub.matching.holdings import relation
from hub.matching.records import Bytes, Ints, Records, Texts
from hub.matching.similarity import Bools, near, scores, tokens_alike
from hub.matching.vocabulary import Values, beginnings, gather, initials, lengths, spaced

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Comparison:
    """One field's comparison.

    Attributes:
        name: name of the evidence, as people read it.
        levels: names of the levels; index 0 is "missing".
        compare: pairs (rows i, rows j) → level of each pair.
        rarity: level → the column whose value's rarity sharpens the weight of agreement at that level.
    """

    name: str
    levels: tuple[str, ...]
    compare: Callable[[Records, Rows, Rows], Bytes]
    rarity: Mapping[str, str] = field(default_factory=dict)


def _blank(i: Rows) -> Bytes:
    return np.zeros(len(i), np.uint8)


def _both(column: Texts, i: Rows, j: Rows) -> Bools:
    return column.present[i] & column.present[j]


# ------------------------------------------------------------------ names

SURNAME = ("missing", "exact", "root", "near", "part", "swapped", "different", "different_women")


def surname(r: Records, i: Rows, j: Rows) -> Bytes:
    """Surnames: equal, the same root (Иванов, Иванова), a slip apart, one of several tokens, or in the other's place.

    A record of a single name may hold its surname there: the name is compared with the other's surname, too.
    """
    a, b = r.last.codes[i], r.last.codes[j]
    known = (a != 0) & (b != 0)
    women = (r.sex[i] == 2) & (r.sex[j] == 2)
    level = np.where(known, np.where(women, 7, 6), 0).astype(np.uint8)
    level[known & (r.root.codes[i] == r.root.codes[j]) & r.root.present[i]] = 2
    level[known & (a == b)] = 1
    open_ = np.flatnonzero(level >= 6)
    level[open_[_swapped(r, i[open_], j[open_])]] = 5
    open_ = np.flatnonzero(level >= 6)
    level[open_[_share_token(r.last.values, a[open_], b[open_])]] = 4
    level[(level >= 6) & ((r.middle.codes[i] == b) | (r.middle.codes[j] == a))] = 4  # María García López, María García
    open_ = np.flatnonzero(level >= 6)
    level[open_[near(r.last.values, r.root.codes[i[open_]], r.root.codes[j[open_]])]] = 3
    exact, slip = _lone_names(r, i, j)
    level[exact], level[slip] = 1, 3
    return level


def _lone_names(r: Records, i: Rows, j: Rows) -> tuple[Rows, Rows]:
    """Pairs in which a single name, filed as a given name, is the other's surname, and those in which it nearly is."""
    exact, slip = [], []
    for x, y in ((i, j), (j, i)):
        lone = np.flatnonzero(~r.last.present[x] & r.first.present[x] & r.last.present[y])
        name, last, first = r.first.codes[x[lone]], r.last.codes[y[lone]], r.first.codes[y[lone]]
        equal = name == last
        exact.append(lone[equal])
        rest = np.flatnonzero(~equal & (name != first))
        close = near(r.last.values, name[rest], last[rest])
        close &= ~near(r.last.values, name[rest], first[rest])
        slip.append(lone[rest[close]])
    return np.concatenate(exact), np.concatenate(slip)


def _swapped(r: Records, i: Rows, j: Rows) -> Bools:
    """Surname and given name stand in each other's place in one of the two records; one of them may hold a slip."""
    last_i, first_i, last_j, first_j = r.last.codes[i], r.first.codes[i], r.last.codes[j], r.first.codes[j]
    known = (last_i != 0) & (first_i != 0) & (last_j != 0) & (first_j != 0) & (last_i != first_i)
    one, other = known & (last_i == first_j), known & (first_i == last_j)
    crossed: Bools = one & other
    for half, a, b in ((one & ~other, first_i, last_j), (other & ~one, last_i, first_j)):
        open_ = np.flatnonzero(half)
        crossed[open_[near(r.last.values, a[open_], b[open_])]] = True
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
    for alone in _lone_names(r, i, j):
        known[alone] = False  # it was the surname
    level = np.where(known, 6, 0).astype(np.uint8)
    level[known & (_initial_of(r.first.values, a, b) | _initial_of_variant(r, i, j))] = 3
    level[known & _sets_meet(r.given[i], r.given[j])] = 2
    level[known & (a == b)] = 1
    length = lengths(r.first.values)
    level[(level == 1) & (length[a] == 1)] = 3  # two equal initials say no more than an initial
    open_ = np.flatnonzero(level == 6)
    level[open_[_swapped(r, i[open_], j[open_])]] = 5
    open_ = np.flatnonzero(level == 6)
    both_known = _is_known(r, i[open_]) & _is_known(r, j[open_])
    level[open_[both_known]] = 7
    doubtful = open_[~both_known]
    a, b = a[doubtful], b[doubtful]
    level[doubtful[scores(JaroWinkler.similarity, r.first.values, a, b) < LITTLE_IN_COMMON]] = 7
    level[doubtful[near(r.first.values, a, b)]] = 4
    return level


LITTLE_IN_COMMON = 0.7  # Jaro-Winkler similarity


def _is_known(r: Records, rows: Rows) -> Bools:
    """Whether the given name stands in the lexicon of names."""
    return r.known[r.first.codes[rows]]


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
    begins = hash_texts(beginnings(r.given_values, 1))
    letter = hash_texts(beginnings(r.first.values, 1))
    for x, y in ((i, j), (j, i)):
        short = np.flatnonzero(single[r.first.codes[x]])
        alike[short] |= (begins[r.given[y[short]]] == letter[r.first.codes[x[short]]][:, None]).any(axis=1)
    return alike


def _sets_meet(a: npt.NDArray[np.integer], b: npt.NDArray[np.integer]) -> Bools:
    """Whether two sets (rows of codes, 0 unused) have a value in common."""
    meet = np.zeros(len(a), bool)
    for x in range(a.shape[1]):
        for y in range(b.shape[1]):
            meet |= (a[:, x] == b[:, y]) & (a[:, x] != 0)
    return meet


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


COMPANY = ("missing", "exact", "alike", "part", "different")


def company(r: Records, i: Rows, j: Rows) -> Bytes:
    """Names of companies without their legal forms: equal, alike (a slip, another order of words), one a part of the other."""
    a, b = r.company.codes[i], r.company.codes[j]
    known = (a != 0) & (b != 0)
    level = np.where(known, 4, 0).astype(np.uint8)
    level[known & (a == b)] = 1
    open_ = np.flatnonzero(level == 4)
    a, b = a[open_], b[open_]
    whole = scores(token_sort_ratio, r.company.values, a, b)
    level[open_[(whole >= 75) | (tokens_alike(r.company.values, a, b) >= 90)]] = 3
    level[open_[near(r.company.values, a, b) | (whole >= 92)]] = 2
    some = np.flatnonzero((level == 2) | (level == 3))
    level[some[_other_numbers(r.company.values, r.company.codes[i[some]], r.company.codes[j[some]])]] = 4
    return level


def _other_numbers(values: Values, a: Ints, b: Ints) -> Bools:
    """Whether two names hold other digits: Авто-1 and Авто-2 are two companies."""
    pairs = zip(gather(values, a), gather(values, b), strict=True)
    return np.array([_digits(x) != _digits(y) for x, y in pairs], bool)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


# ------------------------------------------------------------------ birth

BIRTH = ("missing", "exact", "day_month_swapped", "slip", "same_year", "different")


def birth_date(r: Records, i: Rows, j: Rows) -> Bytes:
    """Birth dates: equal, day and month swapped, one digit off or two neighbours swapped, the same year, or different."""
    a, b = r.dob[i], r.dob[j]
    known = (a != 0) & (b != 0)
    level = np.where(known, 5, 0).astype(np.uint8)
    level[known & (a == b)] = 1
    open_ = np.flatnonzero(level == 5)
    a, b = a[open_], b[open_]
    same_year = a // 10_000 == b // 10_000
    level[open_[same_year]] = 4
    level[open_[_slip_of_digits(a, b)]] = 3
    level[open_[same_year & (a % 100 == b // 100 % 100) & (b % 100 == a // 100 % 100)]] = 2
    return level


_POWERS = 10 ** np.arange(12, dtype=np.int64)
# what two numbers differ by when one digit does, or when two neighbouring digits change places (45 and 54: 9)
SLIPS = np.unique(np.arange(1, 10)[:, None] * np.concatenate([_POWERS, 9 * _POWERS]))


def _slip_of_digits(a: npt.NDArray[np.integer], b: npt.NDArray[np.integer]) -> Bools:
    """Numbers that differ in one digit, or by two neighbouring digits swapped."""
    gap = np.abs(a.astype(np.int64) - b.astype(np.int64))
    place = np.minimum(np.searchsorted(SLIPS, gap), len(SLIPS) - 1)
    result: Bools = SLIPS[place] == gap
    # a carry can give the same gap with more digits changed: look at the few that are left
    hits = np.flatnonzero(result)
    x, y = (n[hits][:, None].astype(np.int64) // _POWERS % 10 for n in (a, b))
    differs = x != y
    count = differs.sum(axis=1)
    swap = (count == 2) & ((x[:, 1:] == y[:, :-1]) & (x[:, :-1] == y[:, 1:]) & differs[:, 1:] & differs[:, :-1]).any(
        axis=1
    )
    result[hits] = (count == 1) | swap
    return result


# ------------------------------------------------------------------ contact points

CONTACTS = ("missing", "shared", "common", "near", "different")


def phones(r: Records, i: Rows, j: Rows) -> Bytes:
    """Sets of phones: one in common, one that many parties share, one a digit off, or none in common."""
    level = _contacts(r.own_phones, r.common_phones, i, j)
    open_ = np.flatnonzero(level == 4)
    a, b = r.own_phones[i[open_], 0], r.own_phones[j[open_], 0]
    level[open_[_slip_of_digits(a, b) & (a != 0) & (b != 0)]] = 3
    return level


def emails(r: Records, i: Rows, j: Rows) -> Bytes:
    """Sets of e-mail addresses: one in common, one that many parties share, one a slip apart, or none in common."""
    level = _contacts(r.own_emails, r.common_emails, i, j)
    open_ = np.flatnonzero(level == 4)
    level[open_[near(r.email_values, r.own_emails[i[open_], 0], r.own_emails[j[open_], 0])]] = 3
    return level


def _contacts(own: npt.NDArray[np.integer], common: npt.NDArray[np.integer], i: Rows, j: Rows) -> Bytes:
    level = np.where((own[i] != 0).any(axis=1) & (own[j] != 0).any(axis=1), 4, 0).astype(np.uint8)
    level[_sets_meet(common[i], common[j])] = 2
    level[_sets_meet(own[i], own[j])] = 1
    return level


SAME_CAR = ("same_time", "shared", "undated", "other_role", "in_turn")
VINS = ("missing", *SAME_CAR, "different")


def vins(r: Records, i: Rows, j: Rows) -> Bytes:
    """Sets of VINs: evidence, never a key, since spouses, drivers and next owners share them.

    Of a car in common the dated roles count (`hub.matching.holdings.relation`): in one role at one time, at times that one
    party may have had it, time unknown, in different roles, or one after the other. Of several cars the first of these.
    """
    a, b = r.vins[i], r.vins[j]
    level = np.where((a != 0).any(axis=1) & (b != 0).any(axis=1), 6, 0).astype(np.uint8)
    for x in range(a.shape[1]):
        for y in range(b.shape[1]):
            common = np.flatnonzero((a[:, x] == b[:, y]) & (a[:, x] != 0))
            if len(common):
                told = relation(r.held[i[common], x], r.held[j[common], y])
                level[common] = np.minimum(level[common], told)
    return level


# ------------------------------------------------------------------ place

PLACE = ("missing", "flat", "house", "street", "postcode", "area", "city", "different")


def place(r: Records, i: Rows, j: Rows) -> Bytes:
    """The address as a whole, from the same flat down to another city; people move, so difference says little.

    ``area`` is the same postal area (a postcode without its last three characters) or a postcode that is a slip apart.
    """
    city = _both(r.city, i, j)
    code = _both(r.postcode, i, j)
    street = _both(r.street, i, j)
    same_city = city & (r.city.codes[i] == r.city.codes[j])
    same_code = code & (r.postcode.codes[i] == r.postcode.codes[j])
    same_street = street & (r.street.codes[i] == r.street.codes[j]) & (same_city | same_code | ~(city | code))
    same_house = same_street & _both(r.house, i, j) & (r.house.codes[i] == r.house.codes[j])
    flats = _both(r.flat, i, j)
    level = np.where(city | code | street, 7, 0).astype(np.uint8)
    level[same_city] = 6
    open_ = np.flatnonzero(code & ~same_code)
    area = r.area.codes[i[open_]] == r.area.codes[j[open_]]
    level[open_[area | near(r.postcode.values, r.postcode.codes[i[open_]], r.postcode.codes[j[open_]])]] = 5
    level[same_code] = 4
    level[same_street] = 3
    level[same_house & ~(flats & (r.flat.codes[i] != r.flat.codes[j]))] = 2
    level[same_house & flats & (r.flat.codes[i] == r.flat.codes[j])] = 1
    return level


# ------------------------------------------------------------------ identifiers and the rest

IDENTIFIER = ("missing", "exact", "different")


def tax_id(r: Records, i: Rows, j: Rows) -> Bytes:
    """Valid tax ids; two different ones are two parties."""
    return _identifier(r.tax, i, j)


def registration(r: Records, i: Rows, j: Rows) -> Bytes:
    """Registration numbers of companies and sole traders."""
    return _identifier(r.registration, i, j)


def _identifier(column: Texts, i: Rows, j: Rows) -> Bytes:
    level = np.where(_both(column, i, j), 2, 0).astype(np.uint8)
    level[(level == 2) & (column.codes[i] == column.codes[j])] = 1
    return level


SEX = ("missing", "equal", "different")


def sex(r: Records, i: Rows, j: Rows) -> Bytes:
    """Sex, stated or told from the name."""
    a, b = r.sex[i], r.sex[j]
    return np.where((a == 0) | (b == 0), 0, np.where(a == b, 1, 2)).astype(np.uint8)


def generation(r: Records, i: Rows, j: Rows) -> Bytes:
    """Senior and junior."""
    a, b = r.generation[i], r.generation[j]
    return np.where((a == 0) | (b == 0), 0, np.where(a == b, 1, 2)).astype(np.uint8)


ACCOUNT = ("missing", "same_account", "same_dealer")


def account(r: Records, i: Rows, j: Rows) -> Bytes:
    """A lead that names its dealer's customer; or two accounts of one dealer, which seldom keeps two for one party."""
    level = _blank(i)
    level[r.dealer.present[i] & (r.dealer.codes[i] == r.dealer.codes[j])] = 2
    level[r.account.present[i] & (r.account.codes[i] == r.account.codes[j])] = 1
    level[(level == 2) & ~(r.account.present[i] & r.account.present[j])] = 0
    return level


EXTRA = ("missing", "exact", "near", "part", "different")


def extra_evidence(name: str) -> Callable[[Records, Rows, Rows], Bytes]:
    """A comparison of one further textual field."""

    def compare(r: Records, i: Rows, j: Rows) -> Bytes:
        if name not in r.extra:
            return _blank(i)
        column = r.extra[name]
        a, b = column.codes[i], column.codes[j]
        known = (a != 0) & (b != 0)
        level = np.where(known, 4, 0).astype(np.uint8)
        level[known & (a == b)] = 1
        open_ = np.flatnonzero(level == 4)
        level[open_[tokens_alike(column.values, a[open_], b[open_]) >= 90]] = 3
        level[open_[near(column.values, a[open_], b[open_])]] = 2
        return level

    return compare


# Parts of a name go together more often than their frequencies say (Müller, Ursula; Ким, Чен): together they count
# no further than the model's ``name_cap``, so that a name alone, however rare it seems, merges nobody
NAME_PARTS = ("surname", "given name", "patronymic")

COMPARISONS: tuple[Comparison, ...] = (
    Comparison("surname", SURNAME, surname, {"exact": "root", "root": "root", "swapped": "root"}),
    Comparison("given name", GIVEN, given, {"exact": "first", "swapped": "first"}),
    Comparison("patronymic", MIDDLE, middle, {"exact": "middle"}),
    Comparison("company", COMPANY, company),
    Comparison("birth date", BIRTH, birth_date, {"exact": "birth"}),
    Comparison("phones", CONTACTS, phones),
    Comparison("e-mails", CONTACTS, emails),
    Comparison("vehicles", VINS, vins),
    Comparison("address", PLACE, place, {"postcode": "postcode", "area": "area", "city": "city"}),
    Comparison("tax id", IDENTIFIER, tax_id),
    Comparison("registration", IDENTIFIER, registration),
    Comparison("sex", SEX, sex),
    Comparison("generation", SEX, generation),
    Comparison("account", ACCOUNT, account),
)


def comparisons(extra: tuple[str, ...] = ()) -> tuple[Comparison, ...]:
    """The hub's comparisons, and one for each further textual field."""
    return COMPARISONS + tuple(
        Comparison(extra_name(name), EXTRA, extra_evidence(name), {"exact": extra_name(name)}) for name in extra
    )


def extra_name(field: str) -> str:
    """What the comparison of a further textual field is called: a file may well call it "phones"."""
    return f"extra:{field}"
