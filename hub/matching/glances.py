"""Compiled: the level of a pair in each comparison by codes and bits, with a look at the texts only where these leave it open.

The rules are those of `hub.matching.comparison`, which says what each level means. What is too long or too seldom to be told here
(texts of other letters than ASCII, names of several tokens, companies) is the likeliest level with the bit `DOUBT`:
which others it may be `hub.matching.comparison.Comparison.doubt` says.

It is one room, since what is compiled is kept by its own file's time (`hub.matching.compiled`): a part in another file could
change unnoticed. Kernels take arrays and numbers one by one, and no objects; so their lists of parameters are long.
"""

# ruff: noqa: SIM110 (a loop is compiled, a generator is not)

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from hub.matching.compiled import inlined, looking, spliced

Number = Any  # a number or a truth value of whatever width; the compiler knows
Codes = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Texts = tuple[Bytes, Rows]
Begins = tuple[Codes, Codes]


def _of_type(kind: type[np.integer[Any]], numbers: Iterable[int]) -> Any:
    """Constants of one type: a loop is compiled once for all of them."""
    return tuple(kind(number) for number in numbers)


# Places of `Look.at`: where a column stands among the codes …
CODES, PLACES = 20, 31
(
    LAST, ROOT, FIRST, MIDDLE, FLAGS, GIVEN, COMPANY, OWN_EMAILS, COMMON_EMAILS,
    VINS, CITY, POSTCODE, AREA, STREET, HOUSE, FLAT, TAX, REGISTRATION, DEALER, ACCOUNT,
) = _of_type(np.uint64, range(CODES))  # fmt: skip
# … or among the words
(
    BORN, FIRST_PHONE, OWN_PHONES, COMMON_PHONES, LAST_LINE, ROOT_LINE, FIRST_LINE, MIDDLE_LINE, EMAIL_LINE, POSTCODE_LINE,
    STREET_LINE,
) = _of_type(np.uint64, range(CODES, PLACES))  # fmt: skip

# Bits of FLAGS: sex and generation take two each, and so do the slips (0, 1 for two bits of an outline, 2 for four)
(
    SEX, GENERATION, LONE, SPACED, KNOWN, ONE_LETTER, ONE_MIDDLE_LETTER,
    LAST_SLIPS, ROOT_SLIPS, FIRST_SLIPS, MIDDLE_SLIPS, EMAIL_SLIPS, POSTCODE_SLIPS, STREET_SLIPS,
) = _of_type(np.int32, (0, 2, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20, 22))  # fmt: skip

DOUBT = 128
GIVEN_NAME, UNLIKE, DIFFERENT = 1, 6, 7  # a comparison and levels of it
LITTLE_IN_COMMON = np.float32(0.7)
HARDLY = 1.0999  # 3 × 0.7 - 1: what both shares of common letters then are together, and a little less
LETTERS = np.uint64(2**44 - 1)  # of an outline, what is not the length
MOST_LETTERS = 64  # of texts that are read here
LONG = 8  # letters from which two edits may be a slip
ALIKE = np.float32(0.9)
# words are compared with words: signed and unsigned numbers do not mix
ZERO, ONE, FOUR, EIGHT, TWO_BYTES, DIGIT, BYTE = _of_type(np.uint64, (0, 1, 4, 8, 16, 0xF, 0xFF))
ANY = np.uint64(2**64 - 1)


@looking
def glance(
    codes: Codes, words: Words, at: Words, width: Words, name_texts: Texts, emails: Texts, postcodes: Texts,
    streets: Texts, begins: Begins, program: Rows,
    most: Floats, sharp: Rows, rare: Floats, names: Number, cap: Number, to_come: Floats, needed: Number,
    i: Rows, j: Rows, kept: Rows, levels: Bytes,
) -> Number:  # fmt: skip
    """Write the places of the pairs whose evidence may reach ``needed``, and their levels; how many these are.

    Args:
        codes, words, at, width: as of `hub.matching.look.Look`.
        program: comparisons in the order in which they are made, by their number in `told`.
        most: by comparison and level, the greatest evidence that it may turn out to be.
        sharp: likewise the column of ``rare`` that adds to it, or -1.
        names: how many of the first comparisons are names, which add no more than ``cap`` together.
        to_come: by comparison, what those after it may add at the most.
        kept, levels: to be written: places, and levels by comparison and place among the kept.
    """
    found = 0
    for place in range(len(i)):
        x, y = np.uint64(i[place]), np.uint64(j[place])
        total = np.float32(0.0)
        going = True
        for step in range(len(program)):
            level = told(program[step], codes, words, at, width, name_texts, emails, postcodes, streets, begins, x, y)
            levels[step, found] = level
            total += most[step, level]
            if sharp[step, level] >= 0:
                total += rare[x, sharp[step, level]]
            if step + 1 == names:
                total = min(total, np.float32(cap))
            if step + 1 >= names and total + to_come[step] < needed:
                going = False
                break
        if going:
            for step in range(len(program)):  # what costs most is told of pairs that are kept
                if program[step] == GIVEN_NAME and levels[step, found] == UNLIKE | DOUBT:
                    levels[step, found] = _unlike(codes, words, at, name_texts, x, y)
            kept[found] = place
            found += 1
    return found


