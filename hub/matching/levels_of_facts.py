"""The levels of the other facts of a record: birth date, address, identifiers, sex, generation, account."""

from __future__ import annotations

import numpy as np

from hub.matching.agreement import Rows, agreed, near_but_for_digits, slip_of_digits
from hub.matching.records import Bytes, Records, Texts
from hub.matching.similarity import near

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
    told[slip_of_digits(a, b)] = 3
    told[differs == 0] = 1
    near_by = np.flatnonzero((differs < 1 << 16) & (differs != 0))  # the same year
    a, b = a[near_by] & np.uint64(0xFFFF), b[near_by] & np.uint64(0xFFFF)
    rest = told[near_by]
    rest[rest == 5] = 4
    rest[(a & 0xFF == b >> 8) & (b & 0xFF == a >> 8)] = 2
    told[near_by] = rest
    level[open_] = told
    return level


PLACE = ("missing", "flat", "house", "street", "postcode", "area", "city", "different")


def place(r: Records, i: Rows, j: Rows) -> Bytes:
    """The address as a whole, from the same flat down to another city; people move, so difference says little.

    A street of the same city or postcode may hold a slip, as long as its numbers are the same (2-я, 3-я Парковая). ``area`` is
    the same postal area (a postcode without its last three characters) or a postcode that is a slip apart.
    """
    city, same_city = agreed(r.city, i, j)
    code, same_code = agreed(r.postcode, i, j)
    street, same_street = agreed(r.street, i, j)
    level: Bytes = (city | code | street) * np.uint8(7)
    level[same_city] = 6
    open_ = np.flatnonzero(code & ~same_code)
    _, area = agreed(r.area, i[open_], j[open_])
    level[open_[area | near(r.postcode.values, r.postcode.codes[i[open_]], r.postcode.codes[j[open_]])]] = 5
    level[same_code] = 4
    met = same_city | same_code
    slipped = _slipped_streets(r, i, j, np.flatnonzero(street & ~same_street & met))
    at = np.concatenate([np.flatnonzero(same_street & (met | ~(city | code))), slipped])
    level[at] = 3
    houses, same_house = agreed(r.house, i[at], j[at])
    at = at[houses & same_house]
    flats, same_flat = agreed(r.flat, i[at], j[at])
    level[at[~flats | same_flat]] = 2
    level[at[same_flat]] = 1
    return level


def _slipped_streets(r: Records, i: Rows, j: Rows, pairs: Rows) -> Rows:
    """Of some pairs those whose streets are a slip apart and hold the same digits."""
    return pairs[near_but_for_digits(r.street.values, r.street.codes[i[pairs]], r.street.codes[j[pairs]])]


IDENTIFIER = ("missing", "exact", "different")


def tax_id(r: Records, i: Rows, j: Rows) -> Bytes:
    """Valid tax ids; two different ones are two parties."""
    return _identifier(r.tax, i, j)


def registration(r: Records, i: Rows, j: Rows) -> Bytes:
    """Registration numbers of companies and sole traders."""
    return _identifier(r.registration, i, j)


def _identifier(column: Texts, i: Rows, j: Rows) -> Bytes:
    both, same = agreed(column, i, j)
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
    level = np.zeros(len(i), np.uint8)
    level[r.dealer.present[i] & (r.dealer.codes[i] == r.dealer.codes[j])] = 2
    level[r.account.present[i] & (r.account.codes[i] == r.account.codes[j])] = 1
    level[(level == 2) & ~(r.account.present[i] & r.account.present[j])] = 0
    return level
