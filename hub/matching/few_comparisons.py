"""The comparisons of `hub.matching.comparison` for one pair, value by value: the way of the online match.

A request meets some twenty records, most of which another given name rules out at once. Arrays of twenty cost more in calls than
all that is computed on them, and they compute it for every pair. Tests hold that both ways say the same of any records.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.fuzz import token_set_ratio, token_sort_ratio

from hub.matching.levels_of_names import LITTLE_IN_COMMON
from hub.matching.records import GIVEN_SLOTS, SLOTS
from hub.matching.similarity import LONG, is_slip
from hub.matching.vocabulary import digits_of
from hub.normalize.lexicon import given_names

Row = Mapping[str, Any]  # a party record by column
Shared = Mapping[tuple[str, str], Mapping[str, str]]  # (field, value) → dealer ('' for the whole base) → class


class Party(NamedTuple):
    """What scoring asks of a party record, but for cars and accounts: who asks names none."""

    kind: str | None = None
    dealer: str | None = None
    last: str | None = None
    last_root: str | None = None
    first: str | None = None
    middle: str | None = None
    given: Sequence[str] | None = None
    sex: str | None = None
    generation: str | None = None
    birth_date: date | None = None
    phones: Sequence[str] | None = None
    emails: Sequence[str] | None = None
    tax_id: str | None = None
    registration_no: str | None = None
    company: str | None = None
    postcode: str | None = None
    city: str | None = None
    street: str | None = None
    house: str | None = None
    flat: str | None = None
    extra: str | None = None

    @classmethod
    def of(cls, row: Row) -> Party:
        """From a party record by column."""
        return cls(*map(row.get, cls._fields))


Compare = Callable[[Party, Party, Shared], int]  # two records and the contact values that are little evidence → level


# ------------------------------------------------------------------ names


def _surname(x: Party, y: Party, _: Shared) -> int:
    a, b = x.last, y.last
    if not a or not b:
        return _lone_name(x, y)
    if a == b:
        return 1
    if x.last_root and x.last_root == y.last_root:
        return 2
    if _swapped(x, y):
        return 5
    if _share_token(a, b) or x.middle == b or y.middle == a:
        return 4
    if is_slip(x.last_root or "", y.last_root or ""):
        return 3
    return 7 if x.sex == y.sex == "f" else 6


def _lone_name(x: Party, y: Party) -> int:
    """1 if a single name, filed as a given name, is the other's surname; 3 if it nearly is; else 0."""
    for one, other in ((x, y), (y, x)):
        name, last, first = one.first, other.last, other.first
        if name and last and not one.last:
            if name == last:
                return 1
            if name != first and is_slip(name, last) and not is_slip(name, first or ""):
                return 3
    return 0


def _swapped(x: Party, y: Party) -> bool:
    if not (x.last and x.first and y.last and y.first) or x.last == x.first:
        return False
    if x.last == y.first:
        return x.first == y.last or is_slip(x.first, y.last)
    return x.first == y.last and is_slip(x.last, y.first)


def _share_token(a: str, b: str) -> bool:
    return (" " in a or " " in b) and any(len(token) > 2 for token in {*a.split()} & {*b.split()})


def _given(x: Party, y: Party, _: Shared) -> int:
    a, b = x.first, y.first
    if not a or not b or (not (x.last and y.last) and _lone_name(x, y)):
        return 0
    if a == b:
        return 1 if len(a) > 1 else 3
    if x.given and y.given and not {*x.given[:GIVEN_SLOTS]}.isdisjoint(y.given[:GIVEN_SLOTS]):
        return 2
    if _initial(a, b) or _initial_of_variant(x, y) or _initial_of_variant(y, x):
        return 3
    if _swapped(x, y):
        return 5
    known = given_names()
    if a in known and b in known:
        return 7
    if is_slip(a, b):
        return 4
    return 7 if np.float32(JaroWinkler.similarity(a, b)) < np.float32(LITTLE_IN_COMMON) else 6


def _initial(a: str, b: str) -> bool:
    return (len(a) == 1 or len(b) == 1) and a[0] == b[0]


def _initial_of_variant(one: Party, other: Party) -> bool:
    letter = one.first or ""
    return len(letter) == 1 and any(name[:1] == letter for name in (other.given or ())[:GIVEN_SLOTS])


def _middle(x: Party, y: Party, _: Shared) -> int:
    a, b = x.middle, y.middle
    if not a or not b:
        return 0
    if a == b and len(a) > 1:
        return 1
    if _initial(a, b):
        return 2
    return 3 if is_slip(a, b) else 4