@spliced
def told(
    number: Number, codes: Codes, words: Words, at: Words, width: Words,
    names: Texts, emails: Texts, postcodes: Texts, streets: Texts, begins: Begins, x: Number, y: Number,
) -> Number:  # fmt: skip
    """The level of rows x and y in the comparison of this number (as `COMPARISONS` has them; beyond, further textual fields)."""
    if number == 0:
        return _surname(codes, words, at, names, x, y)
    if number == 1:
        return _given(codes, words, at, width, names, begins, x, y)
    if number == 2:
        return _middle(codes, words, at, names, begins, x, y)
    if number == 3:
        return _text(codes, at[COMPANY], x, y)
    if number == 4:
        return _birth(words[x, at[BORN]], words[y, at[BORN]])
    if number == 5:
        return _phones(words, at, width, x, y)
    if number == 6:
        return _emails(codes, words, at, width, emails, x, y)
    if number == 7:
        return _vins(codes, at[VINS], width[VINS], x, y)
    if number == 8:
        return _place(codes, words, at, postcodes, streets, x, y)
    if number == 9:
        return _identifier(codes[x, at[TAX]], codes[y, at[TAX]])
    if number == 10:
        return _identifier(codes[x, at[REGISTRATION]], codes[y, at[REGISTRATION]])
    if number == 11:
        return _identifier(_bits(codes, at, x, SEX), _bits(codes, at, y, SEX))
    if number == 12:
        return _identifier(_bits(codes, at, x, GENERATION), _bits(codes, at, y, GENERATION))
    if number == 13:
        return _account(codes, at, x, y)
    return _text(codes, at[PLACES + number - 14], x, y)


@inlined
def _bits(codes: Codes, at: Words, x: Number, place: Number) -> Number:
    """Two bits of a row's flags."""
    return np.int32(codes[x, at[FLAGS]] >> place & 3)


@inlined
def _has(codes: Codes, at: Words, x: Number, place: Number) -> Number:
    return codes[x, at[FLAGS]] >> place & 1 != 0


@inlined
def _may_be_near(
    codes: Codes,
    words: Words,
    at: Words,
    line: Number,
    other_line: Number,
    slips: Number,
    other_slips: Number,
    x: Number,
    y: Number,
) -> Number:
    """Whether texts may be a slip apart by their outlines (`hub.matching.similarity.may_be_near`)."""
    least = min(_bits(codes, at, x, slips), _bits(codes, at, y, other_slips))
    if least == 0:
        return False
    one, other = words[x, at[line]], words[y, at[other_line]]
    if one == ANY or other == ANY:
        return True
    return _ones(one ^ other) <= 2 * least


@looking
def _read(texts: Texts, one: Number, other: Number, a: Number, b: Number) -> Number:
    """Whether texts of these outlines are a slip apart: 0 no, 1 yes, 2 not told here."""
    letters, ends = texts
    if one == ANY or other == ANY or ends[a + 1] - ends[a] > MOST_LETTERS or ends[b + 1] - ends[b] > MOST_LETTERS:
        return 2
    return 1 if is_slip(letters, ends, min(a, b), max(a, b)) else 0


@inlined
def _meet(codes: npt.NDArray[np.integer], begin: Number, width: Number, x: Number, y: Number) -> Number:
    """Whether two sets have a value in common."""
    for a in range(begin, begin + width):
        if codes[x, a] != 0:
            for b in range(begin, begin + width):
                if codes[x, a] == codes[y, b]:
                    return True
    return False


