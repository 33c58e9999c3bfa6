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

from hub.matching.holdings import relation
from hub.matching.records import Bytes, Digits, Ints, Records, Texts
from hub.matching.similarity import LONG, Bools, near, scores, tokens_alike
from hub.matching.vocabulary import Values, digits_of, gather, initials, lengths, spaced

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Comparison:
    """One field's comparison.

    Attributes:
        name: name of the evidence, as people read it.
        levels: names of the levels; index 0 is "missing".
        compare: pairs (rows i, rows j) → level of each pair.
        rarity: level → the column whose value's rarity sharpens the weight of agreement at that level.
        commoner: of these levels at which the two values differ: the rarity of the commoner one counts.
        doubt: level that a glance (`hub.matching.glances`) guesses → the levels that it may turn out to be when texts are read.
    """

    name: str
    levels: tuple[str, ...]
    compare: Callable[[Records, Rows, Rows], Bytes]
    rarity: Mapping[str, str] = field(default_factory=dict)
    commoner: tuple[str, ...] = ()
    doubt: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _blank(i: Rows) -> Bytes:
    return np.zeros(len(i), np.uint8)


# ------------------------------------------------------------------ names

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
        level[known & _sets_meet(r.given[i], r.given[j])] = 2
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


def _sets_meet(a: npt.NDArray[np.integer], b: npt.NDArray[np.integer]) -> Bools:
    """Whether two sets (rows of codes, 0 unused; filled from the left) have a value in common."""
    meet = np.zeros(len(a), bool)
    for x in range(min(a.shape[1], _NARROW)):
        for y in range(min(b.shape[1], _NARROW)):
            meet |= (a[:, x] == b[:, y]) & (a[:, x] != 0)
    if max(a.shape[1], b.shape[1]) > _NARROW:  # few sets are so large
        wide = np.flatnonzero((a[:, _NARROW:] != 0).any(axis=1) | (b[:, _NARROW:] != 0).any(axis=1))
        all_a, all_b = a[wide, :, None], b[wide, None, :]
        meet[wide] = ((all_a == all_b) & (all_a != 0)).any(axis=(1, 2))
    return meet


_NARROW = 3


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


# ------------------------------------------------------------------ birth

BIRTH = ("missing", "exact", "day_month_swapped", "slip", "same_year", "different")


def birth_date(r: Records, i: Rows, j: Rows) -> Bytes:
    """Birth dates: equal, day and month swapped, one digit off or two neighbours swapped, the same year, or different."""
    a, b = r.born[i], r.born[j]
    known = (a != 0) & (b != 0)
    level: Bytes = known * np.uint8(5)
    open_ = np.flatnonzero(known)
    a, b = a[open_], b[open_]
    differs = a ^ b
    told = level[open_]
    told[_slip_of_digits(a, b)] = 3
    told[differs == 0] = 1
    near_by = np.flatnonzero((differs < 1 << 16) & (differs != 0))  # the same year
    a, b = a[near_by] & np.uint64(0xFFFF), b[near_by] & np.uint64(0xFFFF)
    rest = told[near_by]
    rest[rest == 5] = 4
    rest[(a & 0xFF == b >> 8) & (b & 0xFF == a >> 8)] = 2
    told[near_by] = rest
    level[open_] = told
    return level


def _slip_of_digits(a: Digits, b: Digits) -> Bools:
    """Numbers (`hub.matching.records.digits`) that differ in one digit, or by two neighbouring digits swapped."""
    differs = a ^ b
    differs |= differs >> 1
    differs |= differs >> 2
    differs &= np.uint64(0x1111111111111111)  # one bit for each digit
    count = np.bitwise_count(differs)
    slip: Bools = count == 1
    two = np.flatnonzero((count == 2) & (differs & differs << 4 != 0))
    lower = np.bitwise_count((differs[two] & -differs[two]) - np.uint64(1)).astype(np.uint64)
    x, y = a[two] >> lower, b[two] >> lower
    slip[two] = (x & 0xF == y >> 4 & 0xF) & (y & 0xF == x >> 4 & 0xF)
    return slip


# ------------------------------------------------------------------ contact points

CONTACTS = ("missing", "shared", "common", "near", "different")


def phones(r: Records, i: Rows, j: Rows) -> Bytes:
    """Sets of phones: one in common, one that many parties share, one a digit off, or none in common."""
    level = _contacts(r.own_phones, r.common_phones, i, j)
    open_ = np.flatnonzero(level == 4)
    a, b = r.first_phone[i[open_]], r.first_phone[j[open_]]
    level[open_[_slip_of_digits(a, b) & (a != 0) & (b != 0)]] = 3
    return level


def emails(r: Records, i: Rows, j: Rows) -> Bytes:
    """Sets of e-mail addresses: one in common, one that many parties share, one a slip apart, or none in common.

    Other digits are no slip: providers tell namesakes apart by them (ivan.petrov1, ivan.petrov2).
    """
    level = _contacts(r.own_emails, r.common_emails, i, j)
    open_ = np.flatnonzero(level == 4)
    a, b = r.own_emails[i[open_], 0], r.own_emails[j[open_], 0]
    level[open_[_near_but_for_digits(r.email_values, a, b)]] = 3
    return level


def _near_but_for_digits(values: Values, a: Ints, b: Ints) -> Rows:
    """The pairs of texts that are a slip apart and hold the same digits."""
    slip = np.flatnonzero(near(values, a, b))
    pairs = zip(gather(values, a[slip]), gather(values, b[slip]), strict=True)
    same: Rows = slip[np.array([digits_of(x) == digits_of(y) for x, y in pairs], bool)]
    return same