def _company(x: Party, y: Party, _: Shared) -> int:
    a, b = x.company, y.company
    if not a or not b:
        return 0
    if a == b:
        return 1
    whole = np.float32(token_sort_ratio(a, b))
    level = 4
    if whole >= 92 or ((a[0] == b[0] or min(len(a), len(b)) >= LONG) and is_slip(a, b)):
        level = 2
    elif np.float32(token_set_ratio(a, b)) >= 90:
        level = 3
    elif whole >= 75:
        level = 5
    return level if level == 4 or _digits(a) == _digits(b) else 4


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


# ------------------------------------------------------------------ birth, contact points


def _birth_date(x: Party, y: Party, _: Shared) -> int:
    a, b = birth_number(x.birth_date, x.extra), birth_number(y.birth_date, y.extra)
    if not a or not b:
        return 0
    if a == b:
        return 1
    same_year = a // 10_000 == b // 10_000
    if same_year and a % 100 == b // 100 % 100 and b % 100 == a // 100 % 100:
        return 2
    if _slip_of_digits(a, b):
        return 3
    return 4 if same_year else 5


_WRITTEN_DATE = re.compile(r"[0-9]{4}.?[0-9]{2}.?[0-9]{2}")
_NO_DIGIT = re.compile("[^0-9]")


def birth_number(born: date | None, extra: str | None) -> int:
    """The birth date as yyyymmdd, 0 when unknown; of one that no calendar has the digits still tell how far off it is."""
    if born is not None:
        return born.year * 10_000 + born.month * 100 + born.day
    if extra and '"birth_date"' in extra:
        written = text_of(object_of(extra).get("birth_date")) or ""
        if _WRITTEN_DATE.fullmatch(written):
            digits = _NO_DIGIT.sub("", written)
            return int(digits) if len(digits) < 10 else 0
    return 0


def _slip_of_digits(a: int, b: int) -> bool:
    """One digit differs, or two neighbours changed places; of the last sixteen, as the columns' way counts them."""
    if abs(a - b) not in _GAPS:
        return False
    one, other = f"{a:016}"[-16:], f"{b:016}"[-16:]
    differ = [place for place in range(16) if one[place] != other[place]]
    if len(differ) != 2:
        return len(differ) == 1
    first, second = differ
    return second - first == 1 and one[first] == other[second] and one[second] == other[first]


# what two numbers differ by when one digit does, or when two neighbouring digits change places (45 and 54: 9)
_GAPS = frozenset(digit * times * 10**place for digit in range(1, 10) for times in (1, 9) for place in range(16))


def _phones(x: Party, y: Party, shared: Shared) -> int:
    if not x.phones or not y.phones:
        return 0
    own_x, common_x = _weighed(x, x.phones, "phones", shared)
    own_y, common_y = _weighed(y, y.phones, "phones", shared)
    a, b = [*map(number_of, own_x)], [*map(number_of, own_y)]
    for number in a:
        if number and number in b:
            return 1
    if common_x and common_y:
        others = {*map(number_of, common_y)}
        if any(number and number in others for number in map(number_of, common_x)):
            return 2
    if not any(a) or not any(b):
        return 0
    return 3 if a[0] and b[0] and _slip_of_digits(a[0], b[0]) else 4


def _emails(x: Party, y: Party, shared: Shared) -> int:
    if not x.emails or not y.emails:
        return 0
    a, common_x = _weighed(x, x.emails, "emails", shared)
    b, common_y = _weighed(y, y.emails, "emails", shared)
    for text in a:
        if text and text in b:
            return 1
    if common_x and common_y and any(text and text in common_y for text in common_x):
        return 2
    if not any(a) or not any(b):
        return 0
    return 3 if is_slip(a[0], b[0]) and digits_of(a[0]) == digits_of(b[0]) else 4


def _weighed(party: Party, values: Sequence[str], field: str, shared: Shared) -> tuple[Sequence[str], Sequence[str]]:
    """Of a contact field the values that are good evidence, and those that are little."""
    for value in values[:SLOTS]:
        if (field, value) in shared:
            return _parted(party, values, field, shared)
    return values[:SLOTS], ()


def _parted(party: Party, values: Sequence[str], field: str, shared: Shared) -> tuple[Sequence[str], Sequence[str]]:
    """The same where one of the first is known to be shared."""
    known = [shared.get((field, value)) if n < SLOTS else None for n, value in enumerate(values)]
    dealer = party.dealer or ""
    classes = [(of.get(dealer) or of.get("")) if of else None for of in known]
    pairs = [*zip(values, classes, strict=True)]
    own = [value for value, told in pairs if told is None]
    return own[:SLOTS], [value for value, told in pairs if told == "common"][:SLOTS]