@inlined
def _filled(codes: npt.NDArray[np.integer], begin: Number, width: Number, x: Number) -> Number:
    """Whether a set has any value."""
    for a in range(begin, begin + width):
        if codes[x, a] != 0:
            return True
    return False


@looking
def _lone(codes: Codes, words: Words, at: Words, x: Number, y: Number) -> Number:
    """Whether the single name of x is the surname of y: 0 no, 1 yes, 2 perhaps nearly."""
    name, last = codes[x, at[FIRST]], codes[y, at[LAST]]
    if not _has(codes, at, x, LONE) or last == 0:
        return 0
    if name == last:
        return 1
    if name == codes[y, at[FIRST]]:
        return 0
    return 2 if _may_be_near(codes, words, at, FIRST_LINE, LAST_LINE, FIRST_SLIPS, LAST_SLIPS, x, y) else 0


@inlined
def _half_swapped(codes: Codes, at: Words, x: Number, y: Number) -> Number:
    """Whether a surname is the other's given name: 0 no, 1 one of them, 2 both."""
    last_x, first_x, last_y, first_y = codes[x, at[LAST]], codes[x, at[FIRST]], codes[y, at[LAST]], codes[y, at[FIRST]]
    if last_x == 0 or first_x == 0 or last_y == 0 or first_y == 0 or last_x == first_x:
        return 0
    return (last_x == first_y) + (first_x == last_y)


@inlined
def _surname(codes: Codes, words: Words, at: Words, names: Texts, x: Number, y: Number) -> Number:
    a, b = codes[x, at[LAST]], codes[y, at[LAST]]
    if a == 0 or b == 0:
        lone = _lone(codes, words, at, x, y) | _lone(codes, words, at, y, x)
        return 1 if lone == 1 else (3 | DOUBT if lone else 0)
    if a == b:
        return 1
    if codes[x, at[ROOT]] == codes[y, at[ROOT]] and codes[x, at[ROOT]] != 0:
        return 2
    swapped = _half_swapped(codes, at, x, y)
    if swapped:
        return 5 if swapped == 2 else 5 | DOUBT
    if _has(codes, at, x, SPACED) or _has(codes, at, y, SPACED):
        return 4 | DOUBT
    if codes[x, at[MIDDLE]] == b or codes[y, at[MIDDLE]] == a:
        return 4
    if _may_be_near(codes, words, at, ROOT_LINE, ROOT_LINE, ROOT_SLIPS, ROOT_SLIPS, x, y):
        one, other = words[x, at[ROOT_LINE]], words[y, at[ROOT_LINE]]
        slip = _read(names, one, other, codes[x, at[ROOT]], codes[y, at[ROOT]])
        if slip:
            return 3 if slip == 1 else 3 | DOUBT
    return 7 if _bits(codes, at, x, SEX) == 2 and _bits(codes, at, y, SEX) == 2 else 6


@inlined
def _given(
    codes: Codes, words: Words, at: Words, width: Words, names: Texts, begins: Begins, x: Number, y: Number
) -> Number:
    a, b = codes[x, at[FIRST]], codes[y, at[FIRST]]
    if a == 0 or b == 0:
        return 0
    lone = _lone(codes, words, at, x, y) | _lone(codes, words, at, y, x)
    if lone:
        return 0 if lone == 1 else DOUBT
    single = _has(codes, at, x, ONE_LETTER)
    if a == b:
        return 3 if single else 1
    if _meet(codes, at[GIVEN], width[GIVEN], x, y):
        return 2
    if (single and _begins(codes, at, width, begins, x, y)) or (
        _has(codes, at, y, ONE_LETTER) and _begins(codes, at, width, begins, y, x)
    ):
        return 3
    swapped = _half_swapped(codes, at, x, y)
    if swapped:
        return 5 if swapped == 2 else 5 | DOUBT
    if _has(codes, at, x, KNOWN) and _has(codes, at, y, KNOWN):
        return 7
    if _may_be_near(codes, words, at, FIRST_LINE, FIRST_LINE, FIRST_SLIPS, FIRST_SLIPS, x, y):
        slip = _read(names, words[x, at[FIRST_LINE]], words[y, at[FIRST_LINE]], a, b)
        if slip:
            return 4 if slip == 1 else 4 | DOUBT
    return UNLIKE | DOUBT


