"""What a glance at a pair looks at: the codes and bits of each record side by side, so that a record is a cache line or two.

Columns that no record fills take no room: their place is that of a column of zeros.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hub.matching.ahead import map_ahead
from hub.matching.glances import (
    ACCOUNT,
    AREA,
    BORN,
    CITY,
    COMMON_EMAILS,
    COMMON_PHONES,
    COMPANY,
    DEALER,
    EMAIL_LINE,
    EMAIL_SLIPS,
    FIRST,
    FIRST_LINE,
    FIRST_PHONE,
    FIRST_SLIPS,
    FLAGS,
    FLAT,
    GENERATION,
    GIVEN,
    HOUSE,
    KNOWN,
    LAST,
    LAST_LINE,
    LAST_SLIPS,
    LONE,
    MIDDLE,
    MIDDLE_LINE,
    MIDDLE_SLIPS,
    ONE_LETTER,
    ONE_MIDDLE_LETTER,
    OWN_EMAILS,
    OWN_PHONES,
    PLACES,
    POSTCODE,
    POSTCODE_LINE,
    POSTCODE_SLIPS,
    REGISTRATION,
    ROOT,
    ROOT_LINE,
    ROOT_SLIPS,
    SEX,
    SPACED,
    STREET,
    STREET_LINE,
    STREET_SLIPS,
    TAX,
    VINS,
)  # fmt: skip
from hub.matching.records import Ints, Records
from hub.matching.similarity import least_slips
from hub.matching.vocabulary import Letters, Values, Words, initials, lengths, letters, outlines, remembered, spaced


@dataclass(frozen=True)
class Look:
    """The columns of N records.

    Attributes:
        codes: N × columns of codes; the first is all zeros.
        words: likewise numbers of 64 bits.
        at: for each place of above the column where it begins; then one for each further textual field.
        width: how many columns it takes.
        names, emails, postcodes, streets: the letters of the texts that codes of these stand for.
        begins: the first letter of each name, and of each given name that another stands for.
    """

    codes: Ints
    words: Words
    at: Words
    width: Words
    names: Letters
    emails: Letters
    postcodes: Letters
    streets: Letters
    begins: tuple[Ints, Ints]


@remembered
def look(r: Records) -> Look:
    """The look of records."""
    at, width = np.zeros(PLACES + len(r.extra), np.uint64), np.ones(PLACES + len(r.extra), np.uint64)
    codes = _side_by_side(len(r), np.int32, at, width, [(place, column, None) for place, column in _codes(r)])
    words = _side_by_side(len(r), np.uint64, at, width, [*_numbers(r), *_lines(r)])
    texts = (letters(r.last.values), letters(r.email_values), letters(r.postcode.values), letters(r.street.values))
    return Look(codes, words, at, width, *texts, (initials(r.last.values), initials(r.given_values)))


Column = tuple[
    int, npt.NDArray[np.integer], Values | None
]  # where it stands, and the texts whose outlines are meant by codes


def _side_by_side(
    n: int, kind: type[np.integer[Any]], at: Words, width: Words, columns: Iterable[Column]
) -> npt.NDArray[Any]:
    filled = [(place, column.reshape(n, -1), values) for place, column, values in columns if column.any()]
    table: npt.NDArray[Any] = np.zeros((n, 1 + sum(column.shape[1] for _, column, _ in filled)), kind)
    begin = 1
    for place, column, _ in filled:
        at[place], width[place] = begin, column.shape[1]
        begin += column.shape[1]
    lines = [None if values is None else outlines(values) for _, _, values in filled]

    def fill(start: int) -> None:
        rows = slice(start, start + _SLAB)
        for (place, column, _), of_value in zip(filled, lines, strict=True):
            first = int(at[place])
            table[rows, first : first + column.shape[1]] = column[rows] if of_value is None else of_value[column[rows]]

    for _ in map_ahead(fill, range(0, n, _SLAB)):
        pass
    return table


_SLAB = (
    1 << 14
)  # rows at a time, so that they stay in the processor's cache while one column after the other is filled in


def _codes(r: Records) -> Iterator[tuple[int, Ints]]:
    yield from ((LAST, r.last.codes), (ROOT, r.root.codes), (FIRST, r.first.codes), (MIDDLE, r.middle.codes))
    yield from ((FLAGS, _flags(r)), (GIVEN, r.given), (COMPANY, r.company.codes), (VINS, r.vins))
    yield from ((OWN_EMAILS, r.own_emails), (COMMON_EMAILS, r.common_emails))
    yield from ((CITY, r.city.codes), (POSTCODE, r.postcode.codes), (AREA, r.area.codes), (STREET, r.street.codes))
    yield from ((HOUSE, r.house.codes), (FLAT, r.flat.codes), (TAX, r.tax.codes), (REGISTRATION, r.registration.codes))
    yield from ((DEALER, r.dealer.codes), (ACCOUNT, r.account.codes))
    yield from ((PLACES + number, r.extra[name].codes) for number, name in enumerate(sorted(r.extra)))


def _numbers(r: Records) -> Iterator[Column]:
    yield from ((BORN, r.born, None), (FIRST_PHONE, r.first_phone, None))
    yield from ((OWN_PHONES, r.own_phones, None), (COMMON_PHONES, r.common_phones, None))


def _lines(r: Records) -> Iterator[Column]:
    yield from ((ROOT_LINE, r.root.codes, r.root.values), (FIRST_LINE, r.first.codes, r.first.values))
    if r.has_lone:
        yield LAST_LINE, r.last.codes, r.last.values
    yield MIDDLE_LINE, r.middle.codes, r.middle.values
    yield EMAIL_LINE, r.own_emails[:, 0], r.email_values
    yield POSTCODE_LINE, r.postcode.codes, r.postcode.values
    yield STREET_LINE, r.street.codes, r.street.values


def _flags(r: Records) -> Ints:
    """What else is known of each record, bit by bit; of values first, then of the records that hold them."""
    names = lengths(r.last.values)
    of_any = least_slips(r.last.values).astype(np.int32) >> 1
    single = (names == 1).astype(np.int32)
    flags: Ints = r.sex.astype(np.int32) << SEX | r.generation.astype(np.int32) << GENERATION
    flags |= r.lone.astype(np.int32) << LONE
    flags |= (of_any << LAST_SLIPS | spaced(r.last.values).astype(np.int32) << SPACED)[r.last.codes]
    flags |= (of_any << ROOT_SLIPS)[r.root.codes]
    flags |= (of_any << FIRST_SLIPS | single << ONE_LETTER | r.known.astype(np.int32) << KNOWN)[r.first.codes]
    flags |= (of_any << MIDDLE_SLIPS | single << ONE_MIDDLE_LETTER)[r.middle.codes]
    for texts, codes, place in (
        (r.email_values, r.own_emails[:, 0], EMAIL_SLIPS),
        (r.postcode.values, r.postcode.codes, POSTCODE_SLIPS),
        (r.street.values, r.street.codes, STREET_SLIPS),
    ):
        flags |= (least_slips(texts).astype(np.int32) >> 1 << place)[codes]
    return flags