@lru_cache(maxsize=1 << 16)
def number_of(text: str) -> int:
    """A phone number as a number; 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


# ------------------------------------------------------------------ place


def _address(x: Party, y: Party, _: Shared) -> int:
    city, code = x.city and y.city, x.postcode and y.postcode
    same_city, same_code = city and x.city == y.city, code and x.postcode == y.postcode
    street = x.street and y.street
    if street and _one_street(x.street or "", y.street or "", bool(same_city or same_code), bool(city or code)):
        if not (x.house and x.house == y.house):
            return 3
        if not (x.flat and y.flat):
            return 2
        return 1 if x.flat == y.flat else 3
    if same_code:
        return 4
    if x.postcode and y.postcode and (_one_area(x.postcode, y.postcode) or is_slip(x.postcode, y.postcode)):
        return 5
    if same_city:
        return 6
    return 7 if city or code or street else 0


def _one_street(a: str, b: str, met: bool, known: bool) -> bool:
    """Whether streets are one; ``met``: of one city or postcode, ``known``: either is."""
    if a == b:
        return met or not known
    return met and digits_of(a) == digits_of(b) and is_slip(a, b)


def _one_area(a: str, b: str) -> bool:
    area = area_of(a)
    return area is not None and area == area_of(b)


def area_of(postcode: str | None) -> str | None:
    """The area of a postcode, as `hub.matching.records` has it."""
    return postcode[:-3] if postcode and len(postcode) > 4 else None


# ------------------------------------------------------------------ identifiers and the rest


def _equal(a: str | None, b: str | None) -> int:
    return (1 if a == b else 2) if a and b else 0


def _sex(x: Party, y: Party, _: Shared) -> int:
    a, b = x.sex, y.sex
    return (1 if a == b else 2) if a in _SEXES and b in _SEXES else 0


def _generation(x: Party, y: Party, _: Shared) -> int:
    a, b = x.generation, y.generation
    return (1 if a == b else 2) if a in _GENERATIONS and b in _GENERATIONS else 0


_SEXES = ("m", "f")
_GENERATIONS = ("senior", "junior")


def extra_of_both(name: str) -> Compare:
    """The comparison of one further textual field."""

    def compare(x: Party, y: Party, _: Shared) -> int:
        a, b = text_of(object_of(x.extra).get(name)), text_of(object_of(y.extra).get(name))
        if not a or not b:
            return 0
        if a == b:
            return 1
        if is_slip(a, b):
            return 2
        return 3 if np.float32(token_set_ratio(a, b)) >= 90 else 4

    return compare


def object_of(extra: str | None) -> dict[str, Any]:
    """The JSON object of further evidence."""
    read = json.loads(extra) if extra else {}
    return read if isinstance(read, dict) else {}


def text_of(value: Any) -> str | None:
    """A value of that object, if it is a text."""
    return value if isinstance(value, str) else None


# by the names of `hub.matching.comparison`; those that do not stand here ask what nobody who asks tells: their level is "missing"
COMPARE: Mapping[str, Compare] = {
    "surname": _surname,
    "given name": _given,
    "patronymic": _middle,
    "company": _company,
    "birth date": _birth_date,
    "phones": _phones,
    "e-mails": _emails,
    "address": _address,
    "tax id": lambda x, y, _: _equal(x.tax_id, y.tax_id),
    "registration": lambda x, y, _: _equal(x.registration_no, y.registration_no),
    "sex": _sex,
    "generation": _generation,
}
# by the same names: whether a record tells anything to compare with; where it tells nothing, the level is "missing" at once
ASKS: Mapping[str, Callable[[Party], object]] = {
    "surname": lambda party: party.last or party.first,
    "given name": lambda party: party.first,
    "patronymic": lambda party: party.middle,
    "company": lambda party: party.company,
    "birth date": lambda party: party.birth_date or party.extra,
    "phones": lambda party: party.phones,
    "e-mails": lambda party: party.emails,
    "address": lambda party: party.city or party.postcode or party.street,
    "tax id": lambda party: party.tax_id,
    "registration": lambda party: party.registration_no,
    "sex": lambda party: party.sex,
    "generation": lambda party: party.generation,
}
UNTOLD = ("vehicles", "account")