@looking
def _unlike(codes: Codes, words: Words, at: Words, names: Texts, x: Number, y: Number) -> Number:
    """Whether given names that are not near have something in common, or are two names."""
    letters, ends = names
    a, b = codes[x, at[FIRST]], codes[y, at[FIRST]]
    if words[x, at[FIRST_LINE]] == ANY or words[y, at[FIRST_LINE]] == ANY:
        return UNLIKE | DOUBT
    if ends[a + 1] - ends[a] > MOST_LETTERS or ends[b + 1] - ends[b] > MOST_LETTERS:
        return UNLIKE | DOUBT
    if _little_in_common(
        words[x, at[FIRST_LINE]], words[y, at[FIRST_LINE]], ends[a + 1] - ends[a], ends[b + 1] - ends[b]
    ):
        return DIFFERENT
    return DIFFERENT if np.float32(likeness(letters, ends, min(a, b), max(a, b))) < LITTLE_IN_COMMON else UNLIKE


@inlined
def _little_in_common(one: Number, other: Number, m: Number, n: Number) -> Number:
    """Whether texts of m and n letters are less than `LITTLE_IN_COMMON` alike, told by their outlines.

    No letter that only one of them holds can be common; the order of those that are counts as if it were the same.
    """
    common = min(m - _ones(one & ~other & LETTERS), n - _ones(other & ~one & LETTERS))
    return common * (m + n) < HARDLY * (m * n)


@inlined
def _ones(word: Number) -> Number:
    """How many bits are set; the loop is compiled to one instruction."""
    bits = 0
    while word != ZERO:
        word &= word - ONE
        bits += 1
    return bits


@looking
def _begins(codes: Codes, at: Words, width: Words, begins: Begins, x: Number, y: Number) -> Number:
    """Whether the given name of y, or one that it may stand for, begins with the letter that x has for a name."""
    of_names, of_given = begins
    letter = of_names[codes[x, at[FIRST]]]
    if letter == of_names[codes[y, at[FIRST]]]:
        return True
    for variant in range(at[GIVEN], at[GIVEN] + width[GIVEN]):
        if letter == of_given[codes[y, variant]]:
            return True
    return False


@inlined
def _middle(codes: Codes, words: Words, at: Words, names: Texts, begins: Begins, x: Number, y: Number) -> Number:
    a, b = codes[x, at[MIDDLE]], codes[y, at[MIDDLE]]
    if a == 0 or b == 0:
        return 0
    either = _has(codes, at, x, ONE_MIDDLE_LETTER) or _has(codes, at, y, ONE_MIDDLE_LETTER)
    if either and begins[0][a] == begins[0][b]:
        return 2
    if a == b:
        return 1
    if _may_be_near(codes, words, at, MIDDLE_LINE, MIDDLE_LINE, MIDDLE_SLIPS, MIDDLE_SLIPS, x, y):
        slip = _read(names, words[x, at[MIDDLE_LINE]], words[y, at[MIDDLE_LINE]], a, b)
        if slip:
            return 3 if slip == 1 else 3 | DOUBT
    return 4


@inlined
def _text(codes: Codes, column: Number, x: Number, y: Number) -> Number:
    a, b = codes[x, column], codes[y, column]
    if a == 0 or b == 0:
        return 0
    return 1 if a == b else 4 | DOUBT


@inlined
def _birth(a: Number, b: Number) -> Number:
    if a == ZERO or b == ZERO:
        return 0
    if a == b:
        return 1
    if (a ^ b) >> TWO_BYTES == ZERO:  # the same year
        if a & BYTE == b >> EIGHT & BYTE and b & BYTE == a >> EIGHT & BYTE:
            return 2
        return 3 if _slip_of_digits(a, b) else 4
    return 3 if _slip_of_digits(a, b) else 5


@inlined
def _slip_of_digits(a: Number, b: Number) -> Number:
    """Different numbers that differ in one digit, or by two neighbouring digits swapped."""
    differs, place = a ^ b, ZERO
    if differs == ZERO:
        return False
    while differs >> place & DIGIT == ZERO:
        place += FOUR
    rest = differs >> place >> FOUR
    if rest == ZERO:
        return True
    if rest >> FOUR != ZERO:
        return False
    x, y = a >> place, b >> place
    return x & DIGIT == y >> FOUR & DIGIT and y & DIGIT == x >> FOUR & DIGIT