def _contacts(own: npt.NDArray[np.integer], common: npt.NDArray[np.integer], i: Rows, j: Rows) -> Bytes:
    level: Bytes
    if own.shape[1] == common.shape[1] == 1:  # as a rule a record has one value
        a, b = own[:, 0][i], own[:, 0][j]
        level = ((a != 0) & (b != 0)) * np.uint8(4)
        level[_sets_meet(common[i], common[j])] = 2
        level[(a == b) & (a != 0)] = 1
        return level
    one, other = own[i], own[j]
    level = ((one != 0).any(axis=1) & (other != 0).any(axis=1)) * np.uint8(4)
    level[_sets_meet(common[i], common[j])] = 2
    known = np.flatnonzero(level)
    level[known[_sets_meet(one[known], other[known])]] = 1
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

    A street of the same city or postcode may hold a slip, as long as its numbers are the same (2-я, 3-я Парковая). ``area`` is
    the same postal area (a postcode without its last three characters) or a postcode that is a slip apart.
    """
    city, same_city = _agreed(r.city, i, j)
    code, same_code = _agreed(r.postcode, i, j)
    street, same_street = _agreed(r.street, i, j)
    level: Bytes = (city | code | street) * np.uint8(7)
    level[same_city] = 6
    open_ = np.flatnonzero(code & ~same_code)
    _, area = _agreed(r.area, i[open_], j[open_])
    level[open_[area | near(r.postcode.values, r.postcode.codes[i[open_]], r.postcode.codes[j[open_]])]] = 5
    level[same_code] = 4
    met = same_city | same_code
    slipped = _slipped_streets(r, i, j, np.flatnonzero(street & ~same_street & met))
    at = np.concatenate([np.flatnonzero(same_street & (met | ~(city | code))), slipped])
    level[at] = 3
    houses, same_house = _agreed(r.house, i[at], j[at])
    at = at[houses & same_house]
    flats, same_flat = _agreed(r.flat, i[at], j[at])
    level[at[~flats | same_flat]] = 2
    level[at[same_flat]] = 1
    return level


def _slipped_streets(r: Records, i: Rows, j: Rows, pairs: Rows) -> Rows:
    """Of some pairs those whose streets are a slip apart and hold the same digits."""
    return pairs[_near_but_for_digits(r.street.values, r.street.codes[i[pairs]], r.street.codes[j[pairs]])]


def _agreed(column: Texts, i: Rows, j: Rows) -> tuple[Bools, Bools]:
    """Which pairs both have a value, and which the same one."""
    a, b = column.codes[i], column.codes[j]
    both: Bools = (a != 0) & (b != 0)
    return both, both & (a == b)


# ------------------------------------------------------------------ identifiers and the rest

IDENTIFIER = ("missing", "exact", "different")


def tax_id(r: Records, i: Rows, j: Rows) -> Bytes:
    """Valid tax ids; two different ones are two parties."""
    return _identifier(r.tax, i, j)


def registration(r: Records, i: Rows, j: Rows) -> Bytes:
    """Registration numbers of companies and sole traders."""
    return _identifier(r.registration, i, j)


def _identifier(column: Texts, i: Rows, j: Rows) -> Bytes:
    both, same = _agreed(column, i, j)
    level: Bytes = both * np.uint8(2) - same
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
# no further than the model's ``name_cap``, so that a name alone, however rare it seems, merges nobody; a company has but one
NAME_PARTS = ("surname", "given name", "patronymic", "company")

COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        "surname",
        SURNAME,
        surname,
        {"exact": "root", "root": "root", "swapped": "root"},
        doubt={"near": ("missing", *APART), "part": ("near", *APART), "swapped": ("part", "near", *APART)},
    ),
    Comparison(
        "given name",
        GIVEN,
        given,
        {"exact": "first", "swapped": "first"},
        doubt={
            "missing": GIVEN[1:],
            "near": ("unlike", "different"),
            "swapped": ("near", "unlike", "different"),
            "unlike": ("different",),
        },
    ),
    Comparison("patronymic", MIDDLE, middle, {"exact": "middle"}, doubt={"near": ("different",)}),
    Comparison(
        "company",
        COMPANY,
        company,
        {"exact": "company", "alike": "company"},
        ("alike",),
        {"different": ("alike", "part", "akin")},
    ),
    Comparison("birth date", BIRTH, birth_date, {"exact": "birth"}),
    Comparison("phones", CONTACTS, phones),
    Comparison("e-mails", CONTACTS, emails, doubt={"near": ("different",)}),
    Comparison("vehicles", VINS, vins, doubt={"same_time": SAME_CAR[1:]}),
    Comparison(
        "address",
        PLACE,
        place,
        {"postcode": "postcode", "area": "area", "city": "city"},
        doubt={
            "area": ("city", "different"),
            **dict.fromkeys(("flat", "house", "street"), ("postcode", "area", "city")),
        },
    ),
    Comparison("tax id", IDENTIFIER, tax_id),
    Comparison("registration", IDENTIFIER, registration),
    Comparison("sex", SEX, sex),
    Comparison("generation", SEX, generation),
    Comparison("account", ACCOUNT, account),
)


def comparisons(extra: tuple[str, ...] = ()) -> tuple[Comparison, ...]:
    """The hub's comparisons, and one for each further textual field."""
    return COMPARISONS + tuple(
        Comparison(
            extra_name(name),
            EXTRA,
            extra_evidence(name),
            {"exact": extra_name(name)},
            doubt={"different": ("near", "part")},
        )
        for name in extra
    )


def extra_name(field: str) -> str:
    """What the comparison of a further textual field is called: a file may well call it "phones"."""
    return f"extra:{field}"