@inlined
def _phones(words: Words, at: Words, width: Words, x: Number, y: Number) -> Number:
    own, many = at[OWN_PHONES], width[OWN_PHONES]
    if _meet(words, own, many, x, y):
        return 1
    if _meet(words, at[COMMON_PHONES], width[COMMON_PHONES], x, y):
        return 2
    if not _filled(words, own, many, x) or not _filled(words, own, many, y):
        return 0
    a, b = words[x, at[FIRST_PHONE]], words[y, at[FIRST_PHONE]]
    return 3 if a != ZERO and b != ZERO and _slip_of_digits(a, b) else 4


@inlined
def _emails(codes: Codes, words: Words, at: Words, width: Words, emails: Texts, x: Number, y: Number) -> Number:
    own, many = at[OWN_EMAILS], width[OWN_EMAILS]
    if _meet(codes, own, many, x, y):
        return 1
    if _meet(codes, at[COMMON_EMAILS], width[COMMON_EMAILS], x, y):
        return 2
    if not _filled(codes, own, many, x) or not _filled(codes, own, many, y):
        return 0
    if _may_be_near(codes, words, at, EMAIL_LINE, EMAIL_LINE, EMAIL_SLIPS, EMAIL_SLIPS, x, y):
        one, other = words[x, at[EMAIL_LINE]], words[y, at[EMAIL_LINE]]
        slip = _read(emails, one, other, codes[x, own], codes[y, own])
        if slip == 2:
            return 3 | DOUBT
        # other digits are no slip: namesakes are told apart by them
        if slip and not _other_digits(emails, codes[x, own], codes[y, own]):
            return 3
    return 4


@looking
def _other_digits(texts: Texts, a: Number, b: Number) -> Number:
    """Whether two texts hold other digits, or in another order."""
    letters, ends = texts
    x, y = ends[a], ends[b]
    while True:
        while x < ends[a + 1] and not 48 <= letters[x] <= 57:
            x += 1
        while y < ends[b + 1] and not 48 <= letters[y] <= 57:
            y += 1
        if x == ends[a + 1] or y == ends[b + 1]:
            return x != ends[a + 1] or y != ends[b + 1]
        if letters[x] != letters[y]:
            return True
        x, y = x + 1, y + 1


@inlined
def _vins(codes: Codes, begin: Number, width: Number, x: Number, y: Number) -> Number:
    if _meet(codes, begin, width, x, y):
        return 1 | DOUBT
    return 6 if _filled(codes, begin, width, x) and _filled(codes, begin, width, y) else 0


@inlined
def _agreed(codes: Codes, column: Number, x: Number, y: Number) -> Number:
    """Of a value: 0 one of the two has none, 1 they differ, 2 they are the same."""
    a, b = codes[x, column], codes[y, column]
    return 0 if a == 0 or b == 0 else (2 if a == b else 1)


@inlined
def _place(codes: Codes, words: Words, at: Words, postcodes: Texts, streets: Texts, x: Number, y: Number) -> Number:
    city, code = _agreed(codes, at[CITY], x, y), _agreed(codes, at[POSTCODE], x, y)
    street = _agreed(codes, at[STREET], x, y)
    met, slip = city == 2 or code == 2, 0
    if (
        street == 1
        and met
        and _may_be_near(codes, words, at, STREET_LINE, STREET_LINE, STREET_SLIPS, STREET_SLIPS, x, y)
    ):
        a, b = codes[x, at[STREET]], codes[y, at[STREET]]
        slip = _read(streets, words[x, at[STREET_LINE]], words[y, at[STREET_LINE]], a, b)
        if slip == 1 and _other_digits(streets, a, b):
            slip = 0
    if slip or (street == 2 and (met or (city == 0 and code == 0))):
        level = 3
        if _agreed(codes, at[HOUSE], x, y) == 2:
            flat = _agreed(codes, at[FLAT], x, y)
            level = 3 if flat == 1 else (1 if flat == 2 else 2)
        return level | DOUBT if slip == 2 else level
    if code == 2:
        return 4
    if code == 1:
        if _agreed(codes, at[AREA], x, y) == 2:
            return 5
        if _may_be_near(codes, words, at, POSTCODE_LINE, POSTCODE_LINE, POSTCODE_SLIPS, POSTCODE_SLIPS, x, y):
            one, other = words[x, at[POSTCODE_LINE]], words[y, at[POSTCODE_LINE]]
            slip = _read(postcodes, one, other, codes[x, at[POSTCODE]], codes[y, at[POSTCODE]])
            if slip:
                return 5 if slip == 1 else 5 | DOUBT
    if city == 2:
        return 6
    return 7 if city or code or street else 0


@inlined
def _identifier(a: Number, b: Number) -> Number:
    if a == 0 or b == 0:
        return 0
    return 1 if a == b else 2


@inlined
def _account(codes: Codes, at: Words, x: Number, y: Number) -> Number:
    a, b = codes[x, at[ACCOUNT]], codes[y, at[ACCOUNT]]
    if a == 0 or b == 0:
        return 0
    if a == b:
        return 1
    return 2 if _agreed(codes, at[DEALER], x, y) == 2 else 0


# ------------------------------------------------------------------ texts, to the bit as rapidfuzz compares them


@looking
def is_slip(letters: Bytes, ends: Rows, a: Number, b: Number) -> Number:
    """Whether two different texts of more than three letters are a slip apart (`hub.matching.similarity.near`)."""
    x, y = ends[a], ends[b]
    m, n = ends[a + 1] - x, ends[b + 1] - y
    long = m >= LONG and n >= LONG
    if abs(m - n) > 1 + long:
        return False
    while m > 0 and n > 0 and letters[x] == letters[y]:
        x, y, m, n = x + 1, y + 1, m - 1, n - 1
    while m > 0 and n > 0 and letters[x + m - 1] == letters[y + n - 1]:
        m, n = m - 1, n - 1
    if m <= 1 and n <= 1:
        return True
    if m == 2 and n == 2 and letters[x] == letters[y + 1] and letters[x + 1] == letters[y]:
        return True
    return long and _two_edits(letters, x, m, y, n) and np.float32(likeness(letters, ends, a, b)) >= ALIKE


@looking
def _two_edits(letters: Bytes, x: Number, m: Number, y: Number, n: Number) -> Number:
    """Whether one edit at the beginning and one at the end make the middles equal: there texts differ that begin and end apart.

    An edit takes a letter of one text (1), of the other (2), of both (0), or two neighbours of both that are swapped (3).
    """
    for begin in range(4):
        of_x, of_y = (2, 2) if begin == 3 else (int(begin != 2), int(begin != 1))
        if begin == 3 and not (m > 1 and n > 1 and letters[x] == letters[y + 1] and letters[x + 1] == letters[y]):
            continue
        for end in range(4):
            left = m - of_x - (2 if end == 3 else int(end != 2))
            if left < 0 or left != n - of_y - (2 if end == 3 else int(end != 1)):
                continue
            u, v = x + m - 1, y + n - 1
            if end == 3 and not (letters[u] == letters[v - 1] and letters[u - 1] == letters[v]):
                continue
            place = 0
            while place < left and letters[x + of_x + place] == letters[y + of_y + place]:
                place += 1
            if place == left:
                return True
    return False


@looking
def likeness(letters: Bytes, ends: Rows, a: Number, b: Number) -> Number:
    """The similarity of two texts by Jaro and Winkler, 0 to 1; of texts of 64 letters at the most."""
    x, y = ends[a], ends[b]
    whole_m, whole_n = ends[a + 1] - x, ends[b + 1] - y
    ahead = 0
    while ahead < whole_m and ahead < whole_n and letters[x + ahead] == letters[y + ahead]:
        ahead += 1
    m, n = whole_m, whole_n
    reach = max(m, n) // 2 - 1
    # what stands beyond the reach of the other's last letter can be in common with nothing
    m, n = min(m, n + max(reach, 0)), min(n, m + max(reach, 0))
    taken, met = np.uint64(0), np.uint64(0)
    common = ahead
    for place in range(ahead, n):
        for other in range(max(place - reach, ahead), min(place + reach + 1, m)):
            bit = np.uint64(1) << np.uint64(other)
            if letters[x + other] == letters[y + place] and not taken & bit:
                taken |= bit
                met |= np.uint64(1) << np.uint64(place)
                common += 1
                break
    if common == 0:
        return 0.0
    crossed, other = 0, 0
    for place in range(n):
        if met >> np.uint64(place) & np.uint64(1):
            while not taken >> np.uint64(other) & np.uint64(1):
                other += 1
            crossed += letters[x + other] != letters[y + place]
            other += 1
    alike = (common / whole_m + common / whole_n + (common - crossed // 2) / common) / 3.0
    if alike > 0.7:
        alike += min(ahead, 4) * 0.1 * (1.0 - alike)
    return min(alike, 1.0)
